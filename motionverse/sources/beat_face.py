"""BEAT's faces: NAME.json beside NAME.bvh, ARKit's shapes without the tongue, 60 frames a second.

names lists 51 shapes as ARKit calls them, in an order of their own; frames is a list of objects with weights, one a name, and
time [s] (the readers of github.com/PantoMatrix/PantoMatrix and its derivatives take names, frames, weights and time so).
"""

import json
from pathlib import Path

import numpy as np

from motionverse import face
from motionverse.errors import MotionError
from motionverse.motion import Motion

_MISSING = {"tongueOut"}  # ARKit's, not among BEAT's


def onto(motion: Motion, path: Path) -> Motion:
    """The motion with the face of a .json, brought to its frames. Raises MotionError for a file that is none of that form."""
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
        names = [str(name) for name in held["names"]]
        times = np.array([float(row["time"]) for row in held["frames"]])
        weights = np.array([row["weights"] for row in held["frames"]], np.float64)
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror}); unpack it again") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = " ".join(str(error).split())[:60]
        raise MotionError(f"{path}: no face of BEAT ({why}); it has names and frames of weights and time") from None
    absent = sorted(set(face.SHAPES) - set(names) - _MISSING)
    if absent:
        raise MotionError(f"{path}: no shape {absent[0]}; a face of BEAT has ARKit's 51 without the tongue")
    if weights.shape != (len(times), len(names)) or not len(times) or not np.isfinite(weights).all():
        raise MotionError(
            f"{path}: weights {weights.shape} of {len(names)} names; must be finite numbers (T, {len(names)})"
        )
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise MotionError(f"{path}: times that do not rise; sort or repair the frames")
    shapes = np.zeros((len(motion), len(face.SHAPES)))
    for name, column in zip(names, weights.T, strict=True):
        if name in face.SHAPES:
            shapes[:, face.SHAPES.index(name)] = np.interp(motion.times, times, column)
    return motion.with_(face=face.pack(shapes), face_source=face.ARKIT)
