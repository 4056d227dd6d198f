"""Which hand or foot does it."""

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.measures import SIDES
from lmm.evaluate.predicates.predicate import Predicate, over, sided, themed, under


def _sided(side: str, other: str) -> tuple[Predicate, ...]:
    return (
        Predicate(
            f"touch_head_{side}",
            f"the {side} wrist comes within 38 cm of the head joint, the {other} one does not",
            (f"{side}-hand-on-head",),
            (under(sided(of.hand_to_head, side), 0.38), over(sided(of.hand_to_head, other), 0.38)),
            mirrored=(f"{other}-hand-on-head",),
        ),
        Predicate(
            f"punch_{side}",
            f"the {side} fist faster than 3 m/s, and than the {other} one",
            (f"fighting {side} jab",),
            (over(sided(of.thrust, side), 3.0), over(sided(of.thrust_lead, side), 0)),
            seconds=2.5,
            mirrored=(f"fighting {other} jab",),
            said=f"punch with the {side} fist",
        ),
        Predicate(
            f"kick_{side}",
            f"the {side} ankle over 35 cm above the {other} one, never the other way round",
            (),
            (over(sided(of.foot_lift, side), 0.35), under(sided(of.foot_lift, other), 0.35)),
            seconds=2.5,
            said=f"kick with the {side} leg",
        ),
        Predicate(
            f"balance_{side}",
            f"the {side} foot carries alone for over 2 s, the {other} one for less than 1 s",
            ("balance",),
            (over(sided(of.balance, side), 2.0), under(sided(of.balance, other), 1.0)),
            seconds=5.0,
            mirrored=("balance",),
            words=rf"on (their|his|her|the) {side} (leg|foot)",
            said=f"stand on the {side} leg",
            whole=True,
        ),
    )


TABLE: tuple[Predicate, ...] = themed(
    "side",
    *(predicate for pair in zip(*(_sided(*pair) for pair in SIDES.items()), strict=True) for predicate in pair),
    Predicate("bye", "the right hand swings while up", ("bye",), (over(sided(geo.waves, "right"), 0),)),
)
