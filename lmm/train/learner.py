"""What a run trains, by name: a network, and what a batch costs it. The loop knows neither."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from lmm.baselines.codes import Codes
from lmm.baselines.encoder import Encoder
from lmm.baselines.gpt import GPT
from lmm.diffusion.objective import schedule
from lmm.model.condition import Gist, Standard
from lmm.model.dit import LMM
from lmm.model.moe import alone
from lmm.precision import dtype
from lmm.train import checkpoint
from lmm.train.checkpoint import Start
from lmm.train.feed import Feed, Shown
from lmm.train.loss import GROUPS, Counts, Loss, Sum, Target
from lmm.train.recipe import Recipe
from motionverse.errors import MotionError
from motionverse.features.signals import SIGNALS

Terms = dict[str, Tensor]
_SILENT = 6e4  # a spread, near the largest number that float16 has
_READ = re.compile(r"conditions\.streams\.\w+\.read\.weight")
_SPARE = re.compile(r"(conditions\.(streams\.\w+\.layers|guess|pulse)|trust)\.")  # what a smaller model does without


class Cost(Protocol):
    """A batch on the model's device -> scalar to go down, and terms to tell. counts: of the step that it is a piece of."""

    def __call__(self, shown: Shown, counts: Counts | None = None) -> tuple[Tensor, Terms]: ...


class Count(Protocol):
    """What the costs of a rank's share of a step are divided by, whatever pieces it is cut into; across: sums over ranks."""

    def __call__(self, shown: Shown, across: Sum, pieces: int) -> Counts: ...


@dataclass(frozen=True, eq=False)
class Learner:
    """model: whose parameters are trained, averaged and kept; cost: its terms are detached, among them `mse`, by which a run
    is validated; count: None for what learns from whole batches only."""

    model: nn.Module
    cost: Cost
    count: Count | None = None

    @contextmanager
    def over(self, across: Sum) -> Iterator[None]:
        """Inside, the model's own losses are of all ranks' batches."""
        held = [part for part in self.model.modules() if isinstance(part, LMM)]
        for part in held:
            part.across = across
        try:
            yield
        finally:
            for part in held:
                part.across = alone


def network(recipe: Recipe, precision: str) -> nn.Module:
    """The network that a recipe names, untrained; precision as lmm.precision. Raises MotionError for an unknown one."""
    if recipe.network not in NETWORKS:
        raise MotionError(f"network: {recipe.network!r} is unknown; the networks are {', '.join(NETWORKS)}")
    return NETWORKS[recipe.network](recipe, dtype(precision))


def learner(recipe: Recipe, feed: Feed, fresh: bool, device: torch.device) -> Learner:
    """A recipe's network and its cost; fresh: what a network takes from the data before its first step is taken."""
    model = network(recipe, recipe.run.precision).to(device)
    if fresh:
        for gist in (part for part in model.modules() if isinstance(part, Gist)):
            gist.fit(torch.from_numpy(feed.sentences()))
        standards = {name: part for name, part in model.named_modules() if isinstance(part, Standard)}
        for name, found in feed.statistics().items() if standards else ():
            if standard := standards.get(f"conditions.streams.{name}.standard"):
                standard.fit(*map(torch.from_numpy, found))
        if isinstance(model, GPT):
            _take_tokenizer(model, Path(recipe.gpt.codes), feed)
    return Learner(model, *COSTS[recipe.network](model, recipe, feed, device))


def warm_start(model: nn.Module, start: Start) -> None:
    """Begin with other weights; a model that has more (streams that those did not know, a bridge) keeps its own beginnings there.

    Later layers of a stream that the model has fewer of are left out, and what only training asked of a stream (its guess). Of
    rows that were added to a tensor (a temperature for each stream) the first are taken, channels that were added to a stream are
    not heard at first, and statistics of a stream are taken only where they were ever fitted. Raises MotionError for weights that
    have what the model has not.
    """
    tensors = {name: value.clone() for name, value in model.state_dict().items()}
    unfitted = {
        n.removesuffix("centre") for n, v in start.weights.items() if n.endswith("standard.centre") and not v.any()
    }
    for name, value in start.weights.items():
        own = tensors.get(name)
        if name.rpartition(".")[0] + "." in unfitted or (own is None and _SPARE.match(name)):
            continue
        if own is not None and own.shape[1:] == value.shape[1:] and len(own.shape) and len(own) > len(value):
            own[: len(value)] = value
        elif own is not None and _READ.fullmatch(name) and own.shape[1] > value.shape[1]:
            own[:, : value.shape[1]], own[:, value.shape[1] :] = value, 0.0
        else:
            tensors[name] = value
    checkpoint.load_weights(model, tensors, start.path)


def silence(model: nn.Module, names: Mapping[str, Sequence[str]]) -> None:
    """Channels of streams whose names begin with one of these are heard no more, then and later: it lies with the weights.

    Songs laid under motion say nothing of it by their timbre and harmony; a network of few songs learns which is which by them.
    """
    standards = dict(model.named_modules())
    for stream, parts in names.items():
        standard = standards.get(f"conditions.streams.{stream}.standard")
        if not isinstance(standard, Standard):
            raise MotionError(f"data.silent: {stream!r} is no timed stream of this model; name it in model.timed")
        chosen = [k for k, channel in enumerate(SIGNALS[stream].channels) if channel.startswith(tuple(parts))]
        if not chosen:
            raise MotionError(f"data.silent: {stream} has no channel called {', '.join(parts)}")
        standard.spread[chosen] = _SILENT


