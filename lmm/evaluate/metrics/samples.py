"""What every metric over features asks of them: rows of finite numbers, enough of them, as wide as each other."""

import numpy as np

from motionverse.errors import MotionError


def samples(metric: str, features: np.ndarray, least: int) -> np.ndarray:
    """features as (N, D) float64. Raises MotionError, naming `metric`, for other shapes, NaN and fewer than `least` rows."""
    rows = np.asarray(features, np.float64)
    if rows.ndim != 2 or not rows.shape[-1]:
        raise MotionError(f"{metric}: features {rows.shape}; must be (samples, width)")
    if len(rows) < least:
        raise MotionError(f"{metric}: {len(rows)} samples; at least {least} are needed, take more clips or seeds")
    if not np.isfinite(rows).all():
        row = int(np.argmin(np.isfinite(rows).all(1)))
        raise MotionError(f"{metric}: features of sample {row} are not finite; leave its motion out or repair it")
    return rows


def pair(metric: str, first: np.ndarray, second: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of `samples` of one width (their counts may differ)."""
    a, b = samples(metric, first, least), samples(metric, second, least)
    if a.shape[1] != b.shape[1]:
        raise MotionError(f"{metric}: features {a.shape[1]} and {b.shape[1]} wide; take both from one encoder")
    return a, b


def matched(metric: str, first: np.ndarray, second: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """As `pair`, row i of one belonging to row i of the other."""
    a, b = pair(metric, first, second, least)
    if len(a) != len(b):
        raise MotionError(f"{metric}: {len(a)} and {len(b)} samples; row i of both must belong together")
    return a, b
