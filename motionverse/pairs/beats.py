"""When a motion keeps time: the instants at which a body pauses, and those at which a hand strikes."""

import math
from dataclasses import dataclass

import numpy as np

from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS

RATE = 60.0  # Hz
REACH = (
    10  # frames to each side in which a kinematic beat is the slowest: 1/6 s (Li et al., AI Choreographer, ICCV 2021)
)
STROKE_REACH = 12  # frames to each side in which a stroke is the fastest: 0.2 s
STROKE = 0.4  # [m/s] under which a hand does not strike
LEAST_WEIGHT = 0.1
STILL = 1e-3  # [m/s] of all joints together, under which nothing moves


@dataclass(frozen=True, eq=False)
class Beats:
    """instants (K,) [s], rising; weights (K,) in (0, 1], how plainly each is one."""

    instants: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.instants)

    def within(self, start: float, end: float) -> "Beats":
        """Those in [start, end) [s], on the same clock."""
        inside = (self.instants >= start) & (self.instants < end)
        return Beats(self.instants[inside], self.weights[inside])


def kinematic_beats(motion: Motion) -> Beats:
    """Where the body joints together are slower than anywhere within 1/6 s; the weight says how much slower than around it."""
    from scipy.signal import argrelmin

    pace = _speeds(_seen(motion).joints()[:, :BODY_JOINTS]).sum(1)
    found = argrelmin(pace, order=REACH)[0]
    around = np.array([pace[max(k - REACH, 0) : k + REACH + 1].max() for k in found])
    return _beats(found, 1 - pace[found] / np.maximum(around, STILL))


def strokes(motion: Motion) -> Beats:
    """Where the faster wrist, seen from the pelvis, is faster than anywhere within 0.2 s, and fast; the weight says how fast
    against the fastest."""
    from scipy.signal import argrelmax

    joints = _seen(motion).joints()
    wrists = [motion.skeleton.index(f"{side}_wrist") for side in ("left", "right")]
    pace = _speeds(joints[:, wrists] - joints[:, :1]).max(1, initial=0.0)
    found = argrelmax(pace, order=STROKE_REACH)[0]
    found = found[pace[found] > STROKE]
    return _beats(found, pace[found] / pace.max(initial=STILL))


def _seen(motion: Motion) -> Motion:
    """At RATE, up to the motion's own last frame: after that resampling holds the pose, a stop that nobody made."""
    frames = math.floor((len(motion) - 1) / motion.fps * RATE + 1e-6) + 1
    return motion.resample(RATE).frames_slice(0, frames)


def _speeds(positions: np.ndarray) -> np.ndarray:
    """(T - 1, K) [m/s] of points (T, K, 3)."""
    return np.linalg.norm(np.diff(positions, axis=0), axis=-1) * RATE


def _beats(steps: np.ndarray, weights: np.ndarray) -> Beats:
    # the step from frame k to k + 1 is the speed between them
    return Beats((steps + 0.5) / RATE, np.clip(weights, LEAST_WEIGHT, 1.0))
