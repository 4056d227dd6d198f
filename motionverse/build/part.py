"""A part: what one chunk came to, as a file that appears whole. Plain data, read back clip by clip.

magic | length of the header (8 bytes, little-endian) | header, JSON | CRC-32 of header and moments | moments | clips' bytes
"""

import contextlib
import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.build.account import ClipRow
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.stats import Stats
from motionverse.store import layout
from motionverse.store.encoding import Encoded

MAGIC = b"motionverse part 1\n"
_MOMENTS = ("count", "mean", "squares")


def write(path: Path, rows: Sequence[ClipRow], clips: Sequence[Encoded], stats: Stats) -> None:
    """Write a part: the chunk's rows, those clips that can be used, and their moments. MotionError where it cannot be written."""
    header = {
        "rows": [row.to_json() for row in rows],
        "clips": [
            {"record": clip.record.to_json(), "bytes": len(clip.data), "crc32": zlib.crc32(clip.data)} for clip in clips
        ],
        "skeletons": {clip.record.skeleton: clip.skeleton for clip in clips},
    }
    arrays = stats.to_arrays()
    data = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    block = b"".join(np.ascontiguousarray(arrays[name], "<f8").tobytes() for name in _MOMENTS)
    sums = struct.pack("<II", zlib.crc32(data), zlib.crc32(block))
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.writelines([MAGIC, len(data).to_bytes(8, "little"), data, sums, block])
        stream.writelines(clip.data for clip in clips)


@dataclass(frozen=True)
class Part:
    """A part opened for reading; `clips` reads one clip at a time."""

    path: Path
    rows: list[ClipRow]
    stats: Stats
    header: dict[str, Any]
    start: int

    @classmethod
    def read(cls, path: Path) -> "Part":
        """Open a part. Raises MotionError for one that is damaged, after removing it, so that the next run makes it anew."""
        with path.open("rb") as stream, _damage(path):
            if stream.read(len(MAGIC)) != MAGIC:
                raise ValueError
            data = stream.read(min(int.from_bytes(stream.read(8), "little"), path.stat().st_size))
            sums = stream.read(8)
            width = Stats().count.nbytes
            block = stream.read(width * len(_MOMENTS))
            if sums != struct.pack("<II", zlib.crc32(data), zlib.crc32(block)):
                raise ValueError
            header = json.loads(data)
            values = np.frombuffer(block, "<f8").reshape(len(_MOMENTS), -1)
            stats = Stats.from_arrays(dict(zip(_MOMENTS, values, strict=True)))
            rows = [ClipRow.from_json(row) for row in header["rows"]]
            return cls(path, rows, stats, header, stream.tell())

    def clips(self) -> Iterator[Encoded]:
        """The clips, in order. Raises MotionError as `read` does."""
        with self.path.open("rb") as stream, _damage(self.path):
            stream.seek(self.start)
            for row in self.header["clips"]:
                record = replace(layout.ClipRecord.from_json(row["record"]), length=row["bytes"])
                data = stream.read(row["bytes"])
                if len(data) != row["bytes"] or zlib.crc32(data) != row["crc32"]:
                    raise ValueError
                yield Encoded(record, data, self.header["skeletons"][record.skeleton])


@contextlib.contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turns what a damaged part raises into a MotionError, and removes the part."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        path.unlink(missing_ok=True)
        raise MotionError(f"{path}: damaged, and removed; run the same build again to make it anew") from error
