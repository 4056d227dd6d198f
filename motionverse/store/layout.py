"""The store's schema, said once: file names, what is known of a clip, and the bytes of a clip.

A store is a folder:

    manifest.json      schema name and version, one row a file, skeletons, licence bill (motionverse.store.manifest)
    clips-00000.jsonl  one ClipRecord a line, in order; every `append` adds a file
    clips-00000.npz    the same clips as columns of numbers: where each lies and what can be counted (motionverse.store.table)
    shard-00000.bin    the clips' bytes, one after the other; a clip never spans two shards
    stats-00000.npz    feature statistics (motionverse.stats), where they were given
    sounds/            copies of the sound files, where they were asked for

A clip's bytes are, for T frames and K observed joints: root (T, 3) float32 [m] | rotations (T, K, 3) uint16 words
(motionverse.store.packing) | face (T, 50) float16, if there is one | keypoints, camera by camera (motionverse.store.points).
Little-endian, no padding, 12 + 6 K (+ 100) bytes a frame: 144 for a body, 324 with hands, 424 with a face. Every BLOCK bytes
of a clip and every line carry a CRC-32, every file a SHA-256.

A reader refuses another version. New files are only ever added, then the manifest is replaced: who has a store open keeps it.
"""

import dataclasses
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from motionverse.clip import Word
from motionverse.motion import FACE_WIDTH
from motionverse.store import packing

SCHEMA = "motionverse.store"
VERSION = 2
MANIFEST, SOUNDS = "manifest.json", "sounds"
SHARD_BYTES = 256 * 2**20  # a shard is closed once it is this long
BLOCK = 2**14  # bytes that share a checksum: the least that is read of a clip which lies far away
ROOT, FACE = np.dtype("<f4"), np.dtype("<f2")


def shard_name(number: int) -> str:
    return f"shard-{number:05d}.bin"


def lines_name(number: int) -> str:
    return f"clips-{number:05d}.jsonl"


def table_name(number: int) -> str:
    return f"clips-{number:05d}.npz"


def stats_name(number: int) -> str:
    return f"stats-{number:05d}.npz"


@dataclass(frozen=True)
class CaptionRecord:
    """One sentence about a clip; `start`..`end` [s] is what it speaks of (None = to the end); `origin` says who wrote it."""

    text: str
    start: float = 0.0
    end: float | None = None
    origin: str = "human"


@dataclass(frozen=True)
class SoundRecord:
    """The sound that goes with a clip: motionverse.clip.Audio, and what its file holds.

    path: as the source gave it, "" where there was none; sha256: of the file, "" where it was not there; stored: the copy
    within the store, "" where sounds stayed outside; licence, credit: of the recording, and left out of the line where "".
    """

    kind: str
    name: str
    path: str = ""
    start: float = 0.0
    tempo: float | None = None
    sha256: str = ""
    stored: str = ""
    licence: str = ""
    credit: str = ""


@dataclass(frozen=True)
class PointsRecord:
    """Keypoints as one camera saw them, without the points: motionverse.clip.Keypoints, and how they lie at rest.

    rows: instants; step: pixels in one unit of the int16 positions, 0.0 where they are float32; bytewise: confidence in
    steps of 1/255, else float32; camera: matrix, distortion, and rotation and translation unless it moves, None for none;
    moving: the camera's rotation and translation lie with the points, row by row.
    """

    names: tuple[str, ...]
    fps: float
    rows: int
    step: float
    bytewise: bool
    size: tuple[int, int] = (0, 0)
    view: str = ""
    camera: Mapping[str, Any] | None = None
    moving: bool = False

    @property
    def sections(self) -> tuple[int, ...]:
        """Bytes of a row of positions, of confidence, of the camera's rotation and of its translation."""
        points = len(self.names)
        return (
            points * (4 if self.step else 8),
            points * (1 if self.bytewise else 4),
            36 * self.moving,
            12 * self.moving,
        )

    @property
    def total_bytes(self) -> int:
        """Bytes of all rows."""
        return self.rows * sum(self.sections)


