"""A store in, motions and clips out: memory-mapped, random windows, every byte checked before it is believed."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Audio, Caption, Clip, Keypoints
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.split import SPLITS
from motionverse.store import encoding, layout, points
from motionverse.store.blocks import Blocks
from motionverse.store.files import Files, Folder
from motionverse.store.manifest import Manifest
from motionverse.store.table import Records

_EDGE = 1e-6  # in frames: an instant this close to a frame is that frame


class Store:
    """A store, opened for reading: a folder, or an address such as "s3://bucket/store" (motionverse.store.remote).

    cache: folder for whole shards of a store that lies elsewhere; without it the blocks of a window are read, and `memory`
    bytes of blocks are kept.
    `records[i]` says what clip i is without touching its motion; `motion(i)` and `window(i, start, seconds)` decode it, `clip(i)`
    gives it whole. Opening checks the manifest, the tables and every file's length; lines and blocks of motion are checked
    when they are first read; `verify()` reads everything. Whatever is wrong is a MotionError that names the file.
    """

    def __init__(self, path: str | Path, cache: str | Path | None = None, memory: int = 2**28) -> None:
        self.files = _files(path, cache)
        self.manifest = Manifest.from_bytes(self.files.manifest(), self.files.where(layout.MANIFEST))
        for row in self.manifest.files:
            self.files.check_length(row)
        self.records = Records(self.files, self.manifest.parts)
        self.skeletons = {key: _skeleton(row) for key, row in self.manifest.skeletons.items()}
        self._check_places()
        self._blocks = Blocks(self.files, self.manifest.shards, self.records, memory)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return f"Store({self.where!r}, {len(self)} clips, {self.seconds / 60:.1f} min)"

    @property
    def where(self) -> str:
        """Where the store lies, as messages name it."""
        return self.files.where("").rstrip("/")

    @property
    def path(self) -> Path:
        """The store's folder. MotionError for a store that lies elsewhere."""
        if type(self.files) is not Folder:
            raise MotionError(f"{self.where}: not a folder of this machine; copy the store here first")
        return self.files.path

    @property
    def seconds(self) -> float:
        """Length [s] of all clips together."""
        return float(self.records.seconds.sum())

    @property
    def licences(self) -> tuple[Mapping[str, Any], ...]:
        """The licence ledger's rows for what is inside."""
        return self.manifest.licences

    def stats_arrays(self) -> dict[str, np.ndarray] | None:
        """The feature statistics as named arrays, checked byte for byte; None where the store has none."""
        row = self.manifest.stats
        if row is None:
            return None
        with np.load(io.BytesIO(self.files.checked(row)), allow_pickle=False) as arrays:
            return dict(arrays)

    def indices(self, split: str | None = None) -> np.ndarray:
        """Indices of the clips of a split, or of all. Raises MotionError for a name that is no split."""
        if split is None:
            return np.arange(len(self))
        sides = self.records.labels("split")
        if split not in (*SPLITS, *sides.names):
            raise MotionError(f"{self.where}: split {split!r}; must be one of {', '.join(SPLITS)}, or None for all")
        return np.flatnonzero(sides.equal(split))

    def motion(self, index: int) -> Motion:
        """The whole clip at its native rate."""
        record = self.records[index]
        return self._decode(index, record, 0, record.frames)

    def window(self, index: int, start: float, seconds: float) -> Motion:
        """The clip's own frames k / fps in [start, start + seconds) [s], cut to the clip; at least one frame.

        Reads those frames alone. Raises MotionError for a window that lies outside the clip.
        """
        record = self.records[index]
        if not -_EDGE <= start * record.fps <= record.frames - 1 + _EDGE or not seconds > 0:
            raise MotionError(
                f"{record.name}: no window of {seconds:g} s at {start:g} s; the clip has {record.seconds:g} s"
            )
        first = int(np.ceil(start * record.fps - _EDGE))
        stop = int(np.ceil(min((start + seconds) * record.fps - _EDGE, record.frames)))
        return self._decode(index, record, first, max(stop, first + 1))

    def keypoints(self, index: int, camera: int = 0, start: float = 0.0, seconds: float | None = None) -> Keypoints:
        """What a camera of the clip saw from `start` on for `seconds` [s] (None: to its end); reads those rows alone."""
        record = self.records[index]
        seen = record.keypoints[camera]
        first = min(max(round(start * seen.fps), 0), seen.rows)
        stop = seen.rows if seconds is None else min(max(round((start + seconds) * seen.fps), first), seen.rows)
        parts = self._blocks.read(index, encoding.points_spans(record, camera, first, stop))
        return points.decode(seen, parts, stop - first)

    def clip(self, index: int) -> Clip:
        """The whole clip with all that is known of it; a sound's path is None where its file is not there any more."""
        record = self.records[index]
        told = {name: getattr(record, name) for name in _SAME}
        return Clip(
            motion=self._decode(index, record, 0, record.frames),
            captions=tuple(Caption(c.text, c.start, c.end, c.origin) for c in record.captions),
            audio=tuple(map(self._audio, record.audio)),
            keypoints=tuple(self.keypoints(index, camera) for camera in range(len(record.keypoints))),
            **told,
        )

    def encoded(self, index: int) -> encoding.Encoded:
        """The clip as another store's writer takes it, byte for byte."""
        record = self.records[index]
        data = self._blocks.read(index, [(0, record.length)])[0]
        return encoding.Encoded(record, data, self.manifest.skeletons[record.skeleton])

    def fetch(self, name: str) -> bytes:
        """A sound that was copied into the store, checked."""
        return self.files.checked(next(row for row in self.manifest.sounds if row.name == name))

    def sound(self, record: layout.SoundRecord) -> Path:
        """Where a clip's sound lies. Raises MotionError where the file is gone or is not the one that was stored."""
        path = self._sound_path(record.stored, record.path)
        found = encoding.file_sum(str(path)) if path else ""
        if not found:
            raise MotionError(f"{path or record.stored or record.name}: the sound is not there; put the file back")
        assert path is not None
        if found != record.sha256:
            raise MotionError(f"{path}: not the sound that was stored (its checksum differs); put the right file back")
        return path

    def verify(self) -> None:
        """Read every file against its SHA-256. Raises MotionError naming the first that was changed, and the clip in it."""
        for row in self.manifest.files:
            try:
                self.files.check(row)
            except MotionError as error:
                self._name_the_clip(row.name)
                raise error

    def __iter__(self) -> Iterator[tuple[layout.ClipRecord, Motion]]:
        return ((record, self._decode(i, record, 0, record.frames)) for i, record in enumerate(self.records))

    def _decode(self, index: int, record: layout.ClipRecord, first: int, stop: int) -> Motion:
        parts = self._blocks.read(index, encoding.motion_spans(record, first, stop))
        return encoding.decode_motion(record, self.skeletons[record.skeleton], parts)

    def _audio(self, sound: layout.SoundRecord) -> Audio:
        path = self._sound_path(sound.stored, sound.path)
        there = path is not None and path.is_file()
        kept = path if there else None
        return Audio(sound.kind, sound.name, kept, sound.start, sound.tempo, sound.licence, sound.credit)

    def _sound_path(self, stored: str, path: str) -> Path | None:
        if stored:
            return self.files.local(next(row for row in self.manifest.sounds if row.name == stored))
        return Path(path) if path else None

    def _name_the_clip(self, name: str) -> None:
        for number, shard in enumerate(self.manifest.shards):
            if shard.name == name:
                for error in self._blocks.damaged(number):
                    raise error
        if name in {part.lines.name for part in self.manifest.parts}:
            self.records.check()

    def _check_places(self) -> None:
        """Every clip lies within its shard, on a skeleton that there is."""
        records, shards = self.records, self.manifest.shards
        shard, offset, length = (records.numbers(name) for name in ("shard", "offset", "length"))
        sizes = np.array([row.bytes for row in shards] or [0], np.int64)
        inside = (shard >= 0) & (shard < len(shards)) & (offset >= 0) & (length >= 0)
        inside &= offset + length <= sizes[np.clip(shard, 0, len(sizes) - 1)]
        known = records.labels("skeleton").equal(*self.manifest.skeletons)
        wrong = np.flatnonzero(~(inside & known))
        if wrong.size:
            where = self.files.where(layout.MANIFEST)
            raise MotionError(f"{where}: clip {int(wrong[0])} does not lie where its table says; build the store again")


_SAME = ("name", "source", "licence", "performance", "action", "style", "subject", "split", "words")


def _skeleton(row: Mapping[str, Any]) -> Skeleton:
    """A skeleton row back; WHOLE_BODY itself where it is that, so that what is computed once for it is shared."""
    made = Skeleton(tuple(row["names"]), tuple(row["parents"]), np.asarray(row["offsets"]))
    same = made.names == WHOLE_BODY.names and np.array_equal(made.offsets, WHOLE_BODY.offsets)
    return WHOLE_BODY if same else made


def _files(path: str | Path, cache: str | Path | None) -> Files:
    if "://" not in str(path):
        return Folder(Path(path))
    from motionverse.store.remote import Cached, Remote

    return Remote(str(path)) if cache is None else Cached(str(path), Path(cache))
