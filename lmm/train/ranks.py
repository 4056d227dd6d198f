"""The processes that share a run: what their launcher says of them, and sums over them. One process is the plain case."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed

from motionverse.errors import MotionError


def launched() -> int:
    """How many processes the launcher (deepspeed, torchrun, srun torchrun) started; 1 without one. Raises MotionError."""
    said = os.environ.get("WORLD_SIZE", "1")
    if not said.isdigit() or int(said) < 1:
        raise MotionError(
            f"WORLD_SIZE={said!r}: a launcher sets it to the number of processes; unset it to start without one"
        )
    return int(said)


def end() -> None:
    """End this process at once, in success, if a launcher started others beside it.

    DeepSpeed holds on to the ranks' connections: their threads are still there after lmm.train.engine.leave, and the interpreter,
    ending among them, may abort a rank that has done all its work.
    """
    if launched() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


@dataclass(frozen=True)
class Ranks:
    """rank: this process, from 0; world: how many there are. Where there is one, nothing here does anything."""

    rank: int = 0
    world: int = 1

    def sum(self, value: Tensor) -> Tensor:
        """A tensor without gradient, summed over all ranks; the same bits on each."""
        if self.world == 1:
            return value
        total = value.clone()
        distributed.all_reduce(total)
        return total

    def gather(self, value: Any) -> list[Any]:
        """A small value of every rank, in their order, on every rank."""
        if self.world == 1:
            return [value]
        values: list[Any] = [None] * self.world
        distributed.all_gather_object(values, value)
        return values

    @contextmanager
    def first(self) -> Iterator[None]:
        """Inside, rank 0 is before all others: it makes the files that they find."""
        if self.world > 1 and self.rank:
            distributed.barrier()
        yield
        if self.world > 1 and not self.rank:
            distributed.barrier()


def device() -> torch.device:
    """Where this process computes: on its own GPU, or on the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device(
        "cuda", int(os.environ.get("LOCAL_RANK", "0")) if launched() > 1 else torch.cuda.current_device()
    )
