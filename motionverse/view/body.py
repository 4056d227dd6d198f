"""A body to draw: a rest-pose mesh bound to a skeleton's joints, posed by linear blend skinning. Knows no renderer.

The subject's left limbs are blue, the right ones orange, whatever rig they are named after.
"""

import re
from dataclasses import dataclass

import numpy as np

from motionverse.skeleton import Skeleton

Colour = tuple[float, float, float]  # linear RGB
MIDDLE, LEFT, RIGHT, DARK = (0.62, 0.60, 0.57), (0.10, 0.30, 0.62), (0.78, 0.29, 0.08), (0.05, 0.055, 0.07)
_ACCLAIM = "femur|tibia|foot|toes|hipjoint|clavicle|humerus|radius|wrist|hand|fingers|thumb"  # lfemur, rtibia ...


@dataclass(frozen=True, eq=False)
class Body:
    """A mesh bound to J joints.

    vertices, normals: (V, 3) in the rest pose with the root at the origin [m]; faces: (F, 3); colours: (V, 3) linear RGB;
    weights: (V, J) rows that sum to 1; joints: (J, 3) rest positions [m] with the root at the origin.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    weights: np.ndarray
    joints: np.ndarray

    def pose(self, positions: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World vertices and unit normals, each (V, 3) float32, for joint positions (J, 3) [m] and world rotations (J, 3, 3)."""
        shift = positions - (rotations @ self.joints[..., None])[..., 0]
        transforms = np.concatenate([rotations.reshape(-1, 9), shift], -1).astype(np.float32)
        blended = self.weights @ transforms
        turn, move = blended[:, :9].reshape(-1, 3, 3), blended[:, 9:]
        vertices = np.einsum("vij,vj->vi", turn, self.vertices) + move
        normals = np.einsum("vij,vj->vi", turn, self.normals)
        return vertices, normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)

    def held_by(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """The `most` joints that hold each vertex, (V, most), heaviest first, and their float32 weights, which sum to 1.

        Joint 0 with weight 0 where fewer hold it: what files of skinned meshes state.
        """
        joints = np.argsort(-self.weights, axis=1, kind="stable")[:, :most]
        weights = np.take_along_axis(self.weights, joints, 1).astype(np.float64)
        if joints.shape[1] < most:  # a skeleton of fewer joints
            more = ((0, 0), (0, most - joints.shape[1]))
            joints, weights = np.pad(joints, more), np.pad(weights, more)
        weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
        return np.where(weights > 0, joints, 0), weights


def skeleton_height(skeleton: Skeleton) -> float:
    """The largest extent [m] of the rest pose along any axis: the length that everything drawn is scaled by."""
    extent = float(np.ptp(skeleton.rest_positions(), axis=0).max())
    return extent if extent > 1e-6 else 1.0


def _side(word: str, letter: str) -> re.Pattern[str]:
    low, high = letter, letter.upper()
    return re.compile(
        f"{word}|^{low}(?=[A-Z_.-]|{_ACCLAIM})|^{high}(?=[A-Z][a-z]|[_.-])|[_.-][{low}{high}]$|(?<=[a-z]){high}$"
    )


_LEFT, _RIGHT = _side("left", "l"), _side("right", "r")


def tint(name: str) -> Colour:
    """The colour of a joint's side, read from its name: left_knee, LeftKnee, LKnee, l_knee, Knee_L, knee.R ..."""
    plain = re.sub("LEFT|Left", "left", re.sub("RIGHT|Right", "right", name.rpartition(":")[2]))
    if bool(_LEFT.search(plain)) != bool(_RIGHT.search(plain)):
        return LEFT if _LEFT.search(plain) else RIGHT
    return MIDDLE
