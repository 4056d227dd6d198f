"""Leap Motion hand recordings (leapjs-playback): fingers alone, about 110 frames a second, some with a title.

As arrays: NAME.npz, raw (T, 129): the time [s], then left and right hand, each a flag, whether it is seen, and 21 points [mm],
Y up: palm, and mcp, pip, dip and tip of thumb to pinky; labels.jsonl has the texts. There is no wrist: it is put as far behind the
palm as the knuckles are before it. There is no body either: the arms rest, and only wrists and fingers count as observed.
"""

from pathlib import Path

import numpy as np

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.sources import fitted_points, point_files
from motionverse.sources.source import Entry, Source, labelled_files

_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_BONES = ("mcp", "pip", "dip", "tip")
JOINTS = ("palm", *(f"{finger}_{bone}" for finger in _FINGERS for bone in _BONES))


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every recording, with its text."""
    return labelled_files(folder, "*.npz")


def read(entry: Entry) -> Clip:
    """One recording."""
    text = str(entry.facts.get("text") or entry.facts.get("title") or "")
    return SOURCE.clip(
        entry,
        _motion(entry.path),
        captions=(Caption(text, origin="index"),) if text else (),
    )


def _motion(path: Path) -> Motion:
    raw, names, fps = point_files.read(path, "raw")
    if names != JOINTS or raw.shape[1:] != (1 + 2 * (1 + 3 * len(JOINTS)),):
        raise MotionError(
            f"{path}: raw {raw.shape} of {len(names)} points; a recording has 129 columns, 21 points a hand"
        )
    ours, points = [], []
    for side, hand in zip(("left", "right"), np.split(raw[:, 1:], 2, axis=1), strict=True):
        seen = np.where(hand[:, :1, None] > 0, hand[:, 1:].reshape(len(hand), -1, 3), np.nan)
        knuckles = seen[:, [JOINTS.index(f"{finger}_mcp") for finger in _FINGERS[1:]]].mean(1)
        ours.append(f"{side}_wrist")
        points.append(2 * seen[:, 0] - knuckles)
        for finger in _FINGERS:
            for k, bone in enumerate(_BONES[:3], 1):
                ours.append(f"{side}_{finger}{k}")
                points.append(seen[:, JOINTS.index(f"{finger}_{bone}")])
    return fitted_points.motion(path, np.stack(points, 1), ours, fps, 0.001)


SOURCE = Source(
    name="leap_hands",
    title="Leap Motion hand recordings",
    licence="leap-hands",
    tasks=("text",),
    how_to_obtain="github.com/leapmotion/leapjs-playback, recorder/recordings, as one npz a recording",
    files="*.npz",
    find=find,
    read=read,
    release=False,
    hours=0.02,
    unverified=("which bone a Leap thumb's mcp is: read as the first of three",),
)
