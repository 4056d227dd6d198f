"""Fragments of AIST++: SMPL body rotations of street dance, genre in the labels or the first letters of the name."""

import re
from pathlib import Path

from motionverse.clip import Clip
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import channels
from motionverse.sources.source import Entry, Source, grammar, labelled_files

GENRES = {
    "gBR": "break", "gPO": "pop", "gLO": "lock", "gMH": "middle hip-hop", "gLH": "LA hip-hop", "gHO": "house",
    "gWA": "waack", "gKR": "krump", "gJS": "street jazz", "gJB": "ballet jazz",
}  # fmt: skip


TREE = WHOLE_BODY.names[:BODY_JOINTS], WHOLE_BODY.parents[:BODY_JOINTS]  # SMPL's, under whatever names


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every fragment but those that hardly move (near_static in the labels)."""
    return [entry for entry in labelled_files(folder, "g*.npz") if not entry.facts.get("near_static", False)]


def read(entry: Entry) -> Clip:
    """Fragments of one recording are one performance; each is centred on its own, so they stay apart."""
    genre = GENRES.get(entry.path.stem[:3], "dance")
    parts = entry.path.stem.split("_")
    return SOURCE.clip(
        entry,
        channels.from_quaternions(entry.path, tree=TREE),
        performance="aistpp/" + re.sub(r"_seg\d+$", "", entry.path.stem),
        captions=grammar("dance-" + genre.replace(" ", "-")),
        action="dance-" + genre.replace(" ", "-"),
        subject=next((part for part in parts if re.fullmatch(r"d\d+", part)), ""),
    )


SOURCE = Source(
    name="aistpp",
    title="AIST++ fragments",
    licence="aistpp",
    tasks=("action", "music"),
    how_to_obtain="google.github.io/aistplusplus_dataset",
    find=find,
    read=read,
)
