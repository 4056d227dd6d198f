import math

import numpy as np
import pytest

from lmm.evaluate.metrics.displacement import ade, fde, mpjpe


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_mpjpe_of_joints_that_drift_is_speed_times_the_horizon_at_any_rate(fps):
    times = np.arange(1, round(1.2 * fps) + 1) / fps
    truth = np.zeros((len(times), 5, 3))
    predicted = truth + (0.5 * times)[:, None, None] * [0.6, 0.0, 0.8]  # 0.5 m/s away
    found = mpjpe(predicted, truth, fps, (0.08, 0.4, 1.0, 2.0))
    np.testing.assert_allclose(found[:3], [0.04, 0.2, 0.5], atol=1e-12)
    assert np.isnan(found[3])


def test_mpjpe_at_frames_is_the_mean_distance_joint_by_joint():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 10, 4, 3))
    expected = sum(math.dist(a[4, j], b[4, j]) for j in range(4)) / 4
    assert mpjpe(a, b, 25.0, (0.2,))[0] == pytest.approx(expected)


def test_ade_and_fde_are_the_distances_of_poses():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 6, 3, 3))
    apart = [math.dist(p.ravel(), q.ravel()) for p, q in zip(a, b, strict=True)]
    assert ade(a, b) == pytest.approx(sum(apart) / 6) and fde(a, b) == pytest.approx(apart[-1])
