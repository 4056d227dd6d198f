"""What looks wrong while a run goes: a loss far from the last ones, or none at all, and the clips behind it."""

import math
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

KEPT, NEEDED = 200, 50  # losses that the next one is held against; fewer than `NEEDED` say nothing
FAR = 8.0  # deviations above the median
_EVEN = 1.4826  # a normal deviation in median absolute deviations


class Watch:
    """The last losses of a run. A spike is told once, and then not again until `NEEDED` steps have passed.

    last, quiet: what an earlier piece of the run had, and what a later one is to be given.
    """

    def __init__(self, last: Iterable[float] = (), quiet: int = 0) -> None:
        self.last: deque[float] = deque(last, maxlen=KEPT)
        self.quiet = quiet

    def spike(self, loss: float) -> bool:
        """Whether a step's loss lies far above those before it; remembers it."""
        found = False
        if len(self.last) >= NEEDED and not self.quiet:
            median = float(np.median(self.last))
            spread = _EVEN * float(np.median(np.abs(np.array(self.last) - median)))
            found = loss > median + FAR * max(spread, 1e-3 * abs(median))
        self.quiet = NEEDED if found else max(0, self.quiet - 1)
        self.last.append(loss)
        return found


def told(costs: Sequence[tuple[float, str]], most: int = 3) -> str:
    """The clips that cost most of (cost, name) pairs, what is no number first, in words."""
    rows = sorted(
        set(costs), key=lambda row: (math.isfinite(row[0]), -row[0] if math.isfinite(row[0]) else 0.0, row[1])
    )
    return ", ".join(f"{name} ({value:.3g})" for value, name in rows[:most])
