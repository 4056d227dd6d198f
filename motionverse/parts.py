"""The ten body parts, and the mask cells that conditions are given in.

A cell is the finest thing that can be given or missing: one of the 52 joints, or the face. `left_arm` is the
subject's left arm: parts list joint names, never indices.
"""

import numpy as np

from motionverse.skeleton import WHOLE_BODY

_FINGERS = tuple(f"{finger}{k}" for finger in ("index", "middle", "pinky", "ring", "thumb") for k in (1, 2, 3))


def _side(side: str, joints: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{side}_{joint}" for joint in joints)


PARTS: dict[str, tuple[str, ...]] = {
    "root": ("pelvis",),
    "head": ("neck", "head"),
    "torso": ("spine1", "spine2", "spine3"),
    "left_arm": _side("left", ("collar", "shoulder", "elbow", "wrist")),
    "right_arm": _side("right", ("collar", "shoulder", "elbow", "wrist")),
    "left_leg": _side("left", ("hip", "knee", "ankle", "foot")),
    "right_leg": _side("right", ("hip", "knee", "ankle", "foot")),
    "left_hand": _side("left", _FINGERS),
    "right_hand": _side("right", _FINGERS),
    "face": (),
}
PART_NAMES = tuple(PARTS)

FACE_CELL = len(WHOLE_BODY)
CELLS = FACE_CELL + 1


def part_cells(part: str) -> np.ndarray:
    """Indices of the mask cells (joints of WHOLE_BODY, or the face) that make up a part."""
    return np.array([FACE_CELL] if part == "face" else [WHOLE_BODY.index(joint) for joint in PARTS[part]])


def _cell_part() -> np.ndarray:
    owner = np.full(CELLS, -1)
    for k, part in enumerate(PART_NAMES):
        owner[part_cells(part)] = k
    return owner


CELL_PART = _cell_part()  # (53,) index into PART_NAMES
