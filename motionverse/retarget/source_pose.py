"""Where a source's joints are and how they are turned, and the few directions that calibration compares them to."""

import functools
import math
from dataclasses import dataclass

import numpy as np

from motionverse import kinematics, rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton

AXES = np.concatenate([np.eye(3), -np.eye(3)])
X, Y = np.eye(3)[:2]
SIDES = (("left", 1.0), ("right", -1.0))


@dataclass(frozen=True)
class Source:
    """A motion in the world, end sites included as joints.

    positions: (T, J, 3) [m]; rotations: (T, J, 3, 3); zero: (J, 3) positions of the zero pose [m]; names, parents: J.
    """

    positions: np.ndarray
    rotations: np.ndarray
    zero: np.ndarray
    names: tuple[str, ...]
    parents: tuple[int, ...]

    def every(self, step: int) -> "Source":
        """Each `step`-th frame."""
        return Source(self.positions[::step], self.rotations[::step], self.zero, self.names, self.parents)

    def away(self, joint: int, child: int) -> np.ndarray:
        """(T, 3) world vector [m] from one joint to another."""
        return self.positions[:, child] - self.positions[:, joint]

    def own(self, joint: int, lines: np.ndarray) -> np.ndarray:
        """(3,) mean of world vectors (T, 3) as seen in the joint's own axes."""
        return np.einsum("tji,tj->i", self.rotations[:, joint], lines) / len(lines)

    def bone(self, joint: int, child: int) -> np.ndarray:
        """(3,) mean direction from joint to child in the joint's own axes, 0 where they coincide."""
        return unit(self.own(joint, self.away(joint, child)))


def with_ends(motion: Motion) -> Motion:
    """The motion with every end site as a joint of its own, "<joint>_end", so that the last bones can be seen."""
    skeleton = motion.skeleton
    ends = [(name, at) for name, at in skeleton.ends.items() if skeleton.has(name) and np.linalg.norm(at) > 1e-6]
    ends = [(name, at) for name, at in ends if not skeleton.has(f"{name}_end")]
    if not ends:
        return motion
    longer = Skeleton(
        (*skeleton.names, *(f"{name}_end" for name, _ in ends)),
        (*skeleton.parents, *(skeleton.index(name) for name, _ in ends)),
        np.concatenate([skeleton.offsets, np.array([at for _, at in ends], np.float64)]),
    )
    still = rotation.identity(len(motion), len(ends))
    return motion.with_(rotations=np.concatenate([motion.rotations, still], 1), skeleton=longer, observed=None)


def source_of(motion: Motion) -> Source:
    """A motion's joints in the world."""
    skeleton = motion.skeleton
    positions, world = kinematics.forward(skeleton, motion.rotations, motion.root)
    return Source(positions, world, skeleton.rest_positions(), skeleton.names, skeleton.parents)


def unit(v: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) at length one (nearly zero ones stay so)."""
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


@functools.cache
def rest_bone(name: str, child: str) -> np.ndarray:
    """(3,) direction of a bone of WHOLE_BODY at rest."""
    rest = WHOLE_BODY.rest_positions()
    return unit(rest[WHOLE_BODY.index(child)] - rest[WHOLE_BODY.index(name)])


def snap(v: np.ndarray, degrees: float) -> np.ndarray:
    """The coordinate axis nearest to v (3,) where it is that near, else v at length one."""
    dots = AXES @ unit(v)
    return AXES[int(np.argmax(dots))] if dots.max() > np.cos(np.radians(degrees)) else unit(v)


def frame(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(3, 3) right-handed, columns: first, second made orthogonal to it, their cross product."""
    a = first / max(math.sqrt(first @ first), 1e-12)
    b = second - (second @ a) * a
    b = b / max(math.sqrt(b @ b), 1e-12)
    # np.cross takes ten times as long on one pair
    c = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return np.stack([a, b, c], -1)
