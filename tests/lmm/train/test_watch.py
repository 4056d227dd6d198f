import json
import math
import sys

import numpy as np
import pytest
import torch

from lmm.train import pace
from lmm.train.log import Board, Log
from lmm.train.pace import Since, matrix_rate
from lmm.train.watch import NEEDED, Watch, told
from motionverse.errors import MotionWarning


def test_a_leap_of_the_loss_is_told_once_and_noise_is_not():
    rng, watch = np.random.default_rng(0), Watch()
    assert not any(watch.spike(float(loss)) for loss in rng.normal(1.0, 0.1, 400))
    assert watch.spike(3.0) and not watch.spike(3.0)
    assert not any(watch.spike(1.0) for _ in range(NEEDED)) and watch.spike(3.0)


def test_a_watch_goes_on_where_another_was():
    losses = [*np.random.default_rng(0).normal(1.0, 0.1, 3 * NEEDED), 3.0, *[1.0] * NEEDED, 3.0]
    for cut in (NEEDED, 3 * NEEDED, 3 * NEEDED + 1, 4 * NEEDED + 1):
        whole, first = Watch(), Watch()
        told = [whole.spike(float(loss)) for loss in losses]
        again = [first.spike(float(loss)) for loss in losses[:cut]]
        second = Watch(json.loads(json.dumps(list(first.last))), first.quiet)
        assert again + [second.spike(float(loss)) for loss in losses[cut:]] == told
        assert sum(told) == 2 and second.last == whole.last


def test_a_young_run_leaps_as_it_likes():
    watch = Watch()
    assert not any(watch.spike(loss) for loss in (5.0, 1.0, 50.0))


def test_the_worst_clips_come_first_and_what_is_no_number_before_them():
    costs = [(1.0, "a"), (math.nan, "b"), (3.0, "c"), (3.0, "c"), (2.0, "d")]
    assert told(costs) == "b (nan), c (3), d (2)"


def test_pace_is_by_the_second_and_utilisation_by_the_machine(monkeypatch):
    monkeypatch.setattr(pace.time, "monotonic", lambda: 12.0)
    said = Since(10.0, clips=8, motion=16.0, tokens=1000, flops=4e9, waited=0.5).pace(8e9)
    assert said.pop("memory_gb") > 0.01
    assert said == {"clips_s": 4, "motion_s": 8, "tokens_s": 500, "utilisation": 0.25, "waited": 0.25}
    assert "utilisation" not in Since(10.0, clips=8).pace(0.0)


def test_the_machine_multiplies_at_a_rate_that_a_machine_can():
    assert 1e8 < matrix_rate(torch.device("cpu"), torch.float32) < 1e15


def test_tensorboard_gets_the_logs_numbers(tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is in the extra `tensorboard`")
    log = Log(tmp_path / "curve.jsonl", 0, Board(tmp_path))
    log.line(1, 0.5, loss=2.0, clips="forged/0 (3)")
    log.close()
    written = next(tmp_path.glob("events.out.tfevents.*")).read_bytes()
    assert b"loss" in written and b"forged" not in written


def test_tensorboard_that_is_not_there_is_said_and_left_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.warns(MotionWarning, match=r"run\.tensorboard: not installed"):
        board = Board(tmp_path)
    log = Log(tmp_path / "curve.jsonl", 0, board)
    log.line(1, 0.5, loss=2.0)
    log.close()
    assert [path.name for path in tmp_path.iterdir()] == ["curve.jsonl"]
