"""Retrieval is not generation: how far a sample is from the nearest real training clip, beside held-out real clips.

Distance: root mean square over joints and time of the difference of body-joint positions in the heading frame [m], over
windows of 1.2 s at 10 Hz; a motion's distance is the mean over its windows of that to the nearest training window.
"""

from collections.abc import Iterable

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS

_RATE, _FRAMES = 10.0, 12


def windows(motion: Motion, stride: int = 2) -> np.ndarray:
    """(N, 12 * 21 * 3) float32: joint positions relative to the pelvis in the heading frame [m], window after window."""
    motion = motion.resample(_RATE)
    joints = motion.joints()[:, :BODY_JOINTS] - motion.root[:, None]
    heading = rotation.about_y(rotation.twist_about_y(motion.rotations[:, 0]))
    poses = (joints @ heading)[:, 1:].reshape(len(motion), -1)
    if len(poses) < _FRAMES:
        poses = np.concatenate([poses, np.repeat(poses[-1:], _FRAMES - len(poses), 0)])
    starts = range(0, len(poses) - _FRAMES + 1, stride)
    return np.stack([poses[s : s + _FRAMES].reshape(-1) for s in starts]).astype(np.float32)


class Nearest:
    """Nearest training windows by brute force: one matrix product a query."""

    def __init__(self, motions: Iterable[Motion]) -> None:
        self.bank = np.concatenate([windows(motion) for motion in motions])
        self._squares = (self.bank**2).sum(-1)

    def distance(self, motion: Motion) -> float:
        """Mean over the motion's windows of the RMS joint distance [m] to the nearest training window."""
        query = windows(motion)
        squared = (query**2).sum(-1)[:, None] + self._squares - 2 * query @ self.bank.T
        joints = _FRAMES * (BODY_JOINTS - 1)
        return float(np.sqrt(np.maximum(squared.min(-1), 0) / joints).mean())
