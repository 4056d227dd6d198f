"""What a folder of sound says of itself, and on which side of the split its recordings are."""

import json
import wave
from collections import Counter

import numpy as np
import pytest

from motionverse.clip import Clip
from motionverse.contact import feet
from motionverse.errors import MotionError
from motionverse.pairs import Asked, pair, recordings
from motionverse.pairs.beats import strokes
from motionverse.store import Store, Writer
from tests.motionverse.pairs.swings import swing

RATE = 16000
PERIOD = 0.7  # [s] between the syllables of the forged talk


def talk(path, seconds=24.0):
    """A voice of 150 Hz that says a syllable every PERIOD."""
    times = np.arange(int(seconds * RATE)) / RATE
    loud = np.exp(-((((times + PERIOD / 2) % PERIOD - PERIOD / 2) / 0.08) ** 2))
    voice = sum(np.sin(2 * np.pi * 150 * k * times) / k for k in (1, 2, 3))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(0.3 * loud * voice, -1, 1) * 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("librosa")
    made = tmp_path_factory.mktemp("talks")
    talk(made / "talk.wav")
    segments = [{"start_s": at, "end_s": at + 11.5} for at in (0.0, 12.0)]
    (made / "talk.json").write_text(json.dumps({"speaker": "A Voice", "licence": "CC0", "segments": segments}))
    return made


def test_segments_are_recordings_of_their_own(folder, monkeypatch):
    monkeypatch.setattr(recordings, "STRETCH", 10.0)
    refused = Counter()
    first, second = recordings.read(folder, "speech", None, refused)
    assert (first.name, first.start, first.end) == ("talk#0", 0.0, 11.5)
    assert (second.name, second.start, second.end) == ("talk#1", 12.0, 23.5)
    assert first.split == recordings.side("talk#0") and second.split == recordings.side("talk#1")
    assert (second.licence, second.credit, second.tempo) == ("CC0", "A Voice", None)
    assert np.abs((second.beats.instants + PERIOD / 2) % PERIOD - PERIOD / 2).max() < 0.03
    assert len(second.beats) > 14 and not refused.total()
    monkeypatch.setattr(recordings, "STRETCH", 20.0)
    assert [one.name for one in recordings.read(folder, "speech", None, refused)] == ["talk#0"]


def test_strokes_fall_on_stresses_and_feet_stay(folder, tmp_path):
    split = recordings.side("talk#0")
    motion = swing(np.arange(0.4, 9, 0.8), 9.0)
    with Writer(tmp_path / "store") as writer:
        writer.add(Clip(motion, "waves", "forged", "cmu", "waves", action="wave", split=split))
        writer.close()
    told = pair(tmp_path / "store", [Asked("speech", folder, 1.0)], tmp_path / "pairs")[0]
    assert told.pairs == {split: 1} and told.fits[0].miss < 0.03
    made = Store(tmp_path / "pairs").clip(0)
    struck = strokes(made.motion).instants + made.audio[0].start
    assert np.abs((struck + PERIOD / 2) % PERIOD - PERIOD / 2).mean() < 0.03
    assert made.source == "speech_pairs" and made.motion.seconds < 9.0 - 0.5, "seven tenths for eight"
    assert feet(made.motion).all()


def test_an_author_is_on_one_side_and_most_are_for_training():
    sides = Counter(recordings.side(f"author {k}") for k in range(2000))
    assert sides["train"] / 2000 == pytest.approx(0.8, abs=0.03)
    assert sides["test"] / 2000 == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tracks.jsonl", '{"title": "x"}', 'line 1: must say "file"'),
        ("tracks.jsonl", '{"file": "talk.wav", "bpm_score": "high"}', "bpm_score a number"),
        ("talk.json", '{"segments": [{"start": 1}]}', "must say start_s and end_s"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, name, content, said):
    pytest.importorskip("librosa")
    talk(tmp_path / "talk.wav", 1.0)
    (tmp_path / name).write_text(content)
    with pytest.raises(MotionError, match=said):
        recordings.read(tmp_path, "speech", None, Counter())
