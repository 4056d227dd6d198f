"""The table of what can be wrong with a motion, and the one function that holds a motion against it.

`usual` is what clean material measures: median, 99th percentile and maximum over clips of each clip's worst value. Sampled once
from 571 clips of a store of eight free corpora (Bandai-Namco, CMU in four conversions, ASE, AIST++ fragments, DeepMimic,
Animated Drawings, ReActIdle; 16 to 60 fps), as they are stored. bone_drift and what is constant there by construction (off_floor,
t_pose_start, size) are from 126 files of the same corpora as distributed, and 80 point files of UI-PRMD (Kinect) and ASE.
Warnings stand a little over the 99th percentile (one clip in a hundred is worth a look), errors well over every clip
that is a person's movement.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.lint import body, ground, movement
from motionverse.lint.take import Take
from motionverse.lint.values import Values, runs
from motionverse.motion import Motion

NEAR = 0.25  # [s] defects closer than this are told as one
BLEND = 0.1  # [s] after a T-pose at the start: the way from it into the take
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong. A value of `measure` [unit] over `warning` is told, over `error` refuses the motion; None:
    never. usual: median, 99th percentile and maximum of clean clips; known: what else than a defect it can be."""

    name: str
    meaning: str
    unit: str
    measure: Callable[[Take], Values | None]
    warning: float | None
    error: float | None
    usual: tuple[float, float, float]
    known: str = ""


