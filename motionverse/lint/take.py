"""What lint looks at: joints over time, from a Motion or from bare points that may have gaps, with what the checks share."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import joint_names
from motionverse.skeleton import Skeleton

FLOOR_SHARE = 0.1  # of the frames lie lower: as motionverse.canonical finds the floor
_LEGS = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle"))


@dataclass(frozen=True, eq=False)
class Take:
    """Joints (T, J, 3) [m], Y up, at `fps`; not all finite where a capture has gaps.

    skeleton: names and tree (offsets as stated); rotations: (T, J, 3, 3) local, None for points or where they were fitted to
    points; measured: the points are what was captured, so that bone lengths may vary; present: (J,) True for captured joints;
    roles: WHOLE_BODY name -> joint, empty where there are no legs.
    """

    joints: np.ndarray
    fps: float
    skeleton: Skeleton
    rotations: np.ndarray | None = None
    measured: bool = False
    present: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    roles: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, motion: Motion) -> "Take":
        """A motion as a take."""
        rotations = motion.rotations if motion.rotation_source == "captured" else None
        joints = motion.joints()
        roles = _roles(motion.skeleton, joints)
        return cls(joints, motion.fps, motion.skeleton, rotations, False, motion.present, roles)

    @classmethod
    def of_points(cls, joints: np.ndarray, fps: float, skeleton: Skeleton) -> "Take":
        """Bare points (T, J, 3) [m] on a skeleton whose tree says what the bones are; NaN where something was not seen.

        Raises MotionError for shapes that disagree and a rate that is not positive.
        """
        joints = np.asarray(joints, np.float64)
        if joints.ndim != 3 or joints.shape[1:] != (len(skeleton), 3) or not len(joints):
            raise MotionError(f"lint: points {joints.shape}; must be (T, {len(skeleton)}, 3) with T >= 1")
        if not fps > 0:
            raise MotionError(f"lint: fps {fps}; must be above 0")
        roles = _roles(skeleton, filled(joints))
        return cls(joints, float(fps), skeleton, None, True, np.ones(len(skeleton), bool), roles)

    def after(self, frame: int) -> "Take":
        """The take from `frame` on."""
        rotations = None if self.rotations is None else self.rotations[frame:]
        return replace(self, joints=self.joints[frame:], rotations=rotations) if frame else self

    @property
    def seconds(self) -> float:
        return len(self.joints) / self.fps

    @functools.cached_property
    def good(self) -> np.ndarray:
        """(T, J) True where a joint's position is known."""
        return np.asarray(np.isfinite(self.joints).all(-1))

    @functools.cached_property
    def points(self) -> np.ndarray:
        """(T, J, 3) joints [m] with gaps filled in."""
        return filled(self.joints)

    @functools.cached_property
    def seen(self) -> np.ndarray:
        """Indices of the captured joints."""
        return np.flatnonzero(self.present)

    @functools.cached_property
    def speed(self) -> np.ndarray:
        """(T, J) joint speeds [m/s] from each frame to the next (the last repeats)."""
        if len(self.points) < 2:
            return np.zeros(self.points.shape[:2])
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=-1) * self.fps
        return np.concatenate([steps, steps[-1:]])

    @functools.cached_property
    def lowest(self) -> np.ndarray:
        """(T,) height [m] of the lowest captured joint."""
        return self.points[:, self.seen, 1].min(1)

    @functools.cached_property
    def floor(self) -> float:
        """Height [m] of the floor: what a tenth of the frames lie under."""
        return float(np.quantile(self.lowest, FLOOR_SHARE))

    def has(self, *roles: str) -> bool:
        """Whether the skeleton has joints for these WHOLE_BODY names."""
        return all(role in self.roles for role in roles)

    @property
    def has_legs(self) -> bool:
        return self.has(*_LEGS)

    def at(self, role: str) -> np.ndarray:
        """(T, 3) path [m] of the joint that plays `role`."""
        return self.points[:, self.roles[role]]


def filled(joints: np.ndarray) -> np.ndarray:
    """Points (T, J, 3) with what is not finite replaced: interpolated in time, 0 for a joint that was never seen."""
    good = np.asarray(np.isfinite(joints).all(-1))
    if good.all():
        return joints
    out, times = joints.copy(), np.arange(len(joints))
    for j in np.flatnonzero(~good.all(0)):
        seen = good[:, j]
        for axis in range(3):
            out[~seen, j, axis] = np.interp(times[~seen], times[seen], joints[seen, j, axis]) if seen.any() else 0.0
    return out


def _roles(skeleton: Skeleton, joints: np.ndarray) -> Mapping[str, int]:
    try:
        found = joint_names.match(skeleton, joints)
    except MotionError:  # no legs: a hand, a face, a chain
        return {}
    chain = [*found.spine, *found.neck]
    return {**found.joints, **({"head": chain[-1]} if chain else {})}
