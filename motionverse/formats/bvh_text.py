"""The text side of BVH: a file's bytes to joints and a table of channel values, or one clear line about what is broken."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import decimals

MAX_JOINTS = 5_000
RATES = (
    30, 60, 120, 24, 25, 50, 100, 20, 15, 90, 240, 12.5, 10, 12, 48, 200, 30 / 1.001, 60 / 1.001, 24 / 1.001, 120 / 1.001,
)  # fmt: skip
_FRAMES = re.compile(rb"\s*Frames\s*:[ \t]*(\S*)[^\n]*\n?", re.I)
_FRAME_TIME = re.compile(rb"\s*Frame\s*Time\s*:[ \t]*(\S*)[^\n]*\n?", re.I)
_WORD = re.compile(rb"\S")
_CHANNEL = re.compile(r"([XYZ])(rotation|position)", re.I)

Fail = Callable[[int, str], NoReturn]


@dataclass(eq=False)
class Joint:
    """A node as the file states it: lengths in file units; columns: where its channels stand in the MOTION rows."""

    name: str
    parent: int
    line: int
    offset: np.ndarray | None = None
    end: np.ndarray | None = None
    channels: list[tuple[str, str]] | None = None  # ("X", "rotation"), ...
    columns: list[int] = field(default_factory=list)  # of the MOTION rows, one a channel

    def axes(self, kind: str) -> dict[str, int]:
        """Axis letter -> column of the joint's "rotation" or "position" channels, in the file's order."""
        channels = zip(self.channels or (), self.columns, strict=True)
        return {axis: column for (axis, what), column in channels if what == kind}


def parse(path: str | Path) -> tuple[list[Joint], np.ndarray, float]:
    """Joints (parents first), rows (T, C) of channel values in degrees and file units, frames a second.

    Raises MotionError naming the line for a file that is broken or cut short anywhere.
    """
    return parsed(read_bytes(path), path)


def parsed(data: bytes, path: str | Path) -> tuple[list[Joint], np.ndarray, float]:
    """The same of a file's bytes; path: for messages."""
    cut = re.search(rb"^\s*MOTION\s*$", data, re.M | re.I)
    joints = _hierarchy(data[: cut.start()] if cut else data, path)
    if cut is None:
        raise MotionError(f"{path}: no MOTION section after the HIERARCHY; the file is cut short")
    columns = 0
    for joint in joints:
        width = len(joint.channels or ())
        joint.columns = list(range(columns, columns + width))
        columns += width
    frames, fps, start = _motion_head(data, cut.end(), path)
    return joints, _rows(data, start, frames, columns, path), fps


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file that must exist and hold something; MotionError otherwise."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not data or data.isspace():
        raise MotionError(f"{path}: the file is empty")
    return data


def _hierarchy(data: bytes, path: str | Path) -> list[Joint]:
    """The joints in file order (parents first) of the HIERARCHY section, or MotionError naming the line."""

    def fail(line: int, message: str) -> NoReturn:
        raise MotionError(f"{path}: line {line}: {message}")

    joints: list[Joint] = []
    stack: list[tuple[Joint, bool]] = []  # what is open, and whether it is its End Site
    opening: tuple[Joint, bool] | None = None  # named, its brace still to come
    text = data.decode("utf-8-sig", errors="replace")
    pieces = [
        (n, w) for n, row in enumerate(text.splitlines(), 1) for part in re.split(r"([{}])", row) if (w := part.split())
    ]
    if not pieces or pieces[0][1][0].upper() != "HIERARCHY":
        fail(pieces[0][0] if pieces else 1, "a BVH file starts with HIERARCHY; this one does not")
    last = pieces[-1][0]
    for line, words in pieces[1:]:
        key = words[0].upper()
        if opening is not None and key != "{":
            fail(line, f"'{{' expected after {opening[0].name!r}, found {words[0]!r}")
        if key == "{":
            if opening is None:
                fail(line, "'{' without a ROOT, JOINT or End Site before it")
            stack.append(opening)
            opening = None
        elif key == "}":
            if not stack:
                fail(line, "'}' without a '{'")
            _closed(*stack.pop(), line, fail)
        elif key in ("ROOT", "JOINT"):
            opening = (_named(words, joints, stack, line, fail), False)
        elif key == "END":
            if not stack or stack[-1][1]:
                fail(line, "End Site outside a joint")
            opening = (stack[-1][0], True)
        elif key in ("OFFSET", "CHANNELS"):
            if not stack:
                fail(line, f"{key} outside a joint")
            _property(words, *stack[-1], line, fail)
        else:
            fail(line, f"{words[0]!r} is not ROOT, JOINT, End Site, OFFSET, CHANNELS or a brace")
    if stack or opening is not None:
        fail(last, f"the HIERARCHY ends with {len(stack)} '}}' missing; the file is cut short")
    if not joints:
        fail(last, "the HIERARCHY has no ROOT")
    return joints


