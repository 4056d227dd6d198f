"""Data sets that are points alone, as joints and landmarks that may be lost: rotations by motionverse.body_fit."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from motionverse import body_fit
from motionverse.body_fit import Landmark
from motionverse.errors import MotionError
from motionverse.formats import joint_sets
from motionverse.motion import Motion
from motionverse.sources import points_only
from motionverse.sources.points_only import Y_UP

KINECT = joint_sets.KINECT


def motion(
    path: Path,
    positions: np.ndarray,
    names: Sequence[str | None],
    fps: float,
    metres: float = 1.0,
    axes: np.ndarray = Y_UP,
    landmarks: Mapping[str, Landmark] | None = None,
) -> Motion:
    """The motion of points (T, P, 3): one joint of WHOLE_BODY or landmark a point, None for one that is left out.

    metres: in one unit of the positions; axes: (3, 3) from the data set's world to ours; NaN where a point is lost.
    Raises MotionError, naming the file, for a wrong number of points and where too few are there.
    """
    positions = points_only.checked(path, positions, names)
    kept = [j for j, name in enumerate(names) if name is not None]
    try:
        return body_fit.fit(metres * positions[:, kept] @ axes.T, [str(names[j]) for j in kept], fps, landmarks)
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None


def upright(positions: np.ndarray, top: int, bottom: Sequence[int]) -> np.ndarray:
    """(3, 3) the right-handed turn that brings the coordinate axis nearest to the body's own up onto +Y.

    positions: (T, P, 3); top, bottom: indices of a point that is above most of the time, and of some that are below.
    """
    way = np.nanmean(positions[:, top] - positions[:, list(bottom)].mean(1), axis=0)
    axis = int(np.argmax(np.abs(way)))
    up = np.eye(3)[axis] * np.sign(way[axis])
    side = np.eye(3)[(axis + 1) % 3]
    return np.stack([side, up, np.cross(side, up)])
