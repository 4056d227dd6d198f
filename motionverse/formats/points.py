"""Rotations for files that have points alone: the smallest turns that lay the rest pose's bones along them."""

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton


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


def among_whole_body(names: tuple[str, ...]) -> tuple[Skeleton, list[int]]:
    """WHOLE_BODY cut down to `names` (pelvis among them): the skeleton, and where each of its joints stands in `names`.

    A joint whose parent is not among them hangs on the next one above that is.
    """
    kept = [j for j, name in enumerate(WHOLE_BODY.names) if name in names]
    rest = WHOLE_BODY.rest_positions()
    parents = [-1]
    for j in kept[1:]:
        p = WHOLE_BODY.parents[j]
        while p not in kept:
            p = WHOLE_BODY.parents[p]
        parents.append(kept.index(p))
    offsets = np.array([rest[j] - (rest[kept[p]] if p >= 0 else rest[j]) for j, p in zip(kept, parents, strict=True)])
    skeleton = Skeleton(tuple(WHOLE_BODY.names[j] for j in kept), tuple(parents), offsets)
    return skeleton, [names.index(name) for name in skeleton.names]


def widened(motion: Motion) -> Motion:
    """A motion on part of WHOLE_BODY, on all of it, if every joint's parent is there: the rest still and not observed."""
    whole, small = WHOLE_BODY, motion.skeleton
    places = [whole.index(name) for name in small.names]
    if any(p >= 0 and whole.parents[j] != places[p] for j, p in zip(places, small.parents, strict=True)):
        return motion
    rotations = rotation.identity(len(motion), len(whole))
    rotations[:, places] = motion.rotations
    offsets = whole.offsets.copy()
    offsets[places] = small.offsets
    observed = np.isin(np.arange(len(whole)), places)
    return motion.with_(
        rotations=rotations, skeleton=whole.with_offsets(offsets), observed=None if observed.all() else observed
    )
