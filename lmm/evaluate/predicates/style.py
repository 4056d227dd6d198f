"""One action in two manners: slower, lower, weaker in the one than in the other."""

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.predicates.predicate import Contrast, Measure, Predicate

_WALKS = ("walk", "walk-left", "walk-right", "walk-back")
_RUNS = ("run", "dash")
_RAISES = ("raise-up-both-hands", "raise-up-right-hand", "raise-up-left-hand")
_SAID = {"walk": "walk forward", "run": "run forward", "raise": "raise both hands", "wave": "wave the right hand"}
_MANNER = {
    "sad": "sadly", "happy": "happily", "tired": "tiredly", "old": "like an old person", "angry": "angrily",
    "exhausted": "wearily", "active": "energetically", "elderly": "feebly", "youthful": "like a young person",
    "not-confident": "timidly", "proud": "proudly", "normal": "normally",
}  # fmt: skip
_WAVES = ("wave-right-hand", "wave-left-hand", "wave-both-hands")


def _styled(
    verb: str, actions: tuple[str, ...], less: str, more: str, meaning: str, *measures: Measure, seconds: float = 4.0
) -> Contrast:
    def side(style: str) -> Predicate:
        said = f"{_SAID[verb]} {_MANNER[style]}"
        return Predicate(f"{verb}/{style}", "", actions, (), (style,), seconds, theme="style", said=said)

    return Contrast(f"{verb}:{less}/{more}", meaning, side(less), side(more), measures)


def _worded(name: str, actions: tuple[str, ...], less: tuple[str, str], more: tuple[str, str], meaning: str,
            measure: Measure) -> Contrast:  # fmt: skip
    """less, more: (what is said, pattern of people's words)."""

    def side(said: str, words: str) -> Predicate:
        return Predicate(said, "", actions, (), words=words, said=said, theme="style")

    return Contrast(name, meaning, side(*less), side(*more), (measure,))


TABLE: tuple[Contrast, ...] = (
    _styled("walk", _WALKS, "sad", "happy", "slower, and the head lower", geo.speed, of.head_height),
    _styled("walk", _WALKS, "tired", "happy", "slower, and the head lower", geo.speed, of.head_height),
    _styled("walk", _WALKS, "old", "angry", "slower", geo.speed),
    _styled("walk", ("walk",), "exhausted", "active", "slower, and less of arms and legs", geo.speed, geo.activity),
    _styled("walk", ("walk",), "elderly", "youthful", "slower, and the head lower", geo.speed, of.head_height),
    _styled("walk", ("walk",), "not-confident", "proud", "the head lower", of.head_height),
    _worded("walk:slow/quick", ("walk",), ("walk slowly", r"\bslow"), ("walk quickly", r"\bquick|brisk|\bfast"), "slower",
            geo.speed),
    _styled("run", _RUNS, "exhausted", "active", "slower", geo.speed, seconds=2.5),
    _styled("raise", _RAISES, "exhausted", "normal", "the hand slower", geo.hand_thrust, seconds=2.5),
    _styled("raise", _RAISES, "elderly", "active", "the hand slower", geo.hand_thrust, seconds=2.5),
    _styled("wave", _WAVES, "exhausted", "active", "the hand slower", of.wave_pace),
    _styled("wave", _WAVES, "elderly", "normal", "the hand slower", of.wave_pace),
)  # fmt: skip
