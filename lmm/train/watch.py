"""What looks wrong while a run goes: a loss far from the last ones, or none at all, and the clips behind it."""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

KEPT, NEEDED = 200, 50  # losses that the next one is held against; fewer than `NEEDED` say nothing
FAR = 8.0  # deviations above the median
_EVEN = 1.4826  # a normal deviation in median absolute deviations


class Watch:
    """The last losses of a run. A spike is told once, and then not again until `NEEDED` steps have passed."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=KEPT)
        self._quiet = 0

    def spike(self, loss: float) -> bool:
        """Whether a step's loss lies far above those before it; remembers it."""
        found = False
        if len(self._last) >= NEEDED and not self._quiet:
            median = float(np.median(self._last))
            spread = _EVEN * float(np.median(np.abs(np.array(self._last) - median)))
            found = loss > median + FAR * max(spread, 1e-3 * abs(median))
        self._quiet = NEEDED if found else max(0, self._quiet - 1)
        self._last.append(loss)
        return found


def told(costs: Sequence[tuple[float, str]], most: int = 3) -> str:
    """The clips that cost most of (cost, name) pairs, what is no number first, in words."""
    rows = sorted(
        set(costs), key=lambda row: (math.isfinite(row[0]), -row[0] if math.isfinite(row[0]) else 0.0, row[1])
    )
    return ", ".join(f"{name} ({value:.3g})" for value, name in rows[:most])
