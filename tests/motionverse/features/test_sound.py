"""Music and speech features on forged sound: clicks at a known tempo, a gliding tone; and against librosa called directly."""

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import music, speech
from motionverse.features.cache import Cache
from motionverse.formats import audio
from motionverse.formats.audio import Sound

pytest.importorskip("librosa")
RATE = 22050


def clicks(tempo: float = 120.0, seconds: float = 8.0) -> Sound:
    rng = np.random.default_rng(0)
    samples = 0.001 * rng.normal(size=int(seconds * RATE))
    burst = np.exp(-np.arange(800) / 120) * rng.normal(size=800)
    for start in np.arange(0.25, seconds - 0.1, 60 / tempo):
        place = int(start * RATE)
        samples[place : place + 800] += burst[: len(samples) - place]
    return Sound((0.3 * samples).astype(np.float32), RATE)


def tone(hertz: float = 150.0, seconds: float = 1.0) -> Sound:
    phase = 2 * np.pi * hertz * np.arange(int(seconds * 16000)) / 16000
    return Sound((0.1 * sum(np.sin(k * phase) / k for k in (1, 2, 3))).astype(np.float32), 16000)


def write(path, sound):
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes((np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def beaten():
    return music.track(clicks())


def test_what_is_after_the_part_asked_for_is_not_read(tmp_path):
    write(tmp_path / "a.wav", clicks(seconds=4.0))
    part = audio.load(tmp_path / "a.wav", until=1.5)
    assert 1.5 <= part.seconds < 1.7
    assert np.array_equal(part.samples, audio.load(tmp_path / "a.wav").samples[: len(part.samples)])


def test_beats_are_found_where_the_clicks_are(beaten):
    beats = beaten.events["beat"]
    assert abs(music.tempo(beaten) - 120) < 4
    assert np.abs(beats[:, None] - np.arange(0.25, 8, 0.5)[None]).min(1).max() < 0.06


def test_features_at_any_rate_are_the_same_signal(beaten):
    for rate in (15.0, 24.0, 60.0):
        times = np.arange(int(7 * rate)) / rate
        seen = music.features(beaten, times)
        assert seen.shape == (len(times), len(music.CHANNELS)) == (len(times), 37)
        assert seen[:, 34].sum() == ((beaten.events["beat"] >= 0) & (beaten.events["beat"] < 7 - 0.5 / rate)).sum()
        at_beats = np.flatnonzero(seen[:, 34])
        assert (seen[at_beats, 35] > np.cos(2 * np.pi * 0.5 / rate / 0.45)).all()  # phase 0 within half a step
    slow, fast = (music.features(beaten, np.arange(0, 7, 1 / rate)) for rate in (15, 60))
    assert np.allclose(slow[:, :33], fast[::4][: len(slow), :33], atol=1e-4)


def test_the_field_s_35_are_librosa_s_own(beaten):
    import librosa

    sound = clicks()
    samples = librosa.resample(sound.samples, orig_sr=RATE, target_sr=60 * 512)
    strength = librosa.onset.onset_strength(y=samples, sr=60 * 512, hop_length=512)
    mfcc = librosa.feature.mfcc(y=samples, sr=60 * 512, n_mfcc=20, hop_length=512)
    seen = music.features(beaten, np.arange(len(strength)) / 60)
    assert np.allclose(seen[:, 0], strength, atol=1e-4)
    assert np.allclose(seen[:, 1:21], mfcc.T, atol=1e-2)


def test_pitch_and_voicing_of_a_tone_and_of_noise():
    voiced = speech.track(tone(150.0))
    inner = voiced.values[10:-10]
    assert np.allclose(np.exp(inner[:, 41]), 150, rtol=0.03)
    assert inner[:, 42].min() > 0.9
    noise = Sound((0.1 * np.random.default_rng(0).normal(size=16000)).astype(np.float32), 16000)
    assert speech.track(noise).values[10:-10, 42].mean() < 0.5
    assert not speech.track(Sound(np.zeros(16000, np.float32), 16000)).values[:, 42].any()


def test_energy_rises_with_loudness():
    quiet, loud = (speech.track(Sound(gain * tone().samples, 16000)).values[20:-20, 40].mean() for gain in (0.1, 1.0))
    assert np.isclose(loud - quiet, np.log(10), atol=0.01)


def test_a_file_is_read_and_kept(tmp_path):
    write(tmp_path / "tone.wav", tone())
    read = audio.load(tmp_path / "tone.wav")
    assert (read.rate, read.seconds) == (16000, 1.0)
    assert np.allclose(read.samples, tone().samples, atol=1e-3)
    kept = Cache(tmp_path / "cache")
    first, again = (speech.load(tmp_path / "tone.wav", kept) for _ in range(2))
    assert np.array_equal(first.values, again.values)


def test_what_cannot_be_heard_is_named(tmp_path):
    (tmp_path / "text.wav").write_text("no sound at all")
    write(tmp_path / "short.wav", Sound(np.zeros(80, np.float32), 16000))
    with pytest.raises(MotionError, match=r"text\.wav: not a sound file"):
        audio.load(tmp_path / "text.wav")
    with pytest.raises(MotionError, match=r"none\.wav: no such"):
        audio.load(tmp_path / "none.wav")
    with pytest.raises(MotionError, match=r"short\.wav: 0\.0"):
        speech.load(tmp_path / "short.wav")
    with pytest.raises(MotionError, match="NaN"):
        Sound(np.array([np.nan], np.float32), 16000)