def _named(words: list[str], joints: list[Joint], stack: list[tuple[Joint, bool]], line: int, fail: Fail) -> Joint:
    """Open a ROOT or JOINT: append it to `joints`, with a name no other joint has."""
    root = words[0].upper() == "ROOT"
    if root == bool(stack) or (root and joints):
        fail(line, "a second ROOT; one skeleton a file, split it" if root else "JOINT outside the ROOT's braces")
    if stack and stack[-1][1]:
        fail(line, "JOINT inside an End Site")
    if len(words) < 2:
        fail(line, f"{words[0]} without a name")
    if len(joints) >= MAX_JOINTS:
        fail(line, f"more than {MAX_JOINTS} joints; this is no body")
    wanted, taken = " ".join(words[1:]), {j.name for j in joints}
    name = next(n for k in range(1, MAX_JOINTS + 2) if (n := wanted if k == 1 else f"{wanted}_{k}") not in taken)
    parent = joints.index(stack[-1][0]) if stack else -1
    joints.append(Joint(name, parent, line))
    return joints[-1]


def _property(words: list[str], joint: Joint, is_end: bool, line: int, fail: Fail) -> None:
    """Read an OFFSET or CHANNELS line into `joint`."""
    key = words[0].upper()
    if key == "OFFSET":
        try:
            offset = np.array([float(w) for w in words[1:]])
        except ValueError:
            fail(line, f"OFFSET of {joint.name!r} is not three numbers: {' '.join(words[1:])[:60]!r}")
        if offset.shape != (3,) or not np.isfinite(offset).all() or np.abs(offset).max() > 1e9:
            fail(line, f"OFFSET of {joint.name!r} is not three sensible numbers: {' '.join(words[1:])[:60]!r}")
        if is_end:
            joint.end = offset
        else:
            joint.offset = offset
        return
    if is_end:
        fail(line, "CHANNELS inside an End Site")
    names = words[2:]
    if (
        len(words) < 2
        or not words[1].isdecimal()
        or words[1].lstrip("0") != str(len(names) or "")
        or joint.channels is not None
    ):
        fail(line, f"CHANNELS of {joint.name!r} must be a count and that many names: {' '.join(words[1:])[:60]!r}")
    found = [_CHANNEL.fullmatch(n) for n in names]
    if None in found:
        fail(line, f"channel {names[found.index(None)]!r} of {joint.name!r} is not Xposition ... Zrotation")
    joint.channels = [(m[1].upper(), m[2].lower()) for m in found if m]
    if len(set(joint.channels)) != len(joint.channels):
        fail(line, f"CHANNELS of {joint.name!r} name a channel twice: {' '.join(names)!r}")


def _closed(joint: Joint, is_end: bool, line: int, fail: Fail) -> None:
    if (joint.end if is_end else joint.offset) is None:
        fail(line, f"{'the End Site of ' if is_end else ''}{joint.name!r} closes without an OFFSET")
    if joint.channels is None:
        fail(line, f"{joint.name!r} closes without CHANNELS (write CHANNELS 0 if it has none)")


