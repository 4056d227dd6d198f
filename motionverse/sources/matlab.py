"""MATLAB .mat files of data sets, by scipy; the newer kind (version 7.3) is HDF5 and needs h5py."""

import zlib
from pathlib import Path
from typing import Any

from motionverse.errors import MotionError

_BROKEN = (zlib.error, OSError, ValueError, TypeError, KeyError, EOFError, IndexError, OverflowError, MemoryError)


def variables(path: Path) -> dict[str, Any]:
    """The variables of a .mat file by name; cells are object arrays. Raises MotionError for one that cannot be read."""
    from scipy.io import loadmat  # imported where it is used: it takes a quarter of a second
    from scipy.io.matlab import MatReadError

    try:
        return {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    except FileNotFoundError:
        raise MotionError(f"{path}: no such file; unpack the data set again") from None
    except NotImplementedError:
        raise MotionError(
            f"{path}: a MATLAB 7.3 file; save it in MATLAB with -v7, or read the set's other files"
        ) from None
    except (MatReadError, *_BROKEN) as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole .mat file ({why}); unpack or download it again") from None
