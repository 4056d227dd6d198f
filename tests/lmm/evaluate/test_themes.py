"""Every predicate holds on a forged motion that does the thing and fails on its mirror image or its opposite."""

from collections.abc import Callable

import numpy as np
import pytest

from lmm.evaluate import prompts
from lmm.evaluate.predicates import BY_NAME, CONTRASTS, PREDICATES, THEMES
from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from tests import forge

Angle = Callable[[np.ndarray], np.ndarray]
UP = 1.3  # [rad] of a shoulder about Z: the arm overhead


def posed(motion: Motion, *turns: tuple[str, str, Angle | float]) -> Motion:
    """The motion with joints set: (joint, axis, angle [rad] as a function of the time [s])."""
    rotations = motion.rotations.copy()
    for joint, axis, angle in turns:
        values = angle(motion.times) if callable(angle) else np.full(len(motion), angle)
        rotations[:, WHOLE_BODY.index(joint)] = rotation.about(axis, values)
    return motion.with_(rotations=rotations)


def standing(seconds: float = 4.0) -> Motion:
    walk = forge.walk(seconds, speed=0.0)
    return walk.with_(rotations=walk.rotations[:1].repeat(len(walk), 0), root=walk.root[:1].repeat(len(walk), 0))


def lowered(motion: Motion, depth: Angle) -> Motion:
    """With the pelvis lower by depth(t) [m]; the feet go with it."""
    return motion.with_(root=motion.root - np.stack([0 * motion.times, depth(motion.times), 0 * motion.times], -1))


def pulses(count: int, size: float, first: float = 0.5, width: float = 0.5, every: float = 1.0) -> Angle:
    """`count` bumps of `size`, the first beginning at `first`, each `width` long [s]."""

    def bumps(t: np.ndarray) -> np.ndarray:
        phases = (t[:, None] - first - every * np.arange(count)) / width
        return size * np.where((phases > 0) & (phases < 1), np.sin(np.pi * phases) ** 2, 0.0).sum(1)

    return bumps


def waving(motion: Motion, side: str, hz: float = 1.5, stop: float = 99.0) -> Motion:
    sign = 1 if side == "left" else -1
    swing: Angle = lambda t: 0.5 * np.sin(2 * np.pi * hz * np.minimum(t, stop)) + sign * 0.3  # noqa: E731
    return posed(motion, (f"{side}_shoulder", "Z", sign * 1.0), (f"{side}_elbow", "Z", swing))


def raising(side: str, seconds: float = 4.0, pace: float = 4.0, back: bool = False, again: int = 1) -> Motion:
    """An arm from hanging to overhead in 1/pace of a second, and down again."""
    sign = 1 if side == "left" else -1

    def lift(t: np.ndarray) -> np.ndarray:
        if back:
            return sign * (-UP + pulses(again, 2 * UP, width=1.0, every=1.5)(t))
        return sign * (-UP + 2 * UP * np.clip((t - 0.5) * pace, 0, 1))

    return posed(standing(seconds), (f"{side}_shoulder", "Z", lift))


def going(paces: Angle, seconds: float = 4.0) -> Motion:
    """A walk whose speed [m/s] is a function of the time."""
    walk = forge.walk(seconds)
    root = walk.root.copy()
    root[:, 2] = np.cumsum(paces(walk.times)) / walk.fps
    return walk.with_(root=root)


def sideways(forward: float, left: float) -> Motion:
    walk = forge.walk(4.0)
    return walk.with_(root=walk.root * [1, 1, 0] + walk.times[:, None] * [left, 0, forward])


def turning(angle: float, motion: Motion) -> Motion:
    """Turned on the spot by `angle` [rad] over its length, to the left."""
    rotations = motion.rotations.copy()
    rotations[:, 0] = rotation.about_y(angle * motion.times / motion.seconds) @ rotations[:, 0]
    return motion.with_(rotations=rotations)


def hopping(count: int) -> Motion:
    return lowered(standing(), pulses(count, -0.3))


def dipping(count: int, depth: float = 0.4) -> Motion:
    return lowered(standing(4.0), pulses(count, depth))


def leg(side: str, angle: float, axis: str = "X", other: str = "") -> Motion:
    return posed(standing(), (f"{side}_{other or 'hip'}", axis, pulses(1, angle, width=3.0)))


def punching(side: str, count: int = 1) -> Motion:
    """An arm held ahead, the elbow bent, that is stretched out quickly."""
    sign = 1 if side == "left" else -1
    bent = pulses(count, 2.2, width=0.3)
    return posed(
        standing(), (f"{side}_shoulder", "Y", -sign * 1.2), (f"{side}_elbow", "Y", lambda t: -sign * (2.3 - bent(t)))
    )


