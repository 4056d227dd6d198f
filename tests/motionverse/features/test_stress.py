"""Stresses are where they were put, and a stream of speech says so."""

import numpy as np

from motionverse.features import speech
from motionverse.features.stress import stresses
from motionverse.features.track import Track
from motionverse.formats.audio import Sound


def test_speech_is_stressed_where_it_is_loud_and_voiced():
    times = np.arange(400) / 100
    loud = (1.0, 2.0, 3.0)
    energy = -6 + 4 * sum(np.exp(-((times - at) ** 2) / 0.01) for at in loud)
    voicing = np.where(np.abs(times - 3.0) < 0.3, 0.0, 1.0)  # the third is a noise
    values = np.stack([energy, np.full(400, np.log(150.0)), voicing], -1).astype(np.float32)
    found, weights = stresses(Track(times, values, ("energy", "pitch", "voicing"), "forged", {}))
    assert np.allclose(found, [1.0, 2.0], atol=0.02) and np.all((weights > 0) & (weights <= 1))
    silent = values * np.array([1, 1, 0], np.float32)
    assert len(stresses(Track(times, silent, ("energy", "pitch", "voicing"), "forged", {}))[0]) == 0


def test_the_stream_marks_them_and_tells_the_place_between():
    """A voice of 150 Hz that swells at 1, 2 and 3 s."""
    times = np.arange(4 * 16000) / 16000
    swell = 0.05 + 0.4 * np.exp(-((times - np.array([[1.0], [2.0], [3.0]])) ** 2) / 0.01).sum(0)
    overtones = np.arange(1, 8)[:, None]
    voice = (np.sin(2 * np.pi * 150 * overtones * times) / overtones).sum(0)
    track = speech.track(Sound((swell * voice).astype(np.float32), 16000))
    assert np.allclose(track.events["stress"], [1.0, 2.0, 3.0], atol=0.03)
    told = dict(zip(speech.CHANNELS, speech.features(track, np.arange(60) / 15).T, strict=True))
    assert np.flatnonzero(told["stress"]).tolist() == [15, 30, 45]
    cos = told["stress_phase_cos"]
    assert cos[[15, 30, 45]].min() > 0.9 and cos[[22, 38]].max() < -0.9
