import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lmm.evaluate.metrics.between import constraint_error, l2p, l2q


def test_l2p_is_the_mean_over_frames_of_the_norm_of_normalised_poses():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 7, 4, 3))
    spread = rng.uniform(0.5, 2, (4, 3))
    expected = np.mean([math.dist((p / spread).ravel(), (q / spread).ravel()) for p, q in zip(a, b, strict=True)])
    assert l2p(a, b, spread) == pytest.approx(expected)


def test_l2q_of_one_turned_joint_is_its_chord_whatever_the_signs():
    turn = Rotation.from_rotvec([[0.0, 0.4, 0.0]]).as_quat(scalar_first=True)
    truth = np.tile([1.0, 0, 0, 0], (5, 3, 1))
    made = truth.copy()
    made[:, 1] = turn
    assert l2q(made, truth) == pytest.approx(2 * math.sin(0.1))  # a quaternion turns half as far
    assert l2q(-made, truth) == pytest.approx(2 * math.sin(0.1))


def test_constraint_error_is_in_centimetres_and_of_what_is_held():
    wanted = np.zeros((4, 2, 3))
    made = wanted + [0.0, 0.03, 0.0]
    made[:, 1] += 5.0
    held = np.zeros((4, 2), bool)
    assert np.isnan(constraint_error(made, wanted, held))
    held[:, 0] = True
    assert constraint_error(made, wanted, held) == pytest.approx(3.0)
