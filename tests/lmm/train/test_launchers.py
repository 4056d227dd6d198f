"""Ranks on several machines, as they are started there: two torchruns that meet at a port, and Slurm's script with an srun that
starts the command here, once for each of its machines. Real commands on a store of forged clips."""

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

from lmm.train import checkpoint
from tests.lmm.train.test_loop import CONFIG, losses, store  # noqa: F401 (pytest takes fixtures by name)

HOUSE = Path(__file__).parents[3]
SCRIPT = HOUSE / "configs" / "cluster" / "train.slurm"
BESIDE = Path(sys.executable).parent
STEPS = 3
pytestmark = pytest.mark.skipif(find_spec("deepspeed") is None, reason="deepspeed is in the extra `deepspeed`")
SCONTROL = '#!/bin/bash\n[ "$*" = "show hostnames here[1-2]" ] && printf "localhost\\nlocalhost\\n"\n'
SRUN = """#!/bin/bash
started=()
for node in $(seq 0 $((SLURM_JOB_NUM_NODES - 1))); do
    SLURM_NODEID=$node SLURM_PROCID=$node SLURM_LOCALID=0 "$@" &
    started+=($!)
done
code=0
for process in "${started[@]}"; do wait "$process" || code=$?; done
exit "$code"
"""


def port():
    """A free one of those that Slurm's script takes for some job."""
    while True:
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", chosen := random.randrange(10000, 30000)))
            except OSError:
                continue
            return chosen


def ended(*commands, **environment):
    """Runs commands at once; fails with what they said unless all of them end well."""
    known = os.environ | {"OMP_NUM_THREADS": "1", "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}"} | environment
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        known.pop(name, None)
    started = [
        subprocess.Popen(
            [*map(str, command)], cwd=HOUSE, env=known, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        for command in commands
    ]
    try:
        said = [process.communicate(timeout=200)[1] for process in started]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert not any(process.returncode for process in started), said


def recipe(place, folder):
    return CONFIG, f"data.store={place}", f"run.folder={folder}", f"run.steps={STEPS}", "run.zero=2", "run.threads=1"


def same(folder, other):
    """Whether two runs had the same losses and end with the same weights, to the bit."""
    ends = [checkpoint.read(place / f"step-{STEPS:08d}.safetensors")[1] for place in (folder, other)]
    assert len(losses(folder)) == STEPS and losses(folder) == losses(other) and ends[0].keys() == ends[1].keys()
    return all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


@pytest.fixture(scope="module")
def together(store, tmp_path_factory):  # noqa: F811
    """A run on two ranks that one torchrun started."""
    folder = tmp_path_factory.mktemp("runs") / "together"
    ended(["torchrun", "--standalone", "--nproc_per_node", "2", "-m", "lmm", "train", *recipe(store, folder)])
    return folder


def test_two_machines_end_as_one_with_two_ranks(store, together, tmp_path):  # noqa: F811
    where = ("--rdzv_id", "1", "--rdzv_backend", "c10d", "--rdzv_endpoint", f"localhost:{port()}")
    one = ["torchrun", "--nnodes", "2", "--nproc_per_node", "1", *where, "-m", "lmm", "train"]
    ended(*2 * [[*one, *recipe(store, tmp_path / "apart")]])
    assert same(tmp_path / "apart", together)


def test_slurms_script_ends_as_one_machine_with_two_ranks(store, together, tmp_path):  # noqa: F811
    for name, text in {"scontrol": SCONTROL, "srun": SRUN}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    job = {"SLURM_JOB_ID": str(port() - 10000), "SLURM_JOB_NUM_NODES": "2", "SLURM_JOB_NODELIST": "here[1-2]"}
    path = os.pathsep.join([str(tmp_path), str(BESIDE), os.environ["PATH"]])
    ended(["bash", SCRIPT, *recipe(store, tmp_path / "job")], PATH=path, **job)
    assert same(tmp_path / "job", together)
