"""Action: is what a label asks for what a classifier of real motion sees? Labels are asked for by their plainest sentence."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from lmm.evaluate.asking import Asked, Asking
from lmm.evaluate.completing import candidates
from lmm.evaluate.halves import LENGTHS
from lmm.evaluate.metrics.accuracy import accuracy
from lmm.evaluate.prompts import MIN_TEST, MIN_TRAIN
from lmm.model.alike import shown
from motionverse import paraphrase
from motionverse.motion import Motion
from motionverse.store.layout import ClipRecord


class Acting(Asking):
    """The action task."""

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Those that the space's head knows and these sources have enough clips of, a mirrored clip being one of what it shows."""
        train = self._counts(self._of_sources(self.store.indices("train")))
        test = self._counts(candidates(self.store, LENGTHS[-1], self.sources))
        return tuple(a for a in self.space.action_names if train[a] >= MIN_TRAIN and test[a] >= MIN_TEST)

    def clips(self) -> list[int]:
        """Those that show one of the labels, as they are and mirrored."""
        known = set(self.labels)
        return [i for i in candidates(self.store, LENGTHS[-1], self.sources) if known.issuperset(self._shows(i))]

    def say(self, record: ClipRecord, rng: np.random.Generator) -> str:
        """The plainest sentence that training captions have for the label."""
        return paraphrase.captions(record.action)[0]

    def look(self, made: Sequence[Motion], vectors: np.ndarray) -> np.ndarray:
        """(N, A) probabilities of the actions."""
        return self.space.actions(made)

    def fits(self, asked: Asked, order: np.ndarray, seen: np.ndarray) -> dict[str, float]:
        """Accuracy over motions, and over labels, which weigh alike."""
        names = self.space.action_names
        wanted = np.array([names.index(asked.windows[k].shows[0]) for k in order])
        labels = [accuracy(seen[wanted == label], wanted[wanted == label]) for label in np.unique(wanted)]
        return {"accuracy": accuracy(seen, wanted), "accuracy_of_labels": float(np.mean(labels))}

    def _of_sources(self, clips: np.ndarray) -> np.ndarray:
        return clips[self.store.records.labels("source").equal(*self.sources)[clips]] if self.sources else clips

    def _counts(self, clips: Sequence[int] | np.ndarray) -> Counter[str]:
        return Counter(label for i in clips for label in set(self._shows(int(i))))

    def _shows(self, index: int) -> tuple[str, str]:
        """A clip's action, as it is and mirrored."""
        record = self.store.records[index]
        return shown(record)[0], shown(record, True)[0]
