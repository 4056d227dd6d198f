"""How often: counted exactly."""

from lmm.evaluate import geometry as geo
from lmm.evaluate import measures as of
from lmm.evaluate.predicates.predicate import Predicate, over, themed, times, under

_RAISED = ("raise-up-right-hand", "raise-up-left-hand", "raise-up-both-hands")

TABLE: tuple[Predicate, ...] = themed(
    "counting",
    Predicate(
        "wave_twice",
        "a raised hand changes its way three to five times",
        (),
        (over(of.most(geo.waves), 2.5), under(of.most(geo.waves), 5.5)),
        said="wave twice",
    ),
    Predicate("raise_once", "a hand goes above the head once", _RAISED, (times(of.raises, 1),), said="raise a hand once"),
    Predicate("two_steps", "the feet are taken along twice", (), (times(of.footfalls, 2),), said="take two steps forward"),
    Predicate("jump_once", "both feet leave the floor once", ("jump", "forward-jump"), (times(of.hops, 1),),
              said="jump once"),
    Predicate("jump_twice", "both feet leave the floor twice", (), (times(of.hops, 2),), said="jump twice"),
    Predicate("jump_three", "both feet leave the floor three times", (), (times(of.hops, 3),), seconds=5.0,
              said="jump three times"),
    Predicate("squat_once", "the hips go down and up once", ("deep-squat", "sit-to-stand"), (times(of.hip_dips, 1),),
              said="squat once"),
    Predicate("squat_twice", "the hips go down and up twice", (), (times(of.hip_dips, 2),), seconds=6.0,
              said="squat twice"),
    Predicate("bow_once", "the head goes down and up once", ("bow",), (times(of.bows, 1),), said="bow once"),
    Predicate("bow_twice", "the head goes down and up twice", (), (times(of.bows, 2),), seconds=6.0, said="bow twice"),
    Predicate("punch_twice", "a fist is thrust out twice", (), (times(of.punches, 2),), said="punch twice"),
)  # fmt: skip
