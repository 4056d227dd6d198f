"""Motions that are asked for by words, one repetition at a time: who is asked what, and what every answer is measured by.

The text task (lmm.evaluate.speaking) and the action task (lmm.evaluate.acting) differ in the words, and in how it is seen whether
an answer is what they say. Everything else is here: two halves of real test clips, answers as long as the asked half's windows,
controls made of these.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lmm.evaluate import judged
from lmm.evaluate.controls import CONTROLS, of
from lmm.evaluate.halves import Window, halve, motions
from lmm.evaluate.judged import Space
from lmm.evaluate.metrics.diversity import multimodality
from lmm.evaluate.prompts import Generate
from lmm.evaluate.rows import TRUTH, Who
from motionverse.motion import Motion
from motionverse.store import Store
from motionverse.store.layout import ClipRecord

FLOOR, SHUFFLED = "floor", "shuffled captions"
DEALS = 32  # ways that words are shuffled in a repetition
TOGETHER = 64  # prompts in one call
SEVERAL, AGAIN = 8, 3  # the prompts of MultiModality, and how many more motions of each are made
FEWEST_ALIKE = 3  # real windows that show the same, for what is said of them to be such a prompt


@dataclass(frozen=True, eq=False)
class Asked:
    """windows (N) that are asked for, their own motions, and the other half's (M, E) in the space; groups: places of windows that
    show the same, the most frequent ones first."""

    windows: tuple[Window, ...]
    real: tuple[Motion, ...]
    held: np.ndarray
    groups: tuple[tuple[int, ...], ...]

    @property
    def prompts(self) -> list[tuple[str, float]]:
        """(words, seconds) of all that a model is asked: every window, and AGAIN times more the first of every group."""
        places = [*range(len(self.windows)), *(group[0] for group in self.groups for _ in range(AGAIN))]
        return [(self.windows[k].caption, self.windows[k].seconds) for k in places]


class Asking(ABC):
    """A task of words. count: windows of a half; fps: that motions are looked at."""

    def __init__(self, store: Store, space: Space, sources: Sequence[str], fps: float, seed: int, count: int) -> None:
        self.store, self.space, self.sources = store, space, tuple(sources)
        self.count, self.fps, self.seed = count, fps, seed
        self._clips = self.clips()
        self._last: tuple[int, Asked] | None = None

    @abstractmethod
    def clips(self) -> list[int]:
        """The test clips that can be asked for."""

    @abstractmethod
    def say(self, record: ClipRecord, rng: np.random.Generator) -> str:
        """The words by which a clip is asked for."""

    @abstractmethod
    def look(self, made: Sequence[Motion], vectors: np.ndarray) -> np.ndarray:
        """(N, ...) what `fits` has to know of motions."""

    @abstractmethod
    def fits(self, asked: Asked, order: np.ndarray, seen: np.ndarray) -> dict[str, float]:
        """Whether motions, `seen` as `look` sees them, are what was asked in this order (N,) of the windows."""

    def columns(self, who: Who, repetition: int) -> dict[str, float]:
        """A row in a repetition."""
        asked, seed = self.asked(repetition), self.seed + repetition
        if who.name == FLOOR:
            return judged.ground(asked.held, seed)
        if who.name == SHUFFLED:
            return self._shuffled(asked, seed)
        if who.name in CONTROLS:
            return self._measured(asked, CONTROLS[who.name].spoil(asked.real, seed))
        if who.generate is None:
            return self._measured(asked, asked.real)
        made = answers(who.generate, asked.prompts, repetition)
        return self._measured(asked, [motion.resample(self.fps) for motion in made])

    def asked(self, repetition: int) -> Asked:
        """A repetition's question; the last one is kept, as every row asks for it in turn."""
        if self._last is None or self._last[0] != repetition:
            halves = halve(self.store, self._clips, self.say, self.count, self.seed + repetition)
            real, held = (motions(self.store, half, self.fps) for half in (halves.asked, halves.held))
            question = Asked(halves.asked, tuple(real), self.space.motions(held), _groups(halves.asked))
            self._last = repetition, question
        return self._last[1]

    def _measured(self, asked: Asked, made: Sequence[Motion]) -> dict[str, float]:
        """Every column; made: for all prompts, or for the windows alone: then what shows the same stands for one prompt."""
        count = len(asked.windows)
        vectors = self.space.motions(made)
        alike = [vectors[list(group)] for group in asked.groups]
        if len(made) > count:
            more = np.split(vectors[count:], len(asked.groups))
            alike = [np.concatenate([rows[:1], again]) for rows, again in zip(alike, more, strict=True)]
        made, vectors = made[:count], vectors[:count]
        return {
            **self.fits(asked, np.arange(count), self.look(made, vectors)),
            **judged.likeness(asked.held, vectors),
            "multimodality": multimodality(alike) if alike else float("nan"),
            **judged.stands(made),
        }

    def _shuffled(self, asked: Asked, seed: int) -> dict[str, float]:
        """The real windows, the words dealt out among them anew: means over DEALS ways."""
        rng, seen = np.random.default_rng(seed), self.look(asked.real, self.space.motions(asked.real))
        rows = [self.fits(asked, rng.permutation(len(seen)), seen) for _ in range(DEALS)]
        return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def rows(models: Iterable[Who], task: str) -> list[Who]:
    """Who takes part, ground truth first: two real sets, words shuffled, real windows spoilt, and who makes motions of words."""
    controls = (Who(name, "control") for name in (SHUFFLED, *of(task)))
    return [Who(TRUTH, "reference"), Who(FLOOR, "reference"), *controls, *(who for who in models if who.generate)]


def answers(generate: Generate, prompts: Sequence[tuple[str, float]], repetition: int) -> list[Motion]:
    """A motion for each prompt (words, seconds), in their order; seeds are of no other repetition."""
    lengths: defaultdict[float, list[int]] = defaultdict(list)
    for place, (_, seconds) in enumerate(prompts):
        lengths[seconds].append(place)
    found: dict[int, Motion] = {}
    for seconds, places in lengths.items():
        for first in range(0, len(places), TOGETHER):
            part = places[first : first + TOGETHER]
            seeds = [repetition * len(prompts) + place for place in part]
            found.update(zip(part, generate([prompts[k][0] for k in part], seeds, seconds), strict=True))
    return [found[place] for place in range(len(prompts))]


def _groups(windows: Sequence[Window]) -> tuple[tuple[int, ...], ...]:
    shown: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, window in enumerate(windows):
        shown[window.shows].append(place)
    often = sorted((group for group in shown.values() if len(group) >= FEWEST_ALIKE), key=len, reverse=True)
    return tuple(tuple(group) for group in often[:SEVERAL])