@dataclass(frozen=True)
class ClipRecord:
    """What is known of a clip without reading its motion.

    fps and frames are the native ones; `observed` lists the joints at rest, `skeleton` is a key of the manifest's table;
    `shard`, `offset` and `length` [bytes] say where the clip lies (shard -1: not yet in a store); face_source: what the numbers
    of its face mean (motionverse.face).
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
    shard: int = -1
    offset: int = 0
    length: int = 0
    captions: tuple[CaptionRecord, ...] = ()
    action: str = ""
    style: str = ""
    subject: str = ""
    face: bool = False
    rotation_source: str = "captured"
    audio: tuple[SoundRecord, ...] = ()
    words: tuple[Word, ...] = ()
    keypoints: tuple[PointsRecord, ...] = ()
    face_source: str = "flame"

    @property
    def seconds(self) -> float:
        """Length [s]: each frame stands for 1 / fps."""
        return self.frames / self.fps

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame of motion at rest."""
        return frame_bytes(len(self.observed), self.face)

    @property
    def total_bytes(self) -> int:
        """Bytes of the whole clip at rest, as its other fields say."""
        return self.frames * self.frame_bytes + sum(points.total_bytes for points in self.keypoints)

    def to_json(self) -> str:
        """One line without the clip's place; fields that say nothing are left out."""
        row = {name: value for name in _TOLD if (value := getattr(self, name)) != _PLAIN.get(name, ())}
        for name in _ROWS & row.keys():
            row[name] = [
                {key: value for key, value in vars(part).items() if value or key not in _UNSAID} for part in row[name]
            ]
        return json.dumps(row, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str | bytes, shard: int = -1, offset: int = 0, length: int = 0) -> "ClipRecord":
        """The inverse of `to_json`; raises TypeError, KeyError or ValueError for anything else."""
        row = json.loads(line)
        row["observed"] = tuple(row.get("observed", ()))
        for name, kind in _KINDS.items():
            if name in row:
                row[name] = tuple([kind(**part) for part in row[name]])
        if "keypoints" in row:
            row["keypoints"] = tuple([_points(**part) for part in row["keypoints"]])
        return cls(**row, shard=shard, offset=offset, length=length)


_KINDS = {"captions": CaptionRecord, "audio": SoundRecord, "words": Word}
_ROWS = {*_KINDS, "keypoints"}
_UNSAID = ("licence", "credit")  # of a sound: what stores of before do not say, either
_PLACE = ("shard", "offset", "length")
_TOLD = tuple(field.name for field in dataclasses.fields(ClipRecord) if field.name not in _PLACE)
_PLAIN = {f.name: f.default for f in dataclasses.fields(ClipRecord) if f.default is not dataclasses.MISSING}


def _points(names: list[str], size: list[int], **rest: Any) -> PointsRecord:
    width, height = size
    return PointsRecord(names=tuple(names), size=(width, height), **rest)


def frame_bytes(joints: int, face: bool) -> int:
    """Bytes of a frame of motion at rest with that many observed joints."""
    return sum(frame_sections(joints, face))


def frame_sections(joints: int, face: bool) -> tuple[int, int, int]:
    """Bytes of a frame's root, of its rotations and of its face; each lies together for all frames, in this order."""
    return 3 * ROOT.itemsize, joints * packing.WORDS * packing.WORD.itemsize, face * FACE_WIDTH * FACE.itemsize


def checks(data: bytes) -> list[int]:
    """The CRC-32 of every BLOCK bytes of a clip."""
    view = memoryview(data)
    return [zlib.crc32(view[at : at + BLOCK]) for at in range(0, len(view), BLOCK)]


def blocks(length: int) -> Iterator[tuple[int, int]]:
    """Where the blocks of `length` bytes begin and end."""
    return ((at, min(at + BLOCK, length)) for at in range(0, length, BLOCK))
