"""Files appear whole or not at all."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from motionverse.errors import MotionError


def check_writable(path: str | Path) -> Path:
    """Say early, before any work, whether `path` can be written. Raises MotionError naming the folder and the fix."""
    path = Path(path)
    folder = path.parent
    if not folder.is_dir():
        raise MotionError(f"{path}: the folder {folder} does not exist; create it first")
    if not os.access(folder, os.W_OK):
        raise MotionError(f"{path}: the folder {folder} is not writable; choose another place")
    if path.is_dir():
        raise MotionError(f"{path}: is a folder; give a file name")
    return path


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` (same suffix); rename it to `path` on success, remove it on failure."""
    path = check_writable(path)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise MotionError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)
