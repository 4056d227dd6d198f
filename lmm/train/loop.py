"""The training loop: recipe in, a folder of checkpoints, log and curve out. Everything drawn depends on (seed, step) alone.

A run that is stopped, or killed, goes on from its last checkpoint with the losses it would have had (the same machine and
number of threads, a run limited by steps). Axes as in lmm.train.loss.
"""

import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from lmm.config import as_mapping
from lmm.diffusion.objective import Diffusion
from lmm.model.dit import LMM
from lmm.precision import dtype
from lmm.train import checkpoint
from lmm.train.checkpoint import State
from lmm.train.ema import EMA
from lmm.train.feed import Feed, Shown, loader, open_feed
from lmm.train.log import Log, Progress, draw_curve
from lmm.train.loss import Loss, Target, describe
from lmm.train.recipe import OptimiserConfig, Recipe
from motionverse.errors import MotionError

CURVE, PICTURE = "curve.jsonl", "curve.png"


def train(recipe: Recipe, quiet: bool = False) -> Path:
    """Run a recipe to its end (or until SIGINT or SIGTERM, after a checkpoint). Returns the run's folder.

    Raises MotionError for a store, a checkpoint or a recipe that does not fit, and for a loss that is not finite.
    """
    folder = Path(recipe.run.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if recipe.run.threads:
        torch.set_num_threads(recipe.run.threads)
    run = Run(recipe, folder, quiet)
    try:
        run.go()
    finally:
        run.close()
    draw_curve(folder / CURVE, folder / PICTURE)
    return folder


def progress(recipe: Recipe, step: int, elapsed: float) -> float:
    """Share of the run that is done, 0 to 1: by steps or by wall time [s], whichever is further."""
    by_steps = step / recipe.run.steps if recipe.run.steps > 0 else 0.0
    by_time = elapsed / 60 / recipe.run.minutes if recipe.run.minutes > 0 else 0.0
    return min(1.0, max(by_steps, by_time))


def rate(config: OptimiserConfig, step: int, done: float) -> float:
    """Learning rate at a step (from 0), with the share `done` of the run behind it: linear warm-up, cosine to zero."""
    warm = min(1.0, (step + 1) / max(1, config.warm_up))
    return config.rate * warm * 0.5 * (1 + math.cos(math.pi * done))


def optimiser(config: OptimiserConfig, model: nn.Module) -> torch.optim.AdamW:
    """AdamW; biases, norms and other vectors do not decay."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.rate, betas=(config.betas[0], config.betas[1]), fused=True)


@dataclass
class Since:
    """What has been seen since the last log line: clips, seconds of motion, wall time [s] waiting for data, its start."""

    start: float
    clips: int = 0
    motion: float = 0.0
    waited: float = 0.0


class Run:
    """One run: model, average, optimiser and state in one place. `go` turns it to its end."""

    def __init__(self, recipe: Recipe, folder: Path, quiet: bool = False) -> None:
        self.recipe, self.folder, self.quiet = recipe, folder, quiet
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        last = checkpoint.last(folder) if recipe.run.resume else None
        known = self._known(last)
        self.feed: Feed = open_feed(recipe, "train", known)
        torch.manual_seed(recipe.run.seed)
        self.model = LMM(recipe.model, dtype(recipe.run.precision)).to(self.device)
        self.diffusion = Diffusion(recipe.diffusion)
        self.loss = Loss(recipe.loss, *self.feed.normalisation()).to(self.device)
        self.state = State(recipe=as_mapping(recipe), data=self.feed.facts())
        self.ema = self._start(last)
        self.predict = torch.compile(self.model.with_losses) if recipe.run.compile else self.model.with_losses
        self.log = Log(folder / CURVE, self.state.step)
        self.bar = Progress(quiet)
        self.before = self.state.elapsed
        self.began = time.monotonic()
        self.fixed: list[Shown] | None = None

    def _known(self, last: Path | None) -> "checkpoint.Known | None":
        """Statistics and datasets that the weights to start from were trained with: they are kept."""
        if last is not None:
            return checkpoint.known(last)
        if self.recipe.run.warm_start:
            from lmm import zoo  # the zoo stands above training; a warm start is the one look upward

            return zoo.known(self.recipe.run.warm_start)
        return None
