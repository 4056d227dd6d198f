"""An npz of named points: what corpora of points and markers hold once they are turned into arrays.

Fields: positions (T, P, 3) [m], Y up, NaN where a point is lost (a marker also at the very origin), or raw (T, C) where there
are no positions; joints (P,) names; fps.
"""

from pathlib import Path

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import fields, joints, plug_in_gait
from motionverse.motion import Motion
from motionverse.sources import fitted_points

_ORIGIN = 1e-6  # [m]


def read(path: Path, field: str = "positions") -> tuple[np.ndarray, tuple[str, ...], float]:
    """The field's array, the points' names, frames a second. Raises MotionError for a file that is broken or another's."""
    held = joints.arrays(path)
    missing = [name for name in (field, "joints", "fps") if name not in held]
    if missing:
        raise MotionError(f"{path}: lacks {', '.join(missing)}; a file of points has {field}, joints, fps")
    names, values = tuple(str(name) for name in held["joints"].reshape(-1)), held[field]
    if values.dtype.kind not in "fiu":
        raise MotionError(f"{path}: {field} holds no numbers but {values.dtype}; download it again")
    if field == "positions" and values.shape[1:] != (len(names), 3):
        raise MotionError(f"{path}: positions {values.shape} for {len(names)} points; must be (T, {len(names)}, 3)")
    return values.astype(np.float64), names, fields.rate_of(held["fps"], path)


def channels(path: Path) -> tuple[np.ndarray, float]:
    """The array `raw` of a file that has no points, and frames a second. Raises MotionError for one that is broken."""
    raw, _, fps = read(path, "raw")
    return raw, fps


def markers(path: Path) -> Motion:
    """The motion of a file of Plug-in-Gait markers. Raises MotionError where the markers are another set's."""
    values, names, fps = read(path)
    values[(np.abs(values) < _ORIGIN).all(-1)] = np.nan  # what Vicon writes for a marker that it lost
    held = {plug_in_gait.WAIST.get(name, name): values[:, k] for k, name in enumerate(names)}
    missing = [name for name in plug_in_gait.NEEDED if name not in held]
    if missing:
        raise MotionError(f"{path}: no marker {missing[0]}; a Plug-in-Gait set has {', '.join(plug_in_gait.NEEDED)}")
    body = plug_in_gait.body(held)
    return fitted_points.motion(path, np.stack(list(body.values()), 1), list(body), fps, landmarks=plug_in_gait.HEAD)
