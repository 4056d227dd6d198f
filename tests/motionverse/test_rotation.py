"""The group axioms and the round trips, against scipy as the independent party."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionverse import rotation
from motionverse.errors import MotionError
from tests import forge

ORDERS = ["".join(p) for p in itertools.permutations("XYZ")]


@pytest.fixture
def turns() -> Rotation:
    return Rotation.random(500, random_state=0)


def test_quaternions_and_rotation_vectors_agree_with_scipy(turns):
    matrix = turns.as_matrix()
    np.testing.assert_allclose(rotation.from_quat(turns.as_quat(scalar_first=True)), matrix, atol=1e-12)
    np.testing.assert_allclose(rotation.from_quat(rotation.to_quat(matrix)), matrix, atol=1e-12)
    np.testing.assert_allclose(rotation.to_rotvec(matrix), turns.as_rotvec(), atol=1e-9)
    np.testing.assert_allclose(rotation.from_rotvec(turns.as_rotvec()), matrix, atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_angles_agree_with_scipy(turns, order):
    angles = rotation.to_euler(turns.as_matrix(), order)
    np.testing.assert_allclose(angles, turns.as_euler(order), atol=1e-6)
    np.testing.assert_allclose(rotation.from_euler(angles, order), turns.as_matrix(), atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("middle", [np.pi / 2, -np.pi / 2])
def test_euler_angles_survive_the_singularity(order, middle):
    locked = rotation.from_euler(np.array([0.4, middle, -0.9]), order)
    np.testing.assert_allclose(rotation.from_euler(rotation.to_euler(locked, order), order), locked, atol=1e-7)


@pytest.mark.parametrize("order", ["XX", "XYX", "ABC", ""])
def test_a_wrong_euler_order_is_named(order):
    with pytest.raises(MotionError, match="Euler order"):
        rotation.from_euler(np.zeros(3), order)


def test_half_turns_and_tiny_turns_keep_their_precision():
    for angle in (np.pi, np.pi - 1e-9, 1e-9, 0.0):
        vector = angle * np.array([[0.6, 0.0, 0.8]])
        back = rotation.to_rotvec(rotation.from_rotvec(vector))
        assert min(np.abs(back - vector).max(), np.abs(back + vector).max()) < 1e-8
    assert rotation.geodesic(np.eye(3), rotation.about_y(1e-7)) == pytest.approx(1e-7, rel=1e-6)


def test_sixd_round_trip_and_projection(turns):
    matrix = turns.as_matrix()
    np.testing.assert_allclose(rotation.from_sixd(rotation.to_sixd(matrix)), matrix, atol=1e-12)
    noisy = rotation.from_sixd(rotation.to_sixd(matrix) + np.random.default_rng(0).normal(0, 0.3, (500, 6)))
    np.testing.assert_allclose(noisy @ np.swapaxes(noisy, -1, -2), np.broadcast_to(np.eye(3), noisy.shape), atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(noisy), 1, atol=1e-9)


def test_slerp_walks_the_arc_at_constant_speed(turns):
    a, b = turns.as_matrix()[:250], turns.as_matrix()[250:]
    whole = rotation.geodesic(a, b)
    for t in (0.0, 0.25, 1.0):
        np.testing.assert_allclose(rotation.geodesic(a, rotation.slerp(a, b, np.full(250, t))), t * whole, atol=1e-7)


def test_heading_is_what_about_y_turned(turns):
    angle = np.linspace(-3, 3, 40)
    np.testing.assert_allclose(rotation.twist_about_y(rotation.about_y(angle)), angle, atol=1e-12)
    tilted = rotation.about_y(0.7) @ rotation.about("X", np.array([0.5]))
    np.testing.assert_allclose(rotation.twist_about_y(tilted), 0.7, atol=1e-12)


def test_between_takes_one_direction_to_the_other():
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, 100, 3))
    v[0], v[1] = -u[0], u[1]
    moved = (rotation.between(u, v) @ u[..., None])[..., 0]
    unit = v / np.linalg.norm(v, axis=-1, keepdims=True)
    np.testing.assert_allclose(moved / np.linalg.norm(moved, axis=-1, keepdims=True), unit, atol=1e-7)


@pytest.mark.parametrize("spread", [1e-9, 1e-3, 1.0, 100.0, 1e5])
def test_cosines_and_sines_are_numpys_to_the_last_bits(spread):
    angles = np.random.default_rng(0).normal(0, spread, (3, 5000))
    cosines, sines = rotation._cos_sin(angles)
    np.testing.assert_allclose(cosines, np.cos(angles), rtol=0, atol=4e-16)
    np.testing.assert_allclose(sines, np.sin(angles), rtol=0, atol=4e-16)


def test_many_rotations_are_what_each_alone_is():
    turns = Rotation.random(rotation.BLOCK + 7, random_state=1).as_matrix()
    q = rotation.to_quat(turns.reshape(-1, 1, 3, 3))
    assert q.shape == (len(turns), 1, 4)
    for k in (0, rotation.BLOCK - 1, rotation.BLOCK, len(turns) - 1):
        np.testing.assert_allclose(q[k, 0], rotation.to_quat(turns[k]), atol=1e-15)
    np.testing.assert_allclose(rotation.from_quat(q)[:, 0], turns, atol=1e-14)
    assert (np.take_along_axis(q[:, 0], np.abs(q[:, 0]).argmax(1)[:, None], 1) > 0).all()
    assert rotation.to_quat(np.zeros((0, 3, 3))).shape == (0, 4)


def test_signs_of_a_series_do_not_matter():
    q = rotation.to_quat(forge.motion(1).rotations)
    flipped = q * np.where(np.random.default_rng(0).random((*q.shape[:-1], 1)) < 0.5, -1, 1)
    flipped[0] = q[0]
    made = rotation.continuous(flipped)
    np.testing.assert_allclose(made, rotation.continuous(q))
    assert (np.abs(made) == np.abs(q)).all() and ((made[1:] * made[:-1]).sum(-1) >= 0).all()
