"""The spline derivative and its inverse: right, exact, and without odd and even frames drifting apart."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from motionverse.derivative import DENSE_LIMIT, EXACT, SMOOTH, derivative, integral

RATES = (12.5, 20, 24, 30, 60, 120)


def wander(frames, seed=0, step=0.01):
    return np.cumsum(np.random.default_rng(seed).normal(0, step, (frames, 3)), 0)


@pytest.mark.parametrize("frames", [4, 5, 6, 50, DENSE_LIMIT, DENSE_LIMIT + 1])
def test_it_is_the_derivative_of_the_interpolating_spline(frames):
    path, times = wander(frames), np.arange(frames) / 30
    np.testing.assert_allclose(derivative(path, 30), CubicSpline(times, path)(times, 1), atol=1e-10)


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 9])
def test_short_paths_are_lines_and_parabolas(frames):
    times = np.arange(frames) / 24
    path = np.stack([0 * times + 2, 3 * times, 3 * times - (times**2 if frames > 2 else 0)], -1)
    expected = np.stack([0 * times, 0 * times + 3, 3 - (2 * times if frames > 2 else 0 * times)], -1)
    np.testing.assert_allclose(derivative(path, 24), expected if frames > 1 else 0 * path, atol=1e-12)
    np.testing.assert_allclose(integral(derivative(path, 24), 24), path - path[0], atol=1e-9)


def test_any_trailing_axes():
    path = wander(20).reshape(20, 3, 1)
    assert derivative(path, 30).shape == integral(path, 30).shape == (20, 3, 1)
    np.testing.assert_allclose(derivative(path, 30)[:, 1, 0], derivative(path[:, 1, 0], 30))


@pytest.mark.parametrize("fps", RATES)
def test_the_integral_gives_sixty_seconds_back_from_float32(fps):
    frames = int(60 * fps)
    path = wander(frames, step=0.3 / fps)
    back = integral(derivative(path, fps).astype(np.float32), fps)
    assert np.abs(back - (path - path[0])).max() < 2e-4


def test_a_jump_survives():
    path = np.where(np.arange(1800) < 900, 0.0, 1.0)
    assert np.abs(integral(derivative(path, 30), 30) - path).max() < 1e-3


@pytest.mark.parametrize(("damping", "bound"), [(EXACT, 3e-3), (SMOOTH, 4e-4)])
def test_noise_does_not_part_odd_and_even_frames(damping, bound):
    noise = np.random.default_rng(0).normal(0, 1e-3, (36000, 3)) * 30  # 1e-3 of a frame's step, 20 minutes at 30 fps
    drift = integral(noise / 30, 30, damping)
    zigzag = np.abs(drift[1:-1] - (drift[:-2] + drift[2:]) / 2)
    assert zigzag.max() < bound
    early, late = zigzag[: len(zigzag) // 4].mean(), zigzag[-len(zigzag) // 4 :].mean()
    assert late < 2 * early + 1e-6


def test_smooth_damping_leaves_slow_motion_alone():
    times = np.arange(300) / 30
    path = 0.2 * np.sin(2 * np.pi * 2 * times)
    assert np.abs(integral(derivative(path, 30), 30, SMOOTH) - path).max() < 1e-3
