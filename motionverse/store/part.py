"""The clips of one writing: shards, lines, a table and sounds, put into a folder; what a new store and an `append` share."""

import dataclasses
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.licence import LICENCES, BillRow
from motionverse.store import layout
from motionverse.store.encoding import Encoded, encode_clip
from motionverse.store.manifest import FileRow, HashedFile, Part
from motionverse.store.table import TableWriter, name_key

Bill = dict[tuple[str, str], tuple[int, float]]  # (source, licence): clips and seconds


@dataclass
class PartWriter:
    """Writes the files of part `number` into `folder`, shards from `shard` on.

    path: how messages name the store; taken: name keys of clips that are there already; sounds: copy sound files;
    skeletons and bill: what the store has, to be added to; held: copies of sounds that it has.
    """

    folder: Path
    path: Path
    number: int = 0
    shard: int = 0
    taken: Iterable[int] = ()
    shard_bytes: int = layout.SHARD_BYTES
    sounds: bool = False
    skeletons: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    bill: Bill = field(default_factory=dict)
    held: Iterable[FileRow] = ()

    def __post_init__(self) -> None:
        self._taken, self._table = set(self.taken), TableWriter()
        self._lines = HashedFile(self.folder, layout.lines_name(self.number))
        self._open: HashedFile | None = None
        self._shards: list[FileRow] = []
        self._sounds: dict[str, FileRow] = {}
        self._held = {row.name for row in self.held}

    def __len__(self) -> int:
        return len(self._table)

    def add(self, encoded: Encoded, fetch: Callable[[str], bytes] | None = None) -> layout.ClipRecord:
        """Append a clip. fetch: reads the copies of sounds in the store that the clip comes from.

        Raises MotionError for a name that is there already and for a sound that is gone or has changed.
        """
        record, key = encoded.record, name_key(encoded.record.name)
        if key in self._taken:
            raise MotionError(f"{self.path}: a clip named {record.name!r} was added before; names must differ")
        record = dataclasses.replace(record, audio=tuple(self._kept(sound, fetch) for sound in record.audio))
        file = self._place(len(encoded.data))
        record = dataclasses.replace(record, shard=self.shard + len(self._shards), offset=file.bytes)
        file.write(encoded.data)
        line = (record.to_json() + "\n").encode()
        self._lines.write(line)
        self._table.add(record, line, layout.checks(encoded.data))
        self._taken.add(key)
        self.skeletons.setdefault(record.skeleton, encoded.skeleton)
        clips, seconds = self.bill.get((record.source, record.licence), (0, 0.0))
        self.bill[record.source, record.licence] = clips + 1, seconds + record.seconds
        return record

    def close(self) -> tuple[Part, list[FileRow], list[FileRow]]:
        """Finish the files: the part's row, its shards and its sounds."""
        self._end_shard()
        table = HashedFile(self.folder, layout.table_name(self.number))
        table.write(self._table.to_bytes())
        return Part(self._lines.close(), table.close(), len(self)), self._shards, list(self._sounds.values())

    def abandon(self) -> None:
        """Close what is open."""
        self._lines.close()
        self._end_shard()

    def _place(self, length: int) -> HashedFile:
        """The shard that a clip of `length` bytes goes into; the next one where this one is full."""
        if self._open is not None and self._open.bytes + length > self.shard_bytes:
            self._end_shard()
        if self._open is None:
            self._open = HashedFile(self.folder, layout.shard_name(self.shard + len(self._shards)))
        return self._open

    def _end_shard(self) -> None:
        if self._open is not None:
            self._shards.append(self._open.close())
            self._open = None

    def _kept(self, sound: layout.SoundRecord, fetch: Callable[[str], bytes] | None) -> layout.SoundRecord:
        """A sound whose file was copied into the store, once for all clips that share it; as it is where none is to be."""
        if not sound.sha256 or not (self.sounds or sound.stored):
            return sound
        name = f"{layout.SOUNDS}/{sound.sha256[:16]}{Path(sound.stored or sound.path).suffix}"
        if name not in self._sounds and name not in self._held:
            try:
                data = fetch(sound.stored) if fetch is not None and sound.stored else Path(sound.path).read_bytes()
            except OSError as error:
                raise MotionError(f"{sound.path}: cannot be copied ({error.strerror}); put the sound back") from error
            if hashlib.sha256(data).hexdigest() != sound.sha256:
                raise MotionError(f"{sound.path}: the sound changed while the store was being written; write it again")
            (self.folder / layout.SOUNDS).mkdir(exist_ok=True)
            file = HashedFile(self.folder, name)
            file.write(data)
            self._sounds[name] = file.close()
        return dataclasses.replace(sound, stored=name)


class Moments(Protocol):
    """Feature statistics, as far as a store needs to know them: named arrays."""

    def to_arrays(self) -> dict[str, Any]: ...


class Intake(ABC):
    """Takes clips in, one after the other; used in a `with` block, whose end closes it and whose error abandons it."""

    _folder: Path
    _part: PartWriter

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abandon()
        elif self._folder.exists():
            self.close()

    def __len__(self) -> int:
        return len(self._part)

    def add(self, clip: Clip) -> layout.ClipRecord:
        """Append a clip; the same as `add_encoded(encode_clip(clip))`."""
        return self.add_encoded(encode_clip(clip))

    def add_encoded(self, encoded: Encoded, fetch: Callable[[str], bytes] | None = None) -> layout.ClipRecord:
        """Append a clip that `encode_clip` made, here or elsewhere, or that another store holds.

        fetch: reads the copies of sounds in that other store. Raises MotionError for a name that is there already, and for
        a sound to be copied that is gone or has changed.
        """
        return self._part.add(encoded, fetch)

    @abstractmethod
    def close(self, stats: Moments | None = None) -> Path:
        """Make the clips a store, or part of one; returns its path."""

    @abstractmethod
    def abandon(self) -> None:
        """Give up: nothing of the clips is left."""


def bill_rows(bill: Bill) -> tuple[dict[str, Any], ...]:
    """The bill as the manifest holds it, the longest first."""
    rows = [BillRow(source, LICENCES[key], clips, seconds) for (source, key), (clips, seconds) in bill.items()]
    return tuple(dataclasses.asdict(row) for row in sorted(rows, key=lambda row: (-row.seconds, row.source)))


def bill_of(rows: Iterable[Mapping[str, Any]]) -> Bill:
    """The inverse of `bill_rows`."""
    return {(row["source"], row["licence"]["key"]): (row["clips"], row["seconds"]) for row in rows}


def write_stats(folder: Path, name: str, arrays: Mapping[str, Any]) -> FileRow:
    """Feature statistics as a file that does not depend on the clock."""
    np.savez(folder / name, **arrays)
    return FileRow.of(folder, name)
