"""Training of the motion-text space (lmm.model.embedder): pairs of a window and one of its captions, told from all others.

InfoNCE in both directions (van den Oord et al., arXiv 1807.03748). Captions that say nearly the same as a window's own are no
negatives of it: those of a clip with the same action and style, and those that lmm.model.alike cannot tell apart. Beside it
a classifier of actions. The checkpoint that is kept is the one with the lowest loss on the validation split.
"""

import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm import config as configs
from lmm import weights
from lmm.model.alike import gists, meanings, same, shown
from lmm.model.embedder import EmbedderConfig, MotionText
from lmm.precision import dtype
from lmm.train import checkpoint
from lmm.train.checkpoint import State
from lmm.train.ema import EMA
from lmm.train.feed import Feed
from lmm.train.log import Log, Progress, draw_curve
from lmm.train.optimiser import moments, optimiser, rate
from lmm.train.recipe import DataConfig, OptimiserConfig, RunConfig
from motionverse.batch import Batch, collate
from motionverse.dataset import WindowDataset, stats_of
from motionverse.features.text import TextEncoder
from motionverse.mixture import Mixture
from motionverse.paraphrase import mirror_text
from motionverse.parts import CELL_PART, PART_NAMES
from motionverse.store.layout import ClipRecord
from motionverse.store.reader import Store
from motionverse.tomato import FEATURE_CELL

_HELD_OUT = 2**20  # place in the stream of seeds that no training step uses


@dataclass
class ContrastConfig:
    """How windows are drawn and what is done to them."""

    batch: int = 128  # pairs a step
    rates: list[float] = field(default_factory=lambda: [10.0, 30.0])  # slowest and fastest frame rate, one a step
    seconds: list[float] = field(default_factory=lambda: [2.0, 8.0])  # shortest and longest window, one length a step
    noise: float = 0.1  # one draw a window and feature, added to the normalised features
    hide: float = 0.25  # share of windows that lose one or more body parts
    words: float = 0.1  # share of the words that are hidden
    actions: float = 0.25  # weight of the classifier's loss
    least: int = 4  # training clips that an action needs to be a class
    patience: int = 8  # validations without a better one, after which the run ends


@dataclass
class ContrastRecipe:
    """Everything that a training run of the space depends on; `run.warm_start`, `run.resume` and `run.compile` are not used."""

    data: DataConfig = field(default_factory=lambda: DataConfig(temperature=0.5))
    model: EmbedderConfig = field(default_factory=EmbedderConfig)
    contrast: ContrastConfig = field(default_factory=ContrastConfig)
    optimiser: OptimiserConfig = field(
        default_factory=lambda: OptimiserConfig(rate=8e-4, decay=0.1, warm_up=100, ema=0.995)
    )
    run: RunConfig = field(
        default_factory=lambda: RunConfig(folder="runs/embedder", minutes=20.0, validate_minutes=1.0)
    )


@dataclass(frozen=True, eq=False)
class Pairs:
    """A batch and what it says. same (B, B) bool: [i, j] the caption of j fits window i too; action (B,) class or -1."""

    batch: Batch
    same: Tensor
    action: Tensor


class PairFeed:
    """Batches of windows with captions from one split; `feed[step]` is a pure function of (seed, step)."""

    def __init__(self, dataset: WindowDataset, recipe: ContrastRecipe, split: str, seed: int) -> None:
        self.dataset, self.recipe, self.split, self.seed = dataset, recipe, split, seed
        records = dataset.store.records
        mixture = Mixture(records, split, recipe.data.weights or None, recipe.data.temperature)
        self.mixture = mixture.only(np.array([bool(records[i].captions) for i in mixture.indices]))
        self.classes = {name: number for number, name in enumerate(recipe.model.actions)}
        self.known = meanings(records)

    def __len__(self) -> int:
        return 2**40  # there is always another step

    def __getitem__(self, step: int) -> Pairs:
        """The batch of a step: one rate and one length of window."""
        config = self.recipe.contrast
        rng = np.random.default_rng((self.seed, step, 7))
        fps, seconds = (float(rng.uniform(low, high)) for low, high in (config.rates, config.seconds))
        picked = self.mixture.draw(self.seed, step, config.batch)
        seeds = rng.integers(2**62, size=len(picked))
        windows = [self.dataset.window(int(i), int(s), fps, seconds) for i, s in zip(picked, seeds, strict=True)]
        said = [k for k, window in enumerate(windows) if window.caption]
        records = [self.dataset.store.records[int(picked[k])] for k in said]
        windows = [windows[k] for k in said]
        keys = [shown(record, window.mirrored) for record, window in zip(records, windows, strict=True)]
        alike = same([window.caption for window in windows], keys, self.known, gists([w.text for w in windows]))
        action = [self.classes.get(key[0], -1) for key in keys]
        return Pairs(collate(windows), torch.from_numpy(alike), torch.tensor(action))


