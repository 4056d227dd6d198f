"""Joints .npz: any skeleton, positions and (where there are) rotations, as motionverse.formats.fields says.

`NAME.joints.npz` is written for any Motion; any `.npz` with `joints` or `positions` (T, J, 3) in metres is read.
"""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.formats import detect, fields
from motionverse.motion import Motion

MOST_VALUES = 2_000_000  # numbers in one array of any file; larger files RATIO for each of their bytes
RATIO = 16  # packed motion has one or two; a bomb has thousands
# what zipfile, zlib and numpy raise for damaged archives and arrays
BROKEN = (
    tokenize.TokenError,
    SyntaxError,
    TypeError,
    OverflowError,
    RecursionError,
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
)


def read(path: str | Path, fps: float | None = None, scale: float | None = None, up: str | None = None) -> Motion:
    """The motion in a joints .npz. Metres and Y up are taken for granted; scale [m per unit] and up say otherwise."""
    return from_arrays(arrays(path), path, fps, scale, up)


def from_arrays(
    held: Mapping[str, np.ndarray], path: str | Path, fps: float | None, scale: float | None, up: str | None
) -> Motion:
    """As `read`, for arrays already loaded."""
    return adjusted(fields.from_fields(held, path, fps), path, scale, up)


def adjusted(motion: Motion, path: str | Path, scale: float | None, up: str | None) -> Motion:
    """`motion` of a file that is in metres and Y up by definition, unless the caller says it is not."""
    if scale is None and up is None:
        return motion
    return detect.settle(motion, path, 1.0 if scale is None else scale, "Y" if up is None else up)


def write(motion: Motion, path: str | Path) -> None:
    """Write a joints .npz: quaternions in float32 (exact to 1e-5 degrees), positions in float64."""
    held = fields.to_fields(motion)
    held["joint_names"] = held.pop("names")
    held["rotations"] = held["rotations"].astype(np.float32)
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **held)


def arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Every array of an .npz file by name; arrays that need pickle are left out, a broken file is a MotionError."""
    path = Path(path)
    found: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            _check_sizes(archive, path)
        with np.load(path, allow_pickle=False) as file:
            for name in file.files:
                try:
                    found[name] = file[name]
                except ValueError as error:
                    if "pickle" not in str(error):
                        raise
    except MotionError:
        raise
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
    except BROKEN as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole .npz file ({why}); download or export it again") from None
    if not found:
        raise MotionError(f"{path}: holds no readable array ({', '.join(names[:12]) or 'nothing'})")
    return found


def _check_sizes(archive: zipfile.ZipFile, path: Path) -> None:
    """MotionError for arrays that state more numbers than the archive's size lets believe, before any is unpacked."""
    size = path.stat().st_size
    most = max(MOST_VALUES, RATIO * size)
    for entry in archive.infolist():
        stated = _stated(archive, entry)
        if stated > most or entry.file_size > 8 * most:
            raise MotionError(
                f"{path}: {entry.filename[:40]!r} states {max(stated, entry.file_size // 8):,} values in a file of {size:,} bytes; "
                "that is no motion"
            )


def _stated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Numbers that the header of an array states; 0 where there is no header to be read, which numpy refuses."""
    with archive.open(entry) as stream:
        try:
            first = np.lib.format.read_magic(stream) == (1, 0)
            header = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
            shape, _, kind = header(stream)
        except BROKEN:
            return 0
    return math.prod(shape) * max(1, kind.itemsize // 8)
