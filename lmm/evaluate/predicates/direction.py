"""Where it goes: forward, aside, around."""

import numpy as np

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.measures import SIDES
from lmm.evaluate.predicates.predicate import Measure, Predicate, over, sided, themed, under


def _toward(side: str) -> tuple[Measure, Measure]:
    """Turn [rad] and travel aside [m], positive toward that side."""
    sign = 1 if side == "left" else -1
    return lambda g: sign * geo.turn(g), lambda g: sign * geo.sideways(g)


def _sided(side: str, other: str) -> tuple[Predicate, ...]:
    turn, aside = _toward(side)
    return (
        Predicate(
            f"circle_{side}",
            f"walks around to the {side} by over 270 degrees, over 1.5 m of way",
            (),
            (over(turn, np.deg2rad(270)), over(geo.forward_along_path, 1.5)),
            seconds=8.0,
            said=f"walk in a circle to the {side}",
        ),
        Predicate(
            f"diagonal_{side}",
            f"over 1 m forward and over 0.5 m to its {side}, turning less than 45 degrees",
            (f"walk-{side}",),
            (over(geo.forward_along_path, 1.0), over(aside, 0.5), under(of.wander, np.deg2rad(45))),
            mirrored=(f"walk-{other}",),
            said=f"walk diagonally to the {side}",
        ),
        Predicate(
            f"quarter_{side}",
            f"walks and ends turned to the {side} by 60 to 120 degrees",
            (f"walk-turn-{side}",),
            (over(turn, np.deg2rad(60)), under(turn, np.deg2rad(120)), over(geo.travel, 0.3)),
            seconds=5.0,
            mirrored=(f"walk-turn-{other}",),
            said=f"walk and {{turn}} {side} by ninety degrees",
        ),
        Predicate(
            f"run_{side}",
            f"runs faster than 1.2 m/s and turns over 5 degrees to the {side}",
            (f"run-{side}",),
            (over(geo.speed, 1.2), over(turn, np.deg2rad(5))),
            seconds=3.0,
            mirrored=(f"run-{other}",),
        ),
        Predicate(
            f"strafe_{side}",
            f"over 0.5 m to its {side}, and farther than forward or back",
            (f"sword-run-{side}", f"sword-walk-{side}"),
            (over(aside, 0.5), over(sided(of.aside, side), 0)),
            mirrored=(f"sword-run-{other}", f"sword-walk-{other}"),
            said=f"walk sideways to the {side}",
        ),
    )


TABLE: tuple[Predicate, ...] = themed(
    "direction",
    *(predicate for pair in zip(*(_sided(*pair) for pair in SIDES.items()), strict=True) for predicate in pair),
    Predicate(
        "straight",
        "walks over 1 m forward and is never turned by over 30 degrees",
        ("walk",),
        (over(geo.forward_along_path, 1.0), under(of.wander, np.deg2rad(30))),
        said="walk straight ahead",
    ),
    Predicate(
        "turn_around",
        "ends turned by over 135 degrees",
        ("sword-turn-left-180", "sword-turn-right-180"),
        (over(of.size(geo.turn), np.deg2rad(135)),),
        said="turn around",
    ),
    Predicate(
        "jump_turn",
        "both feet over 10 cm above the floor at once, and turned by over 60 degrees",
        ("jump-turn",),
        (over(geo.rise, 0.10), over(of.wander, np.deg2rad(60))),
    ),
)
