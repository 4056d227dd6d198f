"""The ten tasks of a motion model, as masks over (time, cell) and condition streams: one table.

A mask says what is given: (T, 53) bool, True where the clean features of that cell (motionverse.parts: a joint of
WHOLE_BODY, or the face) are an input. Nothing else in the code branches on a task's name. Times are in seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.parts import CELLS, PART_NAMES, part_cells
from motionverse.skeleton import WHOLE_BODY

STREAMS = ("text", "music", "speech", "keypoints")
_EDGE = 1e-6  # [s]: an instant this close to another is that instant
Mask = np.ndarray  # (T, 53) bool, True where given


def nothing(times: np.ndarray) -> Mask:
    """Nothing is given: times (T,) [s] -> (T, 53) False."""
    return np.zeros((len(times), CELLS), bool)


def prefix(times: np.ndarray, seconds: float) -> Mask:
    """Everything before `seconds` after the window's start is given; at least one frame."""
    return _rows(times, times < times[0] + seconds, first=True)


def ends(times: np.ndarray, seconds: float) -> Mask:
    """Everything in the first and the last `seconds` is given; at least the first and the last frame."""
    return _rows(times, (times < times[0] + seconds) | (times > times[-1] - seconds), first=True, last=True)


def keyframes(times: np.ndarray, at: Sequence[float]) -> Mask:
    """The whole body is given in the frames nearest to the instants `at` [s]."""
    given = nothing(times)
    given[[int(np.abs(times - instant).argmin()) for instant in at]] = True
    return given


def gap(times: np.ndarray, start: float, end: float) -> Mask:
    """Everything is given but what lies between the instants `start` and `end` [s]."""
    return _rows(times, ~_between(times, start, end))


def region(times: np.ndarray, names: Sequence[str], start: float, end: float) -> Mask:
    """Everything is given but the named body parts between the instants `start` and `end` [s]. MotionError for another name."""
    return ~(parts(times, names) & _between(times, start, end)[:, None])


def parts(times: np.ndarray, names: Sequence[str]) -> Mask:
    """The named body parts (motionverse.parts.PART_NAMES) are given throughout. Raises MotionError for another name."""
    for name in names:
        if name not in PART_NAMES:
            raise MotionError(f"part {name!r} is unknown; the parts are {', '.join(PART_NAMES)}")
    return cells(times, np.concatenate([part_cells(name) for name in names]) if names else ())


def joints(times: np.ndarray, names: Sequence[str]) -> Mask:
    """The named joints of WHOLE_BODY are given throughout. Raises MotionError for another name."""
    return cells(times, [WHOLE_BODY.index(name) for name in names])


def root_path(times: np.ndarray) -> Mask:
    """The pelvis' way over the floor, its height, heading and tilt are given throughout."""
    return joints(times, (WHOLE_BODY.names[0],))


def way(times: np.ndarray) -> Mask:
    """As `root_path`, but in the end only the pelvis' way over the floor and its heading are held to, not its height and tilt."""
    return root_path(times)


def shown(times: np.ndarray, mask: Mask) -> Mask:
    """What an array (T, 53) says, a row for each of the instants. Raises MotionError for one of other frames."""
    if np.shape(mask) != (len(times), CELLS):
        raise MotionError(f"shown: a mask {np.shape(mask)} for {len(times)} frames; it must be ({len(times)}, {CELLS})")
    return np.asarray(mask, bool)


def cells(times: np.ndarray, indices: Sequence[int] | np.ndarray) -> Mask:
    """Mask cells by index, throughout."""
    given = nothing(times)
    given[:, np.asarray(indices, int)] = True
    return given


def placed(mask: Mask) -> Mask:
    """Of the first cells of a mask (T, n), joints whose places in the world are given: the pelvis, and what hangs on it by given
    joints alone."""
    held = mask.copy()
    for joint, parent in enumerate(WHOLE_BODY.parents[: mask.shape[1]]):
        if parent >= 0:
            held[:, joint] &= held[:, parent]
    return held


def _between(times: np.ndarray, start: float, end: float) -> np.ndarray:
    """(T,) True from `start` to `end` [s], both included; at least at the instant in their middle."""
    rows = (times >= start - _EDGE) & (times <= end + _EDGE)
    rows[int(np.abs(times - (start + end) / 2).argmin())] = True
    return rows


