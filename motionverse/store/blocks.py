"""The bytes of clips, each block checked before it is believed."""

import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.store.files import Files, Span
from motionverse.store.layout import BLOCK, blocks
from motionverse.store.manifest import FileRow
from motionverse.store.table import Records


class Blocks:
    """Reads spans of clips.

    Of a store on this machine a block is checked when it is first touched. Of one that lies far away the blocks of a span are
    fetched, neighbours in one range and all ranges in one request, and `memory` bytes of them are kept, the last used.
    """

    def __init__(self, files: Files, shards: Sequence[FileRow], records: Records, memory: int) -> None:
        self._files, self._shards, self._records, self._memory = files, shards, records, memory
        self._checked = np.zeros(len(records.checks), bool)
        self._held: OrderedDict[int, bytes] = OrderedDict()
        self._used = 0

    def read(self, index: int, spans: Sequence[Span]) -> list[bytes]:
        """The bytes of clip `index` from a to b, for every (a, b). MotionError for a block that has changed."""
        needed = sorted({k for a, b in spans for k in range(a // BLOCK, -(-b // BLOCK)) if b > a})
        if not self._files.near:
            held = self._fetched(index, needed)
            return [_assembled(held, a, b) for a, b in spans]
        shard, offset, length = self._place(index)
        data = self._files.spans(shard, [(offset, offset + length)])[0]
        first = int(self._records.numbers("first_check")[index])
        for number in needed:
            if not self._checked[first + number]:
                self._check(index, number, data[number * BLOCK : (number + 1) * BLOCK].data)
                self._checked[first + number] = True
        return [data[a:b].tobytes() for a, b in spans]

    def _fetched(self, index: int, needed: Sequence[int]) -> dict[int, bytes]:
        """Blocks of a clip that lies far away, by number; of those that are not held, neighbours are one range."""
        shard, offset, length = self._place(index)
        first = int(self._records.numbers("first_check")[index])
        held = {k: self._held[first + k] for k in needed if first + k in self._held}
        missing = [k for k in needed if k not in held]
        breaks = [0, *(i for i in range(1, len(missing)) if missing[i] != missing[i - 1] + 1), len(missing)]
        runs = [missing[a:b] for a, b in pairwise(breaks) if b > a]
        ranges = [(offset + run[0] * BLOCK, offset + min((run[-1] + 1) * BLOCK, length)) for run in runs]
        for run, data in zip(runs, self._files.spans(shard, ranges) if ranges else [], strict=True):
            for k in run:
                block = data[(k - run[0]) * BLOCK : (k - run[0] + 1) * BLOCK].tobytes()
                self._check(index, k, block)
                held[k] = block
        for k in needed:
            self._keep(first + k, held[k])
        return held

    def _keep(self, key: int, block: bytes) -> None:
        if key not in self._held:
            self._used += len(block)
        self._held[key] = block
        self._held.move_to_end(key)
        while self._used > self._memory:
            self._used -= len(self._held.popitem(last=False)[1])

    def _check(self, index: int, number: int, block: bytes | memoryview) -> None:
        first = int(self._records.numbers("first_check")[index])
        if zlib.crc32(block) != self._records.checks[first + number]:
            raise self._damaged(index)

    def damaged(self, shard: int) -> Iterator[MotionError]:
        """Every clip of a shard that is not what was written, as an error that names it; reads all of them."""
        first_check = self._records.numbers("first_check")
        for index in np.flatnonzero(self._records.numbers("shard") == shard):
            row, offset, length = self._place(int(index))
            data = self._files.spans(row, [(offset, offset + length)])[0]
            known = self._records.checks[first_check[index] :]
            if any(zlib.crc32(data[a:b].data) != known[k] for k, (a, b) in enumerate(blocks(length))):
                yield self._damaged(int(index))

    def _place(self, index: int) -> tuple[FileRow, int, int]:
        shard, offset, length = (int(self._records.numbers(name)[index]) for name in ("shard", "offset", "length"))
        return self._shards[shard], offset, length

    def _damaged(self, index: int) -> MotionError:
        where = self._files.where(self._place(index)[0].name)
        return MotionError(f"{where}: damaged in clip {self._records[index].name!r}; build the store again")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_held": OrderedDict(), "_used": 0}


def _assembled(blocks_held: Mapping[int, bytes], first: int, last: int) -> bytes:
    """The bytes first..last of a clip out of its blocks."""
    if last <= first:
        return b""
    numbers = range(first // BLOCK, -(-last // BLOCK))
    data = b"".join(blocks_held[k] for k in numbers)
    return data[first - numbers[0] * BLOCK : last - numbers[0] * BLOCK]
