"""Times of several ways to do one thing, taken in turns, so that the machine's noise hits all alike.

Time is what this process spends on its processor, in the system too: who else is on the machine does not lengthen it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def best(ways: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """The best time [s] of each way, run in turns for about `seconds`, each at least twice (the first warms up)."""
    found, rounds, end = dict.fromkeys(ways, np.inf), 0, time.perf_counter() + seconds
    while rounds < 2 or time.perf_counter() < end:
        for name, work in ways.items():
            start = time.process_time()
            work()
            found[name] = min(found[name], time.process_time() - start)
        rounds += 1
    return found


def best_rates(ways: Mapping[str, Callable[[], int]], seconds: float, slice_seconds: float = 0.5) -> dict[str, float]:
    """The best rate [items/s] of each way: `ways[name]()` does some items and says how many; slices in turns."""
    found, end = dict.fromkeys(ways, 0.0), time.perf_counter() + seconds * len(ways)
    while time.perf_counter() < end or not all(found.values()):
        for name, work in ways.items():
            count, start = 0, time.process_time()
            while (spent := time.process_time() - start) < slice_seconds:
                count += work()
            found[name] = max(found[name], count / spent)
    return found
