"""A store in, motions out: memory-mapped, random windows, every byte checked before it is believed."""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.motion import FACE_WIDTH, Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.store import layout, packing

_EDGE = 1e-6  # in frames: an instant this close to a frame is that frame


class Store:
    """A store on disk, opened for reading.

    `records[i]` says what clip i is without touching its motion; `motion(i)` and `window(i, start, seconds)` decode it.
    Opening checks the manifest, the clip table and every file's length; a clip's checksum is checked when the clip is first
    read; `verify()` reads everything. Whatever is wrong is a MotionError that names the file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.manifest = layout.Manifest.read(self.path / layout.MANIFEST)
        for row in self.manifest.files:
            self._check_length(row)
        self.records = self._read_records()
        self.skeletons = {key: _skeleton(row) for key, row in self.manifest.skeletons.items()}
        self._checked = np.zeros(len(self.records), bool)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r}, {len(self)} clips, {self.seconds / 60:.1f} min)"

    def __getstate__(self) -> dict[str, Any]:
        # a worker process maps the shards itself instead of receiving their bytes
        return {key: value for key, value in self.__dict__.items() if key != "_shards"}

    @property
    def seconds(self) -> float:
        """Length [s] of all clips together."""
        return sum(record.seconds for record in self.records)

    @property
    def licences(self) -> tuple[Mapping[str, Any], ...]:
        """The licence ledger's rows for what is inside."""
        return self.manifest.licences

    @property
    def stats_path(self) -> Path | None:
        """The statistics file, checked byte for byte, or None where the store has none."""
        if self.manifest.stats is None:
            return None
        self._check_sha(self.manifest.stats)
        return self.path / self.manifest.stats.name

    def indices(self, split: str | None = None) -> np.ndarray:
        """Indices of the clips of a split ("train", "validation", "test"), or of all."""
        return np.array([i for i, record in enumerate(self.records) if split is None or record.split == split], int)

    def motion(self, index: int) -> Motion:
        """The whole clip at its native rate."""
        return self._decode(index, 0, self.records[index].frames)

    def window(self, index: int, start: float, seconds: float) -> Motion:
        """The clip's own frames k / fps in [start, start + seconds) [s], cut to the clip; at least one frame.

        Raises MotionError for a window that lies outside the clip.
        """
        record = self.records[index]
        if not -_EDGE <= start * record.fps <= record.frames - 1 + _EDGE or not seconds > 0:
            raise MotionError(
                f"{record.name}: no window of {seconds:g} s at {start:g} s; the clip has {record.seconds:g} s"
            )
        first = int(np.ceil(start * record.fps - _EDGE))
        stop = int(np.ceil(min((start + seconds) * record.fps - _EDGE, record.frames)))
        return self._decode(index, first, max(stop, first + 1))

    def verify(self) -> None:
        """Read every file against its SHA-256. Raises MotionError naming the first that was changed."""
        for row in self.manifest.files:
            self._check_sha(row)

    def __iter__(self) -> Iterator[tuple[layout.ClipRecord, Motion]]:
        return ((record, self.motion(i)) for i, record in enumerate(self.records))

    @functools.cached_property
    def _shards(self) -> tuple[np.ndarray, ...]:
        return tuple(np.memmap(self.path / row.name, np.uint8, mode="r") for row in self.manifest.shards)

    def _decode(self, index: int, first: int, stop: int) -> Motion:
        record = self.records[index]
        data = self._shards[record.shard][record.offset : record.offset + record.length]
        if not self._checked[index]:
            if layout.crc32(data) != record.crc32:
                name = self.manifest.shards[record.shard].name
                raise MotionError(f"{self.path / name}: damaged in clip {record.name!r}; build the store again")
            self._checked[index] = True
        return decode(data, record, self.skeletons[record.skeleton], first, stop)

    def _read_records(self) -> tuple[layout.ClipRecord, ...]:
        self._check_sha(self.manifest.clips)
        path = self.path / self.manifest.clips.name
        try:
            records = tuple(map(layout.ClipRecord.from_json, path.read_text(encoding="utf-8").splitlines()))
        except (KeyError, TypeError, ValueError) as error:
            raise MotionError(
                f"{path}: not the clips of a version {layout.VERSION} store; build the store again"
            ) from error
        for record in records:
            self._check_place(path, record)
        return records

    def _check_place(self, path: Path, record: layout.ClipRecord) -> None:
        shards = self.manifest.shards
        fits = 0 <= record.shard < len(shards) and 0 <= record.offset <= shards[record.shard].bytes - record.length
        if (
            not fits
            or record.length != record.frames * record.frame_bytes
            or record.skeleton not in self.manifest.skeletons
        ):
            raise MotionError(f"{path}: clip {record.name!r} does not lie where the table says; build the store again")

    def _check_length(self, row: layout.FileRow) -> None:
        path = self.path / row.name
        if not path.is_file():
            raise MotionError(f"{path}: missing from the store; build the store again")
        if path.stat().st_size != row.bytes:
            raise MotionError(
                f"{path}: truncated or foreign ({path.stat().st_size} bytes, not {row.bytes}); build the store again"
            )

    def _check_sha(self, row: layout.FileRow) -> None:
        if layout.FileRow.of(self.path / row.name) != row:
            raise MotionError(f"{self.path / row.name}: damaged (its checksum does not match); build the store again")