def _rows(times: np.ndarray, rows: np.ndarray, first: bool = False, last: bool = False) -> Mask:
    rows = rows.copy()
    rows[0] |= first
    rows[-1] |= last
    return np.repeat(rows[:, None], CELLS, axis=1)


FORMS: Mapping[str, Callable[..., Mask]] = {
    "prefix": prefix,
    "ends": ends,
    "keyframes": keyframes,
    "gap": gap,
    "region": region,
    "parts": parts,
    "joints": joints,
    "root_path": root_path,
    "way": way,
    "shown": shown,
}
LOOSE = ("way",)  # forms that are shown to the model, and of which lmm.completion holds to less than whole cells


@dataclass(frozen=True)
class Task:
    """What a task admits.

    needs: streams without which it is not this task; streams: those it may have besides; forms: the mask forms
    (FORMS) it may be given; given: at least one form must be there; least: the least number of streams.
    """

    needs: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    given: bool = False
    least: int = 0


_FRAMES = ("ends", "keyframes", "gap", "shown")  # whole frames; `shown` is any of the forms, as an array
_BETWEEN = (*_FRAMES, "region", "parts", "joints", "root_path", "way")
TASKS: Mapping[str, Task] = {
    "text-to-motion": Task(needs=("text",)),
    "action-to-motion": Task(needs=("text",)),
    "music-to-dance": Task(needs=("music",)),
    "speech-to-gesture": Task(needs=("speech",), streams=("text",), forms=("parts", "joints")),
    "motion imitation": Task(needs=("keypoints",)),
    "motion prediction": Task(forms=("prefix", "shown"), given=True),
    "in-betweening": Task(forms=_FRAMES, given=True),
    "conditional prediction": Task(streams=STREAMS, forms=("prefix", "shown"), given=True, least=1),
    "conditional in-betweening": Task(streams=STREAMS, forms=_BETWEEN, given=True),
    "multi-modal generation": Task(streams=STREAMS, forms=tuple(FORMS), least=2),
}


@dataclass(frozen=True)
class Given:
    """What a request gives: form name -> that form's arguments, e.g. {"prefix": {"seconds": 1.0}, "root_path": {}}."""

    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def mask(self, times: np.ndarray) -> Mask:
        """times (T,) [s] -> (T, 53) bool: True where any of the forms gives something."""
        return self._union(times, self.forms)

    def held(self, times: np.ndarray) -> Mask:
        """As `mask`, of the forms alone whose cells come out just as they were given."""
        return self._union(times, {name: arguments for name, arguments in self.forms.items() if name not in LOOSE})

    def _union(self, times: np.ndarray, forms: Mapping[str, Mapping[str, Any]]) -> Mask:
        given = nothing(times)
        for name, arguments in forms.items():
            if name not in FORMS:
                raise MotionError(f"mask form {name!r} is unknown; the forms are {', '.join(FORMS)}")
            given |= FORMS[name](times, **arguments)
        return given


def check(name: str, given: Given, streams: Sequence[str]) -> None:
    """Raise MotionError, naming what is missing or too much, unless a request is an instance of the task `name`."""
    if name not in TASKS:
        raise MotionError(f"task {name!r} is unknown; the tasks are {', '.join(TASKS)}")
    task = TASKS[name]
    faults = [f"it needs the stream {s!r}" for s in task.needs if s not in streams]
    faults += [f"it takes no stream {s!r}" for s in streams if s not in task.needs + task.streams]
    faults += [f"it takes no {f!r}" for f in given.forms if f not in task.forms]
    if task.given and not given.forms:
        faults.append(f"it needs one of {', '.join(task.forms)}")
    if len(streams) < task.least:
        faults.append(f"it needs at least {task.least} condition stream{'s' if task.least > 1 else ''}")
    if faults:
        raise MotionError(f"task {name!r}: {faults[0]}")


def matching(given: Given, streams: Sequence[str]) -> tuple[str, ...]:
    """The names of the tasks that a request is an instance of (several share their masks and streams)."""
    return tuple(name for name in TASKS if _is(name, given, streams))


def _is(name: str, given: Given, streams: Sequence[str]) -> bool:
    try:
        check(name, given, streams)
    except MotionError:
        return False
    return True
