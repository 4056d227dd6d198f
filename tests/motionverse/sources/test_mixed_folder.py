"""A folder of everything: every format that is read, sound and words beside it, captions with times, and what is wrong in them."""

import json
from pathlib import Path

import numpy as np
import pytest

from motionverse import build, face
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import table
from motionverse.store import Store
from tests import forge
from tests.motionverse.sources import files, forge_sets


def mixed(folder: Path) -> Motion:
    """A walk in every format that is written and read again, a face, sound, words, a table in which not all rows are good."""
    motion = forge.walk(2.0)
    (folder / "sub").mkdir(parents=True)
    for name in ("a.bvh", "b.npz", "c.joints.npz", "d.json", "e.glb", "f.npy", "g.csv", "sub/a.bvh", "a.hml263.npy"):
        motion.save(folder / name)
    smile = np.random.default_rng(0).uniform(0, 1, (60, 50))
    nobody = np.zeros(52, bool)
    motion.with_(face=smile, face_source=face.ARKIT, observed=nobody).save(folder / "talk.face.csv")
    (folder / "a.wav").write_bytes(b"RIFF")
    (folder / "talk.wav").write_bytes(b"RIFF")
    (folder / "hum.ogg").write_bytes(b"OggS")
    forge_sets.textgrid(folder / "talk.TextGrid", [("hello", 0.1, 0.5), ("you", 0.6, 1.0)])
    (folder / "notes.json").write_text('{"about": "nothing"}')
    (folder / "scores.csv").write_text("name,score\nx,1\n")
    files.write_rows(
        folder / "captions.jsonl",
        [
            {"file": "a.bvh", "text": "somebody walks", "start": 0.5, "end": 1.5, "action": "walk", "licence": "cmu"},
            {"file": "a.bvh", "text": "and stops", "start": 1.5},
            {"file": "sub\\a.bvh", "text": "again", "audio": "hum.ogg", "audio_kind": "music", "subject": "s1"},
        ],
    )
    return motion


def test_every_format_is_read_with_its_sound_words_and_sentences(tmp_path: Path) -> None:
    motion = mixed(tmp_path)
    clips = {clip.name: clip for clip in table.source("folder").clips(tmp_path)}
    assert sorted(clips) == sorted(
        ["a.bvh", "a.hml263.npy", "b", "c", "d", "e", "f", "g", "sub/a", "talk"]
    )  # two are called a: they keep their suffixes; notes.json and scores.csv are no motions
    for name in ("a.bvh", "b", "c", "d", "e", "f", "g", "sub/a"):
        assert abs(clips[name].motion.seconds - 2.0) < 0.1, name
        ours, theirs = clips[name].motion.skeleton.index("left_knee"), WHOLE_BODY.index("left_knee")
        apart = clips[name].motion.joints()[:, ours] - motion.joints()[:, theirs]
        assert np.ptp(apart, axis=0).max() < 0.02, name
    first = clips["a.bvh"]
    assert [(c.text, c.start, c.end) for c in first.captions] == [
        ("somebody walks", 0.5, 1.5),
        ("and stops", 1.5, None),
    ]
    assert (first.action, first.licence) == ("walk", "cmu")
    assert [(s.kind, s.path and s.path.name) for s in first.audio] == [("music", "a.wav")]
    assert [(s.kind, s.path and s.path.name) for s in clips["sub/a"].audio] == [("music", "hum.ogg")]
    assert clips["talk"].audio[0].kind == "speech" and [word.text for word in clips["talk"].words] == ["hello", "you"]
    assert clips["talk"].motion.face_source == face.ARKIT and not clips["b"].audio


def test_a_rest_pose_before_the_take_goes_from_its_times_too(tmp_path: Path) -> None:
    walk = forge.walk(2.0)
    bvh.write(files.with_rest_pose(walk), tmp_path / "a.bvh")
    (tmp_path / "a.flac").write_bytes(b"fLaC")
    files.write_rows(tmp_path / "captions.jsonl", [{"file": "a.bvh", "text": "it", "start": 1.0, "end": 2.0}])
    (clip,) = table.source("folder").clips(tmp_path)
    dropped = 61 - len(clip.motion)
    assert dropped > 0 and clip.audio[0].start == pytest.approx(dropped / 30)
    assert clip.captions[0].start == pytest.approx(1.0 - dropped / 30)


