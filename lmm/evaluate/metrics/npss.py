"""NPSS: do two sets of sequences move at the same frequencies, and as much?"""

import numpy as np


def npss(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Normalised power spectrum similarity, 0 for equal spectra, 1 at most times the bins: less is better.

    predicted, truth: (N, T, D), N sequences of D signals. Each signal's power over frequencies is normalised to 1; the
    earth mover's distance of the two spectra is the sum over bins of how far their cumulated sums are apart; signals weigh as the
    real ones' power. A signal without any power has an empty spectrum.
    Gopalakrishnan et al., A Neural Temporal Model for Human Motion Prediction, CVPR 2019, sec. 3.3 (full DFT, as there).
    """
    power, real = _power(predicted), _power(truth)
    moved = np.abs(np.cumsum(_normal(power), 1) - np.cumsum(_normal(real), 1)).sum(1)
    weight = real.sum(1)
    return float((moved * weight).sum() / max(weight.sum(), 1e-12))


def _power(signals: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.fft(np.asarray(signals, np.float64), axis=1)) ** 2


def _normal(power: np.ndarray) -> np.ndarray:
    """Powers over their sum along frequencies."""
    return power / np.maximum(power.sum(1, keepdims=True), 1e-12)
