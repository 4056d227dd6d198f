"""A board on several processes: the same cells, and no hang when one of them dies."""

import json
import multiprocessing
from dataclasses import replace

import pytest

from lmm import cli, config
from lmm.evaluate import processes
from lmm.evaluate.board import Cell
from lmm.evaluate.rows import Who
from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.store.writer import Writer
from tests import forge
from tests.lmm import forged_weights
from tests.lmm.evaluate.test_board import STATED


def test_two_processes_write_the_report_of_one_byte_for_byte(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    forged_weights.write(tmp_path / "tiny")
    config.save(replace(STATED, tasks={"prediction": STATED.tasks["prediction"]}, windows=2), tmp_path / "board.yaml")
    asked = ["evaluate", "board.yaml", "--store", str(store), "--model", "tiny"]
    for count in ("1", "2"):
        files = ["--cache", f"cache{count}", "--json", f"{count}.json"]
        assert cli.main([*asked, "--workers", count, *files]) == 0
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()
    cells = [sorted(path.name for path in (tmp_path / f"cache{count}").iterdir()) for count in (1, 2)]
    told = json.loads((tmp_path / "2.json").read_text())
    assert cells[0] == cells[1] and len(cells[0]) == 2 * len(told["tasks"]["prediction"])
    assert "tiny" in told["models"]


def test_what_is_left_ends_in_one_line_where_a_process_dies_and_with_the_caller(store, tmp_path):
    stated = processes.Stated(STATED, str(store), (), tmp_path)
    board = stated.board()
    running = processes.compute(stated, board, board.wanted, 2)
    first = next(running)
    assert board.known(first) is not None
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(MotionError, match=r"died \(signal SIGKILL\); run again"):
        list(running)
    assert not multiprocessing.active_children()
    left = [cell for cell in board.wanted if board.known(cell) is None]
    assert 0 < len(left) < len(board.wanted)
    again = processes.compute(stated, board, left, 2)
    next(again)
    again.close()
    assert not multiprocessing.active_children()


def test_what_a_cell_raises_is_raised(store, tmp_path):
    endless = {"prediction": replace(STATED.tasks["prediction"], seconds=100.0)}
    stated = processes.Stated(replace(STATED, tasks=endless), str(store), (), tmp_path)
    board = stated.board()
    with pytest.raises(MotionError, match="no test clip of 100 s"):
        list(processes.compute(stated, board, board.wanted, 2))


def test_two_rows_of_one_name_are_refused(store, tmp_path):
    folders = [str(forged_weights.write(tmp_path / str(k) / "mine", seed=k)) for k in range(2)]
    with pytest.raises(MotionError, match="two models are called mine"):
        processes.Stated(STATED, str(store), tuple(folders), tmp_path).board()


def test_cells_that_share_windows_stay_together():
    who = [Who(str(k), "baseline") for k in range(3)]
    cells = [Cell(one, task, k) for task in "ab" for k in range(2) for one in who]
    queue, last, taken = processes.Queue(cells), {0: None, 1: None}, {0: [], 1: []}
    for turn in range(len(cells)):
        worker = turn % 2
        last[worker] = queue.take(last[worker])
        taken[worker].append((last[worker].task, last[worker].repetition))
    assert queue.take(None) is None
    assert all(len(set(one)) == 2 for one in taken.values()) and not set(taken[0]) & set(taken[1])


def test_the_nearest_neighbour_has_a_row_where_there_is_a_training_split(store, tmp_path):
    with Writer(tmp_path / "trained") as writer:
        for split in ("train", "test"):
            writer.add(Clip(forge.walk(seconds=4.0), f"forged/{split}", "forged", "cmu", split, split=split))
        writer.close()
    stated = processes.Stated(replace(STATED, repetitions=1, windows=1), str(tmp_path / "trained"), (), tmp_path)
    board = stated.board()
    cells = [cell for cell in board.wanted if cell.who.name == "retrieval" and cell.task in STATED.tasks]
    assert [cell.task for cell in cells] == ["prediction", "in-between"] and cells[0].who.made_of
    assert list(processes.compute(stated, board, cells, 1)) == cells
    found = board.known(cells[0])
    assert found is not None and found["ade_m"] < 0.1  # the same walk
    assert not [who for who in replace(stated, store=str(store)).board().models if who.name == "retrieval"]
