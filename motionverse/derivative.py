"""Velocity from samples and back: the derivative of the interpolating cubic spline, and its exact inverse.

Per second and on true timestamps, so that one signal sampled at two rates has one derivative (a per-frame difference is
5-30 % off between common rates). Ends are not-a-knot; two samples make a line, three a parabola. A centred derivative
is nearly blind at the Nyquist frequency (zigzag p[2k] = a, p[2k+1] = b), so a recursion would let odd and even frames
wander apart under noise; `integral` is a least-squares solve that holds that one mode down. Source: de Boor,
A Practical Guide to Splines, ch. IV; the damping is our own.
"""

from functools import lru_cache

import numpy as np

DENSE_LIMIT = 240  # up to this many samples one cached matrix product is faster than a banded solve
EXACT = 1e-5  # damping for features that come from a motion: error below 0.2 mm (or 0.03 degree) even at a 1 m (half turn) jump
SMOOTH = 1e-1  # damping for generated features: takes out zigzag within 3 % of the Nyquist frequency and nothing else


def _differences(rows: np.ndarray) -> np.ndarray:
    """Right-hand side (C, T) of the spline relation for rows of T >= 4 samples one unit apart."""
    right = np.empty_like(rows)
    np.subtract(rows[:, 2:], rows[:, :-2], out=right[:, 1:-1])
    right[:, 1:-1] *= 3
    right[:, 0] = (-5 * rows[:, 0] + 4 * rows[:, 1] + rows[:, 2]) / 2
    right[:, -1] = (5 * rows[:, -1] - 4 * rows[:, -2] - rows[:, -3]) / 2
    return right


def _relation(frames: int) -> np.ndarray:
    """Left-hand side of the spline relation, (1, 4, 1) with not-a-knot ends, as a (3, T) band."""
    band = np.ones((3, frames))
    band[1] = 4
    band[1, [0, -1]] = 1
    band[0, 1] = band[2, -2] = 2
    return band


def _few(frames: int) -> np.ndarray:
    """(T, T) derivative of the line or parabola through one to three samples one unit apart."""
    if frames == 1:
        return np.zeros((1, 1))
    if frames == 2:
        return np.array([[-1.0, 1.0], [-1.0, 1.0]])
    return np.array([[-3.0, 4.0, -1.0], [-1.0, 0.0, 1.0], [1.0, -4.0, 3.0]]) / 2


def _solved(rows: np.ndarray) -> np.ndarray:
    """Derivative (C, T) of rows one unit apart, T >= 4."""
    from scipy.linalg import solve_banded

    # rows of channels are the columns that the solver works on: nothing is copied
    right = _differences(rows).T
    return solve_banded(
        (1, 1), _relation(rows.shape[1]), right, overwrite_ab=True, overwrite_b=True, check_finite=False
    ).T


@lru_cache(maxsize=DENSE_LIMIT)
def _operator(frames: int) -> np.ndarray:
    """(T, T) matrix that takes rows of samples one unit apart, from the left, to their derivative."""
    return np.ascontiguousarray(_few(frames).T) if frames < 4 else _solved(np.eye(frames))


def derivative_rows(rows: np.ndarray, fps: float) -> np.ndarray:
    """Derivative (C, T) per second, at the sample times, of the cubic splines through rows (C, T) at `fps`; float64."""
    frames = rows.shape[1]
    rates = rows @ _operator(frames) if frames <= DENSE_LIMIT else _solved(rows)
    rates *= fps
    return rates


def derivative(values: np.ndarray, fps: float) -> np.ndarray:
    """As `derivative_rows`, of `values` (T, ...): derivative (T, ...) per second."""
    flat = np.asarray(values, np.float64).reshape(len(values), -1)
    return np.ascontiguousarray(derivative_rows(np.ascontiguousarray(flat.T), fps).T).reshape(np.shape(values))


@lru_cache(maxsize=32)
def _factor(frames: int, damping: float) -> np.ndarray:
    """Banded Cholesky factor (5, T) of the normal equations of `integral`, the first sample pinned to zero."""
    from scipy.linalg import cholesky_banded

    band = np.zeros((5, frames))
    _add_rows(band, (-2.5, 2.0, 0.5), slice(0, 1))
    _add_rows(band, (-3.0, 0.0, 3.0), slice(0, frames - 2))
    _add_rows(band, (-0.5, -2.0, 2.5), slice(frames - 3, frames - 2))
    # fourth differences, one at the Nyquist frequency; the relation's left side is 2 there, hence the doubling
    bend = tuple(2 * np.sqrt(damping) / 16 * c for c in (1.0, -4.0, 6.0, -4.0, 1.0))
    _add_rows(band, bend, slice(0, max(frames - 4, 0)))
    band[0, 0] += 1
    return cholesky_banded(band, lower=True)


def _add_rows(band: np.ndarray, row: tuple[float, ...], starts: slice) -> None:
    """Add to the lower band of a normal matrix the squares of `row`, placed at every column in `starts`."""
    for i, a in enumerate(row):
        for j, b in enumerate(row[: i + 1]):
            band[i - j, starts.start + j : starts.stop + j] += a * b


def integral(rates: np.ndarray, fps: float, damping: float = EXACT) -> np.ndarray:
    """The samples (T, ...) whose spline derivative is `rates` (T, ...) per second, starting at 0; float64.

    Minimises |derivative - rates|^2 + damping |zigzag|^2: exact for rates that are a spline derivative, and for others
    the odd and even frames stay together. `damping` at w rad/sample weighs sin(w/2)^8 against the derivative's own
    response squared, so that it acts within sqrt(damping) / 3 rad of the Nyquist frequency: EXACT or SMOOTH.
    """
    flat = np.asarray(rates, np.float64).reshape(len(rates), -1) / fps
    frames = len(flat)
    if frames < 4:
        samples = np.linalg.pinv(_few(frames)) @ flat
    else:
        from scipy.linalg import cho_solve_banded

        left = _relation(frames)
        right = left[1][:, None] * flat
        right[:-1] += left[0, 1:, None] * flat[1:]
        right[1:] += left[2, :-1, None] * flat[:-1]
        samples = cho_solve_banded((_factor(frames, damping), True), _transposed(right))
    return (samples - samples[0]).reshape(np.shape(rates))


def _transposed(right: np.ndarray) -> np.ndarray:
    """The transpose of `_differences`, applied to (T, C)."""
    out = np.zeros_like(right)
    out[2:] += 3 * right[1:-1]
    out[:-2] -= 3 * right[1:-1]
    out[:3] += np.outer((-2.5, 2.0, 0.5), right[0])
    out[-3:] += np.outer((-0.5, -2.0, 2.5), right[-1])
    return out
