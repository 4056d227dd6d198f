"""Encoding and changing the frame rate may be done in either order, at every rate."""

import numpy as np
import pytest

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.skeleton import BODY_JOINTS
from motionverse.tomato import fidelity
from tests import forge


@pytest.mark.parametrize("native", [30, 60, 120])
@pytest.mark.parametrize("fps", fidelity.RATES)
def test_encoding_commutes_with_resampling(native, fps):
    # joints swinging by a tenth of a radian: wide swings of a long chain add overtones beyond the band
    motion = forge.motion(5, native, seed=native, size=0.1)
    for name, (error, size) in fidelity.commutation(motion, fps).items():
        assert error <= 0.01 * size, name


def test_a_walk_commutes_too():
    for fps in fidelity.RATES:
        for name, (error, size) in fidelity.commutation(forge.walk(4, 60, turn=0.4), fps).items():
            assert error <= 0.01 * size, (fps, name)


def test_round_trip_figures():
    millimetres, degrees = fidelity.round_trip(forge.motion(3))
    assert 0 < millimetres < 0.01
    assert 0 < degrees < 0.001


def test_too_short_to_judge():
    with pytest.raises(MotionError, match="0.50 s"):
        fidelity.commutation(forge.motion(0.5), 20)


def test_a_summary_names_the_worst():
    clips = [forge.motion(2, size=0.1), forge.motion(0.5)]
    report = fidelity.summary(fidelity.survey(enumerate(["long", "short"]), clips.__getitem__, commute=range(2)))
    assert report["clips"] == 2 and report["commuted"] == 1
    assert report["round_trip"]["mm_clip"] in ("long", "short")
    row = report["commutation"]["filtered"]["12.5"]["velocities"]
    assert row["worst_clip"] == "long"
    assert row["pooled"] == pytest.approx(row["worst"]) == pytest.approx(row["median"])
    with pytest.raises(MotionError, match="empty"):
        fidelity.summary([])


def test_a_survey_is_the_same_in_two_processes_and_as_single_measures():
    clips = [forge.motion(1.5, seed=k).with_(observed=np.arange(52) < BODY_JOINTS) for k in range(3)]
    alone = list(fidelity.survey(enumerate("abc"), clips.__getitem__, commute={1}))
    assert alone == list(fidelity.survey(enumerate("abc"), clips.__getitem__, commute={1}, workers=2))
    assert [clip.name for clip in alone if clip.commutation] == ["b"]
    for fps in fidelity.RATES:
        for kind in ("filtered", "unfiltered"):
            for field, pair in fidelity.commutation(clips[1], fps, kind == "filtered").items():
                assert alone[1].commutation[kind, f"{fps:g}", field] == pair


def test_clips_that_turn_upside_down_are_told_apart():
    upright = forge.walk(2)
    rotations = upright.rotations.copy()
    rotations[:, 0] = rotations[:, 0] @ rotation.about("X", np.linspace(0, np.pi, len(upright)))
    clips = [upright, upright.with_(rotations=rotations)]
    report = fidelity.summary(fidelity.survey(enumerate(["walk", "flip"]), clips.__getitem__, commute=range(2)))
    table = report["commutation"]
    assert {kind: table[kind]["30"]["positions"]["worst_clip"] for kind in ("filtered", "filtered, upside down")} == {
        "filtered": "walk",
        "filtered, upside down": "flip",
    }


def test_a_face_alone_has_no_joint_to_lose():
    motion = forge.walk(0.5)
    assert fidelity.round_trip(motion.with_(observed=np.zeros(len(motion.skeleton), bool))) == (0.0, 0.0)
