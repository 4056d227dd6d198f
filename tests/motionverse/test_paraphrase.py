"""Wordings: breadth, grammar, sides and mirrors."""

import re

import pytest

from motionverse import paraphrase
from motionverse.paraphrase.phrases import PHRASES
from motionverse.paraphrase.styles import INDEX, STYLES


@pytest.mark.parametrize("style", ["", *STYLES])
def test_every_label_has_many_distinct_wordings(style: str) -> None:
    for action in PHRASES:
        wordings = paraphrase.captions(action, style)
        assert len(set(wordings)) == len(wordings) == paraphrase.COUNT, (action, style)
        assert not any(re.search(r"[{}]|SIDE|  ", text) for text in wordings)


def test_the_same_label_gets_the_same_wordings_and_the_plain_one_first() -> None:
    assert paraphrase.captions("walk") == paraphrase.captions("walk")
    assert paraphrase.captions("walk-back")[0] == "a person walks backwards"


def test_unknown_actions_are_named_by_their_own_words() -> None:
    assert paraphrase.captions("juggling-balls")[0] == "a person does juggling balls"
    assert paraphrase.captions("walk on stilts")[0] == "a person walks on stilts"
    assert len(paraphrase.captions("", "")) >= 10


@pytest.mark.parametrize("side", ["left", "right"])
def test_sides_are_never_confused(side: str) -> None:
    other = {"left": "right", "right": "left"}[side]
    for action in (name for name in PHRASES if side in name.split("-")):
        wordings = paraphrase.captions(action)
        assert any(side in text for text in wordings) and not any(re.search(rf"\b{other}\b", text) for text in wordings)


def test_some_wordings_of_a_style_leave_it_out_and_most_do_not() -> None:
    plain = set(paraphrase.captions("run", "", 400))
    styled = paraphrase.captions("run", "happy")
    share = sum(bool(re.search("happ|joy|cheer|mood", text)) for text in styled) / len(styled)
    assert 0.4 < share < 0.9 and plain


def test_verbs_are_conjugated() -> None:
    actions = ("run", "wave-left-hand", "crawl", "bow")
    text = " | ".join(wording for action in actions for wording in paraphrase.captions(action, "", 60))
    assert "runs" in text and "running" in text and "waves" in text and "waving" in text
    assert not re.search(r"\b(runing|waveing|crawles|bowwing|someones|they \w+s their)\b", text)


@pytest.mark.parametrize(
    "text, mirrored",
    [
        ("a person raises the left hand", "a person raises the right hand"),
        ("Left, then RIGHT", "Right, then LEFT"),
        ("turns clockwise", "turns counterclockwise"),
        ("spins counter-clockwise leftwards", "spins clockwise rightwards"),
        ("stands upright, right away", "stands upright, right away"),
        ("a left-handed wave", "a right-handed wave"),
    ],
)
def test_mirrored_words(text: str, mirrored: str) -> None:
    assert paraphrase.mirror_text(text) == mirrored
    assert paraphrase.mirror_text(mirrored).replace("-c", "c") == text.replace("-c", "c")


def test_index_lines_are_reworded_lightly() -> None:
    assert paraphrase.index_action("Walk") == "walk" and paraphrase.index_action("unheard of") == ""
    for line in (*INDEX, "playground - climb, hang, swing", "dance - small jetes, pirouette"):
        assert len(set(paraphrase.index_captions(line))) >= 10
    assert "climbs, hangs and swings on a playground" in " ".join(
        paraphrase.index_captions("playground - climb, hang, swing")
    )
