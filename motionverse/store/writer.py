"""Clips in, a store out: written beside its final place, and put there whole when it is closed."""

import dataclasses
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol

import numpy as np

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.licence import LICENCES, bill_of_materials
from motionverse.motion import Motion
from motionverse.store import layout, packing


@dataclass(frozen=True)
class Encoded:
    """A clip as a store holds it, on its way to a Writer; plain values, so that it crosses to another process or machine.

    record: what is known of it, its place (`shard`, `offset`) still open; data: its bytes; skeleton: a row of
    `layout.skeleton_row`, filed under `record.skeleton`.
    """

    record: layout.ClipRecord
    data: bytes
    skeleton: Mapping[str, Any]


class Moments(Protocol):
    """Feature statistics, as far as a store needs to know them: named arrays."""

    def to_arrays(self) -> dict[str, Any]: ...


class Writer:
    """Writes a store folder; nothing is seen at `path` before `close`, and an error leaves nothing behind.

        with Writer("data/store") as writer:
            for clip in clips:
                writer.add(clip)
            writer.close(stats)

    Raises MotionError where `path` exists (unless `overwrite`, and then only an older store is replaced) or cannot be written.
    """

    def __init__(self, path: str | Path, overwrite: bool = False, shard_bytes: int = layout.SHARD_BYTES) -> None:
        self.path, self.shard_bytes = Path(path), shard_bytes
        if self.path.exists() and not (overwrite and (self.path / layout.MANIFEST).is_file()):
            fix = (
                "it is not a store; choose another place"
                if overwrite
                else "choose another place or overwrite it (--overwrite)"
            )
            raise MotionError(f"{self.path}: exists already; {fix}")
        self._folder = self.path.with_name(f".{self.path.name}-{uuid.uuid4().hex[:8]}")
        try:
            self._folder.mkdir()
        except OSError as error:
            raise MotionError(f"{self.path}: cannot be written ({error.strerror}); choose another place") from error
        self._records: list[layout.ClipRecord] = []
        self._skeletons: dict[str, Mapping[str, Any]] = {}
        self._names: set[str] = set()
        self._shard: BinaryIO | None = None
        self._shards = self._offset = 0

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abandon()
        elif self._folder.exists():
            self.close()

    def __len__(self) -> int:
        return len(self._records)

    def add(self, clip: Clip) -> layout.ClipRecord:
        """Append a clip; the same as `add_encoded(encode_clip(clip))`."""
        return self.add_encoded(encode_clip(clip))

    def add_encoded(self, encoded: Encoded) -> layout.ClipRecord:
        """Append a clip that `encode_clip` made, here or elsewhere. Raises MotionError for a name added before."""
        if encoded.record.name in self._names:
            raise MotionError(f"{self.path}: a clip named {encoded.record.name!r} was added before; names must differ")
        shard, offset = self._place(len(encoded.data))
        assert self._shard is not None
        self._shard.write(encoded.data)
        self._skeletons.setdefault(encoded.record.skeleton, encoded.skeleton)
        record = dataclasses.replace(encoded.record, shard=shard, offset=offset)
        self._records.append(record)
        self._names.add(record.name)
        return record

    def close(self, stats: Moments | None = None) -> Path:
        """Finish the store and put it in place; returns its path. The licence bill of what is inside goes into the manifest.

        stats: feature statistics of the clips (motionverse.stats.Stats), or None.
        """
        self._end_shard()
        (self._folder / layout.CLIPS).write_text(
            "".join(record.to_json() + "\n" for record in self._records), encoding="utf-8"
        )
        if stats is not None:
            np.savez(self._folder / layout.STATS, **stats.to_arrays())
        manifest = layout.Manifest(
            clips=layout.FileRow.of(self._folder / layout.CLIPS),
            shards=tuple(layout.FileRow.of(self._folder / layout.shard_name(k)) for k in range(self._shards)),
            stats=layout.FileRow.of(self._folder / layout.STATS) if stats is not None else None,
            skeletons=self._skeletons,
            licences=tuple(map(dataclasses.asdict, bill_of_materials(self._records))),
        )
        (self._folder / layout.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        self._put_in_place()
        return self.path

    def abandon(self) -> None:
        """Give up: close and remove what was written."""
        if self._shard is not None:
            self._shard.close()
            self._shard = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _place(self, length: int) -> tuple[int, int]:
        """(shard, offset) for a clip of `length` bytes; opens the next shard where this one is full."""
        if self._shard is not None and self._offset + length > self.shard_bytes:
            self._end_shard()
        if self._shard is None:
            self._shard = (self._folder / layout.shard_name(self._shards)).open("wb")
            self._shards, self._offset = self._shards + 1, 0
        offset, self._offset = self._offset, self._offset + length
        return self._shards - 1, offset

    def _end_shard(self) -> None:
        if self._shard is not None:
            self._shard.close()
            self._shard = None

    def _put_in_place(self) -> None:
        """Rename the finished folder; an older store steps aside first and is removed last."""
        aside = self._folder.with_name(self._folder.name + "-old")
        if self.path.exists():
            self.path.replace(aside)
        self._folder.replace(self.path)
        shutil.rmtree(aside, ignore_errors=True)


def encode_clip(clip: Clip) -> Encoded:
    """A clip as it will lie in a store, whichever: the costly part of writing, for worker processes.

    Raises MotionError for a licence not in the ledger and a face beyond float16.
    """
    if clip.licence not in LICENCES:
        raise MotionError(
            f"{clip.name}: licence {clip.licence!r} is not in the ledger; use one of {', '.join(LICENCES)}"
        )
    data, row = encode(clip.motion), layout.skeleton_row(clip.motion.skeleton)
    key = layout.skeleton_key(row)
    place = {"shard": -1, "offset": -1, "length": len(data), "crc32": layout.crc32(data)}
    return Encoded(_record(clip, skeleton=key, **place), data, row)


def encode(motion: Motion) -> bytes:
    """A motion's bytes at rest, as `layout` lays them out; the inverse is `reader.decode`."""
    parts = [motion.root.astype(layout.ROOT).tobytes(), packing.pack(motion.rotations[:, motion.present]).tobytes()]
    if motion.face is not None:
        face = motion.face.astype(layout.FACE)
        if not np.isfinite(face).all():
            raise MotionError("store: a face coefficient is not finite or beyond 65504; check the source's units")
        parts.append(face.tobytes())
    return b"".join(parts)


def _record(clip: Clip, **place: Any) -> layout.ClipRecord:
    motion = clip.motion
    return layout.ClipRecord(
        name=clip.name,
        source=clip.source,
        licence=clip.licence,
        performance=clip.performance,
        split=clip.split,
        fps=motion.fps,
        frames=len(motion),
        observed=tuple(int(j) for j in np.flatnonzero(motion.present)),
        captions=tuple(layout.CaptionRecord(c.text, c.start, c.end, c.origin) for c in clip.captions),
        action=clip.action,
        style=clip.style,
        subject=clip.subject,
        face=motion.face is not None,
        rotation_source=motion.rotation_source,
        **place,
    )
