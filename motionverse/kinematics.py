"""Forward kinematics, one level of the tree at a time (never a Python loop over joints)."""

import numpy as np

from motionverse.skeleton import Skeleton


def to_global(skeleton: Skeleton, local: np.ndarray) -> np.ndarray:
    """Local rotations (..., J, 3, 3), relative to the parent, to world rotations (..., J, 3, 3)."""
    world = np.empty_like(local)
    world[..., 0, :, :] = local[..., 0, :, :]
    parents = np.asarray(skeleton.parents)
    for level in skeleton.levels:
        world[..., level, :, :] = world[..., parents[level], :, :] @ local[..., level, :, :]
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
    world = to_global(skeleton, local)
    parents = np.asarray(skeleton.parents)
    positions = np.empty((*local.shape[:-2], 3), np.result_type(local, root))
    positions[..., 0, :] = root
    # every bone at once, then one addition a level
    bones = (world[..., parents[1:], :, :] @ skeleton.offsets[1:, :, None].astype(local.dtype))[..., 0]
    for level in skeleton.levels:
        positions[..., level, :] = positions[..., parents[level], :] + bones[..., level - 1, :]
    return positions, world
