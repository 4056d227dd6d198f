"""Joints as a table: one row a frame, a column `time` [s], then NAME.x, NAME.y, NAME.z [m], Y up, for every joint.

Also read: other names for the time (Time, t, seconds, Time (s), timestamp), a column Frame and no time (the caller gives the
rate), a joint's columns as Name_X, Name X or X_Name, commas, semicolons or tabs, other units and axes (found out from the body),
and empty cells or nan, which are points that are lost. Instants that are not evenly spaced are brought to the median's rate.
Rotations are fitted (rotation_source "ik"); a table keeps none. A table of WHOLE_BODY's joints printed as we print it is in metres
and Y up, whatever the body does.
"""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.formats import fields, joint_sets, named_points
from motionverse.formats.bvh_text import read_bytes
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY

_TIME = re.compile(r"(?:time|t|seconds?|secs?|timestamps?)\s*(?:[\[(]s(?:ec(?:onds?)?)?[\])]|_s)?$", re.I)
_FRAME = re.compile(r"(?:frames?|frame[ _]?(?:#|no\.?|number|index|id)|index|sample|#|)$", re.I)
_LAST, _FIRST = re.compile(r"(.+?)[\s._:\-]*([xyzXYZ])$"), re.compile(r"([xyzXYZ])[\s._:\-]+(.+)$")
_LOST = {"", "nan", "na", "n/a", "none", "null", "-", "inf", "-inf"}
_OWN = re.compile(r"-?\d+\.\d{6}$")  # a place as `write` prints it
UNEVEN = 0.05  # of a frame: instants that are off by more are resampled
SLOWEST = 1.0  # frames a second: less are milliseconds, or the clock of a machine
LONGEST = 10  # times as many frames as rows: more, made out of uneven instants, mean that one of them is wrong


def read(
    path: str | Path,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    joints: str | Sequence[str] | None = None,
) -> Motion:
    """The motion in a table of joints. joints: names in place of the header's, in its order. Raises MotionError, with the
    line, for cells that are no numbers, and for a header without joints or without a time where no rate is given."""
    path = Path(path)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MotionError(f"{path}: not text in UTF-8; export the table again") from None
    header, rows = _rows(text, path)
    time, columns = _columns(header, path)
    if joints is None and _is_ours(header, rows[0]):
        scale, up = 1.0 if scale is None else scale, up or "Y"
    values = _numbers(rows, len(header), path)
    names = list(columns)
    points = np.stack([values[:, columns[name]] for name in names], 1)
    known = joint_sets.ours(names, path) if joints is None else joint_sets.named(joints, len(names), path)
    if time is not None and len(values) > 1:
        points, rate = _even(values[:, time], points, path)
        if fps is None and rate < SLOWEST:
            raise MotionError(
                f"{path}: {1 / rate:.3g} s from row to row; the time is in seconds, else give the rate (fps)"
            )
        rate = rate if fps is None else float(fps)
    else:
        rate = fields.rate_of(None, path, fps)
    return named_points.motion(points, known, rate, path, scale, up)


def write(motion: Motion, path: str | Path) -> None:
    """Write the joints' places to a micrometre, every frame with its time."""
    places = motion.joints().reshape(len(motion), -1)
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(_header(motion.skeleton.names))
        table = np.concatenate([motion.times[:, None], places.round(6) + 0.0], -1)
        np.savetxt(file, table, fmt=["%.9g", *["%.6f"] * places.shape[1]], delimiter=",")


def _header(names: Sequence[str]) -> list[str]:
    return ["time", *(f"{name}.{axis}" for name in names for axis in "xyz")]


def _is_ours(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether `write` printed a table, of WHOLE_BODY's joints."""
    return list(header) == _header(WHOLE_BODY.names) and all(_OWN.match(cell) for cell in row[1:])


def _rows(text: str, path: Path) -> tuple[list[str], list[list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise MotionError(f"{path}: not a table ({error})") from None
    if len(rows) < 2:
        raise MotionError(f"{path}: a table of {len(rows)} rows; needs a header and a row a frame")
    return [cell.strip() for cell in rows[0]], rows[1:]


def _columns(header: Sequence[str], path: Path) -> tuple[int | None, dict[str, list[int]]]:
    """The column of the time, and for each joint those of x, y and z, in the header's order."""
    time, axes = None, dict[str, dict[str, int]]()
    for k, cell in enumerate(header):
        if _TIME.match(cell):
            time = k if time is None else time
        elif not _FRAME.match(cell):
            match, first = _LAST.match(cell), _FIRST.match(cell)
            if match is not None or first is not None:
                name, axis = match.groups() if match is not None else first.groups()[::-1]  # type: ignore[union-attr]
                if axes.setdefault(name, {}).setdefault(axis.lower(), k) != k:
                    raise MotionError(f"{path}: two columns are called {cell!r}")
    whole = {name: [places[a] for a in "xyz"] for name, places in axes.items() if len(places) == 3}
    if not whole:
        told = ", ".join(header[:4])
        raise MotionError(
            f"{path}: no joints in the header ({told[:60]}); columns must be time, NAME.x, NAME.y, NAME.z, ..."
        )
    return time, whole


def _numbers(rows: Sequence[Sequence[str]], wide: int, path: Path) -> np.ndarray:
    values = np.full((len(rows), wide), np.nan)
    for k, row in enumerate(rows):
        if len(row) > wide:
            raise MotionError(f"{path}: row {k + 2} has {len(row)} cells, the header {wide}")
        try:
            values[k, : len(row)] = [float(cell) for cell in row]
        except ValueError:
            for column, cell in enumerate(row):
                if cell.strip().lower() not in _LOST:
                    values[k, column] = _number(cell, k, path)
    return values


def _number(cell: str, row: int, path: Path) -> float:
    try:
        return float(cell)
    except ValueError:
        raise MotionError(f"{path}: row {row + 2}: {cell.strip()[:20]!r} is no number") from None


def _even(times: np.ndarray, points: np.ndarray, path: Path) -> tuple[np.ndarray, float]:
    """Points (T, P, 3) at evenly spaced instants, and their rate, of points at instants (T,) [s] that may not be."""
    steps = np.diff(times)
    if not np.isfinite(times).all() or steps.min() <= 0:
        wrong = int(np.argmin(np.isfinite(times))) if not np.isfinite(times).all() else int(np.argmin(steps)) + 1
        raise MotionError(f"{path}: row {wrong + 2}: the time must grow from row to row")
    step = float(np.median(steps))
    steady = (times[-1] - times[0]) / (len(times) - 1)
    regular = times[0] + np.arange(len(times)) * steady
    if np.abs(times - regular).max() < UNEVEN * steady:
        return points, _rounded(1 / steady)
    count = (times[-1] - times[0]) / step
    if count > LONGEST * len(times):
        raise MotionError(
            f"{path}: {times[-1] - times[0]:.6g} s in steps of {step:.3g} s; check the column of the time"
        )
    wanted = times[0] + np.arange(int(count + 1e-6) + 1) * step
    flat = points.reshape(len(points), -1)
    return np.stack([np.interp(wanted, times, column) for column in flat.T], -1).reshape(
        -1, *points.shape[1:]
    ), _rounded(1 / step)


def _rounded(rate: float) -> float:
    """A rate without what the rounding of its instants left in it."""
    return float(round(rate, 2) if abs(rate - round(rate, 2)) < 1e-4 * rate else rate)
