"""How far predicted joints are from the real ones: MPJPE at horizons, ADE and FDE."""

import numpy as np


def mpjpe(predicted: np.ndarray, truth: np.ndarray, fps: float, horizons: tuple[float, ...]) -> np.ndarray:
    """Mean distance [m] of joints at instants `horizons` [s] after the frame before the first: (len(horizons),).

    predicted, truth: (T, J, 3) [m] at `fps`, frame 0 being 1 / fps after the last one that was given. Between frames the
    distances are interpolated, so that 80 ms means 80 ms at any rate; a horizon past the last frame is NaN. Mean per-joint position
    error: Ionescu et al., Human3.6M, TPAMI 2014, eq. 8; at horizons of a prediction: Mao et al., ICCV 2019.
    """
    apart = np.linalg.norm(predicted - truth, axis=-1).mean(-1)
    times = np.arange(1, len(apart) + 1) / fps
    found = np.interp(horizons, np.append(0.0, times), np.append(0.0, apart))
    return np.where(np.asarray(horizons) > times[-1] + 1e-6, np.nan, found)


def ade(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Average displacement [m]: mean over frames of the distance of whole poses, (T, J, 3) [m] each read as one vector.

    Yuan and Kitani, DLow, ECCV 2020, sec. 5 (there the least of several samples; here of one).
    """
    return float(_poses_apart(predicted, truth).mean())


def fde(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Final displacement [m]: `ade` of the last frame alone."""
    return float(_poses_apart(predicted, truth)[-1])


def _poses_apart(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(T,) Euclidean distance of poses."""
    return np.linalg.norm((predicted - truth).reshape(len(truth), -1), axis=-1)
