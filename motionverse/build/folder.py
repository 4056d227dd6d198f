"""The folder .STORE-build beside a store: finished parts while a build is under way, then the whole result, then nothing.

Every state that a killed build can leave behind is one of these, and the next build goes on from it:

    *.part                        some parts are finished
    done, store, report.*, old    all is finished and on its way to its place, the store that was there stepping aside as `old`

Anything else in it is what a killed process was just writing, and is removed.
"""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from motionverse.build.plan import Chunk
from motionverse.build.report import BuildReport
from motionverse.errors import MotionError
from motionverse.store import layout

LOCK = "lock"
WAIT = 3.0  # [s] for a build that is just being killed to let go


class BuildFolder:
    """The build folder of the store at `out`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.path = out.with_name(f".{out.name}-build")
        self.store, self.old, self.done = (self.path / name for name in ("store", "old", "done"))
        self.finished = ""
        self.report, self.rows = self.path / "report.json", self.path / "report.jsonl"

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Make the folder, or go on in the one that is there, alone; what a finished build left to be done is done.

        `finished` says then which plan that was, "" where there was none.
        Raises MotionError where another build is under way, or nothing can be written there.
        """
        descriptor = self._lock()
        try:
            self.finished = self._recover()
            yield
        finally:
            (self.path / LOCK).unlink(missing_ok=True)
            os.close(descriptor)
            with contextlib.suppress(OSError):
                self.path.rmdir()  # only where nothing is left in it

    def check_place(self, overwrite: bool) -> None:
        """Raises MotionError where something lies at `out` that may not be replaced."""
        if not self.out.exists():
            return
        if not overwrite:
            raise MotionError(f"{self.out}: exists already; choose another place or overwrite it (--overwrite)")
        if not (self.out / layout.MANIFEST).is_file():
            raise MotionError(f"{self.out}: exists already; it is not a store; choose another place")

    def claim(self, chunks: Sequence[Chunk], overwrite: bool) -> set[str]:
        """The keys of the chunks whose parts are there. Parts that belong to no chunk are removed with `overwrite`.

        Raises MotionError for such parts without it: they may be hours of work of a build that was asked for otherwise.
        """
        wanted, found = {chunk.key for chunk in chunks}, {path.stem for path in self.path.glob("*.part")}
        if (foreign := found - wanted) and not overwrite:
            raise MotionError(
                f"{self.out}: an unfinished build with other data, settings or code left {len(foreign)} parts in {self.path}; "
                "run that one again, choose another place, or drop them with --overwrite"
            )
        for key in foreign:
            (self.path / f"{key}.part").unlink()
        return found & wanted

    def finish(self, plan: str) -> None:
        """Everything is in the folder: put it in place. plan: what `finished` says where this is cut short and done later."""
        marker = self.done.with_name(".done")
        marker.write_text(plan, encoding="utf-8")
        marker.replace(self.done)
        self._move()

    def drop(self) -> None:
        """Give up: remove everything."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _move(self) -> None:
        if self.store.exists():
            if self.out.exists():
                shutil.rmtree(self.old, ignore_errors=True)
                self.out.replace(self.old)
            self.store.replace(self.out)
        for mine, place in ((self.report, BuildReport.path(self.out)), (self.rows, BuildReport.rows_of(self.out))):
            if mine.exists():
                mine.replace(place)
        self._sweep(keep=(LOCK, self.done.name))
        self.done.unlink()

    def _recover(self) -> str:
        """Bring what a killed build left to a state to go on from; the plan that this completed, "" where none was."""
        if self.done.exists():
            plan = self.done.read_text(encoding="utf-8")
            self._move()
            return plan
        self._sweep(keep=(LOCK, *(path.name for path in self.path.glob("*.part") if not path.name.startswith("."))))
        return ""

    def _sweep(self, keep: Sequence[str]) -> None:
        for path in self.path.iterdir():
            if path.name not in keep:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _lock(self) -> int:
        """Open the folder's lock, which the system releases however this process ends. (Windows has no such lock.)"""
        until = time.monotonic() + WAIT
        while True:
            try:
                self.path.mkdir(exist_ok=True)
                descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT)
            except FileNotFoundError as error:
                if self.path.parent.is_dir() and time.monotonic() < until:
                    continue  # the build that held it is just done
                raise MotionError(f"{self.out}: cannot be written ({error.strerror}); choose another place") from error
            except OSError as error:
                raise MotionError(f"{self.out}: cannot be written ({error.strerror}); choose another place") from error
            if self._held(descriptor):
                return descriptor
            os.close(descriptor)
            if time.monotonic() > until:
                raise MotionError(f"{self.out}: another build is writing it; wait for it, or choose another place")
            time.sleep(0.05)

    def _held(self, descriptor: int) -> bool:
        """Whether the lock is now ours, and still the one that lies in the folder."""
        if sys.platform == "win32":
            return True
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(descriptor).st_ino == (self.path / LOCK).stat().st_ino
        except OSError:
            return False
