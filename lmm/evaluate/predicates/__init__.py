"""What each kind of prompt must do, as data: a measure of geometry and a bound, fixed before any look at a model's results.

A predicate holds when every one of its conditions does; a contrast compares two samples. `actions` say which test clips are
ground truth: the action labels of the corpora; where none has such a clip, the row says so and no bar counts it. Bounds were
chosen on the training split's real clips (so that most of them pass; by the words' own meaning where there are none). Those of
the release were not touched after its first training run, the others not after any model was judged by them.
One table a theme.
"""

from lmm.evaluate.predicates import body, composition, counting, direction, release, side, speed, style
from lmm.evaluate.predicates.predicate import Condition, Contrast, Predicate

THEMES = ("direction", "side", "body", "speed", "counting", "style", "composition")
PREDICATES: tuple[Predicate, ...] = (
    *release.TABLE,
    *direction.TABLE,
    *side.TABLE,
    *body.TABLE,
    *speed.TABLE,
    *counting.TABLE,
    *composition.TABLE,
)
CONTRASTS: tuple[Contrast, ...] = style.TABLE
BY_NAME = {predicate.name: predicate for predicate in PREDICATES}

__all__ = ["BY_NAME", "CONTRASTS", "PREDICATES", "THEMES", "Condition", "Contrast", "Predicate"]
