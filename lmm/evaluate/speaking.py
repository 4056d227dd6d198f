"""Text: do motions do what the sentence says (lmm.evaluate.prompts), and how they stand on the floor. One repetition at a time."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from lmm.evaluate import prompts
from lmm.evaluate.metrics.physics import physics
from lmm.evaluate.predicates import Predicate
from motionverse.motion import Motion
from motionverse.store import Store

SHUFFLED = "shuffled captions"
TOGETHER = 64  # prompts in one call
Clips = dict[str, list[tuple[int, bool]]]  # predicate -> (index, mirrored) of its real test clips


def common(store: Store) -> Clips:
    """The real test clips of the predicates that training and test have enough of."""
    listed: Any = SimpleNamespace(records=tuple(store.records))  # gone through often: lines are parsed once
    found = {}
    for predicate in prompts.PREDICATES:
        train, test = (prompts.truth_clips(listed, predicate, split) for split in ("train", "test"))
        if len(train) >= prompts.MIN_TRAIN and len(test) >= prompts.MIN_TEST:
            found[predicate.name] = test
    return found


def truth(store: Store, clips: Clips, motions: int, seed: int, shuffled: bool = False) -> dict[str, float]:
    """Real clips judged by their own predicates, drawn with replacement, as many as `model` makes; shuffled: by the next one's."""
    rng = np.random.default_rng(seed)
    judges = _predicates(clips)
    if shuffled:
        judges = judges[1:] + judges[:1]
    held: list[bool] = []
    real: list[Motion] = []
    for predicate, judge in zip(_predicates(clips), judges, strict=True):
        rows = clips[predicate.name]
        drawn = prompts.truth_motions(store, predicate, [rows[k] for k in rng.integers(len(rows), size=2 * motions)])
        held += [judge.holds(motion) for motion in drawn]
        real += drawn
    return {"predicates": float(np.mean(held)), **_physics(real)}


def model(generate: prompts.Generate, clips: Clips, motions: int, repetition: int) -> dict[str, float]:
    """The model asked for every prompt, two a predicate, `motions` times, with seeds that no other repetition has."""
    asked: dict[float, list[tuple[prompts.Prompt, int]]] = {}
    for prompt in prompts.prompts():
        if prompt.predicate.name in clips:
            seeded = [(prompt, repetition * motions + k) for k in range(motions)]
            asked.setdefault(prompt.predicate.seconds, []).extend(seeded)
    held: list[bool] = []
    made: list[Motion] = []
    for seconds, several in asked.items():
        for first in range(0, len(several), TOGETHER):
            part = several[first : first + TOGETHER]
            found = generate([prompt.text for prompt, _ in part], [seed for _, seed in part], seconds)
            held += [prompt.predicate.holds(motion) for (prompt, _), motion in zip(part, found, strict=True)]
            made += found
    return {"predicates": float(np.mean(held)), **_physics(made)}


def _predicates(clips: Clips) -> list[Predicate]:
    return [predicate for predicate in prompts.PREDICATES if predicate.name in clips]


def _physics(motions: Sequence[Motion]) -> dict[str, float]:
    rows = [physics(motion.resample(30.0)) for motion in motions]
    return {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
