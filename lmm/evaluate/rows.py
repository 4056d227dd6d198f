"""Who takes part in a board: real motions, controls, baselines and published weights behind one contract, loaded when asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lmm import config, sampling, weights
from lmm.baselines.interpolation import BASELINES, Completer
from lmm.evaluate.completing import Windows
from lmm.evaluate.controls import COMPLETION, CONTROLS, of
from lmm.evaluate.prompts import Generate
from lmm.evaluate.scenes import Scenes
from lmm.evaluate.wishes import Wish, answered
from lmm.train.recipe import Recipe
from motionverse import tomato
from motionverse.motion import Motion

if TYPE_CHECKING:  # torch is slow to import, and a board of finished cells needs none
    from lmm.generate import Generator
    from lmm.telling import Teller
    from lmm.zoo import Published

TRUTH, REPRESENTATION = "ground truth", "representation"
OURS = "lmm"  # the network that is no baseline
CODES_GO_ON = ("prefix",)  # all that a model over codes can be given
Complete = Callable[[Windows, Sequence[int]], list[Motion]]  # (windows, a seed for each) -> completed motions
Dance = Callable[[Scenes, Sequence[int]], list[Motion]]  # (scenes, a seed for each) -> a motion to each one's sound
Mixed = Callable[..., list[Motion]]  # (lmm.evaluate.mixing.Mix, a seed for each window) -> a motion to each
Ask = Callable[[Sequence[Wish], Sequence[int]], list[Motion]]  # (wishes, a seed for each) -> a motion to each


@dataclass(frozen=True)
class Who:
    """A row. group: reference, control, baseline or model; made_of: hash of its weights, "" for none; complete, generate, dance,
    mixed and ask: how it does a task, None: it does not; forms: what it can be given (lmm.tasks.FORMS), None: any;
    streams: what it can be told (lmm.tasks.STREAMS); sampled: how, unless a task says (lmm.sampling)."""

    name: str
    group: str
    made_of: str = ""
    complete: Complete | None = None
    generate: Generate | None = None
    forms: tuple[str, ...] | None = None
    dance: Dance | None = None
    mixed: Mixed | None = None
    ask: Ask | None = None
    streams: tuple[str, ...] = ()
    sampled: str = ""

    def completes(self, forms: Iterable[str]) -> bool:
        """Whether it can complete what is given by these forms."""
        return self.complete is not None and (self.forms is None or set(forms) <= set(self.forms))


def references() -> list[Who]:
    """The real windows, and the same there and back through the representation."""

    def back(windows: Windows, _seeds: Sequence[int]) -> list[Motion]:
        return [tomato.decode(*tomato.encode(motion)) for motion in windows.motions]

    return [
        Who(TRUTH, "reference", complete=lambda windows, _seeds: list(windows.motions)),
        Who(REPRESENTATION, "reference", complete=back),
    ]


def controls() -> list[Who]:
    """Real windows spoilt on purpose."""

    def spoilt(name: str, windows: Windows, seeds: Sequence[int]) -> list[Motion]:
        return CONTROLS[name].spoil(windows.motions, seeds[0])

    return [Who(name, "control", complete=partial(spoilt, name)) for name in of(COMPLETION)]


def baselines(names: Iterable[str]) -> list[Who]:
    """Those of lmm.baselines.interpolation that are named: they look at the frames that are given whole."""

    def filled(baseline: Completer, windows: Windows, _seeds: Sequence[int]) -> list[Motion]:
        return [baseline(motion, np.asarray(~windows.hidden)) for motion in windows.motions]

    return [Who(name, "baseline", complete=partial(filled, BASELINES[name])) for name in names]


def models(
    name: str | Path, rates: Iterable[float] = (), calls: Iterable[int] = (), variations: Iterable[float] = ()
) -> list[Who]:
    """A row for published weights, by name or folder, one more for each other rate [fps] that they are sampled at, whether
    they have seen it or not, and one, in completion alone, for each other number of denoiser calls and each other variation. Codes
    have one rate and no denoiser. Checked now, loaded when first asked. Raises MotionError."""
    place = weights.find(name)
    made_of = weights.check(place)
    recipe = config.read(place / weights.CONFIG, Recipe)
    if recipe.network == "gpt":
        return [_teller(place, made_of)]
    others = [rate for rate in dict.fromkeys(rates) if rate != recipe.curriculum.rate]
    found = [_model(place, made_of, recipe, rate) for rate in (None, *others)]
    asked = [(f"{count} call" + "s" * (count > 1), {"steps": count}) for count in dict.fromkeys(calls)]
    asked += [(f"variation {share:g}", {"variation": share}) for share in dict.fromkeys(variations)]
    return found + [_completing(found[0], place, *other) for other in asked]


def _model(place: Path, made_of: str, recipe: Recipe, rate: float | None) -> Who:
    """The row of a denoiser sampled at a rate [fps]; None: its own."""
    generator = partial(_generator, place, rate)

    def complete(windows: Windows, seeds: Sequence[int]) -> list[Motion]:
        return generator().complete(windows.motions, windows.given, windows.texts, seeds)

    def generate(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        return generator().batch(texts, seeds, seconds)

    def ask(wishes: Sequence[Wish], seeds: Sequence[int]) -> list[Motion]:
        return answered(generator(), wishes, seeds)

    said = "" if rate is None else f" at {rate:g} fps"
    ours = recipe.network == OURS
    group, streams = ("model", tuple(recipe.model.streams)) if ours else ("baseline", ("text",))
    name = place.resolve().name + said
    return Who(
        name, group, made_of + said, complete, generate,
        ask=ask if ours else None, streams=streams, sampled=sampling.stated(),
    )  # fmt: skip


def _completing(who: Who, place: Path, said: str, other: Mapping[str, Any]) -> Who:
    """A model that is asked otherwise, and completes alone."""

    def complete(windows: Windows, seeds: Sequence[int]) -> list[Motion]:
        return _generator(place, None).complete(windows.motions, windows.given, windows.texts, seeds, **other)

    made_of = f"{who.made_of}, {said}"
    return Who(f"{who.name}, {said}", who.group, made_of, complete, streams=who.streams, sampled=who.sampled)


def _teller(place: Path, made_of: str) -> Who:
    """The row of a transformer over codes."""

    @cache
    def teller() -> "Teller":
        from lmm import telling

        return telling.load(place)

    def complete(windows: Windows, seeds: Sequence[int]) -> list[Motion]:
        return teller().complete(windows.motions, windows.given, windows.texts, seeds)

    def generate(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        return teller().batch(texts, seeds, seconds)

    return Who(place.resolve().name, "baseline", made_of, complete, generate, CODES_GO_ON, streams=("text",))


@cache
def _generator(place: Path, rate: float | None) -> "Generator":
    from lmm import generate, zoo

    return generate.load(place) if rate is None else generate.Generator(_sampled(zoo.load(place), rate))


def _sampled(published: "Published", rate: float) -> "Published":
    """The same weights with another rate [fps] as the one to sample at; their longest window lasts as long as before, or as many
    frames where that is longer."""
    curriculum = published.recipe.curriculum
    lengths = [round(frames * max(1.0, rate / curriculum.rate)) for frames in curriculum.lengths]
    recipe = replace(published.recipe, curriculum=replace(curriculum, rate=rate, lengths=lengths))
    return replace(published, recipe=recipe)
