"""What was computed from a file is computed once: a folder of arrays under the hash of the file's content.

A small index remembers each file's size and modification time, so that a second run opens nothing but the cache.
"""

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

_INDEX = "files.json"
_BLOCK = 2**20


class Cache:
    """Tracks by (content of the file, encoder). folder: made when first written to."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def track(self, path: str | Path, encoder: str, make: Callable[[Path], Track]) -> Track:
        """The track that `encoder` makes of a file: read where it was made before, else made and kept. MotionError as `make`."""
        path = Path(path)
        place = self.folder / encoder / f"{self._digest(path)}.npz"
        if place.is_file():
            return _read(place)
        made = make(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(place, made)
        return made

    def _digest(self, path: Path) -> str:
        """Hash of the file's content, out of the index where size and time are as they were."""
        try:
            state = path.stat()
        except OSError as error:
            raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
        known, key = self._index(), str(path.resolve())
        stamp = [state.st_size, state.st_mtime_ns]
        if key in known and known[key][:2] == stamp:
            return known[key][2]
        digest = _hash(path)
        known[key] = [*stamp, digest]
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(self.folder / _INDEX) as temporary:
            temporary.write_text(json.dumps(known), encoding="utf-8")
        return digest

    def _index(self) -> dict[str, list]:
        try:
            held = json.loads((self.folder / _INDEX).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}  # an index that is gone or damaged costs a second reading, no more
        return held if isinstance(held, dict) else {}


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:32]


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
