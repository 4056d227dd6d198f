"""Which part of the body moves, and how: head, arms, hips, legs."""

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.predicates.predicate import Predicate, over, themed, under

TABLE: tuple[Predicate, ...] = themed(
    "body",
    Predicate(
        "nod", "the face goes down and up", ("head nod",), (over(of.nods, 0),), said="move {their} head up and down"
    ),
    Predicate(
        "squat",
        "the hips go down by over 25 cm and up again, the feet stay",
        ("deep-squat",),
        (over(of.hip_dip, 0.25), under(geo.travel, 0.8)),
        said="squat down and {stand} up again",
    ),
    Predicate(
        "sit_down",
        "the hips end over 15 cm lower than they started",
        ("sit chair down", "sit floor down", "sitting enter"),
        (over(of.hip_drop, 0.15),),
        seconds=3.0,
        said="sit down",
    ),
    Predicate(
        "stand_up",
        "the hips come up by over 25 cm",
        ("sit-to-stand", "sit chair stand up", "sit floor stand up"),
        (over(of.hip_rise, 0.25),),
        said="stand up from a chair",
    ),
    Predicate(
        "knee_lift",
        "one knee over 15 cm above the other, the feet stay",
        ("hurdle-step",),
        (over(of.most(of.knee_lift), 0.15), under(geo.travel, 0.8)),
        said="lift a knee high",
    ),
    Predicate(
        "leg_raise",
        "one ankle over 25 cm above the other and over 50 cm away from its hip over the ground",
        ("standing-active-straight-leg-raise",),
        (over(geo.foot_reach, 0.25), over(of.most(of.leg_out), 0.5)),
        said="raise a straight leg forward",
    ),
    Predicate(
        "arm_out",
        "one wrist over 25 cm outside of its shoulder",
        ("standing-shoulder-abduction",),
        (over(of.most(of.arm_out), 0.25),),
        said="raise an arm out to the side",
    ),
    Predicate(
        "side_lunge",
        "the feet over 65 cm apart across the facing, the hips go down by over 15 cm and up again",
        ("side-lunge",),
        (over(of.straddle, 0.65), over(of.hip_dip, 0.15)),
        said="step wide to the side and {bend} a knee",
    ),
    Predicate(
        "lunge",
        "the hips go down by over 20 cm and up again while the feet are apart by over 40 cm",
        ("inline-lunge",),
        (over(of.hip_dip, 0.20), over(of.stride, 0.40)),
        said="step forward into a lunge",
    ),
    Predicate(
        "reach_up", "a hand goes above the head", ("reach-up",), (over(of.most(geo.hand_over_head), 0),), whole=True
    ),
)
