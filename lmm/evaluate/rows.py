"""Who takes part in a board: real motions, controls, baselines and published weights behind one contract, loaded when asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lmm import config, weights
from lmm.baselines.interpolation import BASELINES, Completer
from lmm.evaluate.completing import Windows
from lmm.evaluate.controls import COMPLETION, CONTROLS, of
from lmm.evaluate.prompts import Generate
from lmm.evaluate.scenes import Scenes
from lmm.train.recipe import Recipe
from motionverse import tomato
from motionverse.motion import Motion

if TYPE_CHECKING:  # torch is slow to import, and a board of finished cells needs none
    from lmm.generate import Generator
    from lmm.telling import Teller

TRUTH, REPRESENTATION = "ground truth", "representation"
OURS = "lmm"  # the network that is no baseline
CODES_GO_ON = ("prefix",)  # all that a model over codes can be given
Complete = Callable[[Windows, Sequence[int]], list[Motion]]  # (windows, a seed for each) -> completed motions
Dance = Callable[[Scenes, Sequence[int]], list[Motion]]  # (scenes, a seed for each) -> a motion to each one's sound


@dataclass(frozen=True)
class Who:
    """A row. group: reference, control, baseline or model; made_of: hash of its weights, "" for none; complete, generate
    and dance: how it does a task, None: it does not; forms: what it can be given (lmm.tasks.FORMS), None: any."""

    name: str
    group: str
    made_of: str = ""
    complete: Complete | None = None
    generate: Generate | None = None
    forms: tuple[str, ...] | None = None
    dance: Dance | None = None

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


def model(name: str | Path) -> Who:
    """A row for published weights, by name or folder: checked now, loaded when first asked. Raises MotionError."""
    place = weights.find(name)
    made_of = weights.check(place)
    network = config.read(place / weights.CONFIG, Recipe).network

    @cache
    def generator() -> "Generator | Teller":
        from lmm import generate, telling

        return (telling if network == "gpt" else generate).load(place)

    def complete(windows: Windows, seeds: Sequence[int]) -> list[Motion]:
        return generator().complete(windows.motions, windows.given, windows.texts, seeds)

    def generate(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        return generator().batch(texts, seeds, seconds)

    group, forms = "model" if network == OURS else "baseline", CODES_GO_ON if network == "gpt" else None
    return Who(place.resolve().name, group, made_of, complete, generate, forms)
