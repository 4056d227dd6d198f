"""The files of a store that lies elsewhere, at any address that fsspec knows: s3://, gs://, https://, memory:// ...

Only here is fsspec imported (extra `remote`; the package of the address's own kind, s3fs for s3://, comes from the user). Tables
and lines up to SMALL are read whole, once; motion is read by ranges of blocks, or, with a cache folder, shard by shard.
"""

import functools
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.store.files import Folder, Span, damaged
from motionverse.store.layout import MANIFEST
from motionverse.store.manifest import FileRow

SMALL = 2**25  # bytes of a file that is kept whole once a part of it is asked for
_PIECE = 2**22  # bytes read at a time where a file is read from end to end


class Remote:
    """A store's folder at an address. Lengths are not asked for on opening: what is read is checked, whatever is cut off."""

    near = False

    def __init__(self, url: str) -> None:
        self.url, self._whole = url.rstrip("/"), {}
        _file_system(self.url, os.getpid())  # an unknown kind of address is refused now

    def where(self, name: str) -> str:
        return f"{self.url}/{name}"

    def manifest(self) -> bytes:
        try:
            return self._file_system.cat_file(self._path(MANIFEST))
        except Exception as error:  # each file system has its own; all mean that there is nothing to read
            raise MotionError(f"{self.url}: not a motion store (no {MANIFEST}: {_told(error)})") from error

    def check_length(self, row: FileRow) -> None:
        return None

    def check(self, row: FileRow) -> None:
        total = hashlib.sha256()
        for start in range(0, row.bytes, _PIECE):
            total.update(self._read(row, [(start, min(start + _PIECE, row.bytes))])[0])
        if total.hexdigest() != row.sha256:
            raise damaged(self.where(row.name))

    def checked(self, row: FileRow) -> bytes:
        data = self._read(row, [(0, row.bytes)])[0]
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise damaged(self.where(row.name))
        return data

    def spans(self, row: FileRow, spans: Sequence[Span]) -> list[np.ndarray]:
        if row.name.endswith(".jsonl") and row.bytes <= SMALL:
            if row.name not in self._whole:
                self._whole[row.name] = np.frombuffer(self._read(row, [(0, row.bytes)])[0], np.uint8)
            return [self._whole[row.name][first:last] for first, last in spans]
        return [np.frombuffer(data, np.uint8) for data in self._read(row, spans)]

    def local(self, row: FileRow) -> Path | None:
        return None

    def _read(self, row: FileRow, spans: Sequence[Span]) -> list[bytes]:
        starts, ends = [first for first, _ in spans], [last for _, last in spans]
        try:
            return self._file_system.cat_ranges([self._path(row.name)] * len(spans), starts, ends, on_error="raise")
        except Exception as error:
            raise MotionError(f"{self.where(row.name)}: cannot be read ({_told(error)}); try again") from error

    @property
    def _file_system(self) -> Any:
        return _file_system(self.url, os.getpid())[0]

    def _path(self, name: str) -> str:
        return f"{_file_system(self.url, os.getpid())[1]}/{name}"

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url, "_whole": {}}  # another process connects itself


class Cached(Folder):
    """A store's folder at an address, each file fetched whole into a folder on this machine when it is first needed.

    The folder may be shared by stores and processes; nothing is ever removed from it.
    """

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(folder)
        self.remote = Remote(url)
        folder.mkdir(parents=True, exist_ok=True)

    def where(self, name: str) -> str:
        return self.remote.where(name)

    def manifest(self) -> bytes:
        return self.remote.manifest()

    def check_length(self, row: FileRow) -> None:
        return None

    def check(self, row: FileRow) -> None:
        super().check(self._mine(row))

    def checked(self, row: FileRow) -> bytes:
        return super().checked(self._mine(row))

    def spans(self, row: FileRow, spans: Sequence[Span]) -> list[np.ndarray]:
        return super().spans(self._mine(row), spans)

    def local(self, row: FileRow) -> Path | None:
        return self.path / self._mine(row).name

    def _name(self, row: FileRow) -> str:
        return f"{row.sha256[:16]}-{Path(row.name).name}"

    def _mine(self, row: FileRow) -> FileRow:
        """The row of the copy; fetched where there is none."""
        path = self.path / self._name(row)
        if not path.is_file():
            with atomic_path(path) as temporary:
                total = hashlib.sha256()
                with temporary.open("wb") as stream:
                    for start in range(0, row.bytes, _PIECE):
                        piece = self.remote._read(row, [(start, min(start + _PIECE, row.bytes))])[0]
                        total.update(piece)
                        stream.write(piece)
                if total.hexdigest() != row.sha256:
                    raise damaged(self.remote.where(row.name))
        return FileRow(path.name, row.bytes, row.sha256)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "remote": self.remote}


@functools.lru_cache(maxsize=64)
def _file_system(url: str, _process: int) -> tuple[Any, str]:
    """The file system of an address and the path in it; one a process, because connections do not survive a fork."""
    try:
        import fsspec
    except ImportError as error:
        raise MotionError(
            f"{url}: reading from there needs fsspec; pip install 'large-motion-model[remote]'"
        ) from error
    try:
        return fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise MotionError(f"{url}: no way to read from there ({_told(error)})") from error


def _told(error: BaseException) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0]
