"""One thing while another, or one thing and then another: the same measures over the beginning and the end."""

import numpy as np

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.measures import SIDES, early, late
from lmm.evaluate.predicates.predicate import Predicate, over, themed, under

_WALKING = (over(geo.forward_along_path, 1.0), over(geo.steps, 1))
_TURNED, _NOT_YET, _LEAN = np.deg2rad(35), np.deg2rad(30), np.deg2rad(25)
_RAISED = ("raise-up-right-hand", "raise-up-left-hand", "raise-up-both-hands")


def _turned(side: str, other: str) -> Predicate:
    sign = 1 if side == "left" else -1
    return Predicate(
        f"walk_then_turn_{side}",
        f"walks straight at first and ends turned to the {side} by over 35 degrees",
        (f"walk-turn-{side}",),
        (
            over(lambda g: sign * geo.turn(g), _TURNED),
            under(early(of.wander, 0.3), _NOT_YET),
            over(early(geo.travel), 0.3),
        ),
        seconds=5.0,
        mirrored=(f"walk-turn-{other}",),
        said=f"walk forward, then {{turn}} {side}",
    )


TABLE: tuple[Predicate, ...] = themed(
    "composition",
    Predicate(
        "walk_waving",
        "travels over 1 m by steps while a raised hand swings at least twice",
        (),
        (*_WALKING, over(of.most(geo.waves), 1)),
        said="walk forward while waving the right hand",
    ),
    Predicate(
        "walk_hands_up",
        "travels over 1 m by steps with a wrist above the head for most of the time",
        (),
        (*_WALKING, over(of.hand_height, 0)),
        said="walk forward with both arms raised",
    ),
    Predicate(
        "sit_stand",
        "the hips go down by over 30 cm and come up again",
        ("sit-to-stand", "sit-stand"),
        (over(of.hip_dip, 0.30),),
        seconds=6.0,
        said="sit down, then {stand} up",
        whole=True,
    ),
    Predicate(
        "walk_stop",
        "faster than 0.5 m/s at first, slower than 0.25 m/s at the end",
        ("walk",),
        (over(early(geo.speed), 0.5), under(late(geo.speed, 0.15), 0.25)),
        words="then stop",
        said="walk forward, then {stop}",
        whole=True,
    ),
    Predicate(
        "stand_walk",
        "slower than 0.25 m/s at first, faster than 0.5 m/s at the end",
        (),
        (under(early(geo.speed, 0.15), 0.25), over(late(geo.speed), 0.5)),
        said="stand still, then {walk} forward",
    ),
    Predicate(
        "walk_run",
        "slower than 1.6 m/s at first, faster than 1.8 m/s at the end",
        (),
        (under(early(geo.speed), 1.6), over(late(geo.speed), 1.8), over(early(geo.speed), 0.4)),
        said="walk forward, then {run}",
    ),
    *(_turned(*pair) for pair in SIDES.items()),
    Predicate(
        "raise_lower",
        "a hand goes above the head and ends over 30 cm below it",
        _RAISED,
        (over(of.raises, 0), under(late(of.hand_height, 0.1), -0.3)),
        seconds=5.0,
        said="raise a hand, then {lower} it",
        whole=True,
    ),
    Predicate(
        "squat_jump",
        "the hips go down by over 20 cm at first, later both feet leave the floor",
        (),
        (over(early(of.hip_fall, 0.6), 0.2), over(late(geo.rise, 0.7), 0.10)),
        said="bend both knees, then {jump}",
    ),
    Predicate(
        "wave_bow",
        "a raised hand swings at least twice in the first half, the trunk leans by over 25 degrees in the second",
        (),
        (over(early(of.most(geo.waves), 0.5), 1), over(late(geo.forward_lean, 0.5), _LEAN)),
        seconds=6.0,
        said="wave a hand, then {bow}",
    ),
)
