"""Frechet distance between two sets of features: FID, FID_k, FID_g and FGD are this number in different spaces.

Definition: Heusel et al., GANs Trained by a Two Time-Scale Update Rule, NeurIPS 2017; the distance of the two Gaussians that have
the sets' means and covariances (Dowson and Landau 1982): |m1 - m2|^2 + tr C1 + tr C2 - 2 tr (C1 C2)^1/2. The last trace is the sum
of the singular values of A B^T, where A^T A = C1 and B^T B = C2: no matrix root, no complex numbers, nothing added to a
diagonal, and right for fewer samples than dimensions, where both covariances are singular.
"""

import numpy as np

from lmm.evaluate.metrics.samples import pair
from motionverse.errors import MotionError

SIZES, DRAWS = 10, 2  # subset sizes of the extrapolation, and subsets of each
SMALLEST = 0.5  # smallest subset, as a share of the set
FEWEST_A_DIMENSION = 2  # samples; from here on, a line in 1 / N leaves less than a tenth of the bias


def frechet(real: np.ndarray, made: np.ndarray) -> float:
    """Squared Frechet distance between real (N, D) and made (M, D) in the features' unit squared, 0 for equal Gaussians.

    Biased upwards, by about a constant over the number of samples: compare equal counts only, or take `extrapolated`.
    Raises MotionError under two samples.
    """
    real, made = pair("Frechet distance", real, made, 2)
    return _frechet(real, made)


def _frechet(real: np.ndarray, made: np.ndarray) -> float:
    a, b = _factor(real), _factor(made)
    apart = ((real.mean(0) - made.mean(0)) ** 2).sum()
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(max(apart + (a**2).sum() + (b**2).sum() - 2 * shared, 0.0))


def _factor(rows: np.ndarray) -> np.ndarray:
    """(min(N, D), D) matrix A with A^T A the unbiased covariance of rows (N, D)."""
    centred = (rows - rows.mean(0)) / np.sqrt(len(rows) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r")) if len(rows) > rows.shape[1] else centred


def extrapolated(real: np.ndarray, made: np.ndarray, seed: int = 0) -> float:
    """The Frechet distance that infinitely many samples would have: intercept of a line in 1 / N; may come out below 0.

    Chong and Forsyth, Effectively Unbiased FID and Inception Score, CVPR 2020; there only the made set is drawn from, the
    real one being large; here both are, in equal shares, since both are small. Subsets are drawn without replacement from `seed`.
    Raises MotionError under 2 samples a dimension: take the kernel distance (kid) there, it has no bias at any size.
    """
    real, made = pair("extrapolated Frechet distance", real, made, 2)
    least = FEWEST_A_DIMENSION * real.shape[1]
    if min(len(real), len(made)) < least:
        raise MotionError(
            f"extrapolated Frechet distance: {min(len(real), len(made))} samples of width {real.shape[1]}; at least {least} are "
            "needed, take more clips or the kernel distance"
        )
    rng = np.random.default_rng(seed)
    shares = np.repeat(np.linspace(SMALLEST, 1, SIZES), DRAWS)
    found = [_frechet(_drawn(real, share, rng), _drawn(made, share, rng)) for share in shares]
    return float(np.polynomial.polynomial.polyfit(1 / shares, found, 1)[0])


def _drawn(rows: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return rows[rng.permutation(len(rows))[: round(share * len(rows))]]


def floor(real: np.ndarray, repeats: int = 5, seed: int = 0) -> float:
    """What `frechet` gives two sets of N samples of one distribution, by halves of real (N, D): what no model need be below.

    Mean over random halves, halved: the bias falls as 1 / N, and a half has N / 2. Raises MotionError under four samples.
    """
    rows, _ = pair("floor of the Frechet distance", real, real, 4)
    rng = np.random.default_rng(seed)
    half = len(rows) // 2
    orders = [rng.permutation(len(rows)) for _ in range(repeats)]
    return float(np.mean([_frechet(rows[o[:half]], rows[o[half : 2 * half]]) for o in orders]) / 2)
