"""ACCAD's Open Motion Data: thirteen marker recordings (dance, handspring, runs, walks, stage performances), 120 frames a second.

As arrays: NAME.npz with 41 markers, Plug-in-Gait's with the waist's older names, and labels.jsonl for the actions.
"""

from pathlib import Path

from motionverse.clip import Caption, Clip
from motionverse.sources import point_files
from motionverse.sources.source import Entry, Source, labelled_files


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every recording, with its label."""
    return labelled_files(folder, "*.npz")


def read(entry: Entry) -> Clip:
    """One recording."""
    action = str(entry.facts.get("action") or "performance")
    return SOURCE.clip(
        entry,
        point_files.markers(entry.path),
        captions=(Caption(action, origin="label"),),
        action=action.replace(" ", "-"),
    )


SOURCE = Source(
    name="accad_osu",
    title="OSU ACCAD Open Motion Data, marker files",
    licence="accad-osu",
    tasks=("action",),
    how_to_obtain="accad.osu.edu, Open Motion Data Project: the text files of markers, as one npz a recording",
    files="*.npz",
    find=find,
    read=read,
    release=False,
    hours=0.11,
)