def _denoising(model: nn.Module, recipe: Recipe, feed: Feed, device: torch.device) -> tuple[Cost, Count]:
    """The clean motion is to be found in the noised one."""
    process = schedule(recipe.diffusion)
    mean, scale = (torch.as_tensor(a, dtype=torch.float32) for a in (feed.stats.mean, feed.stats.scale))
    loss = Loss(recipe.loss, mean, scale).to(device)
    ask: Callable[..., tuple[Tensor, Mapping[str, Tensor]]] = model.with_losses  # type: ignore[assignment]
    predict = torch.compile(ask) if recipe.run.compile else ask

    def steps(shown: Shown) -> Tensor:
        return (shown.level * process.steps).long().clamp_max(process.steps - 1)

    def target(shown: Shown) -> Target:
        known = shown.conditions
        keep = process.keep.to(device)[steps(shown)].float()
        return Target(shown.clean, known.frames, known.cells, shown.given, known.times, keep)

    asked = isinstance(model, LMM) and recipe.loss.guess and (recipe.model.guesses or recipe.model.pulses)

    def cost(shown: Shown, counts: Counts | None = None) -> tuple[Tensor, Terms]:
        guess = _guessing(model, loss, shown, counts.pieces if counts else 1) if asked else None
        if not recipe.loss.denoising and guess is not None:
            return guess, {"guess": guess.detach(), "mse": guess.detach()}
        step = steps(shown)
        noisy = process.noised(shown.clean, shown.noise, step)
        predicted, own = predict(noisy, shown.clean, shown.given, step, shown.conditions)
        total, terms = loss(predicted, target(shown), own["balance"], counts)
        if guess is None:
            return total, terms
        return total + recipe.loss.guess * guess, terms | {"guess": guess.detach()}

    def count(shown: Shown, across: Sum, pieces: int) -> Counts:
        return loss.counts(target(shown), across, pieces)

    return cost, count


def _guessing(model: nn.Module, loss: Loss, shown: Shown, pieces: int) -> Tensor:
    """What the motion that single streams tell is off, over the clips that have them; 0 where none has. Of a step in pieces it is
    the mean over pieces."""
    assert isinstance(model, LMM)
    known = shown.conditions
    heads = *model.conditions.guess.parameters(), *model.conditions.pulse.parameters()
    told = 0 * sum(p.sum() for p in heads)  # a batch in which no clip has one is a step too
    for said, judge in ((model.guesses(known), loss.plain), (model.pulses(known), loss.pulse)):
        for name, guess in said.items():
            frames = known.frames & known.streams[name].present[:, None]
            none, clear = torch.zeros_like(shown.given), torch.ones_like(shown.level)
            told = told + judge(guess, Target(shown.clean, frames, known.cells, none, known.times, clear), model.across)
    return torch.as_tensor(told) / pieces


def _coding(model: nn.Module, recipe: Recipe, feed: Feed, device: torch.device) -> tuple[Cost, None]:
    """The motion is to come out of its codes again; a group of features weighs what it does for the denoisers."""
    assert isinstance(model, Codes)
    groups = [recipe.loss.groups.get(name, 0.0) / mask.sum() * mask for name, mask in GROUPS.items()]
    weight = torch.tensor(sum(groups), dtype=torch.float32, device=device)
    return lambda shown, counts=None: model.cost(
        shown.clean, shown.conditions.frames, shown.conditions.cells, weight
    ), None


def _telling(model: nn.Module, recipe: Recipe, feed: Feed, device: torch.device) -> tuple[Cost, None]:
    """The next code is to be found."""
    assert isinstance(model, GPT)
    return lambda shown, counts=None: model.cost(shown.clean, shown.conditions), None


def _take_tokenizer(model: GPT, run: Path, feed: Feed) -> None:
    """The averaged weights of the tokenizer that a run over the same store trained. Raises MotionError where there is none."""
    path = checkpoint.last(run)
    if path is None:
        raise MotionError(f"gpt.codes: no checkpoint in {str(run)!r}; name the folder of a run with network=codes")
    state, tensors = checkpoint.read(path)
    if state.data.get("store") != feed.facts()["store"]:
        raise MotionError(
            f"{path}: this tokenizer was trained on another store; train it on {feed.dataset.store.where}"
        )
    checkpoint.load_weights(model.codes, checkpoint.averaged(tensors), path)


NETWORKS: Mapping[str, Callable[[Recipe, torch.dtype], nn.Module]] = {
    "lmm": lambda recipe, form: LMM(recipe.model, form),
    "encoder": lambda recipe, form: Encoder(recipe.encoder, form),
    "codes": lambda recipe, form: Codes(recipe.codes, form),
    "gpt": lambda recipe, form: GPT(recipe.gpt, recipe.codes, form),
}
COSTS: Mapping[str, Callable[[nn.Module, Recipe, Feed, torch.device], tuple[Cost, Count | None]]] = {
    "lmm": _denoising,
    "encoder": _denoising,
    "codes": _coding,
    "gpt": _telling,
}
