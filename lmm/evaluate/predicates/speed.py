"""Slow against fast: the bound is the median of the training split's real clips of that action."""

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.predicates.predicate import Condition, Predicate, over, themed, under

WALK, RUN, RAISE, WAVE = 1.20, 2.74, 2.5, 0.74  # medians [m/s]: of the pelvis, the pelvis, the wrist's peak, the wrist
_SLOW = ("exhausted", "elderly", "tired", "old")
_FAST = ("active", "youthful")
_RAISED, _WAVED = ("raise-up-right-hand", "raise-up-left-hand"), ("wave-right-hand", "wave-left-hand")


def _walks(name: str, meaning: str, pace: Condition, styles: tuple[str, ...], words: str, said: str) -> Predicate:
    conditions = (pace, over(geo.forward_along_path, 0.6), over(geo.steps, 1))
    return Predicate(name, meaning, ("walk",), conditions, styles, words=words, said=said)


def _runs(name: str, meaning: str, pace: Condition, styles: tuple[str, ...], said: str) -> Predicate:
    conditions = (pace, over(geo.forward_along_path, 1.0), over(geo.steps, 1))
    return Predicate(name, meaning, ("run", "dash"), conditions, styles, seconds=2.5, said=said)


def _raised(name: str, meaning: str, pace: Condition, styles: tuple[str, ...], said: str) -> Predicate:
    conditions = (pace, over(of.most(geo.hand_over_shoulder), 0))
    return Predicate(name, meaning, (*_RAISED, "raise-up-both-hands"), conditions, styles, seconds=2.5, said=said)


def _waved(name: str, meaning: str, pace: Condition, styles: tuple[str, ...], said: str) -> Predicate:
    conditions = (pace, over(of.most(geo.waves), 1))
    return Predicate(name, meaning, _WAVED, conditions, styles, said=said)


TABLE: tuple[Predicate, ...] = themed(
    "speed",
    _walks("walk_slow", "walks slower than the median walk", under(geo.speed, WALK), _SLOW, r"\bslow", "walk slowly"),
    _walks("walk_fast", "walks faster than the median walk", over(geo.speed, WALK), _FAST, r"\bquick|brisk|\bfast",
           "walk quickly"),
    _runs("run_slow", "runs slower than the median run", under(geo.speed, RUN), _SLOW, "run slowly"),
    _runs("run_fast", "runs faster than the median run", over(geo.speed, RUN), (*_FAST, "masculinity"), "run fast"),
    _raised("raise_slow", "raises a hand slower than the median raise", under(geo.hand_thrust, RAISE), _SLOW,
            "raise both hands slowly"),
    _raised("raise_fast", "raises a hand faster than the median raise", over(geo.hand_thrust, RAISE), _FAST,
            "raise both hands quickly"),
    _waved("wave_slow", "waves slower than the median wave", under(of.wave_pace, WAVE), _SLOW, "wave slowly"),
    _waved("wave_fast", "waves faster than the median wave", over(of.wave_pace, WAVE), ("active",), "wave fast"),
)  # fmt: skip
