"""From a store and a folder of songs to a store of pairs, on forged motions and clicks."""

import hashlib
import json
import wave

import numpy as np
import pytest

from motionverse import cli, merge
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.features import music
from motionverse.pairs import Asked, pair, recordings
from motionverse.pairs.beats import kinematic_beats
from motionverse.store import Store, Writer
from tests.motionverse.pairs.swings import swing, unsteady

SIDES = ("train", "validation", "test")
SECONDS = 7.0


def author(split):
    return next(name for name in (f"author {k}" for k in range(999)) if recordings.side(name) == split)


def clicks(path, tempo, seconds=14.0, rate=16000):
    """A song: noise that dies away at every beat."""
    noise = np.random.default_rng(0).normal(size=int(seconds * rate))
    since = np.arange(len(noise)) % round(60 / tempo * rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(0.2 * noise * np.exp(-since / 400), -1, 1) * 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    pytest.importorskip("librosa")
    folder = tmp_path_factory.mktemp("songs")
    rows = []
    for tempo, split in zip((100, 110, 120), SIDES, strict=True):
        clicks(folder / f"{split}.wav", tempo)
        rows.append({"file": f"{split}.wav", "author": author(split), "title": "Clicks", "licence": "CC0"})
    rows[0]["bpm_score"] = 0.9
    clicks(folder / "unclear.wav", 100)
    rows.append({"file": "unclear.wav", "bpm_score": 0.2})
    (folder / "tracks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    with Writer(folder / "store") as writer:
        for k, split in enumerate(SIDES * 2):
            motion = swing(unsteady(0.55, SECONDS, 0.04, seed=k), SECONDS)
            said = (Caption("somebody dances", origin="human"), Caption("then turns", 3.0, 6.0))
            writer.add(Clip(motion, f"d{k}", "forged", "cmu", f"p{k}", said, action="dance", split=split))
        fast = swing(np.arange(0.2, SECONDS, 0.17), SECONDS)
        writer.add(Clip(fast, "fast", "forged", "cmu", "fast", action="dance", split="train"))
        writer.add(Clip(motion, "sits", "forged", "cmu", "sits", action="sit", split="train"))
        writer.close()
    return folder / "store"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def made(store, songs, cache, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "pairs"
    told = pair(store, [Asked("music", songs, 1.0)], out, seed=3, cache=cache)
    return Store(out), told[0]


def test_beats_of_every_pair_fall_on_those_of_its_song(made, cache):
    pairs, told = made
    assert len(pairs) == 6 and told.pairs.total() == 6
    for index in range(len(pairs)):
        clip = pairs.clip(index)
        sound = clip.audio[0]
        heard = music.load(sound.path, music_cache(cache)).events["beat"] - sound.start
        assert np.abs(kinematic_beats(clip.motion).instants[:, None] - heard).min(1).mean() < 0.03
    fit = told.fit()
    assert fit.miss < 0.03 < 0.1 < fit.chance and 0 < fit.stretch < 0.3


def music_cache(folder):
    from motionverse.features.cache import Cache

    return Cache(folder)


def test_songs_and_clips_are_on_one_side(made):
    pairs, _ = made
    sides = {(record.split, record.audio[0].name) for record in pairs.records}
    assert sides == {(split, split) for split in SIDES}


def test_a_pair_keeps_what_is_known_of_both(made):
    pairs, _ = made
    record = next(record for record in pairs.records if "/d1/" in record.name)
    assert (record.source, record.licence, record.performance, record.action) == ("music_pairs", "cmu", "p1", "dance")
    sound = record.audio[0]
    assert (sound.kind, sound.licence, sound.credit) == ("music", "CC0", f"Clicks, {author('validation')}")
    assert sound.tempo == pytest.approx(110, abs=4)
    whole, turns = record.captions
    assert (whole.start, whole.end, whole.origin) == (0.0, None, "human")
    assert 0.75 < turns.start / 3.0 < 1.34 and turns.start < turns.end < 6.0 / 0.75
    assert pairs.clip(0).audio[0].credit


def test_what_does_not_fit_is_counted(made):
    _, told = made
    assert told.refused["no clear beat"] == 1
    assert told.refused.total() > 1, "and the fast dancer"
    assert "fast" not in told.clips["train"] and "sits" not in told.clips["train"]


def test_the_seed_alone_decides(store, songs, cache, made, tmp_path):
    def again(seed):
        pair(store, [Asked("music", songs, 1.0)], tmp_path / str(seed), seed=seed, cache=cache)
        return sums(tmp_path / str(seed))

    def sums(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]

    assert again(3) == sums(made[0].path) != again(4)


def test_hours_are_kept_to(store, songs, cache, tmp_path):
    told = pair(store, [Asked("music", songs, 2 * SECONDS / 3600)], tmp_path / "out", cache=cache)
    assert told[0].pairs == {"train": 1, "validation": 1, "test": 1}


def test_pairs_merge_with_their_store(store, made, tmp_path):
    told = merge.merge(tmp_path / "both", [store, made[0].path])
    both = Store(tmp_path / "both")
    assert told.clips == len(both) == 8 + 6
    assert both.clip(13).audio[0].licence == "CC0" and not both.records[0].audio


def test_command_says_what_came_of_it(store, songs, cache, tmp_path, capsys):
    arguments = ["pair", str(store), "--music", str(songs), "-o", str(tmp_path / "out"), "--cache", str(cache)]
    assert cli.main([*arguments, "--hours", "0.01", "--sounds", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["kinds"][0]
    assert [row["pairs"] > 0 for row in told["splits"]] == [True] * 3 and told["fit"]["miss"] < 0.03
    assert (tmp_path / "out" / "sounds").is_dir()
    assert cli.main(arguments) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["--hours", "0"], "--hours 0; give a number above 0"),
        (["--music", "nowhere"], "no such folder"),
        (["--seed", "-1"], "--seed -1"),
    ],
)
def test_what_cannot_be_asked(store, songs, tmp_path, capsys, changes, said):
    arguments = ["pair", str(store), "--music", str(songs), "-o", str(tmp_path / "out")]
    assert cli.main([*arguments, *changes]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_clip_of_two_acts_meets_a_song_once(songs, cache, tmp_path):
    with Writer(tmp_path / "store") as writer:
        for k in range(3):
            motion = swing(unsteady(0.55, SECONDS, 0.04, seed=k), SECONDS)
            writer.add(Clip(motion, f"w{k}", "forged", "cmu", f"w{k}", action="wave-dance", split="train"))
        writer.close()
    pair(tmp_path / "store", [Asked("music", songs, 1.0)], tmp_path / "pairs", seed=3, cache=cache)
    names = [record.name for record in Store(tmp_path / "pairs").records]
    assert len(names) == len(set(names)) > 0


def test_nothing_to_pair_is_said(store, tmp_path, songs):
    assert cli.main(["pair", str(store), "-o", str(tmp_path / "out")]) == 2
    with pytest.raises(MotionError, match="no recording in it"):
        pair(store, [Asked("music", tmp_path, 1.0)], tmp_path / "out")
    with Writer(tmp_path / "still") as writer:
        writer.add(Clip(swing(np.arange(0.5, 3, 0.5), 3.0), "a", "forged", "cmu", "a", action="stand", split="train"))
        writer.close()
    with pytest.raises(MotionError, match="no clip could be paired"):
        pair(tmp_path / "still", [Asked("music", songs, 1.0)], tmp_path / "out")
