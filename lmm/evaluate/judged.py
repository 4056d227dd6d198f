"""The columns that the motion-text space sees: whether motions are what their captions say, and as a whole like real ones.

Axes: N motions, M motions of the real half, E channels of the space. What too few samples say nothing of is NaN.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from lmm.evaluate.metrics.diversity import diversity
from lmm.evaluate.metrics.frechet import FEWEST_A_DIMENSION, extrapolated, floor, frechet
from lmm.evaluate.metrics.kid import kid
from lmm.evaluate.metrics.mm_distance import mm_distance
from lmm.evaluate.metrics.physics import physics
from lmm.evaluate.metrics.r_precision import TOP, r_precision
from motionverse.errors import MotionError
from motionverse.lint import lint
from motionverse.motion import Motion


class Space(Protocol):
    """What motions and sentences are judged in (lmm.model.embedder.Embedder)."""

    version: str
    action_names: tuple[str, ...]

    def motions(self, motions: Sequence[Motion], /) -> np.ndarray: ...

    def texts(self, texts: Sequence[str], /) -> np.ndarray: ...

    def gists(self, texts: Sequence[str], /) -> np.ndarray: ...

    def actions(self, motions: Sequence[Motion], /) -> np.ndarray: ...


def retrieved(texts: np.ndarray, vectors: np.ndarray, alike: np.ndarray) -> dict[str, float]:
    """MM-Dist of texts (N, E) and the motions made for them, vectors (N, E); R-precision @1-3 in pools of 32 without captions
    that say the same, where alike (N, N) bool is True; and in the classic pools, which have them."""
    found = {}
    for name, said in (("r", alike), ("classic_r", None)):
        try:
            tops = r_precision(texts, vectors, said)
        except MotionError:  # too few unlike captions for a pool
            tops = np.full(TOP, np.nan)
        found |= {f"{name}@{k}": float(top) for k, top in enumerate(tops, 1)}
    return found | {"mm_dist": mm_distance(texts, vectors)}


def likeness(held: np.ndarray, vectors: np.ndarray) -> dict[str, float]:
    """How like the real half (M, E) motions (N, E) are as a whole: FID (and at 1/N = 0 where samples allow), KID, Diversity."""
    found = {"fid": frechet(held, vectors), "kid": kid(held, vectors), "diversity": diversity(vectors)}
    if min(len(held), len(vectors)) >= FEWEST_A_DIMENSION * held.shape[1]:
        found["fid_infinite"] = extrapolated(held, vectors)
    return found


def ground(held: np.ndarray, seed: int) -> dict[str, float]:
    """What two real sets as large as this one (M, E) are apart, by its halves: the floor of FID; KID, which has none."""
    first, second = np.array_split(held[np.random.default_rng(seed).permutation(len(held))], 2)
    return {"fid": floor(held, seed=seed), "kid": kid(first, second), "diversity": diversity(held)}


def stands(motions: Sequence[Motion]) -> dict[str, float]:
    """lint: the share of motions of which the lint says nothing; feet, floor and shaking: means over motions that have them."""
    rows = [physics(motion) for motion in motions]
    passed = float(np.mean([not lint(motion) for motion in motions]))
    return {"lint": passed} | {name: _mean([row[name] for row in rows]) for name in rows[0]}


def _mean(values: Sequence[float]) -> float:
    held = [value for value in values if not np.isnan(value)]
    return float(np.mean(held)) if held else float("nan")
