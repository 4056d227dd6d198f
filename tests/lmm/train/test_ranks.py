"""Runs that are killed, and runs on several ranks: real processes on a store of forged clips."""

import os
import random
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from lmm.train import checkpoint, loop
from tests.lmm.train.test_loop import CONFIG, losses, read, store, words  # noqa: F401 (pytest takes fixtures by name)

HOUSE = Path(__file__).parents[3]
needs_deepspeed = pytest.mark.skipif(find_spec("deepspeed") is None, reason="deepspeed is in the extra `deepspeed`")


def trained(place, folder, *overrides, ranks=1, **environment):
    """Exit codes of `lmm train` in `ranks` processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    asked = [sys.executable, "-m", "tests.lmm.train.trained", CONFIG, f"data.store={place}", f"run.folder={folder}"]
    started = []
    for rank in range(ranks):
        known = os.environ | {"OMP_NUM_THREADS": "1"} | environment
        if ranks > 1:
            known |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(ranks)}
            known |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        command = [*map(str, asked), "run.threads=1", *overrides]
        started.append(subprocess.Popen(command, cwd=HOUSE, env=known, stderr=subprocess.PIPE, text=True))
    said = [process.communicate(timeout=300)[1] for process in started]
    codes = [process.returncode for process in started]
    assert all(code in (0, -signal.SIGKILL) for code in codes), said
    return codes


def test_a_run_that_is_killed_three_times_has_the_losses_of_one_that_is_not(store, tmp_path):  # noqa: F811
    asked = ("run.steps=8", "run.checkpoint_minutes=1e-9")
    assert trained(store, tmp_path / "whole", *asked) == [
        0
    ]  # a process like the others: as many threads in every library
    first, second, third = sorted(random.Random(5).sample(range(1, 8), 3))
    cut = tmp_path / "cut"
    for ways in ({"KILLED_AT": first}, {"KILLED_WRITING": second}, {"KILLED_AT": third}):
        assert trained(store, cut, *asked, **{way: str(step) for way, step in ways.items()}) == [-signal.SIGKILL]
    assert trained(store, cut, *asked) == [0]
    assert losses(cut) == losses(tmp_path / "whole") and len(losses(cut)) == 8
    ends = [checkpoint.read(tmp_path / name / "step-00000008.safetensors")[1] for name in ("whole", "cut")]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


@needs_deepspeed
def test_two_ranks_one_and_two_again_have_the_losses_of_one_process(store, tmp_path):  # noqa: F811
    asked = ("run.steps=6", "run.checkpoint_minutes=1e-9", "model.blocks=2")
    loop.train(read(store, tmp_path / "whole", *asked), quiet=True)
    shared = (tmp_path / "cut", *asked, "run.engine=deepspeed", "run.checkpointing=true")
    killed = [-signal.SIGKILL]
    assert trained(store, *shared, "run.zero=2", ranks=2, KILLED_AT="2") == killed * 2
    assert trained(store, *shared, "run.zero=2", KILLED_AT="4") == killed
    assert trained(store, *shared, "run.zero=3", ranks=2) == [0, 0]
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "whole"), rel=1e-5)
    assert len(losses(tmp_path / "cut")) == 6
    ends = [checkpoint.read(tmp_path / name / "step-00000006.safetensors")[1] for name in ("whole", "cut")]
    assert ends[0].keys() == ends[1].keys()
    for name, value in checkpoint.averaged(ends[0]).items():
        assert torch.allclose(checkpoint.averaged(ends[1])[name], value, atol=1e-4), name
