"""Comparing a motion with itself at another rate: shared instants, and distances that are there or not."""

import numpy as np
import pytest

from lmm.evaluate import rates
from tests import forge


def test_shared_instants_of_24_30_and_60_frames_a_second():
    made = {fps: forge.motion(2, fps, seed=1) for fps in rates.RATES}
    ours, theirs = rates.shared(made[24.0], made[30.0])
    np.testing.assert_allclose(ours / 24, theirs / 30)
    assert len(ours) == 12  # six a second
    assert len(rates.shared(made[30.0], made[60.0])[0]) == 60


def test_the_same_function_of_time_has_no_distance_and_another_has():
    same = rates.compare("x", [forge.motion(2, 24, seed=1)], [forge.motion(2, 60, seed=1)])
    assert same.largest_m == pytest.approx(0, abs=1e-9)
    other = rates.compare("x", [forge.motion(2, 24, seed=1)], [forge.motion(2, 60, seed=2)])
    assert other.largest_m > 0.1