def _motion_head(data: bytes, at: int, path: str | Path) -> tuple[int, float, int]:
    """Frames, frames a second, and where the rows begin; `at`: behind the word MOTION."""
    found = _FRAMES.match(data, at)
    if not found:
        line = data.count(b"\n", 0, at) + 1
        raise MotionError(f"{path}: line {line}: 'Frames: N' expected after MOTION; the file is cut short or broken")
    word = found[1].decode(errors="replace")
    if not word.isdecimal() or len(word) > 4000 or int(word) < 1:
        raise MotionError(f"{path}: Frames is {word[:40]!r}; must be a whole number, at least 1")
    time = _FRAME_TIME.match(data, found.end())
    if not time:
        raise MotionError(f"{path}: 'Frame Time: SECONDS' expected after Frames; the file is cut short or broken")
    return int(word), _rate(time[1].decode(errors="replace"), path), time.end()


def _rate(printed: str, path: str | Path) -> float:
    """Frames a second from the printed Frame Time: a usual rate if the digits allow one, else 1 / time."""
    try:
        seconds = float(printed)
    except ValueError:
        seconds = float("nan")
    if not 1e-4 <= seconds <= 1e3:
        raise MotionError(f"{path}: Frame Time is {printed[:40]!r}; must be seconds between frames, e.g. 0.033333")
    mantissa, _, exponent = printed.lower().partition("e")
    half = 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    exact = 1 / seconds
    if abs(exact - round(exact)) < 1e-9 * exact:
        return float(round(exact))
    if half > 0.02 * seconds:  # too few digits to tell a rate from its neighbours
        return exact
    return next((float(rate) for rate in RATES if abs(1 / rate - seconds) <= half * 1.001), exact)


def _rows(data: bytes, start: int, frames: int, columns: int, path: str | Path) -> np.ndarray:
    """(frames, columns) of finite numbers, which begin at `start`, or MotionError naming the first bad line."""
    if not columns:
        raise MotionError(f"{path}: no joint has a channel, so nothing moves; not a motion")
    if not _WORD.search(data, start):
        raise MotionError(f"{path}: Frames is {frames} but there are no rows; the file is cut short")
    rows = decimals.table(data, columns, start)
    if rows is None:  # not plain decimals, or broken
        rows = _any_rows(data[start:], columns, data.count(b"\n", 0, start) + 1, path)
    if len(rows) != frames:
        cut = "the file is cut short" if len(rows) < frames else f"write 'Frames: {len(rows)}' or remove the rest"
        raise MotionError(f"{path}: Frames is {frames} but there are {len(rows)} rows; {cut}")
    if not np.isfinite(rows).all():
        frame, column = np.argwhere(~np.isfinite(rows))[0]
        raise MotionError(
            f"{path}: frame {frame}, value {column + 1} is {rows[frame, column]}; repair or cut the frame first"
        )
    return rows


def _any_rows(body: bytes, columns: int, line: int, path: str | Path) -> np.ndarray:
    """(rows, columns) of whatever numpy takes for a number; `line`: the number of the first line."""
    try:
        rows = np.loadtxt(io.BytesIO(body), dtype=np.float64, comments=None, ndmin=2)
    except ValueError:  # a short row, or a word that is no number: find it, slowly, for the message
        raise MotionError(f"{path}: {_blame(body, columns, line)}") from None
    if rows.shape[1] != columns:
        raise MotionError(f"{path}: {_blame(body, columns, line)}")
    return rows


def _blame(body: bytes, columns: int, line: int) -> str:
    """What is wrong with the first bad row, for people."""
    for number, row in enumerate(body.split(b"\n"), line):
        words = row.split()
        for word in words:
            try:
                float(word)
            except ValueError:
                return f"line {number}: {word.decode(errors='replace')[:40]!r} is not a number"
        if words and len(words) != columns:
            return f"line {number}: {len(words)} values where the CHANNELS ask for {columns}; the row is broken or cut short"
    return "the rows after Frame Time are not a table of numbers"
