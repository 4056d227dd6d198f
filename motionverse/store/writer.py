"""Clips in, a store out: written beside its final place, and put there whole when it is closed."""

import shutil
import uuid
from pathlib import Path

from motionverse.errors import MotionError
from motionverse.store import layout
from motionverse.store.manifest import Manifest, write_manifest
from motionverse.store.part import Intake, Moments, PartWriter, bill_rows, write_stats


class Writer(Intake):
    """Writes a store folder; nothing is seen at `path` before `close`, and an error leaves nothing behind.

        with Writer("data/store") as writer:
            for clip in clips:
                writer.add(clip)
            writer.close(stats)

    sounds: copy the clips' sound files into the store. Without it they stay where they are, and the store holds their
    paths and checksums: sound is large, often under another licence than the motion, and shared by many stores.
    The same clips in the same order give the same bytes in every file.
    Raises MotionError where `path` exists (unless `overwrite`, and then only an older store is replaced) or cannot be written.
    """

    def __init__(
        self, path: str | Path, overwrite: bool = False, shard_bytes: int = layout.SHARD_BYTES, sounds: bool = False
    ) -> None:
        self.path = Path(path)
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
        self._part = PartWriter(self._folder, self.path, shard_bytes=shard_bytes, sounds=sounds)

    def close(self, stats: Moments | None = None) -> Path:
        """Finish the store and put it in place; returns its path. The licence bill of what is inside goes into the manifest.

        stats: feature statistics of the clips (motionverse.stats.Stats), or None.
        """
        part, shards, sounds = self._part.close()
        manifest = Manifest(
            parts=(part,),
            shards=tuple(shards),
            stats=write_stats(self._folder, layout.stats_name(0), stats.to_arrays()) if stats is not None else None,
            skeletons=self._part.skeletons,
            licences=bill_rows(self._part.bill),
            sounds=tuple(sounds),
        )
        write_manifest(self._folder, manifest)
        self._put_in_place()
        return self.path

    def abandon(self) -> None:
        """Give up: close and remove what was written."""
        self._part.abandon()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _put_in_place(self) -> None:
        """Rename the finished folder; an older store steps aside first and is removed last."""
        aside = self._folder.with_name(self._folder.name + "-old")
        if self.path.exists():
            self.path.replace(aside)
        self._folder.replace(self.path)
        shutil.rmtree(aside, ignore_errors=True)
