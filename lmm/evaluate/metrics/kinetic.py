"""Kinetic features of a dance: how much energy each joint moves with. FID_k and Div_k stand on them.

Definition: Onuma et al., FMDistance, Eurographics 2008, as the AIST++ protocol takes it (Li et al., AI Choreographer,
ICCV 2021): at 60 Hz, velocities and accelerations averaged over 5 frames.
"""

import numpy as np

from lmm.evaluate.metrics.seen import seen
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS

RATE = 60.0  # Hz, at which AIST++ is
REACH = 2  # frames to each side of the average: 83 ms in all


def kinetic(motion: Motion) -> np.ndarray:
    """(66,) for each of the 22 body joints: mean horizontal and vertical v^2 [m^2/s^2], mean size of the acceleration [m/s^2].

    Seen at 60 Hz whatever the motion's rate. Raises MotionError under three such frames.
    """
    joints = seen(motion, RATE).joints()[:, :BODY_JOINTS]
    if len(joints) < 3:
        raise MotionError(f"kinetic features: a motion of {motion.seconds:.3f} s; three frames of 60 Hz are needed")
    velocity = _averaged(np.diff(joints, axis=0) * RATE, len(joints) - 1)
    acceleration = _averaged(np.diff(joints, 2, axis=0) * RATE**2, len(joints) - 1)
    energies = (velocity**2).mean(0)
    effort = np.linalg.norm(acceleration, axis=-1).mean(0)
    return np.stack([energies[:, 0] + energies[:, 2], energies[:, 1], effort], -1).reshape(-1)


def _averaged(values: np.ndarray, count: int) -> np.ndarray:
    """(count, ...): row i is the mean of rows i - 2 to i + 2 of values (K, ...), of those that there are."""
    sums = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, 0)])
    first = np.clip(np.arange(count) - REACH, 0, None)
    last = np.clip(np.arange(count) + REACH + 1, None, len(values))
    return (sums[last] - sums[first]) / (last - first)[:, None, None]
