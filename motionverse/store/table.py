"""The clips of a store as columns of numbers, and as records that are read when they are asked for.

A store of 100 million frames has some 300 thousand clips. What is counted, weighed and chosen by (length, source, action,
split, licence) is a column here, some 90 bytes a clip in all; sentences, words and cameras stay in their line of JSON until
somebody asks for that clip. A column of labels is a code a clip and the list of what the codes mean.
"""

import hashlib
import io
import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from motionverse.errors import MotionError
from motionverse.store.files import Files
from motionverse.store.layout import VERSION, ClipRecord
from motionverse.store.manifest import Part

NUMBERS = {
    "frames": "<i8", "fps": "<f8", "shard": "<i4", "offset": "<i8", "length": "<i8", "face": "|i1", "captions": "<i4",
    "name": "<u8", "line": "<i8", "line_length": "<i4", "line_check": "<u4", "first_check": "<i8",
}  # fmt: skip
LABELS = ("source", "licence", "split", "action", "skeleton", "rotation_source", "observed")
_LINE = ("line", "line_length", "line_check", "shard", "offset", "length")
_AT_ONCE = 4096  # lines that are read together where many are
_CODE, _CHECK = "<i4", "<u4"
_ARRAY = {"<i8": "q", "<f8": "d", "<i4": "i", "|i1": "b", "<u8": "Q", "<u4": "I"}


class TableWriter:
    """Collects the columns of the clips that are written, a clip at a time."""

    def __init__(self) -> None:
        self._numbers = {name: array(_ARRAY[kind]) for name, kind in NUMBERS.items()}
        self._codes = {name: array(_ARRAY[_CODE]) for name in LABELS}
        self._meant: dict[str, dict[str, int]] = {name: {} for name in LABELS}
        self._checks = array(_ARRAY[_CHECK])
        self._lines = 0

    def __len__(self) -> int:
        return len(self._numbers["frames"])

    def add(self, record: ClipRecord, line: bytes, checks: Sequence[int]) -> None:
        """Take in a clip that has its place: its record, its line and its blocks' checksums."""
        row = {
            "frames": record.frames, "fps": record.fps, "shard": record.shard, "offset": record.offset,
            "length": record.length, "face": record.face, "captions": len(record.captions),
            "name": name_key(record.name), "line": self._lines, "line_length": len(line),
            "line_check": zlib.crc32(line), "first_check": len(self._checks),
        }  # fmt: skip
        for name, value in row.items():
            self._numbers[name].append(value)
        for name in LABELS:
            meant = self._meant[name]
            self._codes[name].append(meant.setdefault(_label(record, name), len(meant)))
        self._checks.extend(checks)
        self._lines += len(line)

    def to_bytes(self) -> bytes:
        """The table's file, the same for the same clips."""
        arrays = {name: np.array(self._numbers[name], kind) for name, kind in NUMBERS.items()}
        for name in LABELS:
            arrays[f"{name}_code"] = np.array(self._codes[name], _CODE)
            arrays[f"{name}_text"] = np.frombuffer(json.dumps([*self._meant[name]]).encode(), np.uint8)
        held = io.BytesIO()
        np.savez(held, **arrays, checks=np.array(self._checks, _CHECK))  # type: ignore[arg-type]
        return held.getvalue()


@dataclass(frozen=True)
class Labels:
    """A column of words: codes (n,) int and what they mean."""

    codes: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Labels":
        """A column of these words."""
        meant: dict[str, int] = {}
        codes = [meant.setdefault(word, len(meant)) for word in words]
        return cls(np.array(codes, _CODE), tuple(meant))

    def equal(self, *names: str) -> np.ndarray:
        """(n,) bool: where the word is one of these."""
        return np.isin(self.codes, [code for code, name in enumerate(self.names) if name in names])


