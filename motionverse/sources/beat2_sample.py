"""One take of BEAT2 that is at hand without the set: motion, sound and words side by side in one folder, 30 fps.

NAME.npz, NAME.wav, NAME.TextGrid, named as BEAT names its recordings, as they lie in public demonstrations of speech to
gesture; the arrays are those of BEAT2 (beat2.py). Which side a take is on says BEAT's own split of the recordings (beat.py): of
the take that is around, the test's.
"""

from dataclasses import replace
from pathlib import Path

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.sources import beat, beat2
from motionverse.sources.source import Entry


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every take. Raises MotionError for one whose sound or words do not lie beside it."""
    found = beat2.find(folder, captions)
    for entry in found:
        for fact, suffix in (("wav", ".wav"), ("grid", ".TextGrid")):
            if entry.facts[fact] is None:
                raise MotionError(f"{entry.path}: no {entry.path.stem}{suffix} beside it; download it too")
    return [replace(entry, facts={**entry.facts, "split": beat.side(entry.name)}) for entry in found]


def read(entry: Entry) -> Clip:
    """One take with its sound and words."""
    return beat2.read(entry).with_(source=SOURCE.name)


SOURCE = replace(
    beat2.SOURCE,
    name="beat2_sample",
    title="BEAT2, one take",
    how_to_obtain="github.com/RobinWitch/SynTalker, demo/examples (.npz, .wav); github.com/camenduru/EMAGE-hf (.TextGrid)",
    files="*.npz",
    find=find,
    read=read,
    hours=0.02,
)
