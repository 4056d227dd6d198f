"""ReActIdle: long takes of people who stand idle, acting it or truly waiting, BVH, 24 fps, 19 joints, metres."""

from pathlib import Path

from motionverse.clip import Clip
from motionverse.formats import bvh
from motionverse.sources.source import Entry, Source, grammar, labelled_files


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every take; its name is subject_condition."""
    return [entry for entry in labelled_files(folder, "*.bvh") if "_" in entry.path.stem]


def read(entry: Entry) -> Clip:
    """All takes of one subject are one performance to the split: they stand in the same way."""
    subject, condition = entry.path.stem.split("_", 1)
    return SOURCE.clip(
        entry,
        bvh.read(entry.path, scale=1.0, up="Y"),
        performance=f"reactidle/{subject}",
        captions=grammar("idle"),
        action="idle",
        style="" if condition == "genuine" else condition,
        subject=subject,
    )


SOURCE = Source(
    name="reactidle",
    title="ReActIdle",
    licence="reactidle",
    tasks=("action",),
    how_to_obtain="github.com/Enekoassets/ReActIdle",
    files="*_*.bvh",
    find=find,
    read=read,
    figures=(("pelvis", "spine", "upper_arm.L", "forearm.R", "thigh.L", "shin.R"),),
)
