"""The files of a store that lies in a folder: mapped into memory, checked against their rows."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from motionverse.errors import MotionError
from motionverse.store.layout import MANIFEST
from motionverse.store.manifest import FileRow

Span = tuple[int, int]


class Files(Protocol):
    """What a reader needs of the place where a store lies."""

    near: bool  # spans cost next to nothing and share the file's memory

    def where(self, name: str) -> str:
        """How a message names a file."""
        ...

    def manifest(self) -> bytes:
        """The manifest. MotionError where there is none."""
        ...

    def check_length(self, row: FileRow) -> None:
        """MotionError where the file is missing or of another length."""
        ...

    def check(self, row: FileRow) -> None:
        """Read the whole file. MotionError where its checksum is not its row's."""
        ...

    def checked(self, row: FileRow) -> bytes:
        """The whole file. MotionError where its checksum is not its row's."""
        ...

    def spans(self, row: FileRow, spans: Sequence[Span]) -> list[np.ndarray]:
        """The bytes (uint8) from a to b of a file, for every (a, b)."""
        ...

    def local(self, row: FileRow) -> Path | None:
        """The whole file on this machine; None where it is only elsewhere."""
        ...


class Folder:
    """A store's folder on this machine."""

    near = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._maps: dict[str, np.ndarray] = {}

    def where(self, name: str) -> str:
        return str(self.path / name)

    def manifest(self) -> bytes:
        try:
            return (self.path / MANIFEST).read_bytes()
        except OSError as error:
            raise MotionError(
                f"{self.path}: not a motion store (no {MANIFEST}); make one with `motionverse build`"
            ) from error

    def check_length(self, row: FileRow) -> None:
        path = self.path / row.name
        if not path.is_file():
            raise missing(str(path))
        if path.stat().st_size != row.bytes:
            raise truncated(str(path), path.stat().st_size, row)

    def check(self, row: FileRow) -> None:
        if FileRow.of(self.path, row.name) != row:
            raise damaged(self.where(row.name))

    def checked(self, row: FileRow) -> bytes:
        data = (self.path / row.name).read_bytes()
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise damaged(self.where(row.name))
        return data

    def spans(self, row: FileRow, spans: Sequence[Span]) -> list[np.ndarray]:
        held = self._maps.get(row.name)
        if held is None:
            empty = np.zeros(0, np.uint8)
            held = np.memmap(self.path / row.name, np.uint8, mode="r") if row.bytes else empty
            self._maps[row.name] = held
        return [held[first:last] for first, last in spans]

    def local(self, row: FileRow) -> Path | None:
        return self.path / row.name

    def __getstate__(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "_maps": {},
        }  # a worker process maps the files itself instead of receiving their bytes


def missing(path: str) -> MotionError:
    """The error for a file of the manifest that is not there."""
    return MotionError(f"{path}: missing from the store; build the store again")


def truncated(path: str, length: int, row: FileRow) -> MotionError:
    """The error for a file that has not the length of its row."""
    return MotionError(f"{path}: truncated or foreign ({length} bytes, not {row.bytes}); build the store again")


def damaged(path: str) -> MotionError:
    """The error for a file whose bytes are not what was written."""
    return MotionError(f"{path}: damaged (its checksum does not match); build the store again")
