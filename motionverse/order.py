"""In which order clips are seen, over ranks and workers: a pure function of (seed, step, rank), shuffled and exact.

The clips of epoch after epoch make one endless stream, each epoch in an order of its own. A step takes the next
`batch` x `world` places of the stream, `batch` of them for each rank. So in every epoch each clip is seen once over all ranks,
and no batch is short: the batch at the end of an epoch runs on into the next one. Nothing is remembered: any step is computed
from its number, however many workers prepare it, so a resumed run replays nothing; with another world it goes on
from the number of clips seen (`start`). No list is shuffled either: a place is turned into a clip by a keyed permutation.

Sources: Feistel networks as permutations of any range by cycle walking (Black and Rogaway, Ciphers with Arbitrary Finite
Domains, CT-RSA 2002); the mixing function is SplitMix64's (Steele, Lea, Flood, OOPSLA 2014).
"""

import functools
from collections.abc import Iterator

import numpy as np

from motionverse.errors import MotionError

ROUNDS = 6  # of the Feistel network; four are enough for a permutation that looks random
_SHARDS, _CLIPS, _SEEDS = range(3)  # streams of keys


class Order:
    """The clips of every step, for one rank.

    clips: indices (n,) to be ordered, or how many there are; batch: clips a step and rank; start: clips that all ranks together
    have seen before step 0. shards: (n,) the shard that each clip lies in: then clips are shuffled among `at_once` shards at
    a time, in an order of shards that is new every epoch, so that far-away shards are read a few at once; None: among all.
    Raises MotionError for no clips, and for numbers that make no sense.
    """

    def __init__(
        self,
        clips: int | np.ndarray,
        seed: int = 0,
        batch: int = 1,
        rank: int = 0,
        world: int = 1,
        start: int = 0,
        shards: np.ndarray | None = None,
        at_once: int = 4,
    ) -> None:
        self.clips = None if isinstance(clips, int | np.integer) else np.asarray(clips)
        self.count = int(clips) if isinstance(clips, int | np.integer) else len(clips)
        self.seed, self.batch, self.rank, self.world, self.start = seed, batch, rank, world, start
        if self.count < 1:
            raise MotionError(f"order: {self.count} clips; there must be at least one")
        if batch < 1 or at_once < 1 or not 0 <= rank < world or start < 0 or seed < 0:
            raise MotionError(
                f"order: batch {batch}, rank {rank} of {world}, start {start}, seed {seed}, {at_once} shards at once; "
                "batch, world and shards must be at least 1, the rank below the world, and nothing negative"
            )
        self._blocks = None if shards is None else _Blocks(np.asarray(shards), at_once)

    def at(self, places: np.ndarray) -> np.ndarray:
        """The clips (k,) at places (k,) of the stream, 0 being the first of epoch 0."""
        places = np.asarray(places, np.int64)
        epochs, found = places // self.count, np.empty_like(places)
        for epoch in np.unique(epochs):
            mine = epochs == epoch
            inside = places[mine] - epoch * self.count
            if self._blocks is None:
                found[mine] = shuffled(inside, self.count, (self.seed, int(epoch), _CLIPS))
            else:
                found[mine] = self._blocks.at(inside, (self.seed, int(epoch)))
        return found if self.clips is None else self.clips[found]

    def places(self, step: int) -> np.ndarray:
        """(batch,) this rank's places of the stream at a step."""
        return self.start + (step * self.world + self.rank) * self.batch + np.arange(self.batch)

    def keys(self, step: int) -> list[tuple[int, int]]:
        """This rank's batch of a step as keys of a WindowDataset: (clip, a seed that differs from epoch to epoch)."""
        places = self.places(step)
        seeds = [_keys((self.seed, int(epoch), _SEEDS))[0] >> np.uint64(2) for epoch in places // self.count]
        return [(int(clip), int(seed)) for clip, seed in zip(self.at(places), seeds, strict=True)]

    def batches(self, step: int = 0, worker: int = 0, workers: int = 1) -> Iterator[list[tuple[int, int]]]:
        """`keys` of the steps from `step` on, without end: all of them, or every `workers`-th for one worker of several.

        The first is a `batch_sampler` of a torch DataLoader, whatever its `num_workers`; the second is for workers that take
        turns of their own accord.
        """
        step += worker
        while True:
            yield self.keys(step)
            step += workers

    def epoch(self, step: int) -> float:
        """How many epochs all ranks together have seen before a step."""
        return (self.start + step * self.world * self.batch) / self.count

    def seen(self, step: int) -> int:
        """Clips that all ranks together have seen before a step: the `start` of another world that goes on from there."""
        return self.start + step * self.world * self.batch


class _Blocks:
    """Places to clips through an order of shards. Memory: two numbers a shard; the clips' order where shards do not rise."""

    def __init__(self, shards: np.ndarray, at_once: int) -> None:
        rising = bool((np.diff(shards) >= 0).all())
        self._order = None if rising else np.argsort(shards, kind="stable")
        self._sizes = np.unique(shards, return_counts=True)[1]
        self._first = np.cumsum(self._sizes) - self._sizes
        self._at_once = at_once

    def at(self, places: np.ndarray, key: tuple[int, int]) -> np.ndarray:
        """The clips (k,) at places (k,) of one epoch."""
        order = shuffled(np.arange(len(self._sizes)), len(self._sizes), (*key, _SHARDS))
        ends = np.cumsum(self._sizes[order])
        last = np.minimum(np.arange(self._at_once, len(order) + self._at_once, self._at_once), len(order)) - 1
        groups, found = np.searchsorted(ends[last], places, side="right"), np.empty_like(places)
        for group in np.unique(groups):
            mine, begin = groups == group, group * self._at_once
            first = ends[begin] - self._sizes[order[begin]]
            inside = shuffled(places[mine] - first, int(ends[last[group]] - first), (*key, _CLIPS, int(group)))
            turn = np.searchsorted(ends, inside + first, side="right")
            shard = order[turn]
            found[mine] = self._first[shard] + inside + first - (ends[turn] - self._sizes[shard])
        return found if self._order is None else self._order[found]


def shuffled(places: np.ndarray, count: int, key: tuple[int, ...]) -> np.ndarray:
    """The numbers (k,) that a permutation of range(count), drawn by `key`, has at places (k,); no memory but its own."""
    half = max(1, ((count - 1).bit_length() + 1) // 2)
    out = _feistel(places.astype(np.uint64), half, _keys(key))
    while (outside := out >= count).any():  # in a range of at most four times `count`: walk on until inside
        out[outside] = _feistel(out[outside], half, _keys(key))
    return out.astype(np.int64)


def _feistel(numbers: np.ndarray, half: int, keys: np.ndarray) -> np.ndarray:
    """A permutation of the numbers of 2 x `half` bits."""
    bits, mask = np.uint64(half), np.uint64((1 << half) - 1)
    left, right = numbers >> bits, numbers & mask
    for key in keys:
        left, right = right, left ^ (_mixed(right + key) & mask)
    return left << bits | right


def _mixed(x: np.ndarray) -> np.ndarray:
    """SplitMix64's mixing of 64 bits; overflow is meant."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@functools.lru_cache(maxsize=256)
def _keys(key: tuple[int, ...]) -> np.ndarray:
    return np.random.SeedSequence(key).generate_state(ROUNDS, np.uint64)
