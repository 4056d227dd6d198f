"""Sentences that the training captions had no word of: told, and no others."""

import pytest

from lmm import vocabulary, weights
from lmm.evaluate import prompts
from lmm.evaluate.predicates import release
from motionverse import paraphrase
from motionverse.errors import MotionError
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


def test_what_one_data_set_alone_says_is_strange_to_the_others():
    text = "someone casts a spell"
    assert vocabulary.strange([text], ["cmu"]) == [text] and vocabulary.strange([text], ["cmu", "anim_cc0"]) == []


@pytest.mark.parametrize("name", ["nano", "commercial"])
def test_published_weights_have_an_opinion(name):
    sources = [row["source"] for row in weights.licences(weights.find(name))]
    assert vocabulary.strange(["xyzzy qwrt", "a person walks"], sources) == ["xyzzy qwrt"]


def test_nothing_is_strange_to_a_model_of_other_data():
    assert vocabulary.strange(["a person flies a kite"], ["cmu", "amass"]) == []


def test_actions_are_those_of_the_card(tmp_path):
    known = phrases.PHRASES
    assert vocabulary.actions(tmp_path) == tuple(known)  # no card: all that captions are composed for
    (tmp_path / "card.md").write_text("# tiny\n\nActions by training clips: run 342, dance-LA-hip-hop 12, byebye 1.\n")
    assert vocabulary.actions(tmp_path) == ("run", "dance-LA-hip-hop", "byebye")


@pytest.mark.parametrize("label", ["dance-LA-hip-hop", "dance la hip hop", "Dance_LA  hip-hop"])
def test_an_action_is_known_by_its_words(label):
    assert vocabulary.action_text(label, ["run", "dance-LA-hip-hop"]) == paraphrase.captions("dance-LA-hip-hop")[0]


def test_an_unknown_action_is_told_the_nearest():
    with pytest.raises(MotionError, match="near it are walk-turn-left"):
        vocabulary.action_text("walk turnleft", ["run", "walk-turn-left", "bow"])
    with pytest.raises(MotionError, match="none of the 2 that the model was shown$"):
        vocabulary.action_text("qq", ["run", "bow"])
