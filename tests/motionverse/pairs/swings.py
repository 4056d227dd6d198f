"""A forged body whose beats are known: the arms swing, and stop at instants that the test chooses; the feet stand."""

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY


def swing(instants: np.ndarray, seconds: float, fps: float = 30.0, size: float = 0.8) -> Motion:
    """Arms that turn back at every one of instants (K,) [s], and are fastest halfway between two."""
    from scipy.interpolate import PchipInterpolator

    times = np.arange(round(seconds * fps)) / fps
    step = np.median(np.diff(instants))
    around = np.concatenate(
        [[instants[0] - 2 * step, instants[0] - step], instants, instants[-1] + step * np.arange(1, 9)]
    )
    angle = size * np.cos(np.pi * PchipInterpolator(around, np.arange(len(around)))(times))
    rotations = rotation.identity(len(times), len(WHOLE_BODY))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rotations[:, WHOLE_BODY.index(f"{side}_shoulder")] = rotation.about("Y", sign * angle)
    root = np.zeros((len(times), 3)) + [0, WHOLE_BODY.standing_height(), 0]
    return Motion(rotations, root, fps)


def unsteady(period: float, seconds: float, jitter: float, seed: int = 0) -> np.ndarray:
    """Instants [s] about `period` apart, each early or late by up to `jitter` [s]."""
    rng = np.random.default_rng(seed)
    steady = np.arange(0.5, seconds, period)
    return steady + rng.uniform(-jitter, jitter, len(steady))