def test_each_animation_of_a_scene_is_a_clip(tmp_path: Path) -> None:
    forge.walk(1.0).save(tmp_path / "two.gltf")
    document = json.loads((tmp_path / "two.gltf").read_text())
    document["animations"] = [{**document["animations"][0], "name": name} for name in ("walk", "walk_back")]
    (tmp_path / "two.gltf").write_text(json.dumps(document))
    rows = [{"file": "two.gltf", "animation": "walk_back", "text": "somebody walks"}]
    files.write_rows(tmp_path / "captions.jsonl", rows)
    clips = list(table.source("folder").clips(tmp_path))
    assert [clip.name for clip in clips] == ["two/walk", "two/walk_back"]
    assert [clip.captions[0].text for clip in clips] == ["walk", "somebody walks"]
    files.write_rows(tmp_path / "captions.jsonl", [*rows, {"file": "two.gltf", "animation": "run", "text": "it runs"}])
    first, second, third = table.source("folder").entries(tmp_path)
    assert [table.source("folder").read(entry).name for entry in (first, second)] == ["two/walk", "two/walk_back"]
    with pytest.raises(MotionError, match="run"):
        table.source("folder").read(third)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"text": "x", "start": 1.0, "end": 0.5}, "1 to 0.5 s is no part of its 2.00 s"),
        ({"text": "x", "start": 7}, "7 to 2 s is no part"),
        ({"text": "x", "start": float("nan")}, "nan to 2 s is no part"),
        ({"text": "x", "end": "late"}, "must be numbers of seconds"),
        ({"licence": "mine"}, "licence 'mine' is not in the ledger"),
        ({"text": "x", "animation": "dance"}, "holds one motion; leave the animation 'dance' out"),
    ],
)
def test_a_bad_row_costs_its_own_clip(tmp_path: Path, row: dict[str, object], words: str) -> None:
    (tmp_path / "data" / "folder").mkdir(parents=True)
    for name in ("a.bvh", "b.bvh"):
        forge.walk(2.0).save(tmp_path / "data" / "folder" / name)
    files.write_rows(tmp_path / "data" / "folder" / "captions.jsonl", [{"file": "a.bvh", **row}])
    report = build.build(tmp_path / "data", tmp_path / "store", workers=1)
    (left_out,) = report.errors
    assert left_out.name.endswith("a") and words in left_out.error
    assert [record.name for record in Store(tmp_path / "store").records] == ["folder/b"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"file": "a.bvh", "audio": "lost.wav"}, "the sound lost.wav of a.bvh is not under"),
        ({"file": "a.bvh", "audio_kind": "noise"}, "audio_kind 'noise' of a.bvh"),
        ({"file": "notes.txt"}, "names notes.txt, which is not a motion file"),
        ({"file": "../a.bvh"}, r"names \.\./a\.bvh"),
        ({"file": "a.bvh", "caption": "x"}, "row 1: column 'caption' is unknown"),
        ({"file": "a.bvh", "split": "Train"}, "row 1: split 'Train'; must be one of train"),
    ],
)
def test_a_row_about_what_is_not_there_stops_the_build(tmp_path: Path, row: dict[str, str], words: str) -> None:
    forge.walk(1.0).save(tmp_path / "a.bvh")
    (tmp_path / "notes.txt").write_text("")
    files.write_rows(tmp_path / "captions.jsonl", [row])
    with pytest.raises(MotionError, match=words):
        table.source("folder").entries(tmp_path)


def test_a_row_says_the_side_of_the_split_and_the_performance(tmp_path: Path) -> None:
    for name in ("a.bvh", "b.bvh"):
        forge.walk(1.0).save(tmp_path / name)
    rows = [{"file": "a.bvh", "split": "validation", "performance": "one"}, {"file": "b.bvh", "performance": "one"}]
    files.write_rows(tmp_path / "captions.jsonl", rows)
    first, second = table.source("folder").clips(tmp_path)
    assert (first.split, second.split) == ("validation", "")
    assert first.performance == second.performance == "folder/one"


def test_a_folder_keeps_its_own_table_beside_other_captions(tmp_path: Path) -> None:
    """Captions of other sources lie apart: those of a folder that has a table are its own, unless there is one there too."""
    data, apart = tmp_path / "data", tmp_path / "apart"
    data.mkdir()
    apart.mkdir()
    forge.walk(1.0).save(data / "a.bvh")
    files.write_rows(data / "captions.jsonl", [{"file": "a.bvh", "text": "mine"}])
    (clip,) = table.source("folder").clips(data, apart)
    assert clip.captions[0].text == "mine"
    files.write_rows(apart / "captions.jsonl", [{"file": "a.bvh", "text": "theirs"}])
    (clip,) = table.source("folder").clips(data, apart)
    assert clip.captions[0].text == "theirs"


def test_sounds_are_found_from_wherever_the_store_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    forge.walk(1.0).save(tmp_path / "data" / "a.bvh")
    (tmp_path / "data" / "a.wav").write_bytes(b"RIFF")
    monkeypatch.chdir(tmp_path)
    build.build("data", "store", ["folder"], workers=1)
    monkeypatch.chdir("/")
    store = Store(tmp_path / "store")
    assert store.sound(store.records[0].audio[0]) == tmp_path / "data" / "a.wav"
