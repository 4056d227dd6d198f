"""The store's schema, said once: file names, the two JSON records and the bytes of a clip.

A store is a folder:

    manifest.json    schema name and version, one row a file (name, bytes, sha256), skeletons, licence ledger, its own checksum
    clips.jsonl      one ClipRecord a line, in order
    shard-00000.bin  the clips' bytes, one after the other; a clip never spans two shards
    stats.npz        feature statistics (motionverse.stats), where they were given

A clip's bytes are, for T frames and K observed joints: root (T, 3) float32 [m] | rotations (T, K, 3) uint16 words
(motionverse.store.packing) | face (T, 50) float16, if there is one. Little-endian, no padding, 12 + 6 K (+ 100) bytes a
frame: 144 for a body, 324 with hands, 424 with a face. Every clip carries a CRC-32, every file a SHA-256.

A reader refuses another version. New files are only ever added, then the manifest is replaced, so that a later `append`
or `merge` needs no other schema.
"""

import dataclasses
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.motion import FACE_WIDTH
from motionverse.skeleton import Skeleton
from motionverse.store import packing

SCHEMA = "motionverse.store"
VERSION = 1
MANIFEST, CLIPS, STATS = "manifest.json", "clips.jsonl", "stats.npz"
SHARD_BYTES = 256 * 2**20  # a shard is closed once it is this long
ROOT, FACE = np.dtype("<f4"), np.dtype("<f2")


def shard_name(number: int) -> str:
    return f"shard-{number:05d}.bin"


@dataclass(frozen=True)
class CaptionRecord:
    """One sentence about a clip; `start`..`end` [s] is what it speaks of (None = to the end); `origin` says who wrote it."""

    text: str
    start: float = 0.0
    end: float | None = None
    origin: str = "human"


@dataclass(frozen=True)
class ClipRecord:
    """What is known of a clip without reading its motion.

    fps and frames are the native ones; `observed` lists the joints at rest, `skeleton` is a key of the manifest's table;
    `shard`, `offset` and `length` [bytes] say where the clip lies and `crc32` what its bytes sum to.
    """

    name: str
    source: str
    licence: str
    performance: str
    split: str
    fps: float
    frames: int
    skeleton: str
    observed: tuple[int, ...]
    shard: int
    offset: int
    length: int
    crc32: int
    captions: tuple[CaptionRecord, ...] = ()
    action: str = ""
    style: str = ""
    subject: str = ""
    face: bool = False
    rotation_source: str = "captured"

    @property
    def seconds(self) -> float:
        """Length [s]: each frame stands for 1 / fps."""
        return self.frames / self.fps

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame at rest."""
        return frame_bytes(len(self.observed), self.face)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> "ClipRecord":
        """The inverse of `to_json`; raises TypeError, KeyError or ValueError for anything else."""
        row = json.loads(line)
        row["captions"] = tuple(CaptionRecord(**caption) for caption in row["captions"])
        row["observed"] = tuple(row["observed"])
        return cls(**row)


@dataclass(frozen=True)
class FileRow:
    """A file of the store: its name, its length and its SHA-256."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileRow":
        with path.open("rb") as stream:
            return cls(path.name, path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


@dataclass(frozen=True)
class Manifest:
    """The store's table of contents; `licences` is the bill: for every source its licence row, clips and seconds."""

    clips: FileRow
    shards: tuple[FileRow, ...]
    stats: FileRow | None
    skeletons: Mapping[str, Mapping[str, Any]]
    licences: tuple[Mapping[str, Any], ...] = ()
    schema: str = field(default=SCHEMA)
    version: int = field(default=VERSION)

    @property
    def files(self) -> tuple[FileRow, ...]:
        """Every file but the manifest itself."""
        return (self.clips, *self.shards, *([self.stats] if self.stats else []))

    def to_json(self) -> str:
        row = dataclasses.asdict(self)
        return json.dumps({**row, "checksum": _checksum(row)}, indent=1, ensure_ascii=False)

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read manifest.json at `path`; MotionError for a foreign folder, another version or a changed byte."""
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MotionError(
                f"{path.parent}: not a motion store (no {path.name}); make one with `motionverse build`"
            ) from error
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
        row.update(clips=FileRow(**row["clips"]), stats=FileRow(**row["stats"]) if row["stats"] else None)
        row.update(shards=tuple(FileRow(**shard) for shard in row["shards"]), licences=tuple(row["licences"]))
        return cls(**row)


def _checksum(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def frame_bytes(joints: int, face: bool) -> int:
    """Bytes of a frame at rest with that many observed joints."""
    return 3 * ROOT.itemsize + joints * packing.WORDS * packing.WORD.itemsize + face * FACE_WIDTH * FACE.itemsize


def skeleton_row(skeleton: Skeleton) -> dict[str, Any]:
    """A skeleton as JSON: names, parents, offsets [m] (end sites are a matter of file formats and stay behind)."""
    return {"names": list(skeleton.names), "parents": list(skeleton.parents), "offsets": skeleton.offsets.tolist()}


def skeleton_key(row: Mapping[str, Any]) -> str:
    """A short name for a skeleton row, by its content."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:12]


def crc32(data: Any) -> int:
    """The checksum of a clip's bytes (any buffer)."""
    return zlib.crc32(data)
