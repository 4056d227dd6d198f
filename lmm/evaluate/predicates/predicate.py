"""What a predicate is: measures of geometry with bounds, and which real clips are its ground truth."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lmm.evaluate.geometry import Geometry
from motionverse.motion import Motion

Measure = Callable[[Geometry], float]


@dataclass(frozen=True)
class Condition:
    """`measure(geometry)` compared with a bound: above it, or below it."""

    measure: Measure
    above: float | None = None
    below: float | None = None

    def holds(self, g: Geometry) -> bool:
        value = self.measure(g)
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)


@dataclass(frozen=True)
class Predicate:
    """name; the sentence it stands for; action labels (and styles) of its ground truth; conditions; length to ask for [s].

    `mirrored`: actions whose mirror image is ground truth too, as training shows them. `words`: a pattern; a clip of these
    actions is ground truth as well where a caption by people, or its index line, has it. `said`: what to ask for where the
    first action's own words do not say it. `whole`: real clips are judged from end to end, not over their first `seconds`.
    """

    name: str
    meaning: str
    actions: tuple[str, ...]
    conditions: tuple[Condition, ...]
    styles: tuple[str, ...] = ()
    seconds: float = 4.0
    mirrored: tuple[str, ...] = ()
    theme: str = ""
    words: str = ""
    said: str = ""
    whole: bool = False

    @property
    def sides(self) -> tuple["Predicate", ...]:
        """What has a wording of its own: itself."""
        return (self,)

    def judge(self, g: Geometry) -> bool:
        return all(condition.holds(g) for condition in self.conditions)

    def holds(self, motion: Motion) -> bool:
        return self.judge(Geometry.of(motion))


@dataclass(frozen=True)
class Contrast:
    """Two manners of one action: each of the measures is smaller in a sample of `less` than in one of `more`.

    less, more: predicates without conditions, for their wordings and their ground truth.
    """

    name: str
    meaning: str
    less: Predicate
    more: Predicate
    measures: tuple[Measure, ...]
    theme: str = "style"

    @property
    def sides(self) -> tuple[Predicate, ...]:
        return self.less, self.more

    def judge(self, less: Geometry, more: Geometry) -> bool:
        return all(measure(less) < measure(more) for measure in self.measures)

    def holds(self, less: Motion, more: Motion) -> bool:
        return self.judge(Geometry.of(less), Geometry.of(more))


def over(measure: Measure, bound: float) -> Condition:
    return Condition(measure, above=bound)


def under(measure: Measure, bound: float) -> Condition:
    return Condition(measure, below=bound)


def times(measure: Measure, count: int) -> Condition:
    """Counted exactly."""
    return Condition(measure, above=count - 0.5, below=count + 0.5)


def sided(measure: Callable[[Geometry, str], float], side: str) -> Measure:
    return lambda g: measure(g, side)


def themed(theme: str, *predicates: Predicate) -> tuple[Predicate, ...]:
    """The predicates as a table of one theme."""
    return tuple(replace(predicate, theme=theme) for predicate in predicates)