def decode(data: np.ndarray, record: layout.ClipRecord, skeleton: Skeleton, first: int, stop: int) -> Motion:
    """Frames first..stop of a clip's bytes (uint8), the inverse of `writer.encode`; joints that were not observed rest."""
    frames, joints = record.frames, len(record.observed)
    rotations_at = frames * 3 * layout.ROOT.itemsize
    face_at = rotations_at + frames * joints * packing.WORDS * packing.WORD.itemsize
    # contiguous copies: a clip need not start on a multiple of four bytes
    root = _rows(data, layout.ROOT, 0, 3, first, stop)
    words = _rows(data, packing.WORD, rotations_at, joints * packing.WORDS, first, stop)
    face = _rows(data, layout.FACE, face_at, FACE_WIDTH, first, stop).astype(np.float64) if record.face else None
    observed = np.zeros(len(skeleton), bool)
    observed[list(record.observed)] = True
    unpacked = packing.unpack(words.reshape(stop - first, joints, packing.WORDS))
    return Motion(
        rotations=_spread(unpacked, observed),
        root=root.astype(np.float64),
        fps=record.fps,
        skeleton=skeleton,
        face=face,
        observed=None if observed.all() else observed,
        rotation_source=record.rotation_source,
    )


def _rows(data: np.ndarray, kind: np.dtype, at: int, width: int, first: int, stop: int) -> np.ndarray:
    """(stop - first, width) values of `kind` from rows that begin `at` bytes into the clip."""
    row = width * kind.itemsize
    return np.frombuffer(data[at + first * row : at + stop * row].tobytes(), kind).reshape(stop - first, width)


def _spread(rotations: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Rotations (T, K, 3, 3) of the observed joints among all (T, J, 3, 3), the identity elsewhere."""
    if observed.all():
        return rotations
    out = np.zeros((len(rotations), len(observed), 9))
    out[..., ::4] = 1.0  # the diagonal
    count = rotations.shape[1]
    leading = observed[:count].all()  # a body without hands: a slice, several times faster than an index list
    out[:, slice(count) if leading else observed] = rotations.reshape(len(rotations), count, 9)
    return out.reshape(*out.shape[:2], 3, 3)


def _skeleton(row: Mapping[str, Any]) -> Skeleton:
    """A skeleton row back; WHOLE_BODY itself where it is that, so that what is computed once for it is shared."""
    made = Skeleton(tuple(row["names"]), tuple(row["parents"]), np.asarray(row["offsets"]))
    same = made.names == WHOLE_BODY.names and np.array_equal(made.offsets, WHOLE_BODY.offsets)
    return WHOLE_BODY if same else made
