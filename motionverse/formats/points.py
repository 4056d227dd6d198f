"""Rotations for points on any skeleton (on WHOLE_BODY: motionverse.body_fit): the smallest turns that lay its bones along them."""

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton


def fit(joints: np.ndarray, skeleton: Skeleton, fps: float) -> Motion:
    """The motion on `skeleton` (its directions, the points' bone lengths) whose joints follow points (T, J, 3) [m].

    From the root outward each joint takes the least-squares rotation (Kabsch) of its rest bones onto the points' bones;
    a joint with one child turns the shortest way, so a twist about that bone is not seen. rotation_source is "ik".
    """
    parents = np.asarray(skeleton.parents)
    bones = joints - joints[:, parents.clip(0)]
    lengths = np.median(np.linalg.norm(bones, axis=-1), axis=0)
    rest_lengths = np.linalg.norm(skeleton.offsets, axis=-1)
    ratio = np.where(rest_lengths > 1e-9, lengths / np.maximum(rest_lengths, 1e-9), 1.0)
    offsets = skeleton.offsets * ratio[:, None]
    local, world = rotation.identity(*joints.shape[:2]), rotation.identity(*joints.shape[:2])
    for j, children in enumerate(skeleton.children):
        above = world[:, parents[j]] if j else rotation.identity(len(joints))
        kids = [c for c in children if np.linalg.norm(offsets[c]) > 1e-9]
        if kids:
            # in the parent's frame, so that no turn at all is the answer of a bone that rests
            seen = np.swapaxes(above, -1, -2)[:, None] @ bones[:, kids, :, None]
            local[:, j] = _turn(offsets[kids], seen[..., 0])
        world[:, j] = above @ local[:, j]
    return Motion(local, joints[:, 0], fps, skeleton.with_offsets(offsets), rotation_source="ik")


def _turn(rest: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(T, 3, 3) rotations that take rest bones (K, 3) to seen ones (T, K, 3), in the least-squares sense."""
    spread = np.linalg.matrix_rank(rest / np.abs(rest).max(), tol=1e-3)
    if spread < 2:
        return rotation.between(rest[0], seen[:, 0])
    u, _, vt = np.linalg.svd(np.einsum("tki,kj->tij", seen, rest))
    sign = np.ones((len(seen), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    return (u * sign[:, None, :]) @ vt
