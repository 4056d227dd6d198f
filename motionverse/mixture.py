"""Which clips a step sees: weights over sources and actions, drawn as a pure function of (seed, step).

A resumed run needs no state, and another number of workers draws the same clips.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motionverse.errors import MotionError
from motionverse.store.layout import ClipRecord
from motionverse.store.table import Labels, Records


class Mixture:
    """Draws clips so that rare sources and actions are seen more often than their share of the hours.

    A group is a (source, action); it weighs (its seconds) ** `temperature`: 1 shows every second equally often, 0 every
    group. Within a group clips weigh as their seconds, at least `least` [s] each. `weights` gives sources their shares of
    the whole, whatever their lengths; sources that it leaves out, or gives 0, are not drawn and need not be there.
    `probabilities` (n,) belong to `indices` (n,).
    """

    def __init__(
        self,
        records: Sequence[ClipRecord],
        split: str | None = "train",
        weights: Mapping[str, float] | None = None,
        temperature: float = 0.5,
        least: float = 1.0,
    ) -> None:
        clips = _Clips.of(records)
        chosen = np.flatnonzero(clips.splits.equal(split)) if split is not None else np.arange(len(records))
        seconds = np.maximum(clips.seconds[chosen], least)
        sources = clips.sources.codes[chosen]
        groups = sources * np.int64(len(clips.actions.names)) + clips.actions.codes[chosen]
        totals = np.bincount(groups, seconds, minlength=1)
        share = seconds * totals[groups] ** (temperature - 1.0)
        if weights:
            share = _weighted(share, sources, clips.sources.names, weights)
        if not share.sum() > 0:
            raise MotionError(
                f"mixture: no clip to draw from (split {split!r}, {len(chosen)} clips); check split and weights"
            )
        self.indices = chosen[share > 0]
        self.probabilities = share[share > 0] / share.sum()
        self._edges = np.cumsum(self.probabilities)

    def only(self, keep: np.ndarray) -> "Mixture":
        """The same mixture over some of its clips alone: keep (n,) bool."""
        part = copy.copy(self)
        part.indices = self.indices[keep]
        part.probabilities = self.probabilities[keep] / self.probabilities[keep].sum()
        part._edges = np.cumsum(part.probabilities)
        return part

    def draw(self, seed: int, step: int, count: int) -> np.ndarray:
        """Indices (count,) of the clips of a step's batch, the same for the same arguments.

        The draws are spread evenly over the clips' shares (systematic sampling, then shuffled): each clip comes as often as
        its probability says, with less scatter from step to step than independent draws have.
        """
        rng = np.random.default_rng((seed, step))
        places = (np.arange(count) + rng.random()) / count
        # rounding may leave the last edge a hair below 1
        found = np.minimum(np.searchsorted(self._edges, places, side="right"), len(self.indices) - 1)
        return self.indices[rng.permutation(found)]


@dataclass(frozen=True)
class _Clips:
    """What the weights depend on, as columns."""

    seconds: np.ndarray
    splits: Labels
    sources: Labels
    actions: Labels

    @classmethod
    def of(cls, records: Sequence[ClipRecord]) -> "_Clips":
        if isinstance(records, Records):  # a store's own columns: no record is read
            return cls(records.seconds, *(records.labels(name) for name in ("split", "source", "action")))
        seconds = np.array([record.seconds for record in records], float)
        return cls(seconds, *(Labels.of(getattr(r, name) for r in records) for name in ("split", "source", "action")))


def _weighted(share: np.ndarray, sources: np.ndarray, names: Sequence[str], weights: Mapping[str, float]) -> np.ndarray:
    """Shares (n,) rescaled so that each source has what `weights` says."""
    known = {names[int(code)]: int(code) for code in np.unique(sources)}
    unknown = sorted(source for source, weight in weights.items() if weight and source not in known)
    if unknown or min(weights.values()) < 0:
        fault = (
            f"no clips of source {unknown[0]!r}; there are {', '.join(sorted(known))}"
            if unknown
            else "a weight is negative"
        )
        raise MotionError(f"mixture: {fault}")
    out = np.zeros_like(share)
    for source, weight in weights.items():
        if not weight:
            continue
        mine = sources == known[source]
        out[mine] = share[mine] / share[mine].sum() * weight
    return out
