"""What a motion does, measured on its joints: distances, turns, heights, swings. No learned judge.

Every measure takes a Motion on WHOLE_BODY and gives one number in metres, seconds, radians or counts. The frame of
reference is the subject's own at the first frame: +Z where it faces, +X its left, the origin under its pelvis.
"""

import functools
from dataclasses import dataclass

import numpy as np

from motionverse import kinematics, rotation
from motionverse.motion import Motion

RATE = 30.0  # Hz at which measures look, so that a threshold means the same at any frame rate


@dataclass(frozen=True, eq=False)
class Geometry:
    """Joints (T, 52, 3) [m] in the subject's initial frame at 30 Hz, its heading (T,) [rad], left positive, and gaze (T, 3).

    gaze: unit vector out of the face, in the same frame.
    """

    joints: np.ndarray
    heading: np.ndarray
    names: tuple[str, ...]
    gaze: np.ndarray

    @staticmethod
    def of(motion: Motion) -> "Geometry":
        motion = motion.resample(RATE)
        heading = np.unwrap(rotation.twist_about_y(motion.rotations[:, 0]))
        start = motion.root[0] * [1, 0, 1]
        places, turned = kinematics.forward(motion.skeleton, motion.rotations, motion.root)
        gaze = turned[:, motion.skeleton.index("head"), :, 2]
        return Geometry(places - start, heading, motion.skeleton.names, gaze).faced()

    def faced(self) -> "Geometry":
        """The same, turned so that it faces +Z at its first frame."""
        back = rotation.about_y(self.heading[0])  # row vectors: turns by minus the heading
        return Geometry(self.joints @ back, self.heading - self.heading[0], self.names, self.gaze @ back)

    def part(self, start: float, stop: float) -> "Geometry":
        """From share `start` to share `stop` of its time (0 to 1), in the subject's frame of then."""
        first = max(0, min(round(start * len(self.joints)), len(self.joints) - 2))
        rows = slice(first, max(first + 2, round(stop * len(self.joints))))
        origin = self.joint("pelvis")[first] * [1, 0, 1]
        return Geometry(self.joints[rows] - origin, self.heading[rows], self.names, self.gaze[rows]).faced()

    def joint(self, name: str) -> np.ndarray:
        """(T, 3) path of one joint [m]."""
        return self.joints[:, self.names.index(name)]

    @property
    def seconds(self) -> float:
        return len(self.joints) / RATE

    @functools.cached_property
    def facing_path(self) -> np.ndarray:
        """(T-1, 2) pelvis steps [m] toward the left and toward the front *of that moment*: walking in a circle stays forward."""
        step = np.diff(self.joint("pelvis")[:, [0, 2]], axis=0)
        s, c = np.sin(self.heading[:-1]), np.cos(self.heading[:-1])
        return np.stack([c * step[:, 0] - s * step[:, 1], s * step[:, 0] + c * step[:, 1]], -1)


def forward(g: Geometry) -> float:
    """Net pelvis travel [m] along the initial facing."""
    return float(g.joint("pelvis")[-1, 2])


def forward_along_path(g: Geometry) -> float:
    """Pelvis travel [m] along the facing of each moment, backwards counted negative."""
    return float(g.facing_path[:, 1].sum())


def sideways(g: Geometry) -> float:
    """Net pelvis travel [m] to the left along the facing of each moment."""
    return float(g.facing_path[:, 0].sum())


def travel(g: Geometry) -> float:
    """Farthest the pelvis gets from where it started [m], over the ground."""
    return float(np.linalg.norm(g.joint("pelvis")[:, [0, 2]], axis=-1).max())


def speed(g: Geometry) -> float:
    """Mean pelvis speed over the ground [m/s]."""
    step = np.linalg.norm(np.diff(g.joint("pelvis")[:, [0, 2]], axis=0), axis=-1)
    return float(step.mean() * RATE) if len(step) else 0.0


def turn(g: Geometry) -> float:
    """Net change of heading [rad], left positive."""
    return float(g.heading[-1])


def steps(g: Geometry) -> float:
    """How often the feet pass each other along the facing of the moment: what gliding does not do."""
    apart = (g.joint("left_ankle") - g.joint("right_ankle"))[:, [0, 2]]
    lead = np.sin(g.heading) * apart[:, 0] + np.cos(g.heading) * apart[:, 1]
    return float(crossings(lead, 0.06))


