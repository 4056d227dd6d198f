"""The training loop: recipe in, a folder of checkpoints, log and curve out. Everything drawn depends on (seed, step) alone.

A run that is stopped, or killed, goes on from its last checkpoint with the losses it would have had (the same machine and
number of threads, a run limited by steps). Several ranks share every step's clips and have the losses of one; clock, log and
checkpoints are rank 0's. Axes as in lmm.train.loss.
"""

import math
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from lmm import weights
from lmm.config import as_mapping
from lmm.precision import dtype
from lmm.train import checkpoint, curriculum, engine, watch
from lmm.train.checkpoint import Start, State
from lmm.train.ema import EMA
from lmm.train.feed import Feed, Shown, loader
from lmm.train.learner import learner, silence, warm_start
from lmm.train.log import Board, Log, Progress, draw_curve
from lmm.train.optimiser import rate
from lmm.train.pace import Since, Work, matrix_rate, tokens
from lmm.train.ranks import device
from lmm.train.recipe import Recipe
from lmm.train.share import rows, shares
from motionverse.errors import MotionError


def train(recipe: Recipe, quiet: bool = False) -> Path:
    """Run a recipe to its end (or until SIGINT or SIGTERM, after a checkpoint). Returns the run's folder.

    Raises MotionError for a store, a checkpoint or a recipe that does not fit, and for a step that is not finite.
    """
    folder = Path(recipe.run.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MotionError(f"run.folder: {folder} cannot be made ({error.strerror}); name another") from None
    if recipe.run.threads:
        torch.set_num_threads(recipe.run.threads)
    try:
        try:
            run = Run(recipe, folder, quiet)
        except MotionError:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()  # nothing began
            raise
        try:
            run.go()
        finally:
            run.close()
        if not run.ranks.rank:
            draw_curve(folder / weights.CURVE, folder / weights.PICTURE)
    finally:
        engine.leave()
    return folder


def progress(recipe: Recipe, step: int, elapsed: float, cpu: float = 0.0) -> float:
    """Share of the run that is done, 0 to 1: by steps, by wall time or by CPU time [s], whichever is furthest."""
    run = recipe.run
    spent = ((step, run.steps), (elapsed / 60, run.minutes), (cpu / 60, run.cpu_minutes))
    return min(1.0, max(done / whole if whole > 0 else 0.0 for done, whole in spent))


class Run:
    """One run: feed, model, engine, average and state in one place. `go` turns it to its end."""

    def __init__(self, recipe: Recipe, folder: Path, quiet: bool = False) -> None:
        self.recipe, self.folder = recipe, folder
        self.ranks, self.device = engine.join(recipe), device()
        self.quiet = quiet or self.ranks.rank > 0
        last, self.state, tensors = checkpoint.newest(folder) if recipe.run.resume else (None, State(), {})
        start = checkpoint.start(last, self.state, tensors) if last else _warm(recipe)
        with self.ranks.first():
            self.feed = Feed.open(recipe, start)
        self.feed.share = self.ranks.rank, self.ranks.world
        torch.manual_seed(recipe.run.seed)
        self.learner = learner(recipe, self.feed, fresh=not last, device=self.device)
        self.model = self.learner.model
        self._check_shares()
        if last and start:
            checkpoint.load_weights(self.model, start.weights, last)
            self._check_same_data(last)
        elif start:
            warm_start(self.model, start)
        if not last:
            silence(self.model, recipe.data.silent)
        self.engine = engine.start(recipe, self.learner, self.ranks)
        self.ema = EMA(self.engine.live(), recipe.optimiser.ema)
        if last:
            average = checkpoint.under(tensors, "ema/")
            self.ema.restore({n: self.engine.part(n, value) for n, value in average.items()}, self.state.ema_updates)
            self.engine.restore(checkpoint.under(tensors, "moment/"))
        self.state.recipe, self.state.data = as_mapping(recipe), checkpoint.inherited(self.feed.facts(), start)
        self.log = self._log()
        self.bar = Progress(self.quiet)
        self.watch = watch.Watch(self.state.losses, self.state.quiet)
        self.stop = False
        self.began = time.monotonic() - self.state.elapsed
        self.began_cpu = time.process_time() - self.state.cpu

    def go(self) -> None:
        """Train to the end, with checkpoints, validation and log on the way."""
        run = self.recipe.run
        kinds = dict.fromkeys(("text", *self.feed.choice.groups))
        self.fixed = {shows: self.feed.validation(run.validate_clips, shows) for shows in kinds}
        self.model.train()
        counted = self.learner.count and not run.compile
        work = Work(lambda shown: self.engine.cost(shown, None)) if counted else None
        self.peak = matrix_rate(self.device, dtype(run.precision)) if counted else 0.0
        batches = loader(self.feed, self.state.step, self.recipe.data)
        saved = checked = self.state.elapsed
        since = Since()
        with _stopping(self):
            while not self.stop and self.progress < 1:
                asked = time.monotonic()
                shown = next(batches)
                since.waited += time.monotonic() - asked
                shown = shown.to(self.device)
                since.flops += work.of(shown) if work else 0.0
                terms = self.step(shown)
                since.clips += len(shown.names)
                since.motion += shown.motion
                since.tokens += tokens(shown)
                if self.state.step % run.log_steps == 0:
                    since = self._tell(terms, since)
                if 0 < 60 * run.validate_minutes <= self.state.elapsed - checked:
                    checked = self.state.elapsed
                    self.validate()
                if 0 < 60 * run.checkpoint_minutes <= self.state.elapsed - saved:
                    saved = self.state.elapsed
                    self.save()
        if not self.stop:  # who was told to end may be killed soon
            self.validate()
        self.save()

    @property
    def progress(self) -> float:
        return progress(self.recipe, self.state.step, self.state.elapsed, self.state.cpu)

    def step(self, shown: Shown) -> dict[str, float]:
        """One optimiser step on all ranks' clips, `shown` being this one's; returns loss terms, learning rate, gradient norm.

        Raises MotionError where loss or gradient is not finite, with the weights as they were, kept in a checkpoint.
        """
        number, pieces = self.state.step, self.recipe.run.accumulate
        torch.manual_seed(hash((self.recipe.run.seed, number)))
        speed = rate(self.recipe.optimiser, number, self.progress)
        shown = shown.to(self.device)
        counts = self.learner.count(shown, self.ranks.sum, pieces) if self.learner.count else None
        terms: dict[str, Tensor] = {}
        with self.learner.over(self.ranks.sum):
            for piece in shares(shown, pieces):
                total, said = self.engine.cost(piece, counts)
                self.engine.backward(total)
                said = {"loss": total.detach(), **said}
                terms = {name: terms[name] + said[name] for name in said} if terms else said
        told = self._summed(terms)
        if not math.isfinite(told["loss"]):
            self._refuse(shown, f"the loss is {told['loss']}")
        clips = self._costly(shown) if self.watch.spike(told["loss"]) else ""
        norm = self.engine.step(speed)
        if not math.isfinite(norm):
            self._refuse(shown, "the gradient is not finite")
        self.ema.update()
        self.state.step += 1
        self.state.losses, self.state.quiet = list(self.watch.last), self.watch.quiet
        if clips:
            self._warn(told["loss"], clips)
        self._look_at_the_clock()
        return {**told, "lr": speed, "grad": norm}

    @torch.no_grad()
    def validate(self) -> float:
        """Loss of the averaged weights on fixed windows, noise and steps of the validation split, told the text; logged, and
        beside it (`validation_music`) that of windows told one other set of streams which training shows."""
        self.model.eval()
        with self.ema.applied(), self.learner.over(self.ranks.sum):
            means = {shows: self._judged(batches) for shows, batches in self.fixed.items() if batches}
        self.model.train()
        told = means.pop("text", {})
        said = {"validation" if name == "mse" else f"validation_{name}": value for name, value in told.items()}
        said |= {f"validation_{shows}": mean["mse"] for shows, mean in means.items()}
        if not said:
            return math.nan
        self._line(**said)
        value = said.get("validation", math.nan)
        self._say(f"step {self.state.step}, {self.state.elapsed / 60:.1f} min: validation {value:.4f}")
        return value

    def _judged(self, batches: Sequence[Shown]) -> dict[str, float]:
        """The mean terms of the loss on batches, each clip counting the same."""
        mean: dict[str, float] = {}
        for shown in batches:
            share = next(islice(shares(shown, self.ranks.world), self.ranks.rank, None)).to(self.device)
            counts = self.learner.count(share, self.ranks.sum, 1) if self.learner.count else None
            told = self._summed(self.engine.cost(share, counts)[1])
            mean = {name: mean.get(name, 0.0) + len(shown.names) * value for name, value in told.items()}
        clips = sum(len(shown.names) for shown in batches)
        return {name: value / clips for name, value in mean.items()}

    def save(self, sound: bool = False) -> Path | None:
        """Write a checkpoint now; sound: only if all its weights are finite. Every rank calls it, rank 0 gets the path."""
        self.state.ema_updates = self.ema.updates
        live, average = self.engine.whole(self.engine.live()), self.engine.whole(self.ema.weights)
        moments = self.engine.moments()
        if self.ranks.rank or (sound and not all(bool(value.isfinite().all()) for value in live.values())):
            return None
        model = {**self.model.state_dict(), **live}
        return checkpoint.save(self.folder, model, average, moments, self.state, self.feed.stats)

    def close(self) -> None:
        self.bar.close()
        if self.log:
            self.log.close()

    def _summed(self, terms: Mapping[str, Tensor]) -> dict[str, float]:
        """Terms of all ranks together, as plain numbers."""
        if self.ranks.world == 1:
            return {name: float(value) for name, value in terms.items()}
        values = self.ranks.sum(torch.stack([value.double() for value in terms.values()]))
        return dict(zip(terms, values.tolist(), strict=True))

    def _look_at_the_clock(self) -> None:
        """Time spent is rank 0's, and the run stops when any rank was asked to."""
        elapsed, cpu = time.monotonic() - self.began, time.process_time() - self.began_cpu
        if self.ranks.world > 1:
            own = [elapsed, cpu] if not self.ranks.rank else [0.0, 0.0]
            told = self.ranks.sum(torch.tensor([*own, float(self.stop)], dtype=torch.float64, device=self.device))
            elapsed, cpu, stop = told.tolist()
            self.stop = stop > 0
        self.state.elapsed, self.state.cpu = elapsed, cpu

    @torch.no_grad()
    def _costly(self, shown: Shown) -> str:
        """The clips of a step that cost most, each by itself."""
        most = max(self.ranks.gather(len(shown.names)))  # every rank looks as often: weights may be gathered for it
        self.model.eval()
        own = []
        for place in range(most):
            k = min(place, len(shown.names) - 1)
            clip = rows(shown, slice(k, k + 1))
            own.append((float(self.engine.cost(clip, None)[0]), clip.names[0]))
        self.model.train()
        return watch.told([row for rank in self.ranks.gather(own) for row in rank])

    def _warn(self, loss: float, clips: str) -> None:
        self._line(spike=loss, clips=clips)
        self._say(f"step {self.state.step}: the loss leaps to {loss:.4g}; the worst clips of its batch: {clips}")

    def _refuse(self, shown: Shown, what: str) -> NoReturn:
        """End the run before a step that would spoil the weights."""
        clips = self._costly(shown)
        self.save(sound=True)
        raise MotionError(
            f"step {self.state.step}: {what}; the worst clips of its batch: {clips}; the weights before it are kept: look at these "
            "clips, or go on with a lower optimiser.rate"
        )

    def _tell(self, terms: Mapping[str, float], since: Since) -> Since:
        pace = since.pace(self.peak, self.ranks.world)
        self._line(**terms, **pace)
        shown = {name: pace[name] for name in ("clips_s", "motion_s")}
        self.bar.show(self.progress, self.state.step, loss=terms["loss"], **shown)
        return Since()

    def _log(self) -> Log | None:
        if self.ranks.rank:
            return None
        board = Board(self.folder) if self.recipe.run.tensorboard else None
        return Log(self.folder / weights.CURVE, self.state.step, board)

    def _line(self, **values: object) -> None:
        if self.log:
            self.log.line(self.state.step, self.state.elapsed, **values)

    def _say(self, text: str) -> None:
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def _check_shares(self) -> None:
        config, parts = self.recipe.curriculum, self.ranks.world * self.recipe.run.accumulate
        if parts > 1 and not self.learner.count:
            name = self.recipe.network
            raise MotionError(
                f"network: {name} learns from whole batches; train it in one process with run.accumulate=1"
            )
        clips = curriculum.fewest(config)
        if clips < parts:
            raise MotionError(
                f"curriculum.frames: {config.frames} are {clips} clips of the longest window, too few for {parts} shares (ranks x "
                f"run.accumulate); make it {-(-config.frames * parts // clips)} or more"
            )

    def _check_same_data(self, last: Path) -> None:
        before, now = self.state.data.get("store"), self.feed.facts()["store"]
        if before != now:
            raise MotionError(
                f"{last}: this run was trained on another store ({before}, not {now}); use run.resume=false, or run.warm_start"
            )


def _warm(recipe: Recipe) -> Start | None:
    """The published weights that a run begins with; their statistics and datasets are kept."""
    if not recipe.run.warm_start:
        return None
    place = weights.find(recipe.run.warm_start)
    tensors, stats, facts = weights.read(path := place / weights.WEIGHTS)
    return Start(path, tensors, stats, facts.datasets, weights.licences(place))


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
