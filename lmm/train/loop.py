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
from torch import nn

from lmm import weights
from lmm.config import as_mapping
from lmm.train import checkpoint
from lmm.train.checkpoint import Start, State
from lmm.train.ema import EMA
from lmm.train.feed import Feed, Shown, loader
from lmm.train.learner import learner, warm_start
from lmm.train.log import Log, Progress, draw_curve
from lmm.train.loss import describe
from lmm.train.recipe import OptimiserConfig, Recipe
from motionverse.errors import MotionError


def train(recipe: Recipe, quiet: bool = False) -> Path:
    """Run a recipe to its end (or until SIGINT or SIGTERM, after a checkpoint). Returns the run's folder.

    Raises MotionError for a store, a checkpoint or a recipe that does not fit, and for a loss that is not finite.
    """
    folder = Path(recipe.run.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if recipe.run.threads:
        torch.set_num_threads(recipe.run.threads)
    try:
        run = Run(recipe, folder, quiet)
    except MotionError:
        if not any(folder.iterdir()):
            folder.rmdir()  # nothing began
        raise
    try:
        run.go()
    finally:
        run.close()
    draw_curve(folder / weights.CURVE, folder / weights.PICTURE)
    return folder


def progress(recipe: Recipe, step: int, elapsed: float, cpu: float = 0.0) -> float:
    """Share of the run that is done, 0 to 1: by steps, by wall time or by CPU time [s], whichever is furthest."""
    run = recipe.run
    spent = ((step, run.steps), (elapsed / 60, run.minutes), (cpu / 60, run.cpu_minutes))
    return min(1.0, max(done / whole if whole > 0 else 0.0 for done, whole in spent))


def rate(config: OptimiserConfig, step: int, done: float) -> float:
    """Learning rate at a step (from 0), with the share `done` of the run behind it: warm-up, then the schedule."""
    warm = min(1.0, (step + 1) / max(1, config.warm_up))
    if config.schedule == "drops":
        return config.rate * warm * 0.1 ** sum(done >= share for share in config.drops)
    return config.rate * warm * 0.5 * (1 + math.cos(math.pi * done))


def optimiser(config: OptimiserConfig, model: nn.Module) -> torch.optim.AdamW:
    """AdamW; biases, norms and other vectors do not decay."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.rate, betas=(config.betas[0], config.betas[1]), fused=True)


@dataclass
class Since:
    """What has been seen since the last log line: clips, seconds of motion, seconds spent waiting for data; when it began."""

    began: float
    clips: int = 0
    motion: float = 0.0
    waited: float = 0.0


class Run:
    """One run: feed, model, average, optimiser and state in one place. `go` turns it to its end."""

    def __init__(self, recipe: Recipe, folder: Path, quiet: bool = False) -> None:
        self.recipe, self.folder = recipe, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        last = checkpoint.last(folder) if recipe.run.resume else None
        start = _start(recipe, last)
        self.feed = Feed.open(recipe, start)
        torch.manual_seed(recipe.run.seed)
        self.learner = learner(recipe, self.feed, fresh=not last, device=self.device)
        self.model = self.learner.model
        if start and not last:
            warm_start(self.model, start)
        self.optimiser = optimiser(recipe.optimiser, self.model)
        self.ema = EMA(self.model, recipe.optimiser.ema)
        self.state = State(recipe=as_mapping(recipe), data=self.feed.facts())
        if last:
            self.state = checkpoint.restore(last, self.model, self.ema, self.optimiser)
            self._check_same_data(last)
            self.state.recipe, self.state.data = as_mapping(recipe), self.feed.facts()
        self.log = Log(folder / weights.CURVE, self.state.step)
        self.bar = Progress(quiet)
        self.quiet = quiet
        self.stop = False
        self.began = time.monotonic() - self.state.elapsed
        self.began_cpu = time.process_time() - self.state.cpu

    def go(self) -> None:
        """Train to the end, with checkpoints, validation and log on the way."""
        self.fixed = self.feed.validation(self.recipe.run.validate_clips)
        self.model.train()
        batches = loader(self.feed, self.state.step, self.recipe.data)
        saved = checked = since = Since(time.monotonic())
        with _stopping(self):
            while not self.stop and self.progress < 1:
                asked = time.monotonic()
                shown = next(batches)
                now = time.monotonic()
                since.waited += now - asked
                terms = self.step(shown)
                since.clips += len(shown.names)
                since.motion += shown.motion
                run = self.recipe.run
                if self.state.step % run.log_steps == 0:
                    since = self._tell(terms, since)
                if self._due(checked.began, run.validate_minutes):
                    checked = Since(time.monotonic())
                    self.validate()
                if self._due(saved.began, run.checkpoint_minutes):
                    saved = Since(time.monotonic())
                    self.save()
        self.validate()
        self.save()

    @property
    def progress(self) -> float:
        return progress(self.recipe, self.state.step, self.state.elapsed, self.state.cpu)

    def step(self, shown: Shown) -> dict[str, float]:
        """One optimiser step; returns its loss terms, learning rate and gradient norm."""
        config, number = self.recipe.optimiser, self.state.step
        torch.manual_seed(hash((self.recipe.run.seed, number)))
        speed = rate(config, number, self.progress)
        for group in self.optimiser.param_groups:
            group["lr"] = speed
        total, terms = self.learner.cost(shown.to(self.device))
        value = float(total.detach())
        if not math.isfinite(value):
            clips = ", ".join(shown.names[:6])
            raise MotionError(
                f"step {number}: the loss is {value}; the batch held {clips}, ...; look at these clips or lower optimiser.rate"
            )
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), config.clip or math.inf)
        self.optimiser.step()
        self.ema.update()
        self.state.step += 1
        self.state.elapsed = time.monotonic() - self.began
        self.state.cpu = time.process_time() - self.began_cpu
        return {"loss": value, **describe(terms), "lr": speed, "grad": float(norm)}

    @torch.no_grad()
    def validate(self) -> float:
        """Loss of the averaged weights on fixed windows, noise and steps of the validation split; logged."""
        if not self.fixed:
            return math.nan
        self.model.eval()
        with self.ema.applied():
            judged = [(len(shown.names), self.learner.cost(shown.to(self.device))) for shown in self.fixed]
        self.model.train()
        clips = sum(n for n, _ in judged)
        mean = {name: sum(n * float(terms[name]) for n, (_, terms) in judged) / clips for name in judged[0][1][1]}
        value = mean["mse"]
        said = {f"validation_{name}": v for name, v in mean.items() if name != "mse"}
        self.log.line(self.state.step, self.state.elapsed, validation=value, **said)
        if not self.quiet:
            print(
                f"step {self.state.step}, {self.state.elapsed / 60:.1f} min: validation {value:.4f}",
                file=sys.stderr,
                flush=True,
            )
        return value

    def save(self) -> Path:
        """Write a checkpoint now."""
        self.state.ema_updates = self.ema.updates
        return checkpoint.save(self.folder, self.model, self.ema, self.optimiser, self.state, self.feed.stats)

    def close(self) -> None:
        self.bar.close()
        self.log.close()

    def _tell(self, terms: dict[str, float], since: Since) -> Since:
        now = time.monotonic()
        span = max(now - since.began, 1e-6)
        pace = {"clips_s": since.clips / span, "motion_s": since.motion / span, "waited": since.waited / span}
        self.log.line(self.state.step, self.state.elapsed, **terms, **pace)
        self.bar.show(
            self.progress, self.state.step, loss=terms["loss"], clips_s=pace["clips_s"], motion_s=pace["motion_s"]
        )
        return Since(now)

    def _due(self, began: float, minutes: float) -> bool:
        return minutes > 0 and time.monotonic() - began >= 60 * minutes

    def _check_same_data(self, last: Path) -> None:
        before, now = self.state.data.get("store"), self.feed.facts()["store"]
        if before != now:
            raise MotionError(
                f"{last}: this run was trained on another store ({before}, not {now}); use run.resume=false, or run.warm_start"
            )


def _start(recipe: Recipe, last: Path | None) -> Start | None:
    """What a run goes on from: its own last checkpoint, or published weights; their statistics and datasets are kept."""
    if last:
        return checkpoint.start(last)
    if not recipe.run.warm_start:
        return None
    path = weights.find(recipe.run.warm_start) / weights.WEIGHTS
    tensors, stats, facts = weights.read(path)
    return Start(path, tensors, stats, facts.datasets)


@contextmanager
def _stopping(run: Run) -> Iterator[None]:
    """Inside, SIGINT and SIGTERM end the run after the step at hand (main thread only)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: object) -> None:
        run.stop = True
        print(f"{signal.Signals(number).name}: ending after this step, with a checkpoint", file=sys.stderr, flush=True)

    old = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
