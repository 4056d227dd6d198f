"""Tracks seen at other instants, and the cache that keeps them."""

import os

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import cache as cache_module
from motionverse.features.cache import Cache
from motionverse.features.track import Track


def ramp(count: int = 11, rate: float = 10.0, **events: list[float]) -> Track:
    times = np.arange(count) / rate
    values = np.stack([times, -2 * times], -1).astype(np.float32)
    return Track(times, values, ("up", "down"), "ramp-1", {name: np.array(e, float) for name, e in events.items()})


def test_values_are_interpolated_and_held_beyond_the_ends():
    seen = ramp().at(np.array([-1.0, 0.25, 0.5, 9.0]))
    assert np.allclose(seen[:, 0], [0, 0.25, 0.5, 1.0], atol=1e-6)
    assert np.allclose(seen[:, 1], -2 * seen[:, 0], atol=1e-6)
    assert ramp(1).at(np.array([0.0, 3.0])).shape == (2, 2)


@pytest.mark.parametrize("rate", [7.5, 15.0, 30.0, 60.0, 97.3])
def test_marks_stand_at_the_nearest_instant_at_any_rate(rate):
    beats = [0.1, 0.52, 0.9]
    times = np.arange(int(rate) + 1) / rate
    marked = times[ramp(beat=beats).marks("beat", times) > 0]
    assert len(marked) == 3
    assert np.abs(marked - beats).max() <= 0.5 / rate + 1e-9


def test_marks_outside_are_left_out():
    assert ramp(beat=[5.0]).marks("beat", np.arange(10) / 10).sum() == 0
    assert ramp(beat=[]).marks("beat", np.arange(10) / 10).sum() == 0


def test_phase_turns_once_a_beat_and_goes_on_beyond_the_ends():
    track = ramp(beat=[0.5, 1.0, 1.5])
    times = np.linspace(-0.75, 2.75, 71)
    cosine, sine = track.phase("beat", times).T
    assert np.allclose(cosine + 1j * sine, np.exp(2j * np.pi * times / 0.5), atol=1e-5)
    assert not ramp(beat=[0.3]).phase("beat", times).any()


def test_a_track_refuses_what_is_none():
    with pytest.raises(MotionError, match="2 channels"):
        Track(np.arange(3.0), np.zeros((3, 1)), ("a", "b"), "x", {})
    with pytest.raises(MotionError, match="NaN"):
        Track(np.arange(2.0), np.array([[0.0], [np.nan]]), ("a",), "x", {})


def test_the_second_run_reads_nothing_but_the_cache(tmp_path, monkeypatch):
    file, made = tmp_path / "a.wav", []
    file.write_bytes(b"sound")

    def make(path):
        made.append(path)
        return ramp(beat=[0.5])

    first = Cache(tmp_path / "cache").track(file, "ramp-1", make)
    monkeypatch.setattr(cache_module, "_hash", lambda path: pytest.fail("the file was read again"))
    again = Cache(tmp_path / "cache").track(file, "ramp-1", make)
    assert len(made) == 1
    assert np.array_equal(again.values, first.values) and again.names == first.names
    assert again.events["beat"].tolist() == [0.5]


def test_a_torn_index_costs_a_second_reading_and_no_more(tmp_path):
    files = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for file in files:
        file.write_bytes(file.name.encode())
        Cache(tmp_path / "cache").digest(file)
    index = tmp_path / "cache" / "files.jsonl"
    lines = index.read_text().splitlines()
    index.write_text(lines[0][:-5] + "\n" + lines[1] + "\n")
    held = Cache(tmp_path / "cache")
    assert list(held._index) == [str(files[1].resolve())]
    assert held.digest(files[0]) == cache_module._hash(files[0])
    assert list(Cache(tmp_path / "cache")._index) == [str(file.resolve()) for file in reversed(files)]


def test_a_cache_that_has_no_place_is_named(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"sound")
    with pytest.raises(MotionError, match="no place for a cache"):
        Cache(tmp_path / "a.wav" / "cache").digest(tmp_path / "a.wav")


def test_content_decides_not_the_name(tmp_path):
    first, second = tmp_path / "a.wav", tmp_path / "b.wav"
    first.write_bytes(b"sound")
    second.write_bytes(b"sound")
    made = []

    def make(path):
        made.append(path.name)
        return ramp()

    store = Cache(tmp_path / "cache")
    store.track(first, "ramp-1", make)
    store.track(second, "ramp-1", make)  # the same content
    second.write_bytes(b"other")
    os.utime(second, (1, 1))
    store.track(second, "ramp-1", make)
    store.track(first, "ramp-2", make)  # another encoder
    assert made == ["a.wav", "b.wav", "a.wav"]


def test_a_damaged_entry_is_named(tmp_path):
    file = tmp_path / "a.wav"
    file.write_bytes(b"sound")
    store = Cache(tmp_path / "cache")
    store.track(file, "ramp-1", lambda path: ramp())
    entry = next((tmp_path / "cache" / "ramp-1").iterdir())
    entry.write_bytes(entry.read_bytes()[:100])
    with pytest.raises(MotionError, match="damaged cache entry"):
        store.track(file, "ramp-1", lambda path: ramp())
    with pytest.raises(MotionError, match="cannot be read"):
        store.track(tmp_path / "none.wav", "ramp-1", lambda path: ramp())


def test_later_is_the_same_at_later_instants():
    song = Track(np.arange(5) / 2, np.arange(5.0)[:, None], ("a",), "x", {"beat": np.array([0.5, 1.5])})
    moved = song.later(0.75)
    assert np.allclose(moved.at(np.array([1.0, 1.25])), song.at(np.array([0.25, 0.5])))
    assert np.allclose(moved.events["beat"], [1.25, 2.25])


def test_no_instants_have_no_phase():
    beats = Track(np.arange(3.0), np.zeros((3, 1), np.float32), ("x",), "e", {"beat": np.array([0.0, 1.0])})
    assert beats.phase("beat", np.zeros(0)).shape == (0, 2)