CHECKS = (
    Check("not_finite", "a position is NaN or infinite", "", body.not_finite,
          None, 0.5, (0, 0, 0)),
    Check("bone_drift", "a bone changes its length (points)", "%", body.bone_drift,
          10.0, 250.0, (30, 92, 187), "Kinect; markers"),
    Check("foot_skate", "a planted foot slides, in one second", "m", ground.foot_skate,
          1.0, None, (0.23, 0.97, 1.87), "shuffling steps"),
    Check("floating", "nobody touches the floor for so long", "s", ground.floating,
          1.5, None, (0, 7.4, 15.4), "climbing, sitting up high"),
    Check("penetration", "a joint is under the floor", "m", ground.penetration,
          0.10, 0.60, (0.005, 0.062, 0.117), "stairs, slopes"),
    Check("off_floor", "the floor is not at height 0", "m", ground.off_floor,
          0.3, None, (0.05, 0.82, 0.88), "seated without legs"),
    Check("jitter", "a joint shakes all the time", "m/s2", movement.jitter,
          6.0, 40.0, (0.3, 4.8, 10.3), "Kinect"),
    Check("burst", "a joint shakes for half a second", "m/s2", movement.burst,
          25.0, None, (1.4, 15.6, 41.3)),
    Check("frozen", "nothing at all moves for so long", "s", movement.frozen,
          0.5, None, (0, 0.09, 8.9), "holds keyed by hand"),
    Check("still", "nothing moves in this share of the frames", "%", movement.still,
          None, 95.0, (0, 1.8, 76.7)),
    Check("t_pose_start", "it begins with a T-pose", "s", body.t_pose_start,
          0.0, None, (0.008, 1.1, 1.5)),
    Check("t_pose", "a T-pose is held", "s", body.t_pose,
          0.5, 10.0, (0, 0.24, 1.43), "arms held out"),
    Check("speed", "a joint is faster than people are: wrong fps or units?", "m/s", movement.speed,
          20.0, 60.0, (4.6, 17.2, 21.5)),
    Check("gravity", "falls too fast or slow (times): wrong fps or units?", "x", ground.gravity,
          3.5, None, (1.1, 2.9, 19.2), "hanging"),
    Check("size", "taller or smaller than an adult (times): wrong units?", "x", body.size,
          1.6, 4.0, (1.1, 1.3, 1.42), "small children"),
    Check("joint_jump", "a joint turns away for a frame", "degree", movement.joint_jump,
          movement.JUMP, None, (7, 54, 152), "flips of a hand"),
    Check("glitches", "joints jump in this share of the frames", "%", movement.glitches,
          None, 5.0, (0, 0, 0.5)),
    Check("root_jump", "the body is elsewhere for a frame", "m", movement.root_jump,
          0.12, 1.0, (0.004, 0.053, 0.107)),
    Check("sides_swapped", "feet point backwards: left and right swapped?", "", body.sides_swapped,
          0.0, 0.3, (-0.95, -0.75, -0.70)),
    Check("bent_backwards", "a knee or an elbow bends the wrong way in this share of the frames", "%", body.bent_backwards,
          25.0, 90.0, (0, 8, 67), "elbows fitted to video"),
    Check("sides_flip", "the same for a second", "", body.sides_flip,
          0.5, None, (-0.92, -0.52, -0.36), "legs crossed; Kinect"),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One defect: which check, how grave, from `start` to `end` [s], at which joint ("" the whole body), the worst value
    and the threshold that it exceeds, both in `unit`."""

    check: str
    severity: str
    start: float
    end: float
    joint: str
    value: float
    threshold: float
    unit: str
    meaning: str

    def __str__(self) -> str:
        where = f" {self.joint}" if self.joint else ""
        amount = f"{self.value:.3g} {self.unit}".rstrip()
        verb = "refused" if self.severity == ERROR else "told"
        span = f"{self.start:.2f}-{self.end:.2f} s"
        return f"{self.severity} {self.check} {span}{where}: {self.meaning}, {amount} ({verb} over {self.threshold:g})"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **asdict(self),
            "start": round(self.start, 4),
            "end": round(self.end, 4),
            "value": float(f"{self.value:.6g}"),
        }


def lint(motion: Motion | Take, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """What is wrong with a motion (or with bare points: Take.of_points), errors first, then in order of time.

    A T-pose at the start is one finding; the other checks look at what comes after it.
    """
    take = Take.of(motion) if isinstance(motion, Motion) else motion
    start = _lead(take)
    rest = take.after(start)
    found: list[Finding] = []
    for check in checks:
        whole = check.measure in (body.not_finite, body.t_pose_start)
        found += _held(check, take if whole else rest, 0.0 if whole else start / take.fps)
    return sorted(found, key=lambda finding: (finding.severity != ERROR, finding.start, finding.check))


class Refused(MotionError):
    """A motion that should not be used; `reason` is one word: the name of a check, or what its user calls the fault."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type["Refused"], tuple[str, str]]:  # both arguments, for processes that pass it on
        return Refused, (self.reason, str(self))


def gate(motion: Motion | Take) -> list[Finding]:
    """The warnings about a motion. Raises Refused, with the first error's check as its reason, where there is an error."""
    found = lint(motion)
    if found and found[0].severity == ERROR:
        raise Refused(found[0].check, str(found[0]))
    return found


def _lead(take: Take) -> int:
    """Frames of a T-pose at the start with the way out of it; 0 where there is none, or nothing else."""
    posed = body.t_pose_start(take)
    count = 0 if posed is None else int((posed.values > 0).sum())
    count += round(BLEND * take.fps) if count else 0
    return count if len(take.joints) - count > 2 else 0


def _held(check: Check, take: Take, offset: float) -> list[Finding]:
    """The findings of one check, each the stretch over the warning with the joint that is worst in it; `offset` [s] is its
    first frame's time."""
    limits = [limit for limit in (check.warning, check.error) if limit is not None]
    measured = check.measure(take)
    if measured is None or not measured.values.size or not measured.values.max() > min(limits):
        return []
    worst = measured.values.max(1)
    found = []
    for start, stop in _joined(runs(worst > min(limits)), NEAR * take.fps):
        frame, column = np.unravel_index(
            int(np.argmax(measured.values[start:stop])), (stop - start, measured.values.shape[1])
        )
        value = float(measured.values[start + frame, column])
        severity = ERROR if check.error is not None and value > check.error else WARNING
        limit = check.error if severity == ERROR else check.warning
        span = (offset + start / take.fps, offset + stop / take.fps)
        found.append(
            Finding(
                check.name,
                severity,
                *span,
                measured.joints[column],
                value,
                float(limit or 0.0),
                check.unit,
                check.meaning,
            )
        )
    return found


def _joined(stretches: list[tuple[int, int]], gap: float) -> list[tuple[int, int]]:
    """Stretches less than `gap` frames apart as one."""
    joined: list[tuple[int, int]] = []
    for start, stop in stretches:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined
