"""L1 diversity: how much of the space around itself a gesturing body uses."""

import numpy as np

from motionverse.motion import Motion


def l1_diversity(motion: Motion) -> float:
    """Mean over frames of the sum over joints and axes of |position - its mean over time| [m], positions relative to the pelvis.

    Liu et al., BEAT, ECCV 2022 (after Li et al., Audio2Gestures, ICCV 2021), as in their public evaluation.
    0 for a pose that is held.
    """
    around = motion.joints() - motion.root[:, None]
    return float(np.abs(around - around.mean(0)).sum((1, 2)).mean())
