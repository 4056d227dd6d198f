"""What the motion-text space is worth: real motion of the test split against its own captions, with controls and a baseline.

A judge has to be judged first. Pools hold no two captions that say the same (lmm.model.alike), so that every rival is a wrong
answer. The baseline is a ridge regression from mean and spread of the features to the sentences' gist: what needs no encoder.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmm.evaluate.metrics.accuracy import accuracy
from lmm.evaluate.metrics.r_precision import POOL, r_precision
from lmm.model.alike import Meanings, Shown, gists, meanings, said, same, shown
from lmm.model.embedder import Embedder, Tokens
from lmm.train.choice import PAIRED
from motionverse import tomato
from motionverse.motion import Motion
from motionverse.paraphrase import mirror_text
from motionverse.parts import FACE_CELL
from motionverse.stats import Stats
from motionverse.store.layout import ClipRecord
from motionverse.store.reader import Store

REPEATS = 20  # draws of the pools' clips and captions
_RIDGE, _GIST = 10.0, 300  # of the baseline: its penalty, and the directions of the gist that it predicts


@dataclass(frozen=True, eq=False)
class Clips:
    """Captioned clips: records, motions, and the captions that speak of at least half of each."""

    records: list[ClipRecord]
    motions: list[Motion]
    captions: list[list[str]]

    @classmethod
    def of(cls, store: Store, split: str) -> "Clips":
        """Those of a split, each motion once: none that was bent in time beside a sound."""
        found = [int(i) for i in store.indices(split) if store.records[int(i)].source not in PAIRED]
        told = {i: said(store.records[i]) for i in found}
        kept = [i for i in found if told[i]]
        return cls([store.records[i] for i in kept], [store.motion(i) for i in kept], [told[i] for i in kept])

    def only(self, origin: str) -> "Clips":
        """The same clips with captions of one origin; clips without any are left out."""
        told = [said(record, origin) for record in self.records]
        kept = [k for k, texts in enumerate(told) if texts]
        return Clips([self.records[k] for k in kept], [self.motions[k] for k in kept], [told[k] for k in kept])


def report(embedder: Embedder, store: Store, tokens: Tokens) -> dict[str, Any]:
    """All figures of the space on the test split of a store, as plain numbers, chance beside them."""
    test, known = Clips.of(store, "test"), meanings(store.records)
    vectors = embedder.motions(test.motions)
    probe = Probe.fit(Clips.of(store, "train"), embedder.stats, tokens)
    guessed = probe.gist(test.motions)
    found: dict[str, Any] = {"version": embedder.version, "clips": len(test.records)}
    found["space"] = retrieval(test, vectors, embedder.texts, known, tokens)
    found["linear"] = retrieval(test, guessed, probe.texts, known, tokens)
    found["shuffled"] = retrieval(test, vectors, embedder.texts, known, tokens, shuffled=True)
    for fps in (12.0, 24.0):
        slower = embedder.motions([motion.resample(fps) for motion in test.motions])
        found[f"at_{fps:g}_fps"] = retrieval(test, slower, embedder.texts, known, tokens)
    for origin in ("human", "grammar"):
        part = test.only(origin)
        rows = [test.records.index(record) for record in part.records]
        if len(part.records) >= 8:
            found[origin] = retrieval(part, vectors[rows], embedder.texts, known, tokens)
            found[f"{origin}_linear"] = retrieval(part, guessed[rows], probe.texts, known, tokens)
    found["sides"] = {"space": sides(test, vectors, embedder.texts), "linear": sides(test, guessed, probe.texts)}
    asked, rows = labels(test.records, embedder.action_names)
    moving = [test.motions[k] for k in rows]
    found["action"] = {
        "clips": len(rows),
        "classes": len(embedder.action_names),
        "space": accuracy(embedder.actions(moving), asked),
        "linear": accuracy(probe.actions(moving, embedder.action_names), asked),
        "most_frequent": float(np.bincount(asked).max() / len(asked)),
    }
    return found


def retrieval(
    clips: Clips,
    vectors: np.ndarray,
    texts_of: Any,
    known: Meanings,
    tokens: Tokens,
    shuffled: bool = False,
) -> dict[str, Any]:
    """R-precision @1-3 in pools of 32 (of all there are, if fewer) and the median rank among all, over REPEATS draws of clips
    with different captions.

    vectors (N, E) of the clips' motions; texts_of: sentences -> (n, E); shuffled: captions dealt out among the clips, the
    control which must score chance. Intervals are 1.96 standard errors over the draws.
    """
    tops, ranks, counts, pools = [], [], [], []
    for draw in range(REPEATS):
        rng = np.random.default_rng(draw)
        chosen, texts = apart(clips, known, lambda captions: gists(tokens.tokens(captions)), rng)
        order = rng.permutation(len(chosen)) if shuffled else np.arange(len(chosen))
        asked, moved = texts_of([texts[k] for k in order]), vectors[chosen]
        pools.append(min(POOL, len(chosen)))
        tops.append(r_precision(asked, moved, pool=pools[-1]))
        score = asked @ moved.T
        ranks.append(np.median((score > np.diag(score)[:, None]).sum(1) + 1))
        counts.append(len(chosen))
    spread = 1.96 * np.std(tops, 0, ddof=1) / REPEATS**0.5
    return {
        "r_precision": np.mean(tops, 0).round(4).tolist(),
        "interval": spread.round(4).tolist(),
        "chance_r1": float(np.mean(1 / np.array(pools))),
        "median_rank": float(np.mean(ranks)),
        "of": float(np.mean(counts)),
    }


def apart(
    clips: Clips, known: Meanings, gists_of: Callable[[Sequence[str]], np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, list[str]]:
    """Clips (n,) in random order, a random caption each, as many as go together without two that say the same.

    gists_of: captions -> (n, 384), as lmm.model.alike.gists gives them.
    """
    order = rng.permutation(len(clips.records))
    texts = [clips.captions[k][int(rng.integers(len(clips.captions[k])))] for k in order]
    keys: list[Shown] = [shown(clips.records[k]) for k in order]
    rivals = same(texts, keys, known, gists_of(texts))
    kept: list[int] = []
    for k in range(len(order)):
        if not rivals[k, kept].any():
            kept.append(k)
    return order[kept], [texts[k] for k in kept]


def sides(clips: Clips, vectors: np.ndarray, texts_of: Any) -> dict[str, float]:
    """Share of captions with a side that lie nearer to their motion than the same words with left and right exchanged."""
    rows = [(k, text) for k, texts in enumerate(clips.captions) for text in texts[:4] if mirror_text(text) != text]
    if not rows:
        return {"captions": 0, "told": float("nan")}
    moved = vectors[[k for k, _ in rows]]
    right, wrong = (texts_of(texts) for texts in ([t for _, t in rows], [mirror_text(t) for _, t in rows]))
    return {"captions": len(rows), "told": float((((right - wrong) * moved).sum(1) > 0).mean())}


def labels(records: Sequence[ClipRecord], actions: Sequence[str]) -> tuple[np.ndarray, list[int]]:
    """Class of each clip whose action is one of `actions`, and which clips these are."""
    place = {name: number for number, name in enumerate(actions)}
    rows = [k for k, record in enumerate(records) if shown(record)[0] in place]
    return np.array([place[shown(records[k])[0]] for k in rows], int), rows


@dataclass(frozen=True, eq=False)
class Probe:
    """The baseline: ridge regressions from statistics of the features to the whitened gist and to the action."""

    stats: Stats
    tokens: Tokens
    centre: np.ndarray
    whitener: np.ndarray  # (384, G)
    weights: np.ndarray  # (F, G)
    action_weights: np.ndarray  # (F, A)
    names: tuple[str, ...]

    @classmethod
    def fit(cls, clips: Clips, stats: Stats, tokens: Tokens) -> "Probe":
        """From training clips and the mean gist of the captions of each."""
        told = np.stack([gists(tokens.tokens(texts[:12])).mean(0) for texts in clips.captions])
        centre = told.mean(0)
        spread, axes = np.linalg.eigh(np.cov((told - centre).T))
        whitener = axes[:, -_GIST:] / np.sqrt(spread[-_GIST:] + 0.1 * spread.mean())
        x = _statistics(clips.motions, stats)
        names = tuple(sorted({shown(record)[0] for record in clips.records}))
        hot = np.eye(len(names))[[names.index(shown(record)[0]) for record in clips.records]]
        inverse = np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T)
        return cls(stats, tokens, centre, whitener, inverse @ ((told - centre) @ whitener), inverse @ hot, names)

    def gist(self, motions: Sequence[Motion]) -> np.ndarray:
        """Guessed whitened gists (N, G) of motions, of length 1."""
        found = _statistics(motions, self.stats) @ self.weights
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Whitened gists (N, G) of sentences, of length 1."""
        found = (gists(self.tokens.tokens(texts)) - self.centre) @ self.whitener
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def actions(self, motions: Sequence[Motion], actions: Sequence[str]) -> np.ndarray:
        """Scores (N, A) of the named actions; those that the probe has not seen score least."""
        found = _statistics(motions, self.stats) @ self.action_weights
        lowest = np.full(len(found), found.min() - 1)
        return np.stack([found[:, self.names.index(a)] if a in self.names else lowest for a in actions], 1)


def _statistics(motions: Sequence[Motion], stats: Stats) -> np.ndarray:
    """(N, 2 D + 2): mean and spread of each normalised feature, the length [log s], one."""
    rows = []
    for motion in motions:
        cells = np.append(motion.present, False)
        assert len(cells) == FACE_CELL + 1
        features = stats.normalise(tomato.encode(motion)[0], cells)
        rows.append(np.concatenate([features.mean(0), features.std(0), [np.log(motion.seconds), 1.0]]))
    return np.stack(rows).astype(np.float64)
