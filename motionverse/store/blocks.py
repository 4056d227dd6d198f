"""The bytes of clips, each block checked before it is believed."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from motionverse.errors import MotionError
from motionverse.store.files import Files, Span
from motionverse.store.layout import BLOCK, blocks
from motionverse.store.manifest import FileRow
from motionverse.store.table import Records


class Blocks:
    """Reads spans of clips. Of a store on this machine a block is checked when it is first touched, whoever asks for it."""

    def __init__(self, files: Files, shards: Sequence[FileRow], records: Records) -> None:
        self._files, self._shards, self._records = files, shards, records
        self._checked = np.zeros(len(records.checks), bool)

    def read(self, index: int, spans: Sequence[Span]) -> list[bytes]:
        """The bytes of clip `index` from a to b, for every (a, b). MotionError for a block that has changed."""
        numbers = self._records.numbers
        shard, offset, length = self._place(index)
        data = self._files.spans(shard, [(offset, offset + length)])[0]
        first = int(numbers("first_check")[index])
        for number in sorted({k for a, b in spans for k in range(a // BLOCK, -(-b // BLOCK)) if b > a}):
            if not self._checked[first + number]:
                block = data[number * BLOCK : (number + 1) * BLOCK]
                if zlib.crc32(block.data) != self._records.checks[first + number]:
                    raise self._damaged(index)
                self._checked[first + number] = True
        return [data[a:b].tobytes() for a, b in spans]

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
