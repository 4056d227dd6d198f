"""Dance by looking it up: the moment of a real motion that keeps a sound's time best. No learning.

What is in stock is known by the instants of its own sound: beats of music, onsets of speech. Nearest tempo first; of the motions
that are as near, the moment from which beats fall where the asked ones do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

AS_NEAR = 0.02  # of a tempo: two that differ by less are the same, heard twice


@dataclass(frozen=True, eq=False)
class Kept:
    """A motion in stock: how long it is [s], and the instants [s] of its sound, from its first frame on."""

    seconds: float
    instants: np.ndarray


def interval(instants: np.ndarray) -> float:
    """Usual time [s] between instants (K,) [s]; infinite under two."""
    return float(np.median(np.diff(instants))) if len(instants) > 1 else float("inf")


def look_up(instants: np.ndarray, seconds: float, stock: Sequence[Kept], seed: int) -> tuple[int, float]:
    """(which of the stock, from where in it [s]) to play for `seconds` to a sound with these instants (K,) [s], the first of which
    meets one of its own as nearly as can be; among equals the seed decides. All of the stock must be `seconds` long, and heard.
    """
    asked = interval(instants)
    apart = np.array([_octaves(asked, interval(kept.instants)) for kept in stock])
    best: list[tuple[float, int, float]] = []
    for k, kept in enumerate(stock):
        if apart[k] > apart.min() + AS_NEAR:
            continue
        starts = np.clip(kept.instants - instants[0], 0, kept.seconds - seconds)
        misses = np.abs(kept.instants - starts - instants[0])
        best += [(round(float(miss), 3), k, float(start)) for miss, start in zip(misses, starts, strict=True)]
    nearest = min(best)[0]
    equal = [row for row in best if row[0] == nearest]
    _, which, start = equal[int(np.random.default_rng(seed).integers(len(equal)))]
    return which, start


def _octaves(first: float, second: float) -> float:
    """How far two tempi are apart, as a logarithm; a motion without a tempo is farther than any with."""
    if np.isinf(first) or np.isinf(second):
        return 0.0 if first == second else 1e3
    return abs(float(np.log(first / second)))