def bowing(count: int, first: float = 0.5) -> Motion:
    return posed(standing(), ("spine1", "X", pulses(count, 0.9, first=first, width=0.8)))


def stepping(count: int) -> Motion:
    """Feet that are taken along in turn, `count` times."""

    def swung(first: int) -> Angle:
        return lambda t: -0.4 * np.clip((t[:, None] - 0.5 - np.arange(first, count, 2)) * 4, 0, 1).sum(1)

    return posed(standing(), ("left_hip", "X", swung(0)), ("right_hip", "X", swung(1)))


def lunging(axis: str) -> Motion:
    spread = pulses(1, 0.7, width=2.0)
    sign = 1 if axis == "Z" else -1
    legs = posed(
        standing(), ("left_hip", axis, lambda t: sign * spread(t)), ("right_hip", axis, lambda t: -sign * spread(t))
    )
    return lowered(legs, lambda t: 0.45 * spread(t))


def after(first: Motion, second: Motion) -> Motion:
    """One, then the other."""
    return first.join(second)


def hand_on_head(side: str) -> Motion:
    sign = 1 if side == "left" else -1
    return posed(standing(), (f"{side}_shoulder", "Z", sign * 0.9), (f"{side}_elbow", "Z", sign * 2.2))


left, right = "left", "right"
MIRRORED: dict[str, Callable[[], Motion]] = {  # does it to the left; the mirror image is the other predicate's
    "circle": lambda: forge.walk(8.0, turn=0.75),
    "diagonal": lambda: sideways(0.6, 0.4),
    "quarter": lambda: forge.walk(5.0, turn=0.3),
    "run": lambda: forge.walk(3.0, speed=2.5, turn=0.2),
    "strafe": lambda: sideways(0.1, 0.5),
    "touch_head": lambda: hand_on_head(left),
    "punch": lambda: punching(left),
    "kick": lambda: leg(left, -1.3),
    "balance": lambda: posed(standing(), ("right_hip", "X", -1.2)),
    "walk_then_turn": lambda: after(forge.walk(2.0), forge.walk(3.0, turn=0.5)),
}
SINGLE: dict[str, tuple[Callable[[], Motion], Callable[[], Motion]]] = {  # (does it, its opposite)
    "straight": (lambda: forge.walk(4.0), lambda: forge.walk(4.0, turn=0.3)),
    "turn_around": (lambda: turning(3.0, standing()), lambda: turning(1.5, standing())),
    "jump_turn": (lambda: turning(1.5, hopping(1)), lambda: hopping(1)),
    "bye": (lambda: waving(standing(), right), lambda: waving(standing(), left)),
    "nod": (
        lambda: posed(standing(), ("head", "X", pulses(2, 0.5))),
        lambda: posed(standing(), ("head", "Y", pulses(2, 0.5))),
    ),
    "squat": (lambda: dipping(1), lambda: dipping(1, 0.1)),
    "sit_down": (
        lambda: lowered(standing(3.0), lambda t: 0.4 * np.clip(t - 1, 0, 1)),
        lambda: lowered(standing(3.0), lambda t: 0.4 * np.clip(2 - t, 0, 1)),
    ),
    "stand_up": (
        lambda: lowered(standing(), lambda t: 0.4 * np.clip(2 - t, 0, 1)),
        lambda: lowered(standing(), lambda t: 0.4 * np.clip(t - 1, 0, 1)),
    ),
    "knee_lift": (lambda: leg(left, -1.2), lambda: leg(left, 1.2, other="knee")),
    "leg_raise": (lambda: leg(left, -1.2), lambda: leg(left, 0.4)),
    "arm_out": (lambda: posed(standing(), ("left_shoulder", "Z", 0.0)), standing),
    "side_lunge": (lambda: lunging("Z"), lambda: lunging("X")),
    "lunge": (lambda: lunging("X"), lambda: dipping(1)),
    "reach_up": (lambda: raising(left), standing),
    "walk_slow": (lambda: forge.walk(4.0, speed=0.8), lambda: forge.walk(4.0, speed=1.5)),
    "walk_fast": (lambda: forge.walk(4.0, speed=1.5), lambda: forge.walk(4.0, speed=0.8)),
    "run_slow": (lambda: forge.walk(2.5, speed=2.0), lambda: forge.walk(2.5, speed=3.2)),
    "run_fast": (lambda: forge.walk(2.5, speed=3.2), lambda: forge.walk(2.5, speed=2.0)),
    "raise_slow": (lambda: raising(left, pace=0.6), lambda: raising(left, pace=5.0)),
    "raise_fast": (lambda: raising(left, pace=5.0), lambda: raising(left, pace=0.6)),
    "wave_slow": (lambda: waving(standing(), left, 0.7), lambda: waving(standing(), left, 3.0)),
    "wave_fast": (lambda: waving(standing(), left, 3.0), lambda: waving(standing(), left, 0.7)),
    "wave_twice": (lambda: waving(standing(), left, 1.0, stop=2.0), lambda: waving(standing(), left, 1.0, stop=4.0)),
    "raise_once": (lambda: raising(left, back=True), lambda: raising(left, back=True, again=2)),
    "two_steps": (lambda: stepping(2), lambda: stepping(3)),
    "jump_once": (lambda: hopping(1), lambda: hopping(2)),
    "jump_twice": (lambda: hopping(2), lambda: hopping(3)),
    "jump_three": (lambda: hopping(3), lambda: hopping(2)),
    "squat_once": (lambda: dipping(1), lambda: dipping(2)),
    "squat_twice": (lambda: dipping(2), lambda: dipping(1)),
    "bow_once": (lambda: bowing(1), lambda: bowing(2)),
    "bow_twice": (lambda: bowing(2), lambda: bowing(1)),
    "punch_twice": (lambda: punching(left, 2), lambda: punching(left, 1)),
    "walk_waving": (lambda: waving(forge.walk(4.0), right), lambda: waving(standing(), right)),
    "walk_hands_up": (lambda: forge.walk(4.0, raise_hand=left), lambda: forge.walk(4.0)),
    "sit_stand": (lambda: dipping(1), lambda: lowered(standing(), lambda t: 0.4 * np.clip(t - 1, 0, 1))),
    "walk_stop": (lambda: going(lambda t: 1.2 * (t < 2.5)), lambda: going(lambda t: 1.2 * (t > 1.5))),
    "stand_walk": (lambda: going(lambda t: 1.2 * (t > 1.5)), lambda: going(lambda t: 1.2 * (t < 2.5))),
    "walk_run": (
        lambda: going(lambda t: 1.0 + 1.5 * (t > 2)),
        lambda: going(lambda t: 1.0 + 1.5 * (t < 2)),
    ),
    "raise_lower": (lambda: raising(left, back=True), lambda: raising(left)),
    "squat_jump": (lambda: after(dipping(1), hopping(1)), lambda: after(hopping(1), dipping(1))),
    "wave_bow": (
        lambda: after(waving(standing(), right), bowing(1)),
        lambda: after(bowing(1), waving(standing(), right)),
    ),
}
MANNERS: dict[str, Callable[[float], Motion]] = {  # of one verb: weak at 0, strong at 1
    "walk": lambda strong: posed(forge.walk(4.0, speed=0.7 + strong), ("spine1", "X", 0.5 * (1 - strong))),
    "run": lambda strong: forge.walk(2.5, speed=1.5 + 1.5 * strong),
    "raise": lambda strong: raising(left, pace=0.6 + 3 * strong),
    "wave": lambda strong: waving(standing(), left, 0.7 + 2 * strong),
}


