"""Tracks read off over windows: in seconds from the window's start, wherever that is."""

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import keypoints2d, music, speech
from motionverse.features.signals import SIGNALS, signal
from motionverse.features.track import Track


def clock(seconds: float = 10.0, rate: float = 100.0) -> Track:
    """Speech whose every channel is the time [s]."""
    times = np.arange(round(seconds * rate)) / rate
    values = np.repeat(times[:, None], len(speech.NAMES), 1).astype(np.float32)
    return Track(times, values, speech.NAMES, speech.ENCODER, {"stress": np.arange(0.5, times[-1], 1.0)})


@pytest.mark.parametrize(("start", "seconds"), [(0.0, 4.0), (3.217, 4.0), (2.5, 0.31), (1.0, 1e-3)])
def test_values_are_those_of_their_instants(start: float, seconds: float) -> None:
    values, times = signal("speech", clock(), start, seconds)
    assert values.shape == (len(times), 46) and values.dtype == times.dtype == np.float32
    assert np.allclose(values[:, 0], start + times, atol=1e-5)
    assert times[0] == 0 and times[-1] < seconds <= times[-1] + 1 / 15 + 1e-6
    assert np.allclose(np.diff(times), 1 / 15, atol=1e-6)


def test_beyond_the_ends_of_a_recording_is_nothing() -> None:
    _, times = signal("speech", clock(10.0), 8.0, 4.0)
    assert 1.99 < times[-1] < 2.07
    _, times = signal("speech", clock(10.0), -1.0, 4.0)
    assert 0.9 < times[0] <= 1.0 and times[-1] > 3.9
    values, times = signal("speech", clock(10.0), 11.0, 4.0)
    assert values.shape == (0, 46) and times.shape == (0,)


def test_a_beat_stands_at_its_instant() -> None:
    values = np.zeros((600, len(music.NAMES)), np.float32)
    track = Track(
        np.arange(600) / 60,
        values,
        music.NAMES,
        music.ENCODER,
        {"onset": np.array([3.4]), "beat": np.array([3.4, 3.9])},
    )
    found, times = signal("music", track, 3.0, 2.0)
    assert found.shape[1] == SIGNALS["music"].width == 37
    assert np.abs(times[found[:, music.CHANNELS.index("beat")] > 0] - [0.4, 0.9]).max() <= 0.5 / 15
    assert found[6, music.CHANNELS.index("beat_phase_cos")] == pytest.approx(1.0)


def test_a_point_that_is_lost_is_not_read_half_way_to_nowhere() -> None:
    values = np.zeros((3, 15, 3), np.float32)
    values[:2, 4], values[:, 5] = [0.5, -0.5, 1.0], [0.2, 0.4, 0.9]
    track = Track(np.arange(3) / 2, values.reshape(3, -1), keypoints2d.CHANNELS, keypoints2d.ENCODER, {})
    found = signal("keypoints", track, 0.0, 1.0)[0].reshape(-1, 15, 3)
    assert {tuple(row) for row in found[:, 4].round(3).tolist()} == {(0.5, -0.5, 1.0), (0.0, 0.0, 0.0)}
    assert np.allclose(found[:, 5], [0.2, 0.4, 0.9], atol=1e-6)


def test_keypoints_that_have_ended_are_nothing() -> None:
    track = Track(np.arange(90) / 30, np.ones((90, 45), np.float32), keypoints2d.CHANNELS, keypoints2d.ENCODER, {})
    values, times = signal("keypoints", track, 5.0, 2.0)
    assert values.shape == (0, 45) and times.shape == (0,)


def test_what_is_no_signal_is_named() -> None:
    with pytest.raises(MotionError, match="'scent' is unknown"):
        signal("scent", clock(), 0.0, 1.0)
    with pytest.raises(MotionError, match="made by speech43-2, where music35-1 is read"):
        signal("music", clock(), 0.0, 1.0)
