"""Joint velocities are the derivative of the motion that resampling would show."""

import numpy as np

from motionverse import resample, rotation
from motionverse.skeleton import WHOLE_BODY
from motionverse.tomato.velocity import continuous, joint_motion
from tests import forge


def test_it_is_the_derivative_of_the_resampled_motion():
    motion = forge.motion(2, 30)
    positions, velocity, _ = joint_motion(WHOLE_BODY, motion.rotations, motion.root, 30)
    np.testing.assert_allclose(positions, motion.joints())
    step, inside = 1e-4, motion.times[1:-1]
    after = resample.at_times(motion, inside + step).joints()
    before = resample.at_times(motion, inside - step).joints()
    np.testing.assert_allclose(velocity[1:-1], (after - before) / (2 * step), atol=1e-4)


def test_a_turning_body_moves_its_hands_sideways():
    motion = forge.walk(2, 60, speed=0, turn=1.5)
    wrist = WHOLE_BODY.index("left_wrist")
    positions, velocity, _ = joint_motion(WHOLE_BODY, motion.rotations, motion.root, 60)
    arm = positions[:, wrist] - motion.root
    expected = 1.5 * np.stack([arm[:, 2], -arm[:, 0]], -1)
    np.testing.assert_allclose(velocity[:, wrist, ::2], expected, atol=1e-3)


def test_signs_do_not_matter():
    q = rotation.to_quat(forge.motion(1).rotations)
    flipped = q * np.where(np.random.default_rng(0).random((*q.shape[:-1], 1)) < 0.5, -1, 1)
    flipped[0] = q[0]
    np.testing.assert_allclose(continuous(flipped), continuous(q))
