"""KID: the kernel distance between two sets of features, without bias at any number of samples."""

import numpy as np

from lmm.evaluate.metrics.samples import pair


def kid(real: np.ndarray, made: np.ndarray) -> float:
    """Squared maximum mean discrepancy of real (N, D) and made (M, D) under k(x, y) = (x.y / D + 1)^3; below 0 by chance only.

    Binkowski et al., Demystifying MMD GANs, ICLR 2018: the unbiased estimate (Gretton et al. 2012, eq. 3), over all
    samples rather than over random subsets, whose expectation it is. Raises MotionError under two samples.
    """
    real, made = pair("KID", real, made, 2)
    within = sum(
        (kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1)) for kernel in map(_own, (real, made))
    )
    return float(within - 2 * _kernel(real, made).mean())


def _own(rows: np.ndarray) -> np.ndarray:
    return _kernel(rows, rows)


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a @ b.T / a.shape[1] + 1) ** 3
