"""Beat alignment score: does a dance pause on the beat?

Definition: Li et al., AI Choreographer, ICCV 2021: the mean over kinematic beats, local minima of the joints'
speed, of exp(-d^2 / 2 sigma^2), d to the nearest beat of the music; sigma is 3 frames of 60 Hz.
"""

import numpy as np

from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.pairs import beats as kinematic

SIGMA = 0.05  # s


def kinematic_beats(motion: Motion) -> np.ndarray:
    """(K,) instants [s] at which the body joints together are slower than anywhere within 1/6 s; seen at 60 Hz."""
    return kinematic.kinematic_beats(motion).instants


def beat_alignment(motion: Motion, beats: np.ndarray) -> float:
    """0 to 1 for a motion and the instants beats (B,) [s] of its music, counted from the motion's start; 0 without kinematic beats.

    Beats outside the motion do not count. Raises MotionError where none is inside.
    """
    beats = np.asarray(beats, np.float64)
    beats = beats[(beats >= 0) & (beats < motion.seconds)]
    if not len(beats):
        raise MotionError(
            f"beat alignment: no beat of the music within the motion's {motion.seconds:.2f} s; check its offset"
        )
    danced = kinematic_beats(motion)
    if not len(danced):
        return 0.0
    return float(closeness(danced, beats, SIGMA).mean())


def closeness(instants: np.ndarray, others: np.ndarray, sigma: float) -> np.ndarray:
    """(K,) exp(-d^2 / 2 sigma^2) of each of instants (K,) [s], d [s] to the nearest of others (B,) [s]."""
    apart = np.abs(instants[:, None] - others[None]).min(1)
    return np.exp(-(apart**2) / (2 * sigma**2))
