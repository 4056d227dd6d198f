"""Forward kinematics, one level of the tree at a time (never a Python loop over joints).

Inside, an element of a matrix or a vector is a plane: (3, 3, J, T) and (3, J, T), frames last, so that every step runs over
contiguous frames; and a block of frames at a time, so that what is made on the way stays in the cache.
"""

from collections.abc import Iterator

import numpy as np

from motionverse.skeleton import Skeleton

BLOCK = 248  # frames that are worked on at a time


def to_global(skeleton: Skeleton, local: np.ndarray) -> np.ndarray:
    """Local rotations (..., J, 3, 3), relative to the parent, to world rotations (..., J, 3, 3)."""
    world = np.empty(local.shape, local.dtype)
    for here, there in _blocks(local, world):
        there[:] = _frames_first(turned(skeleton, _frames_last(here)))
    return world


def to_local(skeleton: Skeleton, world: np.ndarray) -> np.ndarray:
    """World rotations (..., J, 3, 3) to local ones, relative to the parent."""
    local = world.copy()
    parents = np.asarray(skeleton.parents)[1:]
    local[..., 1:, :, :] = np.swapaxes(world[..., parents, :, :], -1, -2) @ world[..., 1:, :, :]
    return local


def forward(skeleton: Skeleton, local: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Joint positions (..., J, 3) [m] and world rotations (..., J, 3, 3) of a pose.

    local: (..., J, 3, 3) rotations relative to the parent; root: (..., 3) world position of joint 0 [m].
    """
    world = np.empty(local.shape, local.dtype)
    return _placed(skeleton, local, root, world), world


def positions(skeleton: Skeleton, local: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Joint positions (..., J, 3) [m] alone: `forward` without writing the world rotations down."""
    return _placed(skeleton, local, root, None)


def _placed(skeleton: Skeleton, local: np.ndarray, root: np.ndarray, world: np.ndarray | None) -> np.ndarray:
    """Positions (..., J, 3); the world rotations go into `world`, if given."""
    places = np.empty(local.shape[:-1], np.result_type(local, root))
    roots = np.broadcast_to(root, places.shape[:-2] + (3,)).reshape(-1, 3)
    first = 0
    for here, there, place in _blocks(local, local if world is None else world, places):
        turns = turned(skeleton, _frames_last(here), world is None)
        if world is not None:
            there[:] = _frames_first(turns)
        bones = np.empty((3, *turns.shape[2:]), places.dtype)
        bones[:, 0] = roots[first : first + len(here)].T
        bones[:, 1:] = carried(turns, skeleton, skeleton.offsets.T[:, 1:, None].astype(local.dtype))
        place[:] = _frames_first(summed(skeleton, bones))
        first += len(here)
    return places


def turned(skeleton: Skeleton, local: np.ndarray, bearing: bool = False) -> np.ndarray:
    """Local rotations (3, 3, J, T) to world rotations (3, 3, J, T); bearing: of joints with children alone, junk elsewhere."""
    world = np.empty_like(local)
    world[:, :, 0] = local[:, :, 0]
    for level, parents in skeleton.bearing_steps if bearing else skeleton.steps:
        above, here = np.take(world, parents, axis=2), local[:, :, level]
        turn = above[:, 0, None] * here[0]
        turn += above[:, 1, None] * here[1]
        turn += above[:, 2, None] * here[2]
        world[:, :, level] = turn
    return world


def carried(world: np.ndarray, skeleton: Skeleton, vectors: np.ndarray) -> np.ndarray:
    """Vectors (3, J - 1, T or 1) of all joints but the root, in their parents' frames, turned into the world (3, J - 1, T)."""
    above = np.take(world, skeleton.parents[1:], axis=2)
    out = above[:, 0] * vectors[0]
    out += above[:, 1] * vectors[1]
    out += above[:, 2] * vectors[2]
    return out


def summed(skeleton: Skeleton, values: np.ndarray) -> np.ndarray:
    """Sums of `values` (C, J, T) over each joint and its ancestors, in place."""
    for level, parents in skeleton.steps:
        values[:, level] += np.take(values, parents, axis=1)
    return values


def _blocks(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Views (T', J, ...) of at most BLOCK poses out of arrays (..., J, 3, 3) or (..., J, 3), side by side."""
    poses = arrays[0].shape[:-3]
    flat = [a.reshape(-1, *a.shape[len(poses) :]) for a in arrays]
    for start in range(0, len(flat[0]), BLOCK):
        yield tuple(a[start : start + BLOCK] for a in flat)


def _frames_last(values: np.ndarray) -> np.ndarray:
    """(T, J, 3, 3) or (T, J, 3) to contiguous planes (3, 3, J, T) or (3, J, T)."""
    return np.array(np.moveaxis(values, (0, 1), (-1, -2)), order="C")


def _frames_first(planes: np.ndarray) -> np.ndarray:
    """The inverse of `_frames_last`, as a view."""
    return np.moveaxis(planes, (-1, -2), (0, 1))