def classes(records: Sequence[ClipRecord], least: int) -> list[str]:
    """Actions with at least `least` training clips; hyphens are spaces, so that sides can be told and mirrored."""
    count = Counter(r.action.replace("-", " ") for r in records if r.split == "train" and r.action)
    return sorted(name for name, clips in count.items() if clips >= least)


def contrast(motion: Tensor, text: Tensor, same: Tensor, warmth: Tensor) -> Tensor:
    """InfoNCE both ways over unit vectors (B, E); pairs off the diagonal that are the `same` (B, B) count as neither."""
    score = motion @ text.T * warmth.clamp(0, 4.6).exp()
    other = ~torch.eye(len(score), dtype=torch.bool, device=score.device)
    score = score.masked_fill(same & other, -1e4)
    target = torch.arange(len(score), device=score.device)
    return (F.cross_entropy(score, target) + F.cross_entropy(score.T, target)) / 2


def disturbed(pairs: Pairs, config: ContrastConfig, seed: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """Features, cells and word mask of a training batch, with noise, hidden parts and hidden words."""
    batch, chance = pairs.batch, torch.Generator().manual_seed(hash(seed))
    b = len(batch)
    hidden = torch.rand(b, len(PART_NAMES), generator=chance) < 0.25
    hidden &= torch.rand(b, 1, generator=chance) < config.hide
    kept = batch.cells & ~hidden[:, torch.as_tensor(CELL_PART)]
    cells = torch.where(kept.any(1, keepdim=True), kept, batch.cells)
    noise = torch.randn(b, 1, batch.features.shape[-1], generator=chance) * config.noise
    features = (batch.features + noise) * cells[:, torch.as_tensor(FEATURE_CELL).long()][:, None]
    words = batch.text_mask & (torch.rand(batch.text_mask.shape, generator=chance) >= config.words)
    return features, cells, torch.where(words.any(1, keepdim=True), words, batch.text_mask)


class ContrastRun:
    """One run: feeds, model, average, optimiser and state. `go` turns it to its end."""

    def __init__(self, recipe: ContrastRecipe, quiet: bool = False) -> None:
        self.recipe, self.folder, self.quiet = recipe, Path(recipe.run.folder), quiet
        if recipe.run.threads:
            torch.set_num_threads(recipe.run.threads)
        self.dataset, self.stats = opened(recipe)
        recipe.model.actions = classes(self.dataset.store.records, recipe.contrast.least)
        self.feed = PairFeed(self.dataset, recipe, "train", recipe.run.seed)
        held = PairFeed(self.dataset, recipe, "validation", _HELD_OUT)
        self.fixed = [held[step] for step in range(-(-recipe.run.validate_clips // recipe.contrast.batch))]
        torch.manual_seed(recipe.run.seed)
        self.model = MotionText(recipe.model)
        self._fit_gist()
        self.optimiser = optimiser(recipe.optimiser, self.model)
        self.ema = EMA(dict(self.model.named_parameters()), recipe.optimiser.ema)
        self.state = State(recipe=configs.as_mapping(recipe), data=self._facts())
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log, self.bar = Log(self.folder / weights.CURVE, 0), Progress(quiet)
        self.best, self.since_best, self.began = math.inf, 0, time.monotonic()

    @property
    def progress(self) -> float:
        """Share of the run that is done, 0 to 1."""
        run = self.recipe.run
        by_time = self.state.elapsed / 60 / run.minutes if run.minutes > 0 else 0.0
        return min(1.0, max(self.state.step / run.steps if run.steps > 0 else 0.0, by_time))

    def go(self) -> Path:
        """Train to the end, or until validation stops getting better; returns the run's folder."""
        self.model.train()
        batches, checked = self._loader(), time.monotonic()
        while self.progress < 1 and self.since_best < self.recipe.contrast.patience:
            terms = self.step(next(batches))
            if self.state.step % self.recipe.run.log_steps == 0:
                self.log.line(self.state.step, self.state.elapsed, **terms)
                self.bar.show(self.progress, self.state.step, loss=terms["loss"])
            if time.monotonic() - checked >= 60 * self.recipe.run.validate_minutes:
                checked = time.monotonic()
                self.validate()
        self.validate()
        self.bar.close()
        self.log.close()
        draw_curve(self.folder / weights.CURVE, self.folder / weights.PICTURE)
        return self.folder

    def step(self, pairs: Pairs) -> dict[str, float]:
        """One optimiser step; returns its loss terms, learning rate and gradient norm."""
        speed = rate(self.recipe.optimiser, self.state.step, self.progress)
        for group in self.optimiser.param_groups:
            group["lr"] = speed
        features, cells, words = disturbed(pairs, self.recipe.contrast, (self.recipe.run.seed, self.state.step))
        total, terms = self._judge(pairs, features, cells, words)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimiser.clip or math.inf)
        self.optimiser.step()
        self.ema.update()
        self.state.step += 1
        self.state.elapsed = time.monotonic() - self.began
        return {"loss": float(total.detach()), **terms, "lr": speed, "grad": float(norm)}

    def _judge(self, pairs: Pairs, features: Tensor, cells: Tensor, words: Tensor) -> tuple[Tensor, dict[str, float]]:
        batch, low = pairs.batch, dtype(self.recipe.run.precision)
        with torch.autocast("cpu", torch.bfloat16) if low is torch.bfloat16 else nullcontext():
            motion, logits = self.model.embed_motion(features, batch.frames, cells, batch.times)
            text = self.model.embed_text(batch.text, words)
        apart = contrast(motion, text, pairs.same, self.model.warmth)
        known = pairs.action >= 0
        action = F.cross_entropy(logits[known], pairs.action[known]) if bool(known.any()) else logits.sum() * 0
        first = (motion @ text.T).detach().argmax(1)
        right = pairs.same[torch.arange(len(first)), first].float().mean()
        hit = (
            (logits[known].argmax(1) == pairs.action[known]).float().mean() if bool(known.any()) else torch.tensor(0.0)
        )
        terms = {"contrast": float(apart.detach()), "action": float(action.detach())}
        return apart + self.recipe.contrast.actions * action, terms | {"r1": float(right), "action_hit": float(hit)}

    @torch.no_grad()
    def validate(self) -> float:
        """Contrast of the averaged weights on the fixed windows; the best is kept as a checkpoint."""
        self.model.eval()
        with self.ema.applied():
            judged = [self._judge(p, p.batch.features, p.batch.cells, p.batch.text_mask)[1] for p in self.fixed]
        self.model.train()
        mean = {name: float(np.mean([terms[name] for terms in judged])) for name in judged[0]}
        value = mean.pop("contrast")
        said = {f"validation_{name}": number for name, number in mean.items()}
        self.log.line(self.state.step, self.state.elapsed, validation=value, **said)
        if not self.quiet:
            print(
                f"step {self.state.step}, {self.state.elapsed / 60:.1f} min: validation {value:.4f} {said}",
                file=sys.stderr,
            )
        self.since_best += 1
        if value < self.best:
            self.best, self.since_best = value, 0
            self.state.ema_updates = self.ema.updates
            held, moved = self.model.state_dict(), moments(self.model, self.optimiser)
            checkpoint.save(self.folder, held, self.ema.weights, moved, self.state, self.stats)
        return value

    def _loader(self) -> Iterator[Pairs]:
        data = self.recipe.data
        if not data.workers:
            return (self.feed[number] for number in range(len(self.feed)))
        from torch.utils.data import DataLoader

        batches: Any = self.feed  # a Dataset in all but name
        order = range(len(self.feed))
        return iter(
            DataLoader(batches, batch_size=None, sampler=order, num_workers=data.workers, prefetch_factor=data.ahead)
        )

    def _fit_gist(self) -> None:
        assert self.dataset.tokens is not None
        texts = sorted({c.text for r in self.dataset.store.records if r.split == "train" for c in r.captions})
        texts = sorted({*texts, *map(mirror_text, texts)})
        rows = [tokens.mean(0) for tokens in self.dataset.tokens.tokens(texts) if len(tokens)]
        self.model.text.gist.fit(torch.from_numpy(np.stack(rows)))

    def _facts(self) -> dict[str, Any]:
        from lmm.train.curriculum import CurriculumConfig

        plain = CurriculumConfig()
        return Feed(self.dataset, self.stats, plain, self.recipe.data, self.recipe.run.seed, "train").facts()


def opened(recipe: ContrastRecipe) -> tuple[WindowDataset, Any]:
    """The windows of a recipe's store, text embedded, and its statistics. Raises MotionError as Store does."""
    store = Store(recipe.data.store)
    stats = stats_of(store)
    encoder = TextEncoder(recipe.data.text_cache or store.path.with_name(f"{store.path.name}-text"))
    dataset = WindowDataset(
        store,
        stats,
        encoder,
        mirror=recipe.data.mirror,
        memory=int(recipe.data.memory * 2**30),
    )
    encoder.precompute(dataset.texts())
    return dataset, stats
