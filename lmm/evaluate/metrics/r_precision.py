"""R-precision: is a motion among the k nearest to its own text? Over all pools at once, and without captions said twice.

Definition: Guo et al., Generating Diverse and Natural 3D Human Motions from Text, CVPR 2022: the match and 31 random
mismatches are ranked by Euclidean distance; as in its public evaluation, a text ranks motions. A pool is a random draw, so
its result is one too; here it is the expectation over all pools, which is known in closed form (how many of the nearer ones a
draw of 31 holds is hypergeometric). Nothing is drawn, and no clip is left over from the last batch.

A caption that several clips share makes some "mismatches" right answers. `unique` leaves candidates whose caption is the
query's out of its pools. Counting them as right instead would make the task easier the more captions are shared; left out, chance
stays k / 32 and the figures of two corpora can be compared.
"""

import functools
from collections.abc import Sequence

import numpy as np

from lmm.evaluate.metrics.samples import matched
from motionverse.errors import MotionError

POOL, TOP = 32, 3


def r_precision(
    texts: np.ndarray,
    motions: np.ndarray,
    captions: Sequence[str] | np.ndarray | None = None,
    pool: int = POOL,
) -> np.ndarray:
    """(3,) shares of texts whose motion is the nearest, among the two, among the three nearest of `pool`; chance is k / pool.

    texts, motions (N, D): row i of both belongs together. captions (N,), where given: candidates captioned as the query (but for
    case, spaces and a full stop) are left out of its pools; or (N, N) bool, True where two captions say the same
    (lmm.model.alike). Candidates at the same distance stand in random order, so that
    motions which are all alike score chance.
    Raises MotionError where a text has fewer than pool - 1 candidates beside its own.
    """
    from scipy.spatial.distance import cdist

    texts, motions = matched("R-precision", texts, motions, 2)
    distances = cdist(texts, motions)
    mine = np.diag(distances)[:, None]
    others = _others(len(texts), captions)
    nearer, tied = ((distances < mine) & others).sum(1), ((distances == mine) & others).sum(1)
    count = others.sum(1)
    if count.min() < pool - 1:
        worst = int(count.argmin())
        said = "" if captions is None or isinstance(captions, np.ndarray) else f" {captions[worst]!r}"
        raise MotionError(
            f"R-precision: text {worst}{said} has {count[worst]} candidates; a pool of {pool} takes {pool - 1}, add clips"
        )
    found = [_chances(int(m), pool)[:, w : w + t + 1].mean(1) for m, w, t in zip(count, nearer, tied, strict=True)]
    return np.mean(found, axis=0)


def _others(count: int, captions: Sequence[str] | np.ndarray | None) -> np.ndarray:
    """(N, N) True where candidate j may stand in a pool of query i."""
    if captions is None:
        return ~np.eye(count, dtype=bool)
    if len(captions) != count:
        raise MotionError(f"R-precision: {len(captions)} captions for {count} texts; give one each")
    if isinstance(captions, np.ndarray) and captions.ndim == 2:
        return ~(captions | np.eye(count, dtype=bool))
    said = np.array([" ".join(caption.casefold().split()).rstrip(" .") for caption in captions])
    return said[:, None] != said[None]


@functools.lru_cache(maxsize=256)
def _chances(candidates: int, pool: int) -> np.ndarray:
    """(3, candidates + 1) chance that a draw of pool - 1 holds fewer than 1, 2, 3 of `w` nearer candidates, w = 0, 1, ..."""
    from scipy.special import gammaln

    def log_choose(n: np.ndarray, k: int) -> np.ndarray:
        allowed = n >= k
        n = np.where(allowed, n, k)
        return np.where(allowed, gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), -np.inf)

    nearer, drawn = np.arange(candidates + 1), pool - 1
    every = log_choose(np.array(candidates), drawn)
    exactly = [
        np.exp(log_choose(nearer, k) + log_choose(candidates - nearer, drawn - k) - every)
        if k <= drawn
        else np.zeros(candidates + 1)
        for k in range(TOP)
    ]
    return np.minimum(np.cumsum(exactly, 0), 1)
