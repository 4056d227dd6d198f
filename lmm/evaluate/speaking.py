"""Text: do motions do what the sentence says (lmm.evaluate.prompts), and how they stand on the floor. One repetition at a time."""

from collections.abc import Sequence

import numpy as np

from lmm.evaluate import prompts
from lmm.evaluate.metrics.physics import physics
from lmm.evaluate.predicates import Predicate
from motionverse.motion import Motion
from motionverse.store import Store

SHUFFLED = "shuffled captions"


def common(store: Store) -> dict[str, list[tuple[int, bool]]]:
    """Predicate name -> its real test clips (index, mirrored), for the predicates that training and test have enough of."""
    found = {}
    for predicate in prompts.PREDICATES:
        test = prompts.truth_clips(store, predicate, "test")
        if len(test) >= prompts.MIN_TEST and len(prompts.truth_clips(store, predicate, "train")) >= prompts.MIN_TRAIN:
            found[predicate.name] = test
    return found


def truth(
    store: Store, clips: dict[str, list[tuple[int, bool]]], seed: int, shuffled: bool = False
) -> dict[str, float]:
    """Real clips judged by their own predicates, as many as there are, drawn with replacement; shuffled: by the next one's."""
    rng = np.random.default_rng(seed)
    judges = _predicates(clips)
    if shuffled:
        judges = judges[1:] + judges[:1]
    rates, motions = [], []
    for predicate, judge in zip(_predicates(clips), judges, strict=True):
        rows = clips[predicate.name]
        drawn = prompts.truth_motions(store, predicate, [rows[k] for k in rng.integers(len(rows), size=len(rows))])
        rates.append(float(np.mean([judge.holds(motion) for motion in drawn])))
        motions += drawn
    return {"predicates": float(np.mean(rates)), **_physics(motions)}


def model(
    generate: prompts.Generate, clips: dict[str, list[tuple[int, bool]]], motions: int, repetition: int
) -> dict[str, float]:
    """The model asked for every prompt `motions` times, with seeds that no other repetition has."""
    rates, made = [], []
    for prompt in prompts.prompts():
        if prompt.predicate.name not in clips:
            continue
        seeds = [repetition * motions + k for k in range(motions)]
        found = generate([prompt.text] * motions, seeds, prompt.predicate.seconds)
        rates.append(float(np.mean([prompt.predicate.holds(motion) for motion in found])))
        made += found
    return {"predicates": float(np.mean(rates)), **_physics(made)}


def _predicates(clips: dict[str, list[tuple[int, bool]]]) -> list[Predicate]:
    return [predicate for predicate in prompts.PREDICATES if predicate.name in clips]


def _physics(motions: Sequence[Motion]) -> dict[str, float]:
    rows = [physics(motion.resample(30.0)) for motion in motions]
    return {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
