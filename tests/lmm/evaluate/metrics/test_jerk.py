import numpy as np
import pytest

from lmm.evaluate.metrics.jerk import jerk, mean_jerk, seam


@pytest.mark.parametrize("fps", [20.0, 30.0, 120.0])
def test_the_jerk_of_a_cubic_is_its_third_derivative_at_every_rate(fps):
    times = np.arange(round(2 * fps)) / fps
    path = np.stack([np.polyval([0.5, 1, -2, 0], times), np.polyval([-1, 0, 0, 3], times), 0 * times], -1)
    found = jerk(path[:, None], fps)
    np.testing.assert_allclose(found, np.hypot(0.5 * 6, 6), rtol=1e-6)
    assert mean_jerk(path[:, None], fps) == pytest.approx(np.hypot(3, 6), rel=1e-6)
    assert np.isnan(mean_jerk(path[:3, None], fps))


def test_a_step_is_a_seam_where_it_is_and_nowhere_else():
    fps, joints = 30.0, np.zeros((60, 2, 3))
    joints[30:, 1, 0] = 0.01
    peak, area = seam(joints, fps, 29.5 / fps)
    assert peak == pytest.approx(0.02 * fps**3)  # third differences of a step: 1, -2, 1
    assert area == pytest.approx((1 + 2 + 1) * 0.01 * fps**3 / fps)
    assert seam(joints, fps, 10 / fps) == (0.0, 0.0)


def test_the_area_is_counted_from_what_is_usual():
    fps, times = 30.0, np.arange(60) / 30.0
    joints = np.zeros((60, 1, 3))
    joints[:, 0, 0] = times**3  # jerk 6 throughout
    peak, area = seam(joints, fps, 1.0, around=0.25, usual=6.0)
    assert peak == pytest.approx(6.0) and area == pytest.approx(0, abs=1e-6)
    assert seam(joints, fps, 1.0, around=0.25, usual=2.0)[1] == pytest.approx(4 * 16 / 30, rel=1e-3)