def hand_over_head(g: Geometry, side: str) -> float:
    """Greatest height of the wrist above the head joint [m]."""
    return float((g.joint(f"{side}_wrist") - g.joint("head"))[:, 1].max())


def hand_over_shoulder(g: Geometry, side: str) -> float:
    """Greatest height of the wrist above its shoulder [m]."""
    return float((g.joint(f"{side}_wrist") - g.joint(f"{side}_shoulder"))[:, 1].max())


def waves(g: Geometry, side: str) -> float:
    """Swings of the wrist about the elbow, across the facing, while the hand is above the elbow (at least 4 cm each)."""
    wrist, elbow = g.joint(f"{side}_wrist"), g.joint(f"{side}_elbow")
    up = wrist[:, 1] > elbow[:, 1]
    if up.sum() < 6:
        return 0.0
    away = (wrist - g.joint("spine3"))[:, [0, 2]]
    across = np.cos(g.heading) * away[:, 0] - np.sin(g.heading) * away[:, 1]
    return float(swings(across[up], 0.04))


def head_drop(g: Geometry) -> float:
    """How far the head comes down below where it stood highest before [m]."""
    height = g.joint("head")[:, 1]
    return float((np.maximum.accumulate(height) - height).max())


def forward_lean(g: Geometry) -> float:
    """Greatest forward lean of the trunk [rad]: pelvis to neck against the vertical, toward the facing."""
    trunk = g.joint("neck") - g.joint("pelvis")
    ahead = np.sin(g.heading) * trunk[:, 0] + np.cos(g.heading) * trunk[:, 2]
    return float(np.arctan2(ahead, trunk[:, 1]).max())


def activity(g: Geometry) -> float:
    """Mean speed of wrists and ankles relative to the pelvis [m/s]."""
    limbs = [
        g.joint(f"{side}_{joint}") - g.joint("pelvis") for side in ("left", "right") for joint in ("wrist", "ankle")
    ]
    return float(np.mean([np.linalg.norm(np.diff(limb, axis=0), axis=-1).mean() for limb in limbs]) * RATE)


def rise(g: Geometry) -> float:
    """How far both feet are above the floor at once [m]: a jump."""
    feet = np.minimum(g.joint("left_foot")[:, 1], g.joint("right_foot")[:, 1])
    return float(feet.max() - np.percentile(feet, 10))


def foot_reach(g: Geometry) -> float:
    """Greatest height of either ankle above the other [m]: a kick."""
    return float(np.abs(g.joint("left_ankle")[:, 1] - g.joint("right_ankle")[:, 1]).max())


def hand_thrust(g: Geometry) -> float:
    """Greatest speed of either wrist relative to the pelvis [m/s]: a punch, a throw."""
    best = 0.0
    for side in ("left", "right"):
        path = g.joint(f"{side}_wrist") - g.joint("pelvis")
        best = max(best, float(np.linalg.norm(np.diff(path, axis=0), axis=-1).max() * RATE))
    return best


def gliding(g: Geometry) -> float:
    """Share of the pelvis' travel that the slower foot slides along with it: about 0 for steps, 1 for a statue on wheels."""

    def pace(name: str) -> np.ndarray:
        return np.linalg.norm(np.diff(g.joint(name)[:, [0, 2]], axis=0), axis=-1)

    planted = np.minimum(pace("left_foot"), pace("right_foot")).sum()
    return float(planted / max(pace("pelvis").sum(), 1e-6))


def crossings(signal: np.ndarray, band: float) -> int:
    """Sign changes of `signal` that go beyond +-band (hysteresis, so that trembling does not count)."""
    side = np.where(signal > band, 1, np.where(signal < -band, -1, 0))
    side = side[side != 0]
    return int((np.diff(side) != 0).sum())


def swings(signal: np.ndarray, size: float) -> int:
    """Direction changes of `signal` after moving at least `size`: half the oscillations, counted both ways."""
    count, low, high, direction = 0, signal[0], signal[0], 0
    for value in signal:
        low, high = min(low, value), max(high, value)
        if direction >= 0 and value < high - size:
            count, direction, low = count + (direction > 0), -1, value
        elif direction <= 0 and value > low + size:
            count, direction, high = count + (direction < 0), 1, value
    return count
