"""TOMATO: a motion as 669 numbers a frame, and back (Large Motion Model, arXiv 2404.01284; our three changes below).

A frame's features live in the heading frame: origin at the pelvis' projection on the floor, Z where the pelvis faces
(the twist of its rotation about Y), Y up. Unlike the paper: derivatives are per second, of the cubic spline that
resampling follows; rotations are the skeleton's own local rotations; what was not captured is zero and masked.

layout    FIELDS, and every slice and mask from it      code      encode, decode
velocity  joint velocities between the samples          fidelity  how faithful all this is to a motion
"""

from motionverse.tomato.code import Frame, decode, encode, encode_captured, heading, root_path
from motionverse.tomato.layout import (
    FEATURE_CELL,
    FEATURE_PART,
    FIELDS,
    SLICES,
    WIDTH,
    Field,
    part_features,
)

__all__ = [
    "FEATURE_CELL", "FEATURE_PART", "FIELDS", "SLICES", "WIDTH", "Field", "Frame",
    "decode", "encode", "encode_captured", "heading", "part_features", "root_path",
]  # fmt: skip
