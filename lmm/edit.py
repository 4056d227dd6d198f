"""Motions changed by a model: gone on with, bridged, changed in parts, closed to a loop.

Every function takes a Generator and gives a Motion. What is not made anew keeps its bits, at its own rate and on its own skeleton
(lmm.remade). Times are seconds of the motion that is given, whose first frame is at 0. Each raises MotionError, in one line, for
spans outside the motion and the like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lmm.remade import CONTEXT, LEAST, Options, remade
from lmm.request import SECONDS
from motionverse import rotation
from motionverse.derivative import derivative
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import CELLS, PART_NAMES, part_cells
from motionverse.terminal import nearest
from motionverse.tomato import heading

if TYPE_CHECKING:
    from lmm.generate import Generator

Span = tuple[float, float]  # [s] from, to
PLAIN = Options()
_EDGE = 1e-6  # [s] an instant this close to a frame is that frame


def predict(generator: "Generator", motion: Motion, seconds: float, options: Options = PLAIN) -> Motion:
    """The motion, and `seconds` of how it goes on."""
    return extend(generator, motion, 0.0, seconds, options)


def extend(generator: "Generator", motion: Motion, before: float, after: float, options: Options = PLAIN) -> Motion:
    """The motion with `before` seconds that lead to it and `after` seconds of how it goes on."""
    for name, seconds in (("before", before), ("after", after)):
        if not 0 <= seconds <= SECONDS[1]:
            raise MotionError(f"{name}: {seconds:g} s; allowed are 0 to {SECONDS[1]:g}")
    first, last = round(before * motion.fps), round(after * motion.fps)
    if not first + last:
        raise MotionError(
            f"nothing to add: less than a frame of {1 / motion.fps:.3g} s is asked for; give more seconds"
        )
    _long_enough(motion)
    at = np.clip(np.arange(-first, len(motion) + last), 0, len(motion) - 1)
    new = np.ones(len(at), bool)
    new[first : first + len(motion)] = False
    return remade(generator, _frames(motion, at), whole(new), options)


def inbetween(generator: "Generator", motion: Motion, gaps: Sequence[Span], options: Options = PLAIN) -> Motion:
    """The motion with what lies between the two instants of each gap made anew; the frames at the instants stay."""
    new = np.zeros(len(motion), bool)
    for gap in gaps:
        new |= _inside(motion, gap, "gap", open_=True)
    rows = np.flatnonzero(new)
    apart = np.flatnonzero(np.diff(rows) > 2 * CONTEXT * motion.fps) + 1  # gaps that see nothing of each other
    for group in np.split(rows, apart):
        motion = remade(generator, motion, whole(np.isin(np.arange(len(new)), group)), options)
    return motion


def bridge(
    generator: "Generator", first: Motion, second: Motion, seconds: float, options: Options = PLAIN, moved: bool = True
) -> Motion:
    """`first`, `seconds` that lead from its last frame to the first of `second`, and `second`.

    moved: `second` is turned and shifted over the floor so that it begins where `first` would have got to, heading as it does;
    else it stays where it is. Raises MotionError for other skeletons and rates.
    """
    if second.skeleton.names != first.skeleton.names:
        raise MotionError("the two motions have different skeletons; retarget the second onto the first's")
    if abs(second.fps - first.fps) > 1e-6:
        raise MotionError(f"the first has {first.fps:g} fps, the second {second.fps:g}; resample one (convert --fps)")
    count = _frames_in(first, seconds, "seconds")
    if moved:
        start, end = _speed(second, 0), _speed(first, -1)
        turn = float(heading(first.rotations[:, 0])[-1] - heading(second.rotations[:, 0])[0])
        second = second.turned(turn)
        way = (end + rotation.about_y(turn) @ start) / 2 * (count + 1) / first.fps
        goal = first.root[-1] + way - second.root[0]
        second = second.turned(0.0, (float(goal[0]), 0.0, float(goal[2])))
    held = first.frames_slice(len(first) - 1, len(first))
    canvas = first.join(_frames(held, np.zeros(count, int))).join(second)
    new = np.zeros(len(canvas), bool)
    new[len(first) : len(first) + count] = True
    return remade(generator, canvas, whole(new), options)


def edit(
    generator: "Generator",
    motion: Motion,
    parts: Sequence[str],
    span: Span | None = None,
    options: Options = PLAIN,
    poses: Mapping[float, Motion] | None = None,
) -> Motion:
    """The motion with the named body parts (motionverse.parts; none named: all) made anew between the two instants of a span.

    poses: on the motion's skeleton, what the whole body passes through at their instants [s] in the span, where they stand.
    """
    for name in parts:
        if name not in PART_NAMES:
            near = nearest(name, list(PART_NAMES))
            meant = f"did you mean {near}? T" if near else "t"
            raise MotionError(f"part {name!r} is unknown; {meant}he parts are {', '.join(PART_NAMES)}")
    _long_enough(motion)
    rows = np.ones(len(motion), bool) if span is None else _inside(motion, span, "span")
    region = np.zeros((len(motion), CELLS), bool)
    cells = np.concatenate([part_cells(name) for name in parts]) if parts else np.arange(CELLS)
    region[np.ix_(rows, cells)] = True
    for at, pose in (poses or {}).items():
        frame = round(at * motion.fps)
        if not 0 <= frame < len(motion) or not rows[frame]:
            raise MotionError(f"a pose at {at:g} s is not in the span; give instants within it")
        if pose.skeleton.names != motion.skeleton.names or parts:
            why = "the whole body is passed through" if parts else "it has another skeleton"
            raise MotionError(f"a pose at {at:g} s: {why}; " + ("name no parts" if parts else "retarget it first"))
        motion = _with_pose(motion, frame, pose)
        region[frame] = False
    return remade(generator, motion, region, options)


def _with_pose(motion: Motion, frame: int, pose: Motion) -> Motion:
    rotations, root = motion.rotations.copy(), motion.root.copy()
    rotations[frame], root[frame] = pose.rotations[0], pose.root[0]
    return motion.with_(rotations=rotations, root=root)


@dataclass(frozen=True)
class Cycle:
    """A motion whose last frame flows into its first.

    step: (3,) [m] and turn [rad] by which each round begins elsewhere than the one before (0: in place); jump: the largest way [m]
    of a joint from the last frame to the first over what its speeds there make it; kick: the largest change of a joint's speed
    there [m/s].
    """

    motion: Motion
    step: np.ndarray
    turn: float
    jump: float
    kick: float


def loop(
    generator: "Generator", motion: Motion, seconds: float = 1.0, options: Options = PLAIN, closed: bool = False
) -> Cycle:
    """The motion with its last `seconds` made anew so that they flow into its first frame.

    closed: it ends where and as it begins; else it comes to the first pose where it would have got to, heading as at its end, so
    that a walk goes on. Raises MotionError where less than half of it would stay.
    """
    count = _frames_in(motion, seconds, "seconds")
    if 2 * count > len(motion) or len(motion) < 3:
        raise MotionError(f"seconds: {seconds:g} of {motion.seconds:.2f} s; at most half is made anew, give fewer")
    turn, step = 0.0, np.zeros(3)
    if not closed:
        turn = float(heading(motion.rotations[:, 0])[-1] - heading(motion.rotations[:, 0])[0])
        step = motion.root[-1] + _speed(motion, -1) / motion.fps - rotation.about_y(turn) @ motion.root[0]
        step[1] = 0.0
    again = motion.turned(turn, (float(step[0]), 0.0, float(step[2])))
    canvas = motion.join(again)
    new = np.zeros(len(canvas), bool)
    new[len(motion) - count : len(motion)] = True
    made = remade(generator, canvas, whole(new), options)
    return Cycle(made.frames_slice(0, len(motion)), step, turn, *_continuity(made, again, len(motion)))


def _continuity(made: Motion, again: Motion, at: int) -> tuple[float, float]:
    """Jump [m] and kick [m/s] from frame `at` - 1 of `made` to the first of `again`."""
    last = np.concatenate([made.joints()[at - 3 : at], again.joints()[:3]])[:, again.present]
    steps = np.diff(last, axis=0)
    jump = np.linalg.norm(steps[2] - (steps[1] + steps[3]) / 2, axis=-1).max()
    return float(jump), float(np.linalg.norm(steps[3] - steps[1], axis=-1).max() * made.fps)


def whole(rows: np.ndarray) -> np.ndarray:
    """(T, 53) bool: every cell of some rows (T,)."""
    return np.repeat(rows[:, None], CELLS, 1)


def _frames(motion: Motion, at: np.ndarray) -> Motion:
    """The motion's frames `at` (T,), which may come again."""
    face = None if motion.face is None else motion.face[at]
    return motion.with_(rotations=motion.rotations[at], root=motion.root[at], face=face)


