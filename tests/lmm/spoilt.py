"""Motions that a model could have made of a given one: elsewhere, otherwise turned, smoothly off everywhere."""

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from tests import forge


def spoilt(motion: Motion, seed: int, size: float = 0.25) -> Motion:
    """Every body joint `size` rad off by smooth noise, the path 0.15 m; all of it turned and shifted."""
    rng = np.random.default_rng(seed)
    off = forge.smooth(rng, motion.times, 52 * 3, size, 1.0).reshape(len(motion), 52, 3)
    off[:, 22:] = 0
    root = motion.root + forge.smooth(rng, motion.times, 3, 0.15, 0.6)
    return motion.with_(rotations=motion.rotations @ rotation.from_rotvec(off), root=root).turned(0.7, (1.0, 0.0, 2.0))


def acceleration(motion: Motion) -> float:
    """The largest [m/s^2] of a body joint."""
    return float(np.abs(np.diff(motion.joints()[:, :22], 2, axis=0)).max() * motion.fps**2)
