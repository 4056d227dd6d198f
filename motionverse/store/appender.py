"""More clips into a store that is there, so that a reader sees the old store or the new one and nothing between."""

import dataclasses
import os
import shutil
from pathlib import Path

from motionverse.errors import MotionError
from motionverse.store import layout
from motionverse.store.manifest import write_manifest
from motionverse.store.part import Intake, Moments, PartWriter, bill_of, bill_rows, write_stats
from motionverse.store.reader import Store

_BESIDE = ".append"


class Appender(Intake):
    """Adds clips to the store at `path`; used as Writer is. Not one byte of what is there changes but for the manifest's.

    New files are written beside, moved in, and named by the manifest that replaces the old one last. Killed at any moment it
    leaves the old store, and what it had written is removed by the next append. The new clips have shards and a table of
    their own; `merge` makes one of many. sounds: as in Writer.
    Raises MotionError where there is no store, nothing can be written, or another process is appending to it.
    """

    def __init__(self, path: str | Path, shard_bytes: int = layout.SHARD_BYTES, sounds: bool = False) -> None:
        self.path = Path(path)
        self._lock = _locked(self.path)
        self.store = Store(path)  # not before: another append may have ended just now
        manifest = self.store.manifest
        self._folder = self.path / _BESIDE
        shutil.rmtree(self._folder, ignore_errors=True)  # of an append that was killed
        try:
            self._folder.mkdir()
        except OSError as error:
            self._let_go()
            raise MotionError(f"{self.path}: cannot be written ({error.strerror}); append to a copy") from error
        self._part = PartWriter(
            self._folder,
            self.path,
            number=len(manifest.parts),
            shard=len(manifest.shards),
            taken=self.store.records.numbers("name").tolist(),
            shard_bytes=shard_bytes,
            sounds=sounds,
            skeletons=dict(manifest.skeletons),
            bill=bill_of(manifest.licences),
            held=manifest.sounds,
        )

    def close(self, stats: Moments | None = None) -> Path:
        """Make the new clips part of the store; returns its path.

        stats: the statistics of all its clips, old and new; None: those that it has stay.
        """
        if not len(self):
            self.abandon()
            return self.path
        old = self.store.manifest
        part, shards, sounds = self._part.close()
        row = old.stats
        if stats is not None:
            row = write_stats(self._folder, layout.stats_name(len(old.parts)), stats.to_arrays())
        if sounds:
            (self.path / layout.SOUNDS).mkdir(exist_ok=True)
        for file in (part.lines, part.table, *shards, *sounds, *([row] if stats is not None and row else [])):
            (self._folder / file.name).replace(self.path / file.name)
        manifest = dataclasses.replace(
            old,
            parts=(*old.parts, part),
            shards=(*old.shards, *shards),
            stats=row,
            skeletons=self._part.skeletons,
            licences=bill_rows(self._part.bill),
            sounds=(*old.sounds, *sounds),
        )
        write_manifest(self.path, manifest)
        self._let_go()
        return self.path

    def abandon(self) -> None:
        """Give up: the store stays as it was."""
        self._part.abandon()
        self._let_go()

    def _let_go(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)


def _locked(path: Path) -> int | None:
    """Hold a folder against other appends, until it is closed or the process ends. MotionError where it is held."""
    import fcntl  # not on Windows, where stores are read, written and merged but not appended to

    if not path.is_dir():
        return None  # the reader says what is wrong
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(folder)
        raise MotionError(f"{path}: another process is appending to it; wait for it to finish") from error
    return folder
