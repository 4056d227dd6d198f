"""Joint velocities are the derivative of the motion that resampling would show."""

import numpy as np

from motionverse import resample, rotation
from motionverse.skeleton import WHOLE_BODY
from motionverse.tomato.velocity import Curve
from tests import forge


def joint_motion(motion):
    """Positions (T, J, 3) [m] and velocities (T, J, 3) [m/s] of all joints in the world."""
    curve = Curve.through(motion.skeleton, rotation.to_quat(motion.rotations), motion.root, motion.fps)
    (frames,) = curve.blocks()
    return (planes.transpose(2, 1, 0) for planes in curve.poses(frames)[1:])


def test_it_is_the_derivative_of_the_resampled_motion():
    motion = forge.motion(2, 30)
    positions, velocity = joint_motion(motion)
    np.testing.assert_allclose(positions, motion.joints())
    step, inside = 1e-4, motion.times[1:-1]
    after = resample.at_times(motion, inside + step).joints()
    before = resample.at_times(motion, inside - step).joints()
    np.testing.assert_allclose(velocity[1:-1], (after - before) / (2 * step), atol=1e-4)


def test_a_turning_body_moves_its_hands_sideways():
    motion = forge.walk(2, 60, speed=0, turn=1.5)
    wrist = WHOLE_BODY.index("left_wrist")
    positions, velocity = joint_motion(motion)
    arm = positions[:, wrist] - motion.root
    expected = 1.5 * np.stack([arm[:, 2], -arm[:, 0]], -1)
    np.testing.assert_allclose(velocity[:, wrist, ::2], expected, atol=1e-3)
