"""Data sets that are points alone: arrays of joint positions to a Motion, rotations fitted (rotation_source "ik")."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import fields, joint_sets
from motionverse.motion import Motion

# world axes of a data set, as the rows that make x (the subject's left as it faces +Z), y (up) and z of its coordinates
Y_UP = np.eye(3)
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
CAMERA = np.diag([1.0, -1.0, -1.0])  # x right, y down, z away, as cameras have it


def npy(path: Path) -> np.ndarray:
    """The array of a .npy file. Raises MotionError for one that is missing, broken or needs pickle."""
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise MotionError(f"{path}: no such file; unpack or make it again") from None
    except (OSError, ValueError, EOFError) as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole .npy file of numbers ({why}); download or make it again") from None


def checked(path: Path, positions: Any, names: Sequence[str | None]) -> np.ndarray:
    """(T, P, 3) points, one a name, NaN where one is lost. Raises MotionError for another shape, and for another order."""
    positions = np.asarray(positions)
    if positions.ndim != 3 or positions.shape[1:] != (len(names), 3) or not len(positions):
        raise MotionError(f"{path}: points {positions.shape}; must be (T, {len(names)}, 3) with T >= 1")
    if positions.dtype.kind not in "fiu":
        raise MotionError(f"{path}: points are no numbers but {positions.dtype}; download or make it again")
    positions = positions.astype(np.float64)
    joint_sets.check_order(positions, names, path)
    return positions


def motion(
    path: Path,
    positions: np.ndarray,
    names: Sequence[str | None],
    fps: float,
    metres: float = 1.0,
    axes: np.ndarray = Y_UP,
    given: Mapping[str, np.ndarray] | None = None,
) -> Motion:
    """The motion of points (T, J, 3), one name of WHOLE_BODY a point (None: a point that is left out).

    metres: in one unit of the positions; axes: (3, 3) from the data set's world to ours; given: more fields, as
    motionverse.formats.fields knows them. The joints lie where the points are, as far as bones of constant length can.
    Raises MotionError for a wrong number of points, and for points that are not finite.
    """
    positions = fields.numbers(checked(path, positions, names), "points", path)
    kept = [j for j, name in enumerate(names) if name is not None]
    held = {"joints": metres * positions[:, kept] @ axes.T, "names": np.array([names[j] for j in kept]), "fps": fps}
    return fields.from_fields({**held, **(given or {})}, path)
