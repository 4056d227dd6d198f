"""Boards of music and speech on forged dances that pause on every beat."""

from dataclasses import replace

import numpy as np
import pytest

from lmm.evaluate import scenes, sounding, standings
from lmm.evaluate.board import Board, BoardConfig, SoundConfig, gathered
from lmm.evaluate.rows import Who
from motionverse import rotation
from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
from motionverse.features import music, speech
from motionverse.features.track import Track
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge

PERIODS = (0.45, 0.5, 0.55, 0.6)  # [s]


class Space:
    """Motions lie where the pelvis is and how fast a wrist goes."""

    version, action_names = "forged", ()

    def motions(self, motions):
        wrist = WHOLE_BODY.index("left_wrist")
        paces = [np.abs(np.diff(motion.joints()[:, wrist], axis=0)).mean() for motion in motions]
        return np.array([[*motion.root.mean(0), pace] for motion, pace in zip(motions, paces, strict=True)])

    def texts(self, texts):
        raise AssertionError("no sentence is said")

    gists = actions = texts


def dance(period, first, seconds=6.0, seed=0):
    """The body swings from beat to beat, and stands still on it."""
    rng = np.random.default_rng(seed)
    motion = forge.walk(seconds=seconds, speed=0.05)
    swing = np.cos(np.pi * (motion.times - first) / period)
    rotations = motion.rotations.copy()
    for joint in (WHOLE_BODY.names[0], "left_shoulder", "right_shoulder", "left_knee", "right_knee", "spine1"):
        rotations[:, WHOLE_BODY.index(joint)] = rotation.about("Z", rng.uniform(0.2, 0.5) * swing)
    return motion.with_(rotations=rotations)


def build(place, clips):
    with Writer(place) as writer:
        for k, (motion, audio, told) in enumerate(clips):
            known = {"performance": f"p{k}", "action": f"dance-{k // 2}"} | told
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", audio=audio, **known))
        writer.close(Stats())
    return Store(place)


@pytest.fixture(scope="module")
def dances(tmp_path_factory):
    """Test and training dances whose tempo and phase are known, as AIST++'s fragments are."""
    clips = []
    for k in range(16):
        period, begun = PERIODS[k % 4], 0.13 * k  # of its music, where the clip begins
        audio = Audio("music", f"m{k % 4}", None, begun, 60 / period)
        motion = dance(period, -begun % period, seed=k)
        clips.append((motion, (audio,), {"split": "test" if k < 8 else "train"}))
    return build(tmp_path_factory.mktemp("dances") / "store", clips)


def listened(monkeypatch, events):
    """Whatever file is listened to has these events, and speech a stress at every onset."""
    track = Track(np.arange(600) / 15, np.zeros((600, 1), np.float32), ("x",), "forged", events)
    monkeypatch.setattr(music, "load", lambda *_: track)
    monkeypatch.setattr(speech, "load", lambda *_: track)
    at = events.get("onset", np.zeros(0))
    monkeypatch.setattr(scenes, "stresses", lambda _: (at, np.ones(len(at))))


def columns(found, name):
    answers = {who.name: who.dance for who in sounding.rows(found.kind, ()) if who.dance}
    return sounding.measure(found, answers[name](found, range(len(found.asked))), Space())


def test_beats_are_counted_from_the_tempo_and_halves_share_no_performance(dances):
    found = scenes.draw(dances, "music", ("test", ()), (64, 1.9, 30.0), 0, None)
    again = scenes.draw(dances, "music", ("test", ()), (64, 1.9, 30.0), 0, None)
    assert [scene.start for scene in again.asked] == [scene.start for scene in found.asked]
    asked = {scene.heard.record.performance for scene in found.asked}
    assert len(asked) == 4 and len(found.asked) == len(found.held) == 12  # three windows of each of eight dances
    for scene in found.asked:
        sound = scene.heard.sound
        beats = (scene.instants + scene.start + sound.start) / PERIODS[int(sound.name[1])]
        assert np.allclose(beats, np.round(beats), atol=1e-6) and not scene.heard.recorded
        assert scene.instants.min() >= 0 and scene.instants.max() < 1.9
    assert {one.record.split for one in found.stock} == {"train"}


