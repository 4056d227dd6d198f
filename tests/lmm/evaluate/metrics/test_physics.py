import numpy as np
import pytest

from lmm.evaluate.metrics.physics import physics
from motionverse.motion import Motion
from tests import forge


def standing(height: float = 0.0, drift: float = 0.0, noise: float = 0.0) -> Motion:
    motion = forge.walk(seconds=2, speed=0.0)
    rng = np.random.default_rng(0)
    way = np.arange(len(motion))[:, None] / motion.fps * [drift, 0, 0]
    return motion.with_(root=motion.root + [0, height, 0] + way + rng.normal(0, noise, (len(motion), 1)) * [1, 0, 0])


def test_who_stands_still_slides_floats_and_shakes_by_nothing():
    assert all(value == pytest.approx(0, abs=1e-6) for value in physics(standing()).values())


def test_each_fault_is_seen_in_its_own_unit():
    assert physics(standing(height=0.04))["float_cm"] == pytest.approx(4.0)
    assert physics(standing(height=-0.03))["penetration_cm"] == pytest.approx(3.0)
    assert physics(standing(drift=0.5))["skate_m_s"] == pytest.approx(0.5, rel=0.2)
    shaken = standing(noise=0.01)
    third = np.convolve(shaken.root[:, 0], [1, -3, 3, -1], "valid")
    assert physics(shaken)["jerk_m_s3"] == pytest.approx(np.abs(third).mean() * 30**3)
    assert physics(shaken)["jitter_m_s2"] > 1.0
