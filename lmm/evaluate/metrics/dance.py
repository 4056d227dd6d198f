"""FID_k, FID_g, Div_k, Div_g: kinetic and geometric features of dances, in units of how much real ones differ.

Definition: Li et al., AI Choreographer, ICCV 2021, as its public evaluation: both sets are standardised by mean and
spread of the real one; then their Frechet distance, and the mean distance between two made samples.
"""

import numpy as np

from lmm.evaluate.metrics.samples import pair
from motionverse.errors import MotionError

STILL = 1e-8  # spread of a feature under which it is the same in all real dances


def standardised(real: np.ndarray, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sets less the real mean over the real spread.

    A feature that no two real dances differ in has no unit and is left out.
    """
    real, made = pair("FID and diversity of dances", real, made, 2)
    spread = real.std(0)
    told = spread > STILL
    if not told.any():
        raise MotionError("FID and diversity of dances: all real features are the same; take different clips")
    mean = real.mean(0)
    return ((real - mean) / np.where(told, spread, 1))[:, told], ((made - mean) / np.where(told, spread, 1))[:, told]
