"""Fragments of AIST++: SMPL body rotations of street dance, genre in the labels or the first letters of the name.

No sound: AIST's music may not be handed on. What the labels know of it, its name, its tempo and where in it a fragment starts, is
kept; a piece begins on a beat.
"""

import re
from pathlib import Path

from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
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
        audio=_music(entry),
    )


def _music(entry: Entry) -> tuple[Audio, ...]:
    """What the labels say of the music; nothing where they do not name it."""
    if not entry.facts.get("music"):
        return ()
    try:
        start, tempo = float(entry.facts["music_offset_s"]), float(entry.facts["music_bpm"])
    except (KeyError, TypeError, ValueError):
        raise MotionError(
            f"{entry.path}: labels.jsonl must say music_bpm and music_offset_s of it, both numbers"
        ) from None
    return (Audio("music", str(entry.facts["music"]), None, start, tempo),)


SOURCE = Source(
    name="aistpp",
    title="AIST++ fragments",
    licence="aistpp",
    tasks=("action", "music"),
    how_to_obtain="google.github.io/aistplusplus_dataset",
    files="g*.npz",
    find=find,
    read=read,
)
