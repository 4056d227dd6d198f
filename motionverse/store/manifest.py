"""The store's table of contents: which files belong to it, what they sum to, and what their clips have in common."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from motionverse.errors import MotionError
from motionverse.skeleton import Skeleton
from motionverse.store.layout import MANIFEST, SCHEMA, VERSION


@dataclass(frozen=True)
class FileRow:
    """A file of the store: its name, its length and its SHA-256."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, folder: Path, name: str) -> "FileRow":
        """The row of a file that is there."""
        with (folder / name).open("rb") as stream:
            return cls(name, (folder / name).stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


@dataclass(frozen=True)
class Part:
    """The clips of one writing or one `append`: their lines, their table, and how many they are."""

    lines: FileRow
    table: FileRow
    clips: int


@dataclass(frozen=True)
class Manifest:
    """The table of contents; `licences` is the bill: for every source its licence row, clips and seconds."""

    parts: tuple[Part, ...]
    shards: tuple[FileRow, ...]
    stats: FileRow | None
    skeletons: Mapping[str, Mapping[str, Any]]
    licences: tuple[Mapping[str, Any], ...] = ()
    sounds: tuple[FileRow, ...] = ()
    schema: str = field(default=SCHEMA)
    version: int = field(default=VERSION)

    @property
    def files(self) -> tuple[FileRow, ...]:
        """Every file but the manifest itself."""
        tables = (row for part in self.parts for row in (part.lines, part.table))
        return (*tables, *self.shards, *([self.stats] if self.stats else []), *self.sounds)

    def to_json(self) -> str:
        """The manifest's text, with its own checksum; the same for the same manifest."""
        row = dataclasses.asdict(self)
        return json.dumps({**row, "checksum": _checksum(row)}, indent=1, ensure_ascii=False)

    @classmethod
    def from_bytes(cls, data: bytes, path: str) -> "Manifest":
        """The inverse of `to_json`; MotionError naming `path` for a foreign file, another version or a changed byte."""
        try:
            text = data.decode()
            row = json.loads(text)
        except ValueError as error:
            raise MotionError(f"{path}: damaged (not JSON); build the store again") from error
        if not isinstance(row, dict) or row.get("schema") != SCHEMA:
            raise MotionError(f"{path}: not the manifest of a motion store; make one with `motionverse build`")
        if row.get("version") != VERSION:
            raise MotionError(
                f"{path}: store version {row.get('version')}, this program reads {VERSION}; build the store again"
            )
        if row.pop("checksum", None) != _checksum(row):
            raise MotionError(f"{path}: damaged (its checksum does not match); build the store again")
        parts = tuple(Part(FileRow(**p["lines"]), FileRow(**p["table"]), p["clips"]) for p in row["parts"])
        row.update(parts=parts, stats=FileRow(**row["stats"]) if row["stats"] else None)
        row.update({name: tuple(FileRow(**file) for file in row[name]) for name in ("shards", "sounds")})
        made = cls(**{**row, "licences": tuple(row["licences"])})
        if made.to_json() != text:  # white space means nothing, but a byte is not what it was
            raise MotionError(f"{path}: damaged (not as it was written); build the store again")
        return made


class HashedFile:
    """A file being written whose row is known when it is closed, without reading it again."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.bytes = name, 0
        self._sum = hashlib.sha256()
        self._stream: BinaryIO = (folder / name).open("wb")

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._sum.update(data)
        self.bytes += len(data)

    def close(self) -> FileRow:
        self._stream.close()
        return FileRow(self.name, self.bytes, self._sum.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in its place: beside it first, then over the old one in one step."""
    beside = folder / f".{MANIFEST}.new"
    beside.write_bytes(manifest.to_json().encode())
    beside.replace(folder / MANIFEST)


def skeleton_row(skeleton: Skeleton) -> dict[str, Any]:
    """A skeleton as JSON: names, parents, offsets [m] (end sites are a matter of file formats and stay behind)."""
    return {"names": list(skeleton.names), "parents": list(skeleton.parents), "offsets": skeleton.offsets.tolist()}


def skeleton_key(row: Mapping[str, Any]) -> str:
    """A short name for a skeleton row, by its content."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:12]


def _checksum(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
