"""Text: are motions what their captions say, in the motion-text space and by geometry (lmm.evaluate.prompts)?"""

from collections.abc import Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from lmm import weights
from lmm.evaluate import judged, prompts
from lmm.evaluate.asking import SHUFFLED, Asked, Asking, answers
from lmm.evaluate.completing import candidates
from lmm.evaluate.halves import LENGTHS
from lmm.evaluate.metrics.r_precision import POOL, TOP, r_precision
from lmm.evaluate.predicates import Predicate
from lmm.evaluate.rows import TRUTH, Who
from lmm.model.alike import meanings, said, same
from motionverse import files
from motionverse.motion import Motion
from motionverse.store import Store
from motionverse.store.layout import ClipRecord

if TYPE_CHECKING:
    from lmm.evaluate.space import Clips as Captioned

PUBLISHED = "the space's own test"  # R-precision as its report has it: whole clips of all sources
REPORT = "report.json"
Clips = dict[str, list[tuple[int, bool]]]  # predicate -> (index, mirrored) of its real test clips


class Speaking(Asking):
    """The text task. motions: of each prompt of a predicate; 0: no predicates."""

    def __init__(
        self, store: Store, space: judged.Space, sources: Sequence[str], fps: float, seed: int, count: int, motions: int
    ) -> None:
        super().__init__(store, space, sources, fps, seed, count)
        self.motions = motions
        self._words: tuple[tuple[str, ...], np.ndarray, np.ndarray] | None = None

    def clips(self) -> list[int]:
        """Those with a caption of the whole, whose whole body was captured, that are long enough."""
        return [i for i in candidates(self.store, LENGTHS[-1], self.sources) if said(self.store.records[i])]

    def say(self, record: ClipRecord, rng: np.random.Generator) -> str:
        """One of its captions."""
        texts = said(record)
        return texts[int(rng.integers(len(texts)))]

    def look(self, made: Sequence[Motion], vectors: np.ndarray) -> np.ndarray:
        """(N, E) the motions in the space."""
        return vectors

    def fits(self, asked: Asked, order: np.ndarray, seen: np.ndarray) -> dict[str, float]:
        """R-precision and MM-Dist."""
        texts, alike = self._captions(asked)
        return judged.retrieved(texts[order], seen, alike[np.ix_(order, order)])

    def columns(self, who: Who, repetition: int) -> dict[str, float]:
        """A row in a repetition: what the space sees, and the share of predicates that hold."""
        if who.name == PUBLISHED:
            return self._published(repetition)
        found = super().columns(who, repetition)
        if not self.motions or who.generate is None and who.name not in (TRUTH, SHUFFLED):
            return found
        if who.generate is not None:
            return found | {"predicates": model(who.generate, self._real, self.motions, repetition)}
        shuffled, seed = who.name == SHUFFLED, self.seed + repetition
        return found | {"predicates": truth(self.store, self._real, self.motions, seed, shuffled)}

    @cached_property
    def _real(self) -> Clips:
        return common(self.store)

    @cached_property
    def _known(self) -> dict[str, set[tuple[str, str]]]:
        return dict(meanings(self.store.records))

    def _captions(self, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
        """The captions (N, E) in the space, and which of them say the same (N, N); kept, as every row asks for them."""
        captions = tuple(window.caption for window in asked.windows)
        if self._words is None or self._words[0] != captions:
            alike = same(captions, [window.shows for window in asked.windows], self._known, self.space.gists(captions))
            self._words = captions, self.space.texts(captions), alike
        return self._words[1:]

    @cached_property
    def _whole(self) -> tuple["Captioned", np.ndarray]:
        """All captioned test clips, and these in the space."""
        from lmm.evaluate.space import Clips

        clips = Clips.of(self.store, "test")
        return clips, self.space.motions(clips.motions)

    def _published(self, repetition: int) -> dict[str, float]:
        """One of the draws of the space's own report, made again, and what that says; NaN where it is of other clips."""
        from lmm.evaluate.space import apart

        clips, vectors = self._whole
        chosen, texts = apart(clips, self._known, self.space.gists, np.random.default_rng(repetition))
        tops = r_precision(self.space.texts(texts), vectors[chosen], pool=min(POOL, len(chosen)))
        path = weights.find(weights.EMBEDDER) / REPORT
        told = files.from_json(files.text(path), path)
        known = (told["version"], told["clips"]) == (self.space.version, len(clips.records))
        figures = told["space"]["r_precision"] if known else [np.nan] * TOP
        return {
            **{f"r@{k}": float(top) for k, top in enumerate(tops, 1)},
            **{f"reported_r@{k}": float(top) for k, top in enumerate(figures, 1)},
        }


def common(store: Store) -> Clips:
    """The real test clips of the predicates that training and test have enough of."""
    listed: Any = SimpleNamespace(records=tuple(store.records))  # gone through often: lines are parsed once
    found = {}
    for predicate in prompts.PREDICATES:
        train, test = (prompts.truth_clips(listed, predicate, split) for split in ("train", "test"))
        if len(train) >= prompts.MIN_TRAIN and len(test) >= prompts.MIN_TEST:
            found[predicate.name] = test
    return found


def truth(store: Store, clips: Clips, motions: int, seed: int, shuffled: bool = False) -> float:
    """Share of real clips, drawn with replacement, as many as `model` makes, of which their own predicates hold; shuffled: the next
    one's."""
    rng = np.random.default_rng(seed)
    judges = _predicates(clips)
    if shuffled:
        judges = judges[1:] + judges[:1]
    held: list[bool] = []
    for predicate, judge in zip(_predicates(clips), judges, strict=True):
        rows = clips[predicate.name]
        drawn = [rows[k] for k in rng.integers(len(rows), size=2 * motions)]
        held += [judge.holds(motion) for motion in prompts.truth_motions(store, predicate, drawn)]
    return float(np.mean(held))


def model(generate: prompts.Generate, clips: Clips, motions: int, repetition: int) -> float:
    """The model asked for every prompt, two a predicate, `motions` times: the share that holds."""
    asked = [p for p in prompts.prompts() if p.predicate.name in clips for _ in range(motions)]
    made = answers(generate, [(prompt.text, prompt.predicate.seconds) for prompt in asked], repetition)
    return float(np.mean([prompt.predicate.holds(motion) for prompt, motion in zip(asked, made, strict=True)]))


def _predicates(clips: Clips) -> list[Predicate]:
    return [predicate for predicate in prompts.PREDICATES if predicate.name in clips]
