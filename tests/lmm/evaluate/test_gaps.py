"""Gaps of several lengths in the same windows, on a forged store."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lmm import config
from lmm.evaluate import board_command, gaps, standings
from lmm.evaluate.board import Board, BoardConfig, gathered
from lmm.evaluate.gaps import GapsConfig
from lmm.evaluate.rows import Who
from motionverse.store import Store
from tests.lmm import forged_weights

STATED = BoardConfig(
    captions=0, actions=0, windows=3, repetitions=2, gaps=GapsConfig([0.25, 1.0], 2.5, 2), calls=[1], variations=[1.0]
)


def test_models_are_held_against_the_better_interpolation_beyond_half_a_second(store, tmp_path):
    asked = []

    def knows(windows, seeds):
        asked.append((int(windows.hidden.sum()), tuple(seeds)))
        shift = 0.3 * (seeds[0] % 2)  # every other sample is off
        return [motion.with_(root=motion.root + [shift, 0.0, 0.0]) for motion in windows.motions]

    model = Who("mine", "model", "abc", knows, streams=("text",))
    board = Board(STATED, Store(store), [model], tmp_path)
    for cell in board.wanted:
        board.compute(cell)
    report = standings.report(board, gathered(board, {cell: board.known(cell) or {} for cell in board.wanted}))
    found = {row["name"]: row["columns"] for row in report["tasks"]["gaps"]}
    assert list(found) == ["ground truth", "hold", "linear", "cubic", "mine"]
    assert found["ground truth"]["gap_1000_mm"]["mean"] == 0
    assert found["linear"]["gap_250_mm"]["mean"] < found["linear"]["gap_1000_mm"]["mean"]
    assert found["mine"]["best_gap_1000_mm"]["mean"] == pytest.approx(0, abs=1e-6)
    assert found["mine"]["gap_1000_mm"]["mean"] == pytest.approx(150)
    assert [hidden for hidden, _ in asked[:3]] == [6, 6, 30] and asked[0][1] == (0, 1, 2) and asked[1][1] == (3, 4, 5)
    held = {row["check"]: row for row in report["checks"]}
    assert list(held) == ["mine ahead of cubic"] or list(held) == ["mine ahead of linear"]
    assert {row["column"] for row in report["checks"]} == {"gap_1000_mm"} and not next(iter(held.values()))["holds"]
    assert "in-betweening, gap by gap" in standings.screen(report)


def test_the_command_draws_errors_over_gaps_and_a_model_may_have_one_call(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    weights = forged_weights.write(tmp_path / "tiny")
    config.save(replace(STATED, repetitions=1), tmp_path / "board.yaml")
    asked = ["board.yaml", "--store", str(store), "--model", str(weights), "--workers", "1", "--quiet"]
    assert board_command.main([*asked, "--json", "a.json", "--pictures", "drawn"]) == 0
    rows = {row["name"]: row["columns"] for row in json.loads((tmp_path / "a.json").read_text())["tasks"]["gaps"]}
    told = [rows[name]["gap_1000_mm"]["mean"] for name in ("tiny", "tiny, 1 call", "tiny, variation 1")]
    assert len(set(told)) == 3
    assert (tmp_path / "drawn" / "gaps.png").stat().st_size > 5000


def test_columns_say_their_gaps():
    assert gaps.lengths([gaps.column(0.25), gaps.column(2.0, best=True), "skate_m_s"]) == [0.25]
    given = gaps.given(3.0, 1.0).mask(np.arange(91) / 30)[:, 0]
    assert given[30] and not given[31:60].any() and given[60]
