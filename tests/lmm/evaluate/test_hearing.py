"""What a model that is told sound adds, on forged dances with forged recordings."""

import numpy as np
import pytest

from lmm.evaluate import hearing, scenes, standings
from lmm.evaluate.board import Board, BoardConfig, SoundConfig, gathered
from lmm.evaluate.metrics.beat_alignment import beat_alignment, kinematic_beats
from lmm.evaluate.rows import Who
from motionverse.clip import Audio, Caption
from motionverse.features import music
from motionverse.features.track import Track
from motionverse.pairs.beats import Beats
from tests.lmm.evaluate.test_sounding import build, dance

PERIOD = {"slow": 0.6, "quick": 0.45}


def load(path, *_):
    """A recording whose name says how fast it is."""
    return Track(
        np.arange(300) / 15,
        np.zeros((300, 1), np.float32),
        ("x",),
        "forged",
        {"beat": np.arange(60) * PERIOD[path.stem[:-1]]},
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place, clips = tmp_path_factory.mktemp("heard"), []
    for k in range(8):
        name = f"{('slow', 'quick')[k % 2]}{k}"
        (place / f"{name}.wav").write_bytes(name.encode())
        audio = Audio("music", name, place / f"{name}.wav", 0.2 * k)
        motion = dance(PERIOD[name[:-1]], -0.2 * k % PERIOD[name[:-1]], seed=k)
        clips.append(
            (motion, (audio,), {"split": "test" if k < 4 else "train", "captions": (Caption("a person dances"),)})
        )
    return build(place / "store", clips)


def ask(wishes, seeds):
    """Dances on the beat of what it is told; without sound at its own pace."""
    found = []
    for wish in wishes:
        beats = wish.tracks["music"].events["beat"] if wish.tracks else np.array([0.1, 0.62])
        period = float(np.diff(beats)[0])
        made = dance(period, beats[0] % period, len(wish.motion) / wish.motion.fps + 0.5, seed=seeds[0])
        found.append(made.resample(wish.motion.fps).frames_slice(0, len(wish.motion)))
    return found


LISTENER = Who("listener", "model", "abc", ask=ask, streams=("text", "music"))


def test_a_model_that_hears_is_ahead_of_itself_mistaken_and_deaf(store, tmp_path, monkeypatch):
    monkeypatch.setattr(music, "load", load)
    deaf = Who("deaf", "model", "abd", ask=lambda wishes, seeds: ask([w.__class__(w.motion) for w in wishes], seeds),
               streams=("music",))  # fmt: skip
    stated = BoardConfig(captions=0, actions=0, windows=6, repetitions=2, sounds={"music": SoundConfig(2.5)})
    board = Board(stated, store, [LISTENER, deaf, Who("mute", "model", "abe", ask=ask, streams=("text",))], tmp_path)
    for cell in board.wanted:
        board.compute(cell)
    told = standings.report(board, gathered(board, {cell: board.known(cell) or {} for cell in board.wanted}))
    rows = {row["name"]: row["columns"] for row in told["tasks"]["music"]}
    assert [name for name in rows if name.startswith("listener")] == [f"listener{way}" for way in hearing.WAYS]
    assert not [name for name in rows if name.startswith("mute")]
    score = {name: row["beat_alignment"]["mean"] for name, row in rows.items()}
    assert score["listener"] > 0.9 > 0.6 > score["listener, another's sound"] and score["deaf"] < 0.6
    assert score["deaf, no sound, bent"] > score["deaf, no sound"] + 0.1  # bending alone scores
    gain = rows["listener"]["beat_gain"]
    assert gain["mean"] == pytest.approx(score["listener"] - score["listener, another's sound"], rel=1e-5)
    held = {row["check"]: row["holds"] for row in told["checks"]}
    assert held["listener ahead of listener, another's sound"] and not held["deaf ahead of deaf, another's sound"]
    assert "listener ahead of listener, no sound, bent: beat_alignment" in standings.screen(told)


def test_without_recordings_no_model_is_asked(store, tmp_path):
    audio = Audio("music", "label", None, 0.0, 120.0)
    labelled = build(tmp_path / "store", [(dance(0.5, 0.0, seed=k), (audio,), {"split": "test"}) for k in range(4)])
    stated = BoardConfig(captions=0, actions=0, sounds={"labelled": SoundConfig(2.5, kind="music")})
    board = Board(stated, labelled, [LISTENER], tmp_path)
    assert not [who for who in board.rows("labelled") if who.made_of] and board.kind("labelled") == "music"


def test_bending_puts_pauses_on_beats_and_leaves_alone_what_does_not_go(store):
    motion = dance(0.5, 0.1, 8.0).resample(30.0)
    window = motion.frames_slice(0, 90)
    own = Beats(*(lambda at: (at, np.ones(len(at))))(kinematic_beats(motion)))
    heard = Beats(np.arange(-3, 9) * 0.56, np.ones(12))
    bent = hearing.fitted(motion, own, heard, window)
    inside = heard.instants[(heard.instants >= 0) & (heard.instants < 3)]
    assert len(bent) == 90 and beat_alignment(bent, inside) > 0.9
    alone = hearing.fitted(motion, own.within(0, 0), heard, window)
    later = motion.frames_slice(45, 135)  # from LEAD on
    assert np.allclose(alone.rotations[:, 1:], later.rotations[:, 1:], atol=1e-6)


def test_a_scene_tells_the_recording_from_its_own_first_frame(store, monkeypatch):
    monkeypatch.setattr(music, "load", load)
    found = scenes.draw(store, "music", ("test", ()), (64, 2.0, 30.0), 0, None)
    for scene in found.asked:
        beats = scene.track.events["beat"]
        assert np.allclose(beats[(beats >= 0) & (beats < 2)], scene.instants) and len(scene.beats()) == len(
            scene.instants
        )
        assert scene.track.times[0] == pytest.approx(-scene.heard.sound.start - scene.start)
