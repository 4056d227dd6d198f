"""A way over the floor from a file: .csv with columns `time` [s], `x`, `z` [m], perhaps `heading` [rad]; .json with them as lists.
And poses with their instants: those of a motion file, or .json {"0.5": "a.bvh", "2": "b.bvh"}, the first frame of each.

Y is up, +Z the way ahead of a body that faces 0 rad; heading grows towards +X, the body's left. Without it the body looks where
it goes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lmm.directed import Way
from motionverse.errors import MotionError
from motionverse.files import csv_rows, from_json, text
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import WHOLE_BODY
from motionverse.terminal import nearest

COLUMNS = ("time", "x", "z", "heading")


def read_way(path: str | Path) -> Way:
    """The way in a file. Raises MotionError naming the file, what is wrong with it and the fix."""
    path = Path(path)
    if not path.is_file():
        raise MotionError(f"{path}: no such file; give a way over the floor as .csv or .json")
    columns = _columns(path)
    for name in columns:
        if name not in COLUMNS:
            near = nearest(str(name), list(COLUMNS))
            meant = f"; did you mean {near}?" if near else ""
            raise MotionError(f"{path}: unknown column {name!r}; the first line names them: {','.join(COLUMNS)}{meant}")
    if missing := [name for name in COLUMNS[:3] if name not in columns]:
        raise MotionError(
            f"{path}: no column {missing[0]}; the columns are {', '.join(COLUMNS)} (heading may be left out)"
        )
    held = {name: _numbers(path, name, column) for name, column in columns.items()}
    times = held["time"]
    if len(times) < 2 or len({len(column) for column in held.values()}) > 1:
        raise MotionError(f"{path}: a way has two instants at least, and every column as many numbers")
    if not (np.diff(times) > 0).all():
        row = int(np.argmin(np.diff(times) > 0)) + 1
        raise MotionError(f"{path}: time {times[row]:g} s comes after {times[row - 1]:g} s; times must rise")
    return Way(times, np.stack([held["x"], held["z"]], -1), held.get("heading"))


def read_poses(path: str | Path, keys: Sequence[float] | None = None, body: bool = False) -> dict[float, Motion]:
    """A pose, as a motion of one frame, for each instant [s]: those of the motion in a file at its own instants `keys`, or of a
    .json that names an instant's file. body: on WHOLE_BODY, each motion retargeted whole, so that a pose off the floor stays
    there. Raises MotionError naming the file, what is wrong and the fix."""
    path = Path(path)
    if path.suffix.lower() == ".json" and path.is_file():
        held = from_json(text(path), path)
        if isinstance(held, dict) and held and all(isinstance(name, str) for name in held.values()):
            if keys:
                raise MotionError(f"{path}: says its instants itself; leave the keys out")
            return {
                _instant(path, at): _posed(path.parent / name, body).frames_slice(0, 1) for at, name in held.items()
            }
    source = _posed(path, body)
    if not keys:
        raise MotionError(f"{path}: which of its poses? give --keys, instants in seconds: 0,1.5,3")
    if beyond := [at for at in keys if round(at * source.fps) >= len(source)]:
        raise MotionError(f"{path}: lasts {source.seconds:.2f} s, key {beyond[0]:g} is later; name instants in it")
    return {at: source.frames_slice(k := round(at * source.fps), k + 1) for at in keys}


def _posed(path: Path, body: bool) -> Motion:
    from motionverse import formats

    motion = formats.load(path)
    return retarget(motion)[0] if body and motion.skeleton.names != WHOLE_BODY.names else motion


def _instant(path: Path, word: str) -> float:
    try:
        at = float(word)
    except ValueError:
        at = -1.0
    if not (np.isfinite(at) and at >= 0):
        raise MotionError(f"{path}: {word!r} is no instant; give seconds from 0 on, e.g. 1.5")
    return at


def _columns(path: Path) -> dict[str, Any]:
    if path.suffix.lower() == ".csv":
        rows = csv_rows(path)
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    if path.suffix.lower() != ".json":
        raise MotionError(f"{path}: a way over the floor is read from .csv or .json")
    held = from_json(text(path), path)
    if not isinstance(held, dict):
        raise MotionError(f"{path}: {type(held).__name__} where an object with {', '.join(COLUMNS)} is expected")
    return held


def _numbers(path: Path, name: str, column: Any) -> np.ndarray:
    try:
        found = np.asarray(column, np.float64)
    except (TypeError, ValueError):
        raise MotionError(f"{path}: {name}: not a list of numbers") from None
    if found.ndim != 1 or not np.isfinite(found).all():
        raise MotionError(f"{path}: {name}: a number is missing, NaN or infinite; give one for each instant")
    return found
