"""Do hands strike when speech is stressed? The beat alignment score, of strokes and stresses in place of pauses and beats."""

import numpy as np

from lmm.evaluate.metrics.beat_alignment import closeness
from motionverse.motion import Motion
from motionverse.pairs.beats import strokes

SIGMA = 0.1  # [s]: a stroke and its syllable are not as sharp as a step and a drum


def stress_alignment(motion: Motion, stresses: np.ndarray) -> float:
    """0 to 1: the mean over strokes of exp(-d^2 / 2 sigma^2), d [s] to the nearest of the instants stresses (S,) [s] from the
    motion's start; 0 without strokes, NaN without stresses within the motion."""
    stresses = np.asarray(stresses, np.float64)
    stresses = stresses[(stresses >= 0) & (stresses < motion.seconds)]
    if not len(stresses):
        return float("nan")
    struck = strokes(motion).instants
    return float(closeness(struck, stresses, SIGMA).mean()) if len(struck) else 0.0