class Records(Sequence[ClipRecord]):
    """The clips of a store, in order: a sequence of ClipRecord that are read when asked for, and columns that are held.

    Raises MotionError for tables that are not what the manifest says, and for a line whose bytes have changed.
    """

    def __init__(self, files: Files, parts: Sequence[Part]) -> None:
        self._files, self._parts = files, tuple(parts)
        tables = [_Table.read(files, part) for part in parts]
        self._starts = np.concatenate([[0], np.cumsum([part.clips for part in parts])]).astype(int)
        self._numbers = {name: _joined([table.numbers[name] for table in tables], NUMBERS[name]) for name in NUMBERS}
        self._labels = {name: _relabelled([table.labels[name] for table in tables]) for name in LABELS}
        self.checks = _joined([table.checks for table in tables], _CHECK)
        shift = np.cumsum([0, *(len(table.checks) for table in tables)])[:-1]
        self._numbers["first_check"] += np.repeat(shift, [part.clips for part in parts])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __iter__(self) -> Iterator[ClipRecord]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self._read(first, min(first + _AT_ONCE, len(self)))

    @overload
    def __getitem__(self, index: int) -> ClipRecord: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ClipRecord, ...]: ...
    def __getitem__(self, index: int | slice) -> ClipRecord | tuple[ClipRecord, ...]:
        if isinstance(index, slice):
            return tuple(self[k] for k in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(f"clip {index} of {len(self)}")
        index = int(index) % len(self)
        return next(self._read(index, index + 1))

    def numbers(self, name: str) -> np.ndarray:
        """(n,) a column of `NUMBERS`, not to be written to."""
        return self._numbers[name]

    def labels(self, name: str) -> Labels:
        """A column of `LABELS`; "observed" is written as joint numbers with spaces between."""
        return self._labels[name]

    @property
    def seconds(self) -> np.ndarray:
        """(n,) length of every clip [s]."""
        return self._numbers["frames"] / self._numbers["fps"]

    def named(self, name: str) -> list[int]:
        """Which clips have that name: one, or none."""
        found = np.flatnonzero(self._numbers["name"] == np.uint64(name_key(name)))
        return [int(index) for index in found if self[int(index)].name == name]

    def check(self) -> None:
        """Read every line. Raises MotionError for the first that has changed, naming its place."""
        for _ in self:
            pass

    def __reduce__(self) -> tuple[type, tuple[Files, Sequence[Part]]]:
        return Records, (self._files, self._parts)  # another process reads the tables itself

    def _read(self, first: int, stop: int) -> Iterator[ClipRecord]:
        """The records first..stop, their lines read at once."""
        while first < stop:
            part = int(np.searchsorted(self._starts, first, side="right")) - 1
            last, row = min(stop, int(self._starts[part + 1])), self._parts[part].lines
            starts, lengths, checks, *places = (self._numbers[name][first:last].tolist() for name in _LINE)
            data = self._files.spans(row, [(starts[0], starts[-1] + lengths[-1])])[0].data
            for k, (start, length, check, *place) in enumerate(zip(starts, lengths, checks, *places, strict=True)):
                line = bytes(data[start - starts[0] : start - starts[0] + length])
                if zlib.crc32(line) != check:
                    number = first + k - int(self._starts[part]) + 1
                    fault = f"damaged (line {number} is not what was written)"
                    raise MotionError(f"{self._files.where(row.name)}: {fault}; build the store again")
                yield self._parsed(line, place, row.name)
            first = last

    def _parsed(self, line: bytes, place: Sequence[int], name: str) -> ClipRecord:
        try:
            record = ClipRecord.from_json(line, *place)
        except (KeyError, TypeError, ValueError) as error:
            raise MotionError(
                f"{self._files.where(name)}: not the clips of a version {VERSION} store; build the store again"
            ) from error
        if record.length != record.total_bytes:
            fault = f"clip {record.name!r} is not as long as its table says"
            raise MotionError(f"{self._files.where(name)}: {fault}; build the store again")
        return record


@dataclass(frozen=True)
class _Table:
    """One file of columns."""

    numbers: Mapping[str, np.ndarray]
    labels: Mapping[str, Labels]
    checks: np.ndarray

    @classmethod
    def read(cls, files: Files, part: Part) -> "_Table":
        data = files.checked(part.table)
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                numbers = {name: arrays[name] for name in NUMBERS}
                labels = {
                    name: Labels(arrays[f"{name}_code"], tuple(json.loads(arrays[f"{name}_text"].tobytes())))
                    for name in LABELS
                }
                made = cls(numbers, labels, arrays["checks"])
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise MotionError(
                f"{files.where(part.table.name)}: not the table of a version {VERSION} store; build the store again"
            ) from error
        if any(len(column) != part.clips for column in made.numbers.values()):
            raise MotionError(f"{files.where(part.table.name)}: not as many clips as the manifest says; build it again")
        return made


def name_key(name: str) -> int:
    """64 bits of a clip's name: what it is looked up by, before the names are compared."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _label(record: ClipRecord, name: str) -> str:
    return " ".join(map(str, record.observed)) if name == "observed" else getattr(record, name)


def _joined(columns: Sequence[np.ndarray], kind: str) -> np.ndarray:
    return np.concatenate([np.zeros(0, kind), *columns])


def _relabelled(columns: Sequence[Labels]) -> Labels:
    """Columns of words one after the other, with one list of meanings."""
    meant: dict[str, int] = {}
    codes = [np.zeros(0, _CODE)]
    for column in columns:
        fresh = np.array([meant.setdefault(name, len(meant)) for name in column.names], _CODE)
        codes.append(fresh[column.codes])
    return Labels(np.concatenate(codes), tuple(meant))
