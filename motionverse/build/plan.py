"""The work of a build, cut into chunks of clips whose results depend on nothing but what their keys are made from.

A key is a digest of the program, the settings and the data: the names, sizes and times of all files in the source's folder,
and of each clip what the source knows before it opens it, captions with it. So a chunk that was computed before, in another run
or on another machine, is either exactly what is needed or has another key.
"""

import dataclasses
import functools
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.licence import UNKNOWN
from motionverse.sources import table
from motionverse.sources.source import Entry, Source
from motionverse.store.layout import MANIFEST

CLIPS = 16  # in a chunk: a second or two of work, and what a killed build loses for each worker


@dataclass(frozen=True)
class Chunk:
    """Clips of one source that are computed together. licence: the widest licence class that gets in; program: see `program`."""

    source: Source
    entries: tuple[Entry, ...]
    licence: str
    program: str
    key: str

    @property
    def names(self) -> list[str]:
        """What its clips are called in the store."""
        return [f"{self.source.name}/{entry.name}" for entry in self.entries]

    def part_in(self, folder: Path) -> Path:
        """Where its part lies once it is computed."""
        return folder / f"{self.key}.part"

    def lost(self, how: str) -> MotionError:
        """What is said where the worker that computed it is gone."""
        names = self.names if len(self.names) < 5 else [*self.names[:2], "...", self.names[-1]]
        return MotionError(
            f"a worker died ({how}) at {len(self.names)} clips ({', '.join(names)}), perhaps for want of memory; "
            "what was finished is kept: run again with fewer --workers, or without the clip that is too large"
        )


Work = Callable[[Chunk], None]


def plan(
    root: Path,
    sources: Sequence[str | Source] | None,
    captions: Path | None,
    licence: str = UNKNOWN,
    clips: int = CLIPS,
) -> list[Chunk]:
    """All chunks, in the order in which their clips will lie in the store.

    Raises MotionError where nothing is found, there is no such captions folder, or two clips have one name.
    """
    if captions is not None and not captions.exists():
        raise MotionError(f"{captions}: no such folder; give the one that holds the caption files")
    if sources is None:
        sources = [name for name in table.SOURCES if (root / name).is_dir()]
        if not sources:
            raise MotionError(
                f"{root}: no folder is named after a source ({', '.join(table.SOURCES)}); if it is itself a source's, "
                "name that: --source NAME (`folder` for motion files of your own)"
            )
    chunks = []
    for one in sources:
        source = table.source(one) if isinstance(one, str) else one
        entries, files = source.entries(root, captions), _files(root, source)
        _check_names(source, entries)
        about = (program(), licence, source.name, files)
        for k in range(0, len(entries), clips):
            some = tuple(entries[k : k + clips])
            key = digest((*about, [(entry, _stat(entry.path)) for entry in some]))
            chunks.append(Chunk(source, some, licence, program(), key))
    _check_sources(chunks)
    return chunks


def unread(root: Path, captions: Path | None) -> list[str]:
    """Names of the folders in `root` that no source is called after; the captions' and stores are not meant."""
    others = (path for path in root.iterdir() if path.name not in table.SOURCES and not path.name.startswith("."))
    return sorted(
        path.name for path in others if path.is_dir() and path != captions and not (path / MANIFEST).is_file()
    )


def _check_names(source: Source, entries: Sequence[Entry]) -> None:
    twice = [name for name, count in Counter(entry.name for entry in entries).items() if count > 1]
    if twice:
        paths = ", ".join(str(entry.path) for entry in entries if entry.name == twice[0])
        raise MotionError(f"{source.name}: two clips are named {twice[0]!r} ({paths}); names must differ, rename one")


def _check_sources(chunks: Sequence[Chunk]) -> None:
    keys = Counter(chunk.key for chunk in chunks)
    if keys and (most := keys.most_common(1)[0])[1] > 1:
        name = next(chunk.source.name for chunk in chunks if chunk.key == most[0])
        raise MotionError(f"source {name!r} is named twice; name it once")


def _files(root: Path, source: Source) -> str:
    """A digest of the names, sizes and times of all files of a source: what a reader opens beside its entry counts too."""
    folder = root / source.name if (root / source.name).is_dir() else root
    return digest(sorted(_stats(folder)))


def _stats(folder: Path) -> Iterator[tuple[str, int, int]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]  # unfinished builds among them
        for name in names:
            path = Path(place, name)
            yield path.relative_to(folder).as_posix(), *_stat(path)


def _stat(path: Path) -> tuple[int, int]:
    """(bytes, time of the last change [ns]) of a file; (0, 0) for a link to nowhere."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


@functools.cache
def program() -> str:
    """A digest of this package's code and of the libraries that decide its numbers."""
    import scipy

    home = Path(__file__).parents[1]
    code = [(path.relative_to(home).as_posix(), path.read_bytes()) for path in sorted(home.rglob("*.py"))]
    return digest((code, np.__version__, scipy.__version__))


def digest(value: Any) -> str:
    """32 hexadecimal digits for a tree of plain values, arrays, paths and dataclasses; equal trees have equal digests."""
    made = hashlib.sha256()
    for piece in _told(value):
        made.update(piece)
    return made.hexdigest()[:32]


def _told(value: Any) -> Iterator[bytes]:
    """A value as bytes that begin with its kind and length, so that no two values run together."""
    if isinstance(value, Mapping):
        pairs = sorted(value.items(), key=lambda pair: repr(pair[0]))
        yield from _sequence("map", [part for pair in pairs for part in pair])
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _sequence(type(value).__name__, [getattr(value, f.name) for f in dataclasses.fields(value)])
    elif isinstance(value, Set):
        yield from _sequence("set", sorted(value, key=repr))
    elif isinstance(value, np.ndarray) and value.dtype.kind != "O":
        yield from _sequence("array", [str(value.dtype), value.shape, value.tobytes()])
    elif isinstance(value, list | tuple | np.ndarray):
        yield from _sequence("list", list(value))
    else:
        data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        yield f"{type(value).__name__} {len(data)}:".encode() + data


def _sequence(kind: str, values: Sequence[Any]) -> Iterator[bytes]:
    yield f"{kind} {len(values)}:".encode()
    for value in values:
        yield from _told(value)
