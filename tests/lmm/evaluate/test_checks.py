"""What is said under a board: each check can hold, and can fail."""

import numpy as np
import pytest

from lmm.evaluate import checks as board_checks
from lmm.evaluate import controls
from lmm.evaluate.checks import interval

GOOD = {
    "r@1": [0.8, 0.82, 0.78],
    "fid": [0.1, 0.12, 0.11],
    "skate_m_s": [0.1, 0.1, 0.11],
    "jitter_m_s2": [1.0, 1.0, 1.1],
}
BAD = {"r@1": [0.2, 0.25, 0.2], "fid": [0.9, 0.8, 0.9], "skate_m_s": [0.5, 0.6, 0.5], "jitter_m_s2": [9.0, 9.0, 8.0]}


def checks(values, kind="text", against=None):
    return board_checks.checks(values, dict.fromkeys(values, kind), dict.fromkeys(values, against or {}))


def rows(**changes):
    """Rows of the text task where all is as it must be, but for the changes."""
    spoilt = dict.fromkeys(controls.of(controls.TEXT), BAD)
    return {
        "ground truth": GOOD,
        "floor": {"fid": [0.12, 0.1, 0.11]},
        "the space's own test": {"r@1": [0.79, 0.81, 0.8], "reported_r@1": [0.801] * 3},
        "shuffled captions": {"r@1": [0.03, 0.035, 0.03]},
        **spoilt,
        "mine": BAD,
        **{name.replace("_", " "): row for name, row in changes.items()},
    }


def failed(**changes):
    return {(row["check"], row["column"]) for row in checks({"text": rows(**changes)}) if not row["holds"]}


def test_all_hold_where_all_is_well():
    found = checks({"text": rows()})
    assert not failed() and len(found) == 15
    assert {row["task"] for row in found} == {"text"}


def test_each_can_fail():
    assert failed(frozen=GOOD) == {("frozen", "r@1"), ("frozen", "fid")}
    assert failed(mine=GOOD) == {("behind ground truth: mine", "r@1")}
    assert failed(floor={"fid": [0.01, 0.02, 0.01]}) == {("ground truth at its floor", "fid")}
    told = {"r@1": [0.6, 0.61, 0.6], "reported_r@1": [0.801] * 3}
    assert failed(**{"the space's own test": told}) == {("the space's own test", "r@1")}
    assert failed(shuffled_captions={"r@1": [0.05, 0.051, 0.05]}) == {("shuffled captions: chance", "r@1")}
    missing = {
        "r@1": [0.6, 0.6, 0.6],
        "reported_r@1": [np.nan] * 3,
    }  # the report is of another store: nothing to compare
    assert len(checks({"text": rows(**{"the space's own test": missing})})) == 14


def test_a_difference_within_the_interval_is_none():
    near = BAD | {"r@1": [0.9, 0.5, 0.4]}
    assert failed(mine=near) == {("behind ground truth: mine", "r@1")}


def test_the_representation_gives_back_what_it_was_given():
    spoilt = dict.fromkeys(controls.of(controls.COMPLETION), BAD)
    found = {"prediction": {"ground truth": GOOD, "representation": {"restored_mm": [1e-4, 2e-4]}, **spoilt}}
    assert all(row["holds"] for row in checks(found, "completion"))
    found["prediction"]["representation"] = {"restored_mm": [1e-2, 2.0]}
    assert [row["check"] for row in checks(found, "completion") if not row["holds"]] == ["representation"]


def test_models_keep_what_is_given_to_a_millimetre():
    spoilt = dict.fromkeys(controls.of(controls.COMPLETION), BAD)
    found = {"ground truth": GOOD, **spoilt, "mine": {"kept_max_mm": [0.1, 0.3]}, "free": {"kept_max_mm": [np.nan] * 2}}
    assert {row["check"]: row["holds"] for row in checks({"between": found}, "completion")}["mine keeps what is given"]
    found["mine"] = {"kept_max_mm": [0.1, 1.5]}
    failed = [row["check"] for row in checks({"between": found}, "completion") if not row["holds"]]
    assert failed == ["mine keeps what is given"]


def test_a_model_is_ahead_of_itself_told_less_by_more_than_chance_or_it_is_said():
    music = {"ground truth": {}, "mine": {"beat_alignment": [0.4, 0.42, 0.41]}}
    against = {", mistaken": ("beat_alignment",)}
    for other, holds in (([0.2, 0.21, 0.22], True), ([0.4, 0.3, 0.5], False), ([0.5, 0.52, 0.51], False)):
        (row,) = checks({"x": music | {"mine, mistaken": {"beat_alignment": other}}}, "none", against)
        assert row["holds"] is holds and row["beside"] == "mine, mistaken" and row["found"] == pytest.approx(0.41)


def test_the_interval_is_students():
    mean, half = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3 and half == pytest.approx(2.776 * np.sqrt(2.5 / 5), rel=1e-3)  # t(0.975, 4) from tables
    assert np.isnan(interval([1.0])[1])


def test_what_too_few_samples_say_nothing_of_is_no_check():
    unknown = {"ground truth": {}, "mine": {"r@1": [0.4, np.nan]}, "mine, mistaken": {"r@1": [0.3, 0.3]}}
    assert not checks({"x": unknown}, "none", {", mistaken": ("r@1",)})
