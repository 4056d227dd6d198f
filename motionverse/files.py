"""Files appear whole or not at all; texts, JSON and tables that people wrote are read, or refused in one clear line."""

import contextlib
import csv
import io
import json
import os
import sys
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from motionverse.errors import MotionError

NAME_BYTES = 255  # of one name on Linux's, macOS's and Windows' file systems


def check_writable(path: str | Path) -> Path:
    """Say early, before any work, whether `path` can be written. Raises MotionError naming the folder and the fix."""
    path = Path(path)
    folder = path.parent
    if (size := len(os.fsencode(path.name))) > NAME_BYTES:
        raise MotionError(f"{path.name[:40]}...: a name of {size} bytes; file systems take {NAME_BYTES}, shorten it")
    if not folder.is_dir():
        raise MotionError(f"{path}: the folder {folder} does not exist; create it first")
    if not os.access(folder, os.W_OK):
        raise MotionError(f"{path}: the folder {folder} is not writable; choose another place")
    if path.is_dir():
        raise MotionError(f"{path}: is a folder; give a file name")
    return path


def check_apart(written: Iterable[Path | None], read: Iterable[Path | None]) -> None:
    """Raises MotionError where a file to be written is one of those that are read, however it is spelt or linked to.

    Files that are not there yet, and None, are apart from everything.
    """
    held = {_identity(path): path for path in read}
    for path in written:
        if (identity := _identity(path)) is not None and (same := held.get(identity)) is not None:
            who = "is read" if same == path else f"is {same}, which is read,"
            raise MotionError(f"{path}: {who} and would be overwritten; give the output another name or place")


def check_outside(replaced: str | Path, read: Iterable[str | Path | None]) -> None:
    """Raises MotionError where a folder that is to be replaced holds something that is read: it would be gone with it."""
    if not (folder := Path(replaced)).exists():
        return
    for path in read:
        if path is not None and folder.resolve() in Path(path).resolve().parents:
            raise MotionError(f"{folder}: holds {path}, which is read, and would be replaced; choose another place")


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What two names of one file have in common; None for what is not there."""
    try:
        found = None if path is None else path.stat()
    except (OSError, ValueError):
        return None
    return None if found is None else (found.st_dev, found.st_ino)


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` (same suffix); rename it to `path` on success, remove it on failure."""
    path = check_writable(path)
    temporary = path.with_name(f".{path.stem[:40]}-{uuid.uuid4().hex[:8]}{path.suffix}")  # no name may grow too long
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise MotionError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def text(path: str | Path) -> str:
    """A text file, UTF-8 with or without its mark. Raises MotionError for one that is missing or in another encoding."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError as error:
        raise MotionError(f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from None


def from_json(content: str, where: object) -> Any:
    """The value of a JSON text; where: the file (and line), for messages. Raises MotionError for anything that is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{where}: not JSON ({why}); repair it or remove it") from None


def csv_rows(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a .csv by the names in its first line. Raises MotionError for a file that is no such table."""
    csv.field_size_limit(sys.maxsize)  # an open quotation mark shows in the rows; the file's size is the limit
    try:
        return [dict(row) for row in csv.DictReader(io.StringIO(text(path), newline=""), strict=True)]
    except csv.Error as error:
        raise MotionError(f"{path}: not a table of comma-separated values ({error}); export it again") from None
