"""Geometric features of a dance: how often body parts stand or move in each of 32 ways. FID_g and Div_g stand on them.

Definition: Mueller et al., Efficient Content-Based Retrieval of Motion Capture Data, SIGGRAPH 2005, as the AIST++ protocol takes
them (Li et al., ICCV 2021): yes or no in each frame at 60 Hz, lengths in the body's own upper arms, shoulder
and hip widths, speeds from the frame before. As there, a movement toward a point is that of the third joint relative to the first.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmm.evaluate.metrics.seen import seen
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, Skeleton

RATE = 60.0  # Hz, at which AIST++ is

Points = dict[str, np.ndarray]  # (T, 3) [m] by name


def _toward(now: Points, step: Points, a: str, b: str, c: str) -> np.ndarray:
    """Speed [m/s] of c relative to a along the direction from a to b."""
    return _along(step[c] - step[a], now[b] - now[a]) * RATE


def _out_of_plane(now: Points, step: Points, a: str, b: str, c: str, p: str) -> np.ndarray:
    """Speed [m/s] of p relative to a along the normal (c - a) x (b - a)."""
    return _along(step[p] - step[a], np.cross(now[c] - now[a], now[b] - now[a])) * RATE


def _off_plane(now: Points, step: Points, a: str, b: str, c: str, p: str) -> np.ndarray:
    """Distance [m] of p from the plane through a, b, c, on the side of (c - a) x (b - a)."""
    return _along(now[p] - now[a], np.cross(now[c] - now[a], now[b] - now[a]))


def _beyond(now: Points, step: Points, a: str, b: str, c: str, p: str) -> np.ndarray:
    """Distance [m] of p from the plane through c whose normal is from a to b."""
    return _along(now[p] - now[c], now[b] - now[a])


def _angle(now: Points, step: Points, a: str, b: str, c: str, d: str) -> np.ndarray:
    """Angle [degrees] between a to b and c to d."""
    one, other = now[b] - now[a], now[d] - now[c]
    return np.degrees(np.arccos(np.clip(_along(one, other) / np.maximum(np.linalg.norm(one, axis=-1), 1e-12), -1, 1)))


def _speed(now: Points, step: Points, a: str) -> np.ndarray:
    """Speed [m/s] of a."""
    return np.linalg.norm(step[a], axis=-1) * RATE


def _along(vector: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return (vector * direction).sum(-1) / np.maximum(np.linalg.norm(direction, axis=-1), 1e-12)


@dataclass(frozen=True)
class Feature:
    """True where above < measure < below; lengths and speeds in `unit`, a pair of joints of the rest pose; angles in degrees.

    `sided`: a second feature with left and right exchanged stands beside it.
    """

    measure: Callable[..., np.ndarray]
    joints: str
    above: float
    below: float = np.inf
    unit: str = "left_shoulder left_elbow"
    sided: bool = True


_SHOULDERS, _HIPS = "left_shoulder right_shoulder", "left_hip right_hip"

FEATURES = (
    Feature(_out_of_plane, "neck right_hip left_hip right_wrist", 1.8),  # hand moving forward
    Feature(_beyond, "spine3 neck neck right_wrist", 0.2),  # hand above the neck
    Feature(_toward, "spine1 spine3 spine3", 1.8),
    Feature(_angle, "right_elbow right_shoulder right_elbow right_wrist", 0, 110, ""),  # elbow bent
    Feature(_beyond, "left_shoulder right_shoulder left_wrist right_wrist", 2.5, unit=_SHOULDERS, sided=False),
    Feature(_toward, "left_wrist right_wrist right_wrist", 1.4, sided=False),
    Feature(_toward, "right_wrist pelvis left_wrist", 1.4),
    Feature(_speed, "right_wrist", 2.5),
    Feature(_off_plane, "pelvis left_hip left_foot right_ankle", 0.38),  # foot before the other leg
    Feature(_beyond, "origin up floor right_ankle", 1.2),  # foot raised
    Feature(_beyond, "left_hip right_hip left_ankle right_ankle", 2.1, unit=_HIPS, sided=False),  # feet far apart
    Feature(_angle, "right_knee right_hip right_knee right_ankle", 0, 110, ""),  # knee bent
    Feature(_speed, "right_ankle", 2.5),
    Feature(_angle, "neck pelvis right_shoulder right_elbow", 25, 180, ""),  # upper arm off the trunk
    Feature(_angle, "neck pelvis right_hip right_knee", 50, 180, ""),  # thigh off the trunk
    Feature(_off_plane, "right_ankle neck left_ankle pelvis", 0.5, sided=False),  # pelvis behind the feet: bending over
    Feature(_angle, "neck pelvis origin up", 70, 110, "", sided=False),  # trunk level
    Feature(_beyond, "origin down floor right_wrist", -1.2),  # hand low
    Feature(_speed, "pelvis", 2.3, sided=False),
)


def geometric(motion: Motion) -> np.ndarray:
    """(32,) shares of frames in which each feature holds, right before left.

    Seen at 60 Hz whatever the motion's rate. Raises MotionError under two such frames.
    """
    taken = seen(motion, RATE)
    if len(taken) < 2:
        raise MotionError(f"geometric features: a motion of {motion.seconds:.3f} s; two frames of 60 Hz are needed")
    paths = taken.joints()[:, :BODY_JOINTS]
    now = _points(motion.skeleton, paths[1:])
    step = _points(motion.skeleton, np.diff(paths, axis=0))
    shares = []
    for feature in FEATURES:
        scale = _length(motion.skeleton, feature.unit)
        for joints in (feature.joints, _exchanged(feature.joints))[: 1 + feature.sided]:
            found = feature.measure(now, step, *joints.split())
            shares.append(((found > feature.above * scale) & (found < feature.below)).mean())
    return np.array(shares)


def _points(skeleton: Skeleton, paths: np.ndarray) -> Points:
    """Joints by name, and the fixed points: origin, up, down, and the floor under the lowest joint."""
    points = {name: paths[:, j] for j, name in enumerate(skeleton.names[:BODY_JOINTS])}
    up = np.broadcast_to([0.0, 1.0, 0.0], paths[:, 0].shape)
    return points | {"origin": 0 * up, "up": up, "down": -up, "floor": paths[..., 1].min(1)[:, None] * up}


def _length(skeleton: Skeleton, unit: str) -> float:
    """Distance [m] of the two joints of the unit in the rest pose; 1 for none (angles)."""
    if not unit:
        return 1.0
    a, b = (skeleton.rest_positions()[skeleton.index(name)] for name in unit.split())
    return float(np.linalg.norm(a - b))


def _exchanged(joints: str) -> str:
    """Left for right and right for left."""
    return re.sub("left|right", lambda side: "left" if side[0] == "right" else "right", joints)
