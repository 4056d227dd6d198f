"""Live Link Face recordings: two takes of a face's range of motion by one person, 30 frames a second; no sound, no text.

As the app's own .csv (motionverse.formats.livelink), or as arrays: NAME.npz, raw (T, 62): BlendShapeCount, then the 61 channels
in the app's order, and fps. There is no body: it stands, and only the face (and the head, where its angles change) is captured.
"""

from pathlib import Path

import numpy as np

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.formats import livelink
from motionverse.motion import Motion
from motionverse.sources import point_files
from motionverse.sources.source import Entry, Source, labelled_files

CHANNELS = len(livelink.COLUMNS) - 1  # all but the time code


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every take; where one is there in both forms, the app's own."""
    tables = [
        Entry(path, path.relative_to(folder).with_suffix("").as_posix()) for path in sorted(folder.rglob("*.csv"))
    ]
    tables = [entry for entry in tables if livelink.holds(entry.path)]
    names = {entry.name for entry in tables}
    return [*tables, *(entry for entry in labelled_files(folder, "*.npz") if entry.name not in names)]


def read(entry: Entry) -> Clip:
    """One take."""
    return SOURCE.clip(
        entry,
        livelink.read(entry.path) if entry.path.suffix.lower() == ".csv" else _motion(entry.path),
        captions=(Caption("a person moves every part of the face", origin="label"),),
        action="facial-range-of-motion",
        subject=entry.name.split("/")[-1].split("_")[0],
    )


def _motion(path: Path) -> Motion:
    raw, fps = point_files.channels(path)
    if raw.ndim != 2 or raw.shape[1] != CHANNELS or not len(raw):
        raise MotionError(f"{path}: raw {raw.shape}; must be (T, {CHANNELS}): a count, 52 blend shapes, 9 angles")
    if not np.isfinite(raw).all() or np.ptp(raw[:, 0]) or raw[0, 0] != CHANNELS - 1:
        raise MotionError(
            f"{path}: BlendShapeCount {raw[0, 0]:g} or other; must be {CHANNELS - 1} in every row, no gaps"
        )
    return livelink.from_values(raw[:, 1:], fps)


SOURCE = Source(
    name="livelink_face",
    title="Live Link Face recordings",
    licence="livelink-face",
    tasks=("face",),
    how_to_obtain="github.com/alexdjulin/LiveLinkFace-CSV-Retarget-For-Motionbuilder, anim/: the .csv files",
    files="*.csv, *.npz",
    find=find,
    read=read,
    release=False,
    hours=0.07,
    unverified=("the unit and the signs of the head's angles: they are 0 throughout",),
)
