import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from lmm.evaluate.metrics.npss import npss


def test_npss_is_the_weighted_mean_of_scipys_earth_movers_distances():
    rng = np.random.default_rng(0)
    predicted, truth = rng.normal(size=(2, 3, 20, 2)) * rng.uniform(0.1, 3, (2, 3, 1, 2))
    bins, moved, weight = np.arange(20), 0.0, 0.0
    for n in range(3):
        for d in range(2):
            p, q = (np.abs(np.fft.fft(x[n, :, d])) ** 2 for x in (predicted, truth))
            moved += q.sum() * wasserstein_distance(bins, bins, p, q)
            weight += q.sum()
    assert npss(predicted, truth) == pytest.approx(moved / weight)


def test_npss_knows_no_phase_but_knows_frequency():
    times = np.arange(40) / 40
    slow, late, fast = (np.sin(2 * np.pi * (k * times) + p)[None, :, None] for k, p in ((2, 0), (2, 1), (3, 0)))
    assert npss(slow, late) == pytest.approx(0, abs=1e-9)
    assert npss(fast, slow) == pytest.approx(1.0)  # one bin away on both sides of the spectrum


def test_a_signal_that_stands_still_moves_nothing():
    assert npss(np.zeros((1, 8, 2)), np.zeros((1, 8, 2))) == 0
