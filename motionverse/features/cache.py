"""What was computed from a file is computed once: a folder of arrays under the hash of the file's content.

A small index, one line a file, remembers each file's size and modification time, so that a second run opens nothing but the
cache. An entry appears whole or not at all: what is broken off goes on where it was.
"""

import contextlib
import functools
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.features.track import Track
from motionverse.files import atomic_path

_INDEX = "files.jsonl"
_BLOCK = 2**20
DIGEST = 32  # hex digits of a SHA-256 that name what something was made from


class Cache:
    """Tracks by (content, encoder). folder: made when first written to."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def track(self, path: str | Path, encoder: str, make: Callable[[Path], Track]) -> Track:
        """The track that `encoder` makes of a file: read where it was made before, else made and kept. MotionError as `make`."""
        return self.kept(self.digest(path), encoder, lambda: make(Path(path)))

    def kept(self, digest: str, encoder: str, make: Callable[[], Track]) -> Track:
        """The track that `encoder` makes of the content with this digest, wherever that lies. MotionError as `make`."""
        place = self.place(digest, encoder)
        if place.is_file():
            return _read(place)
        made = make()
        self._made(place.parent)
        _write(place, made)
        return made

    def place(self, digest: str, encoder: str) -> Path:
        """The file that a track is kept in, or would be."""
        return self.folder / encoder / f"{digest}.npz"

    def digest(self, path: str | Path) -> str:
        """Hash of a file's content, out of the index where size and time are as they were. MotionError for a missing file."""
        path = Path(path)
        try:
            state = path.stat()
        except OSError as error:
            raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
        stamp, key = (state.st_size, state.st_mtime_ns), str(path.resolve())
        if self._index.get(key, ())[:2] != stamp:
            self._index[key] = (*stamp, _hash(path))
            self._made(self.folder)
            with (self.folder / _INDEX).open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, *self._index[key]]) + "\n")
        return self._index[key][2]

    def _made(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            said = error.strerror or error
            raise MotionError(f"{self.folder}: no place for a cache ({said}); name another folder") from None

    @functools.cached_property
    def _index(self) -> dict[str, tuple[int, int, str]]:
        """Path -> size, time [ns], hash; the last line about a file counts."""
        try:
            lines = (self.folder / _INDEX).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return {}  # an index that is gone or damaged costs a second reading, no more
        found = {}
        for line in lines:
            with contextlib.suppress(ValueError, TypeError):
                key, size, changed, digest = json.loads(line)
                found[key] = (size, changed, digest)
        return found


def digest_of(*arrays: np.ndarray) -> str:
    """Hash of arrays, as `Cache.digest` gives it of files: for what lies in no file of its own."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:DIGEST]


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:DIGEST]


def _write(place: Path, track: Track) -> None:
    facts = json.dumps({"names": track.names, "encoder": track.encoder})
    arrays: dict[str, Any] = {f"event.{name}": instants for name, instants in track.events.items()}
    arrays |= {"times": track.times, "values": track.values, "facts": np.array(facts)}
    with atomic_path(place) as temporary:
        np.savez(temporary, **arrays)


def _read(place: Path) -> Track:
    try:
        with np.load(place, allow_pickle=False) as held:
            facts = json.loads(str(held["facts"]))
            events = {name[6:]: held[name] for name in held.files if name.startswith("event.")}
            return Track(held["times"], held["values"], tuple(facts["names"]), facts["encoder"], events)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, MotionError) as error:
        raise MotionError(f"{place}: a damaged cache entry; delete it and run again") from error
