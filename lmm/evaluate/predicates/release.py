"""The predicates that the release was measured with. Names, bounds and order stay: the order chooses the wordings."""

import numpy as np

from lmm.evaluate import geometry as geo
from lmm.evaluate.predicates.predicate import Condition, Predicate, over, sided, under

_UP = {side: sided(geo.hand_over_head, side) for side in ("left", "right")}
_SHOULDER = {side: sided(geo.hand_over_shoulder, side) for side in ("left", "right")}
_WAVES = {side: sided(geo.waves, side) for side in ("left", "right")}
_STEPPING = (over(geo.steps, 1), under(geo.gliding, 0.55))
_TURN, _LEAN = np.deg2rad(35), np.deg2rad(25)


def _raised(side: str, other: str) -> Predicate:
    meaning = f"the {side} hand goes above the head, the {other} one does not"
    conditions = (over(_UP[side], 0), under(_UP[other], 0))
    mirrored = (f"raise-up-{other}-hand",)
    return Predicate(
        f"raise_{side}", meaning, (f"raise-up-{side}-hand",), conditions, seconds=2.5, mirrored=mirrored, theme="side"
    )


def _waved(side: str, other: str) -> Predicate:
    meaning = f"the {side} hand swings at least twice while up, the {other} one stays down"
    conditions = (over(_WAVES[side], 1), under(_SHOULDER[other], 0))
    return Predicate(
        f"wave_{side}", meaning, (f"wave-{side}-hand",), conditions, mirrored=(f"wave-{other}-hand",), theme="side"
    )


def _turned(side: str, other: str, turn: Condition) -> Predicate:
    meaning = f"walks and turns more than 35 degrees to the {side}"
    conditions = (turn, over(geo.travel, 0.3))
    mirrored = (f"walk-turn-{other}",)
    return Predicate(
        f"turn_{side}", meaning, (f"walk-turn-{side}",), conditions, seconds=5.0, mirrored=mirrored, theme="direction"
    )


def _veered(side: str, other: str, aside: Condition) -> Predicate:
    meaning = f"travels over 0.5 m to its {side}"
    mirrored = (f"walk-{other}",)
    return Predicate(f"walk_{side}", meaning, (f"walk-{side}",), (aside,), mirrored=mirrored, theme="direction")


TABLE: tuple[Predicate, ...] = (
    Predicate(
        "walk",
        "travels over 1 m the way it faces, by steps",
        ("walk",),
        (over(geo.forward_along_path, 1.0), *_STEPPING),
        theme="direction",
    ),
    Predicate(
        "run",
        "travels faster than 1.5 m/s, by steps",
        ("run", "dash"),
        (over(geo.speed, 1.5), over(geo.forward_along_path, 1.0), over(geo.steps, 1)),
        seconds=2.5,
        theme="speed",
    ),
    Predicate(
        "walk_back",
        "travels over 1 m against the way it faces, by steps",
        ("walk-back",),
        (under(geo.forward_along_path, -1.0), *_STEPPING),
        theme="direction",
    ),
    _turned("left", "right", over(geo.turn, _TURN)),
    _turned("right", "left", under(geo.turn, -_TURN)),
    _veered("left", "right", over(geo.sideways, 0.5)),
    _veered("right", "left", under(geo.sideways, -0.5)),
    _raised("left", "right"),
    _raised("right", "left"),
    Predicate(
        "raise_both",
        "both hands go above the head",
        ("raise-up-both-hands",),
        (over(_UP["left"], 0), over(_UP["right"], 0)),
        seconds=2.5,
        theme="side",
    ),
    _waved("left", "right"),
    _waved("right", "left"),
    Predicate(
        "wave_both",
        "both hands swing at least twice while up",
        ("wave-both-hands",),
        (over(_WAVES["left"], 1), over(_WAVES["right"], 1)),
        theme="side",
    ),
    Predicate(
        "bow",
        "the trunk leans forward by over 25 degrees, the head drops by over 10 cm, the feet stay",
        ("bow",),
        (over(geo.head_drop, 0.10), over(geo.forward_lean, _LEAN), under(geo.travel, 0.8)),
        theme="body",
    ),
    Predicate(
        "idle",
        "stays within 35 cm and moves its limbs by less than 0.35 m/s",
        ("idle",),
        (under(geo.travel, 0.35), under(geo.activity, 0.35)),
        seconds=4.0,
        theme="body",
    ),
    Predicate(
        "dance",
        "moves its limbs by more than 0.35 m/s",
        ("dance-short", "dance-long", "dance", "salsa"),
        (over(geo.activity, 0.35),),
        seconds=4.0,
        theme="body",
    ),
    Predicate(
        "walk_exhausted",
        "walks slower than 1.1 m/s, over 0.6 m",
        ("walk",),
        (under(geo.speed, 1.1), over(geo.forward_along_path, 0.6), *_STEPPING),
        ("exhausted", "tired"),
        seconds=4.0,
        theme="speed",
    ),
    Predicate(
        "run_active",
        "runs faster than 1.9 m/s",
        ("run",),
        (over(geo.speed, 1.9), over(geo.steps, 1)),
        ("active", "youthful"),
        seconds=2.5,
        theme="speed",
    ),
    Predicate(
        "punch",
        "a fist faster than 3 m/s",
        ("punch", "boxing"),
        (over(geo.hand_thrust, 3.0),),
        seconds=2.5,
        theme="body",
    ),
    Predicate(
        "kick",
        "one ankle over 35 cm above the other",
        ("kick", "spinkick"),
        (over(geo.foot_reach, 0.35),),
        seconds=2.5,
        theme="body",
    ),
    Predicate(
        "jump",
        "both feet over 10 cm above the floor at once",
        ("jump", "forward-jump"),
        (over(geo.rise, 0.10),),
        seconds=4.0,
        theme="body",
    ),
)