def test_controls_are_off_the_beat_and_what_is_looked_up_is_on_it(dances):
    found = scenes.draw(dances, "music", ("test", ()), (8, 1.9, 30.0), 1, None)
    truth = columns(found, "ground truth")
    assert truth["beat_alignment"] > 0.9 and truth["recorded"] == 0 and truth["windows"] == len(found.asked)
    for control in ("another's sound", "sound shifted"):
        assert columns(found, control)["beat_alignment"] < 0.6
    frozen = columns(found, "frozen")
    assert frozen["beat_alignment"] == frozen["div_k"] == 0 and frozen["fid_k"] > truth["fid_k"]
    assert columns(found, "retrieval")["beat_alignment"] > 0.8
    assert columns(found, "retrieval") == columns(found, "retrieval")


def test_what_is_looked_up_is_neither_asked_nor_held_against(dances):
    found = scenes.draw(dances, "music", ("", ()), (64, 1.9, 30.0), 0, None)
    asked = {scene.heard.record.performance for scene in found.asked}
    stock = {one.record.performance for one in found.stock}
    assert stock and stock <= asked  # every training clip is on one of the sides
    with pytest.raises(MotionError, match="no training clip of 1.9 s with music to look up"):
        sounding.looked_up(replace(found, stock=()), range(99))


def test_one_recording_is_halved_by_windows_and_heard_where_it_lies(tmp_path, monkeypatch):
    listened(monkeypatch, {"onset": np.arange(1.0, 40.0, 0.5)})
    (tmp_path / "talk.wav").write_bytes(b"forged")
    talk = Audio("speech", "talk", tmp_path / "talk.wav", 1.0)
    store = build(tmp_path / "store", [(forge.motion(24.5, seed=3), (talk,), {"split": "train"})])
    found = scenes.draw(store, "speech", ("", ()), (64, 4.0, 30.0), 0, None)
    assert len(found.asked) == len(found.held) == 3 and found.asked[0].heard.recorded
    starts = np.array([scene.start + scene.instants[0] for scene in found.asked])
    assert np.allclose(starts / 0.5, np.round(starts / 0.5))
    truth, frozen = columns(found, "ground truth"), columns(found, "frozen")
    assert truth["recorded"] == 1 and truth["l1_diversity_m"] > 1 > frozen["l1_diversity_m"]
    assert truth["beat_consistency"] > frozen["beat_consistency"] == 0 and truth["fgd"] < frozen["fgd"]
    assert truth["stress_alignment"] > frozen["stress_alignment"] == 0
    assert "retrieval" not in [who.name for who in sounding.rows("speech", ())]
    with pytest.raises(MotionError, match="0 windows of 4 s with music in split test; 4 in two halves"):
        scenes.draw(store, "music", ("test", ()), (64, 4.0, 30.0), 0, None)


def test_a_board_has_music_as_a_task_and_its_controls_as_checks(dances, tmp_path):
    stated = BoardConfig(captions=0, actions=0, windows=6, repetitions=2, sounds={"music": SoundConfig(1.9)})
    board = Board(
        stated, dances, [Who("mine", "model", "abc", dance=sounding.truth), Who("mute", "model", "def")], tmp_path
    )
    for cell in board.wanted:
        board.compute(cell)
    told = standings.report(board, gathered(board, {cell: board.known(cell) or {} for cell in board.wanted}))
    rows = {row["name"]: row["columns"] for row in told["tasks"]["music"]}
    assert list(rows) == ["ground truth", *sounding.CONTROLS, "retrieval", "mine"]
    gain = rows["ground truth"].pop("beat_gain")  # over another's dance to the same music
    assert rows["mine"] == rows["ground truth"] and told["space"] == "" and gain["mean"] > 0.3
    checked = {(row["check"], row["column"]) for row in told["checks"]}
    assert checked == {
        ("another's sound", "beat_alignment"),
        ("sound shifted", "beat_alignment"),
        ("frozen", "fid_k"),
        ("frozen", "fid_g"),
    }
    off = {row["check"]: row["found"] for row in told["checks"] if row["column"] == "beat_alignment"}
    assert max(off.values()) < told["checks"][0]["truth"] and "beat_alignment" in standings.screen(told)
    with pytest.raises(MotionError, match="sounds 'noise'; must be of music, speech"):
        Board(BoardConfig(sounds={"noise": SoundConfig()}), dances, (), tmp_path)
