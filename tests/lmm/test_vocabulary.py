"""Sentences that the training captions had no word of: told, and no others."""

import pytest

from lmm import vocabulary
from lmm.evaluate import prompts
from lmm.evaluate.predicates import release
from motionverse import paraphrase
from motionverse.paraphrase import phrases


@pytest.mark.parametrize(
    "text", ["a person flies a kite", "someone milks a cow", "qwerty asdf", "ein Mann läuft", "a woman is juggling"]
)
def test_words_that_no_caption_had_are_strange(text):
    assert vocabulary.strange([text, "a person walks"], ["cmu"]) == [text]


def test_what_captions_are_made_of_is_not():
    known = ["a man plays golf", "two people are marching", "somebody clambers up", "Hopping!", "a person", "", "42"]
    known += [prompt.text for prompt in prompts.prompts() if prompt.predicate in release.TABLE]
    known += [text for action in phrases.PHRASES for text in paraphrase.captions(action)]
    assert len(known) > 100 and vocabulary.strange(known, vocabulary.SOURCES) == []


def test_nothing_is_strange_to_a_model_of_other_data():
    assert vocabulary.strange(["a person flies a kite"], ["cmu", "amass"]) == []
