"""`python -m tests.lmm.train.trained CONFIG key=value ...`: `lmm train`, words without an encoder. KILLED_AT=N: killed in step N
(from 0) as `kill -9` does it; KILLED_WRITING=N: while the checkpoint after N steps is written."""

import os
import signal
import sys

from lmm.cli import main
from lmm.train import checkpoint, feed, loop
from tests.lmm.train.test_loop import Words


def killed(step, at, work):
    """`work`, but for the step at which the process dies first."""

    def instead(*given):
        if step(*given) == int(at):
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*given)

    return instead


feed.TextEncoder = Words  # type: ignore[misc]
if at := os.environ.get("KILLED_AT"):
    loop.Run.step = killed(lambda run, shown: run.state.step, at, loop.Run.step)  # type: ignore[method-assign]
if at := os.environ.get("KILLED_WRITING"):

    def half(tensors, path, header, whole=checkpoint.save_file):
        if f'"step": {at},' in header["state"]:
            path.write_bytes(b"half a checkpoint")
            os.kill(os.getpid(), signal.SIGKILL)
        whole(tensors, path, header)

    checkpoint.save_file = half
sys.exit(main(["train", *sys.argv[1:]]))
