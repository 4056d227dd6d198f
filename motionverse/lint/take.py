"""What lint looks at: joints over time, from a Motion or from bare points that may have gaps, with what the checks share."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import joint_names
from motionverse.skeleton import Skeleton

FLOOR_SHARE = 0.1  # of the frames lie lower: as motionverse.canonical finds the floor
_LEVER = 0.1  # [m] what turns is about that long
_SKIN = 0.01  # [m] that a face's coefficient of 1 moves skin by, about
_LEGS = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle"))


@dataclass(frozen=True, eq=False)
class Take:
    """Joints (T, J, 3) [m], Y up, at `fps`; not all finite where a capture has gaps.

    skeleton: names and tree (offsets as stated); rotations: (T, J, 3, 3) local, None for points or where they were fitted to
    points; measured: the points are what was captured, so that bone lengths may vary; present: (J,) True for captured joints;
    roles: WHOLE_BODY name -> joint, empty where there are no legs; face: (T, 50) its coefficients, or None.
    """

    joints: np.ndarray
    fps: float
    skeleton: Skeleton
    rotations: np.ndarray | None = None
    measured: bool = False
    present: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    roles: Mapping[str, int] = field(default_factory=dict)
    face: np.ndarray | None = None

    @classmethod
    def of(cls, motion: Motion) -> "Take":
        """A motion as a take."""
        rotations = motion.rotations if motion.rotation_source == "captured" else None
        joints = motion.joints()
        roles = _roles(motion.skeleton, joints)
        return cls(joints, motion.fps, motion.skeleton, rotations, False, motion.present, roles, motion.face)

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
        rotations, face = (None if rows is None else rows[frame:] for rows in (self.rotations, self.face))
        return replace(self, joints=self.joints[frame:], rotations=rotations, face=face) if frame else self

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
    def moves(self) -> np.ndarray:
        """(T,) speed [m/s] of the fastest captured joint from each frame to the next (the last repeats).

        Of hands, heads and faces alone, which turn in one place, also the turns of joints and the changes of the face.
        """
        fastest = self.speed[:, self.seen].max(1, initial=0.0)
        if self.on_floor or len(fastest) < 2:
            return fastest
        rates = [np.zeros((len(fastest) - 1, 1))]
        if self.rotations is not None:
            rates.append(_LEVER * rotation.geodesic(self.rotations[:-1, self.seen], self.rotations[1:, self.seen]))
        if self.face is not None:
            rates.append(_SKIN * np.abs(np.diff(self.face, axis=0)))
        others = self.fps * np.concatenate(rates, 1).max(1)
        return np.maximum(fastest, np.append(others, others[-1]))

    @functools.cached_property
    def lowest(self) -> np.ndarray:
        """(T,) height [m] of the lowest captured joint."""
        return self.points[:, self.seen, 1].min(1)

    @functools.cached_property
    def floor(self) -> float:
        """Height [m] of the floor: what a tenth of the frames lie under."""
        return float(np.quantile(self.lowest, FLOOR_SHARE))

    def has(self, *roles: str) -> bool:
        """Whether the joints of these WHOLE_BODY names are there and were captured."""
        return all(role in self.roles and bool(self.present[self.roles[role]]) for role in roles)

    @property
    def has_legs(self) -> bool:
        return self.has(*_LEGS)

    @property
    def on_floor(self) -> bool:
        """Whether what was captured tells where the floor is: False for hands, faces, bodies without their legs."""
        feet = [self.roles[role] for role in _LEGS if role.endswith("ankle") and role in self.roles]
        return len(self.seen) > 0 and (not feet or bool(self.present[feet].any()))

    def at(self, role: str) -> np.ndarray:
        """(T, 3) path [m] of the joint that plays `role`."""
        return self.points[:, self.roles[role]]


def watched(motion: Motion) -> np.ndarray:
    """(J,) True for joints whose jumps count: what was captured of the body, and the fingers where there are no legs."""
    seen, names = motion.present.copy(), motion.skeleton.names
    legs = [j for j, name in enumerate(names) if name.endswith(("_knee", "_ankle"))]
    if seen[legs].any():
        seen[[j for j, name in enumerate(names) if name[-1] in "123" and "spine" not in name]] = False
    return seen


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
