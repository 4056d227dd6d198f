"""The board's text column: who is asked what, and what is counted."""

from types import SimpleNamespace

import pytest

from lmm.evaluate import prompts, speaking
from tests import forge

WALK = next(predicate for predicate in prompts.PREDICATES if predicate.holds(forge.walk(seconds=4, speed=1.2)))
OTHER = next(predicate for predicate in prompts.PREDICATES if not predicate.holds(forge.walk(seconds=4, speed=1.2)))
CLIPS = {WALK.name: [(0, False)], OTHER.name: [(0, False)]}


def test_a_walker_does_half_of_what_is_asked_and_repetitions_share_no_seed():
    asked = []

    def generate(texts, seeds, seconds):
        asked.extend(zip(texts, seeds, strict=True))
        return [forge.walk(seconds=seconds, speed=1.2) for _ in texts]

    found = [speaking.model(generate, CLIPS, 2, repetition) for repetition in (0, 1)]
    assert found == [0.5, 0.5]
    assert len(asked) == len(set(asked)) == 2 * 2 * 2 * 2  # repetitions, predicates, wordings, motions
    assert {seed for _, seed in asked} == set(range(16))


def test_truth_is_judged_by_its_own_predicate_and_shuffled_by_another():
    store = SimpleNamespace(motion=lambda _: forge.walk(seconds=4, speed=1.2))
    assert speaking.truth(store, {WALK.name: [(0, False)]}, 3, seed=0) == 1  # type: ignore[arg-type]
    both = speaking.truth(store, CLIPS, 3, seed=0, shuffled=True)  # type: ignore[arg-type]
    assert both == pytest.approx(0.5)
