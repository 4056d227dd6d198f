"""Which clips a step shows, and how each: a pure function of (seed, step), as lmm.train.curriculum draws it.

A step's clips have the same body parts captured, and where a step shows streams along time all its clips have them: what a
whole batch lacks costs the model nothing. Steps that show sound draw from the clips with sound alone, among themselves
(`data.sound_temperature`). What all other steps draw from says `data.weights`; unless it names them these leave out the clips
that sound was laid under afterwards (PAIRED), which are other clips' motion once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmm.train import curriculum
from lmm.train.curriculum import CurriculumConfig, Draw
from lmm.train.recipe import DataConfig
from motionverse.errors import MotionError
from motionverse.features.signals import SIGNALS
from motionverse.mixture import Mixture
from motionverse.pairs.acts import SOURCES
from motionverse.parts import CELL_PART, FACE_CELL
from motionverse.store.layout import ClipRecord
from motionverse.store.table import Records
from motionverse.streams import has

PAIRED = frozenset(SOURCES.values())  # sources of clips that sound was laid under
_GROUP, _PART = 2**31, 2**31 + 1  # places in the stream of seeds that no clip uses


@dataclass(frozen=True, eq=False)
class Step:
    """What a step shows: timed, its streams along time; clips (n,), indices into the store; how each is shown."""

    timed: tuple[str, ...]
    clips: np.ndarray
    draws: Sequence[Draw]


class Choice:
    """The clips of a split of a store, step by step. Raises MotionError for a key of `shows` that no clip of the split has."""

    def __init__(self, records: Records, config: CurriculumConfig, data: DataConfig, seed: int, split: str) -> None:
        self.config, self.seed = config, seed
        told = _Told.of(records)
        self.groups = {shows: _groups(told, data, split, shows) for shows, share in config.shows.items() if share > 0}
        self._fps, self._frames = records.numbers("fps"), records.numbers("frames")
        self._pools: dict[int, tuple[np.ndarray, list[Draw], list[np.ndarray]]] = {}

    @property
    def clips(self) -> np.ndarray:
        """All clips that may be drawn, each once, in rising order."""
        return np.unique(np.concatenate([group.indices for groups in self.groups.values() for group, _ in groups]))

    def __getitem__(self, step: int) -> Step:
        """What a step shows."""
        first, part = curriculum.pooled(self.config, step)
        if first not in self._pools:
            self._pools[first] = self._pool(first)
            while len(self._pools) > self.config.pool:
                del self._pools[next(iter(self._pools))]
        clips, draws, parts = self._pools[first]
        mine = parts[part]
        shows = curriculum.shown(self.config, self.seed, first)
        levels = curriculum.levels(self.config, self.seed, step, len(mine), shows)
        return Step(
            curriculum.timed(shows),
            clips[mine],
            [replace(draws[k], level=v) for k, v in zip(mine, levels, strict=True)],
        )

    def group(self, shows: str, step: int) -> Mixture:
        """The clips that a step which shows that draws from."""
        groups = self.groups[shows]
        shares = np.array([share for _, share in groups])
        return groups[np.random.default_rng((self.seed, step, _GROUP)).choice(len(groups), p=shares)][0]

    def _pool(self, step: int) -> tuple[np.ndarray, list[Draw], list[np.ndarray]]:
        """What the steps of a pool draw together, clips and draws, and which of them each shows."""
        count, _ = curriculum.window(self.config, self.seed, step)
        shows = curriculum.shown(self.config, self.seed, step)
        clips = self.group(shows, step).draw(self.seed, step, count * self.config.pool)
        rates = self._fps[clips]
        draws = [curriculum.draw(self.config, self.seed, step, k, float(fps)) for k, fps in enumerate(rates)]
        shown = np.array([draw.rate for draw in draws])
        there = ((self._frames[clips] - 1) / rates * shown + 1e-6).astype(int) + 1
        lengths = np.minimum(there, [draw.frames for draw in draws])
        parts = dealt(lengths, self.config.pool, curriculum.least(count))
        order = np.random.default_rng((self.seed, step, _PART)).permutation(len(parts))
        return clips, draws, [parts[k] for k in order]


def dealt(lengths: np.ndarray, parts: int, least: int = 1) -> list[np.ndarray]:
    """Which of the lengths (n,) belong together: the shortest, the next, each part about as long in sum and none of fewer than
    `least`, n >= parts x least."""
    order = np.argsort(lengths, kind="stable")
    sums = np.cumsum(lengths[order])
    cuts = [0]
    for k in range(1, parts):
        cut = int(np.searchsorted(sums, sums[-1] * k / parts))
        cuts.append(min(max(cut, cuts[-1] + least), len(order) - (parts - k) * least))
    return [np.sort(part) for part in np.split(order, cuts[1:])]


@dataclass(frozen=True, eq=False)
class _Told:
    """What decides which steps may show a clip, a row each: its body parts, whether it has a stream along time, whether its sound
    was laid under it."""

    records: Sequence[ClipRecord]
    parts: np.ndarray
    streams: Mapping[str, np.ndarray]
    paired: np.ndarray

    @classmethod
    def of(cls, records: Sequence[ClipRecord]) -> "_Told":
        rows = [(hash(_parts(r)), r.source in PAIRED, *(has(r, name) for name in SIGNALS)) for r in records]
        columns = np.array(rows, np.int64).reshape(len(rows), 2 + len(SIGNALS)).T
        streams = {name: column.astype(bool) for name, column in zip(SIGNALS, columns[2:], strict=True)}
        return cls(records, columns[0], streams, columns[1].astype(bool))


def _groups(told: _Told, data: DataConfig, split: str, shows: str) -> list[tuple[Mixture, float]]:
    """The clips that steps of a key of `shows` draw from, by the body parts they have: (the mixture over them, its share)."""
    timed = curriculum.timed(shows)
    sound = any(SIGNALS[name].load is not None for name in timed)
    weights = None if sound else data.weights or None
    whole = Mixture(told.records, split, weights, data.sound_temperature if sound else data.temperature)
    keep = np.logical_and.reduce([told.streams[name] for name in timed]) if timed else np.ones(len(told.paired), bool)
    keep = (keep if sound or weights else keep & ~told.paired)[whole.indices]
    if not keep.any():
        raise MotionError(
            f"curriculum.shows: {shows!r}: no clip of the {split} split has it; build a store with such clips"
        )
    whole = whole if keep.all() else whole.only(keep)
    parts = told.parts[whole.indices]
    groups = []
    for key in sorted(set(parts.tolist())):
        mine = parts == key
        share = float(whole.probabilities[mine].sum())
        if share > 0:
            groups.append((whole.only(mine), share))
    return groups


def _parts(record: ClipRecord) -> tuple[int, ...]:
    owners = {int(CELL_PART[joint]) for joint in record.observed}
    return tuple(sorted(owners | ({int(CELL_PART[FACE_CELL])} if record.face else set())))
