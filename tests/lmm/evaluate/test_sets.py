"""Two sets of motions side by side: what is alike, what is spoilt, sound beside the files, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lmm.evaluate import sets
from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
from motionverse.stats import Stats
from motionverse.store.writer import Writer
from tests import forge


def folder(place, seeds, fps=30.0, spoil=lambda motion: motion):
    place.mkdir()
    for seed in seeds:
        spoil(forge.motion(1, fps, seed=seed)).save(place / f"{seed:03}.npz")
    return place


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("sets") / "real", range(10))


def test_a_set_beside_itself_beside_another_and_beside_a_spoilt_one(real, tmp_path):
    def shaken(motion):
        noise = np.random.default_rng(0).normal(0, 0.02, motion.root.shape)
        return motion.with_(root=motion.root + noise)

    known = sets.side(real, quiet)
    same = sets.compare(known, known)
    other = sets.compare(sets.side(folder(tmp_path / "other", range(10, 20)), quiet), known)
    spoilt = sets.compare(sets.side(folder(tmp_path / "shaken", range(10), spoil=shaken), quiet), known)
    assert same["FID_k"]["made"] == pytest.approx(0, abs=1e-8)
    assert same["Diversity_g"]["made"] == same["Diversity_g"]["real"]
    assert 0 < same["FID_k"]["real"] < other["FID_k"]["made"] < spoilt["FID_k"]["made"]
    assert spoilt["PFC [cm^2]"]["made"] > 1.1 * same["PFC [cm^2]"]["made"]
    assert same["FID_k at 1/N = 0"]["made"] is None  # ten motions are too few
    assert same["beat alignment"] == {"made": None, "real": None}


def test_motions_made_for_one_thing_are_told_by_their_names(real, tmp_path):
    place = tmp_path / "named"
    place.mkdir()
    for name in ("walk-0", "walk-1", "bow-0", "bow-1", "sit-0"):
        forge.motion(1, 30, seed=name.startswith("walk")).save(place / f"{name}.npz")
    report = sets.compare(sets.side(place, quiet), sets.side(real, quiet))
    assert report["MultiModality_k"]["made"] == pytest.approx(0, abs=1e-9)  # each twice the same
    assert report["MultiModality_k"]["real"] is None
    assert report["Diversity_k"]["made"] > 0.1


def test_sound_beside_a_motion_counts(real, tmp_path, monkeypatch):
    from motionverse.features import music
    from motionverse.features.track import Track

    events = {"beat": np.array([0.1, 0.5, 7.0]), "onset": np.array([0.2, 0.6])}
    monkeypatch.setattr(music, "load", lambda path: Track(np.zeros(1), np.zeros((1, 1)), ("x",), "forged", events))
    heard = folder(tmp_path / "heard", range(4))
    (heard / "000.wav").touch()
    (heard / "001.wav").touch()
    (heard / "001.TextGrid").touch()
    side = sets.side(heard, quiet)
    assert [(kind, list(instants)) for _, kind, instants in side.heard] == [
        ("music", [0.1, 0.5]),
        ("speech", [0.2, 0.6]),
    ]
    report = sets.compare(side, sets.side(real, quiet))
    assert report["with music"] == {"made": 1, "real": 0}
    assert 0 <= report["beat alignment"]["made"] <= 1 and report["beat alignment"]["real"] is None
    assert 0 <= report["beat consistency"]["made"] <= 1


def test_clips_of_a_store_are_chosen_and_their_sound_starts_where_it_says(real, tmp_path, monkeypatch):
    from motionverse.features import music
    from motionverse.features.track import Track

    events = {"beat": np.array([2.1, 2.5, 9.0])}
    monkeypatch.setattr(music, "load", lambda path: Track(np.zeros(1), np.zeros((1, 1)), ("x",), "forged", events))
    song = tmp_path / "song.wav"
    song.write_bytes(b"forged")
    with Writer(tmp_path / "store") as writer:
        for k in range(8):
            audio = (Audio("music", "song", song, start=2.0),) if k < 2 else ()
            split = "test" if k < 5 else "train"
            motion = forge.motion(1, 30, seed=k)
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", f"p{k}", split=split, audio=audio))
        writer.close(Stats())
    side = sets.side(tmp_path / "store", quiet, split="test")
    assert len(side.pfc) == 5
    assert [[round(t, 3) for t in instants] for _, _, instants in side.heard] == [[0.1, 0.5]] * 2
    assert sets.compare(side, sets.side(real, quiet))["MultiModality_k"]["made"] > 0  # two dances to one song
    with pytest.raises(MotionError, match="0 motions; at least 4"):
        sets.side(tmp_path / "store", quiet, source="elsewhere")


class Words:
    """A space in which a caption lies where its number says."""

    version = "forged"

    def motions(self, motions):
        return np.stack([motion.root.mean(0) for motion in motions])

    def texts(self, texts):
        return np.array([[float(text.split()[-1]), 0.0, 0.0] for text in texts])


def test_captions_find_their_motions_in_the_space(real):
    known = sets.side(real, quiet, Words())
    assert known.embedded is not None and known.embedded.shape == (10, 3)
    many = {name: np.tile(getattr(known, name), (4, 1)) for name in ("kinetic", "geometric", "speeds")}
    places = np.array([[k // 2, 0.0, 0.0] for k in range(40)])
    said = tuple(f"number {k // 2}" for k in range(40))  # each caption twice
    told = replace(known, **many, embedded=places, captions=said, asked=tuple("abcdefghij" * 4))
    mute = replace(told, captions=("",) * 40, embedded=places + 0.1)
    report = sets.compare(told, mute, Words())
    assert report["MM-Dist"] == {"made": 0, "real": None}
    assert report["R@1, unlike captions"]["made"] == pytest.approx(1)
    assert report["R@1"]["made"] == pytest.approx(
        1 - 31 / 39 / 2
    )  # its twin is in the pool 31 times in 39, and as near
    assert report["FID"]["made"] == pytest.approx(3 * 0.01)
    assert "MM-Dist" not in sets.compare(mute, mute, Words())


def test_the_command_prints_a_table_and_writes_json(real, tmp_path, capsys):
    out = tmp_path / "report.json"
    assert sets.main([str(real), str(real), "-o", str(out), "--space", "none"]) == 0
    assert "FID_g" in capsys.readouterr().out
    assert json.loads(out.read_text())["measures"]["motions"] == {"made": 10, "real": 10}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere", "{real}"], "no such folder or store"), (["{few}", "{real}"], "2 motions; at least 4"),
     (["{real}", "{real}", "--space", "nowhere"], "nowhere")],
)  # fmt: skip
def test_what_cannot_be_compared_is_said_in_one_line(arguments, said, real, tmp_path, capsys):
    few = folder(tmp_path / "few", range(2))
    assert (
        sets.main(
            [
                *(a.format(real=real, few=few) for a in arguments),
                *(() if "--space" in arguments else ("--space", "none")),
            ]
        )
        == 2
    )
    told = capsys.readouterr().err.strip()
    assert said in told.splitlines()[-1]