@pytest.mark.parametrize("name", MIRRORED)
def test_a_side_is_that_side(name):
    motion = MIRRORED[name]()
    image = motion.mirror()
    assert BY_NAME[f"{name}_left"].holds(motion)
    assert BY_NAME[f"{name}_right"].holds(image)
    assert not BY_NAME[f"{name}_left"].holds(image)
    assert not BY_NAME[f"{name}_right"].holds(motion)


@pytest.mark.parametrize("name", SINGLE)
def test_a_predicate_holds_for_what_it_says_and_not_for_the_opposite(name):
    does, opposite = SINGLE[name]
    assert BY_NAME[name].holds(does())
    assert not BY_NAME[name].holds(opposite())


@pytest.mark.parametrize("contrast", CONTRASTS, ids=lambda contrast: contrast.name)
def test_a_contrast_knows_the_weaker_of_two(contrast):
    made = MANNERS[contrast.name.split(":")[0]]
    assert contrast.holds(made(0.0), made(1.0))
    assert not contrast.holds(made(1.0), made(0.0))
    assert not contrast.holds(made(0.5), made(0.5))


def test_every_predicate_is_tried_and_has_a_theme():
    released = 21
    tried = {*SINGLE, *(f"{name}_{side}" for name in MIRRORED for side in (left, right))}
    assert tried == {predicate.name for predicate in PREDICATES[released:]}
    assert {row.theme for row in (*PREDICATES, *CONTRASTS)} == set(THEMES)
    assert len(PREDICATES) + len(CONTRASTS) >= 60


def test_names_are_unique_and_groups_hold_them_all():
    groups = prompts.groups()
    assert len({*prompts.names(), *groups}) == len(prompts.names()) + len(groups)
    assert sorted(name for theme in THEMES for name in groups[theme]) == sorted(prompts.names())
    assert groups["release"] == prompts.names()[:21]
