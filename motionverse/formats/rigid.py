"""A tree of joints whose positions move too, as a `Motion`, whose bones are rigid. What the readers of files share.

- constant positions (nearly every file) become the joint's offset;
- where a joint that carries the body travels below a root that does not follow it (a reference node at the origin), the
  nodes above it are folded into it: it becomes the root, with its world position and rotation, and the nodes above it,
  with whatever else hung on them, are gone;
- any other that varies (stretching bones) takes its median over the frames as offset; the stretch is lost.
"""

import re

import numpy as np

from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

TRAVEL = 1e-3  # a position that varies by more than this share of the stature travels
_LIMB = re.compile(r"head|foot|toe|ankle|leg|thigh|knee|calf|shin|hand|arm", re.I)
_CONTROL = re.compile(
    r"(^|[_.:-])(ik|pole|target|ctrl|control|attach|weapon|prop)([_.-]|$)", re.I
)  # no limbs, but handles


def settled_bones(motion: Motion, moving: dict[int, np.ndarray], tall: float) -> Motion:
    """`motion` with offsets and a root that suit positions that were given frame by frame.

    moving: (T, 3) position in the parent's frame, by joint index (never the root), in the motion's unit, of joints that have
    one for every frame; tall: the stature in that unit, which "constant" is judged by.
    """
    offsets = motion.skeleton.offsets
    still = offsets.copy()
    for j, position in moving.items():
        still[j] = np.median(position, axis=0)
    travelling = {
        j: p
        for j, p in moving.items()
        if np.ptp(p, axis=0).max() > TRAVEL * tall or np.abs(still[j] - offsets[j]).max() > 0.1 * tall
    }
    return _folded(motion.with_(skeleton=motion.skeleton.with_offsets(still)), travelling)


def _folded(motion: Motion, moving: dict[int, np.ndarray]) -> Motion:
    """Nodes above a travelling joint that carries most of the body are folded into it, which becomes the root.

    moving: (T, 3) position in the parent's frame, by joint index, of joints whose position varies.
    """
    skeleton = motion.skeleton
    keep = max((j for j in moving if _carries_all(skeleton, j)), default=0)
    if not keep:
        return motion
    world, place = motion.rotations[:, 0], motion.root
    for j in _chain(skeleton, keep):
        bone = moving.get(j, np.broadcast_to(skeleton.offsets[j], place.shape))
        place = place + (world @ bone[..., None])[..., 0]
        world = world @ motion.rotations[:, j]
    kept = _below(skeleton, keep)
    rotations = motion.rotations[:, kept]
    rotations[:, 0] = world
    return motion.with_(rotations=rotations, root=place, skeleton=_subset(skeleton, kept))


def _carries_all(skeleton: Skeleton, joint: int) -> bool:
    """Whether the whole body hangs on `joint`: no limb by name and few joints are outside the tree below it."""
    below = set(_below(skeleton, joint))
    outside = [name for j, name in enumerate(skeleton.names) if j not in below and not _CONTROL.search(name)]
    return len(below) > 0.6 * len(below | set(map(skeleton.index, outside))) and not any(map(_LIMB.search, outside))


def _below(skeleton: Skeleton, joint: int) -> list[int]:
    """`joint` and everything below it, in the skeleton's order."""
    inside = {joint}
    for j, parent in enumerate(skeleton.parents):  # a parent comes before its children
        if parent in inside:
            inside.add(j)
    return sorted(inside)


def _chain(skeleton: Skeleton, joint: int) -> list[int]:
    """The joints from below the root down to `joint`."""
    chain = []
    while joint > 0:
        chain.append(joint)
        joint = skeleton.parents[joint]
    return chain[::-1]


def _subset(skeleton: Skeleton, kept: list[int]) -> Skeleton:
    """The tree of the joints `kept`, in that order (each parent kept too, and before its children)."""
    place = {j: k for k, j in enumerate(kept)}
    names = tuple(skeleton.names[j] for j in kept)
    parents = tuple(place.get(skeleton.parents[j], -1) for j in kept)
    return Skeleton(names, parents, skeleton.offsets[kept], {n: e for n, e in skeleton.ends.items() if n in names})


def ordered(motion: Motion, names: tuple[str, ...]) -> Motion:
    """The motion with its joints in the order of `names`, if they are the same names; else as it is."""
    if motion.skeleton.names == names or set(motion.skeleton.names) != set(names):
        return motion
    kept = [motion.skeleton.index(name) for name in names]
    return motion.with_(rotations=motion.rotations[:, kept], skeleton=_subset(motion.skeleton, kept))