def _speed(motion: Motion, frame: int) -> np.ndarray:
    """(3,) [m/s] of the root over the floor around the first (0) or last (-1) frame, from a tenth of a second."""
    few = max(2, round(0.1 * motion.fps) + 1)
    root = motion.root[:few] if frame == 0 else motion.root[-few:]
    return derivative(root, motion.fps).mean(0) * [1, 0, 1]


def _inside(motion: Motion, span: Span, name: str, open_: bool = False) -> np.ndarray:
    """(T,) bool: frames from one instant to the other, or between them. Raises MotionError for spans that hold none."""
    start, end = span
    last = motion.times[-1]
    if not (np.isfinite(start) and np.isfinite(end)):
        raise MotionError(f"{name} {start:g}:{end:g}; give two numbers, seconds from and to")
    if start < 0 or end > motion.seconds + _EDGE:
        raise MotionError(f"{name} {start:g}:{end:g} is outside the motion, which lasts {motion.seconds:.2f} s")
    if end < start:
        raise MotionError(f"{name} {start:g}:{end:g} ends before it begins; give FROM:TO the other way round")
    edge = _EDGE if open_ else -_EDGE
    rows = (motion.times > start + edge) & (motion.times < end - edge)
    if end <= start or not rows.any():
        raise MotionError(
            f"{name} {start:g}:{end:g} holds no frame; a frame lasts {1 / motion.fps:.3g} s, give a longer one"
        )
    if open_ and (start <= _EDGE or end >= last - _EDGE):
        raise MotionError(f"{name} {start:g}:{end:g} leaves nothing on one side; predict or extend the motion instead")
    return rows


def _frames_in(motion: Motion, seconds: float, name: str) -> int:
    """Frames of what is to be made. Raises MotionError for none, and too many."""
    _long_enough(motion)
    if not (np.isfinite(seconds) and 1 <= round(seconds * motion.fps) <= SECONDS[1] * motion.fps):
        raise MotionError(f"{name}: {seconds:g}; allowed are a frame ({1 / motion.fps:.3g} s) to {SECONDS[1]:g} s")
    return round(seconds * motion.fps)


def _long_enough(motion: Motion) -> None:
    if len(motion) < 2 or motion.seconds < LEAST - _EDGE:
        raise MotionError(
            f"the motion lasts {motion.seconds:.3f} s; at least {LEAST:g} s are needed to see how it moves"
        )
