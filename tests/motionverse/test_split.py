"""The split: fixed, by performance, human sentences first."""

from motionverse import split
from motionverse.clip import Caption, Clip
from tests import forge


def clip(performance: str, *captions: Caption) -> Clip:
    return Clip(forge.motion(0.5), "x", "cmu", "cmu", performance, captions)


def test_human_sentences_of_cmu_decide_before_the_hash() -> None:
    assert split.assign(clip("cmu/02_06")) == split.TEST
    sides = {split.assign(clip(f"cmu/99_{k:02d}", Caption("a sentence", origin="human"))) for k in range(50)}
    assert sides == {split.TEST}
    assert split.assign(clip("folder/02_06", Caption("mine", origin="human"))) == split.by_hash("folder/02_06")


def test_shares_are_near_five_percent_and_never_change() -> None:
    sides = [split.by_hash(f"corpus/{k}") for k in range(4000)]
    for side in (split.VALIDATION, split.TEST):
        assert 0.035 < sides.count(side) / len(sides) < 0.065
    assert split.by_hash("corpus/0") == split.by_hash("corpus/0")


def test_hash_is_frozen() -> None:
    known = {"bandai_namco/bow/normal": None, "reactidle/002": None, "cmu/09_01": None}
    again = {name: split.by_hash(name) for name in known}
    assert again == FROZEN


FROZEN = {"bandai_namco/bow/normal": "train", "reactidle/002": "train", "cmu/09_01": "train"}
