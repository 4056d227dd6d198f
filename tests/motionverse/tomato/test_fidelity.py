"""Encoding and changing the frame rate may be done in either order, at every rate."""

import pytest

from motionverse.errors import MotionError
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


def test_a_survey_names_the_worst():
    report = fidelity.survey([("long", forge.motion(2, size=0.1)), ("short", forge.motion(0.5))])
    assert report["clips"] == 2
    assert report["round_trip"]["mm_clip"] in ("long", "short")
    row = report["commutation"]["filtered"]["12.5"]["velocities"]
    assert row["worst_clip"] == "long"
    assert row["pooled"] == pytest.approx(row["worst"]) == pytest.approx(row["median"])
    with pytest.raises(MotionError, match="empty"):
        fidelity.survey([])
