import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from lmm.baselines.interpolation import BASELINES, constant_velocity, cubic, hold, linear
from motionverse import rotation
from motionverse.errors import MotionError
from tests import forge

MOTION = forge.motion(2.0, 30.0, seed=3)
GAP = np.ones(60, bool)
GAP[20:40] = False
PREFIX = np.arange(60) < 20


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES)
@pytest.mark.parametrize("given", [GAP, PREFIX], ids=["gap", "prefix"])
def test_given_frames_stay_and_hidden_ones_are_not_looked_at(baseline, given):
    made = baseline(MOTION, given)
    assert np.array_equal(made.rotations[given], MOTION.rotations[given]) and len(made) == 60
    other = forge.motion(2.0, 30.0, seed=4)
    spoilt = MOTION.with_(
        rotations=np.where(given[:, None, None, None], MOTION.rotations, other.rotations),
        root=np.where(given[:, None], MOTION.root, other.root),
    )
    assert np.array_equal(baseline(spoilt, given).joints(), made.joints())
    with pytest.raises(MotionError, match="no frame is given"):
        baseline(MOTION, np.zeros(60, bool))


def test_hold_is_the_last_given_pose():
    made = hold(MOTION, PREFIX)
    assert np.array_equal(made.rotations[20:], np.repeat(MOTION.rotations[19:20], 40, 0))


def test_constant_velocity_goes_on_as_it_went():
    times = np.arange(60) / 30.0
    spin = MOTION.with_(
        rotations=np.repeat(rotation.about_y(0.7 * times)[:, None], 52, 1), root=times[:, None] * [1.0, 0, 0.5]
    )
    np.testing.assert_allclose(constant_velocity(spin, PREFIX).joints(), spin.joints(), atol=1e-9)


def test_linear_is_scipys_slerp():
    made = linear(MOTION, GAP)
    for joint in (0, 5, 20):
        ends = Rotation.from_matrix(MOTION.rotations[[19, 40], joint])
        expected = Slerp([19, 40], ends)(np.arange(20, 40)).as_matrix()
        np.testing.assert_allclose(made.rotations[20:40, joint], expected, atol=1e-9)
    np.testing.assert_allclose(made.root[29], MOTION.root[19] + 10 / 21 * (MOTION.root[40] - MOTION.root[19]))


def test_cubic_is_nearer_to_smooth_motion_than_linear_and_has_no_corner():
    made, straight = cubic(MOTION, GAP), linear(MOTION, GAP)
    errors = [np.linalg.norm(m.root - MOTION.root, axis=-1).mean() for m in (made, straight)]
    assert errors[0] < 0.5 * errors[1]
    corner = [np.linalg.norm(np.diff(m.root, 2, axis=0)[18], axis=-1) for m in (made, straight)]
    assert corner[0] < 0.5 * corner[1]
