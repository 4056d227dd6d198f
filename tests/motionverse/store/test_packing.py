"""Rotations in 48 bits: the error bound, the exact identity, the choice of the dropped component."""

import numpy as np
import pytest

from motionverse import rotation
from motionverse.store import packing

BOUND = 0.01  # degrees


def worst_degrees(rotations: np.ndarray) -> float:
    return float(np.rad2deg(rotation.geodesic(packing.unpack(packing.pack(rotations)), rotations)).max())


def test_error_of_random_rotations_is_bounded() -> None:
    q = np.random.default_rng(0).normal(size=(200_000, 4))
    assert worst_degrees(rotation.from_quat(q)) <= BOUND


def test_error_is_bounded_where_all_components_are_alike() -> None:
    rng = np.random.default_rng(1)
    q = rng.choice([-1.0, 1.0], (100_000, 4)) + rng.normal(0, 1e-3, (100_000, 4))
    assert worst_degrees(rotation.from_quat(q)) <= BOUND


@pytest.mark.parametrize("axis", [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
def test_each_component_can_be_the_dropped_one_and_axes_are_exact(axis: list[int]) -> None:
    exact = rotation.from_quat(np.array(axis, float))
    np.testing.assert_array_equal(packing.unpack(packing.pack(exact)), exact)
    near = rotation.from_quat(np.array(axis) + [0.1, -0.2, 0.15, -0.05])
    assert worst_degrees(near) <= BOUND


def test_unpacked_matrices_are_rotations_and_packing_them_again_changes_nothing() -> None:
    words = packing.pack(rotation.from_quat(np.random.default_rng(2).normal(size=(7, 5, 4))))
    matrices = packing.unpack(words)
    assert words.shape == (7, 5, packing.WORDS)
    np.testing.assert_allclose(matrices @ np.swapaxes(matrices, -1, -2), rotation.identity(7, 5), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0, atol=1e-12)
    np.testing.assert_array_equal(packing.pack(matrices), words)
