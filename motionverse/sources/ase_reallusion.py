"""ASE's sword-and-shield motions (studio capture by Reallusion, non-commercial only), 30 fps, 17 bodies, Z up."""

import re
from pathlib import Path

from motionverse.clip import Clip
from motionverse.sources import channels, cmu_overlap
from motionverse.sources.source import Entry, Source, grammar, labelled_files

_SPLIT = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Z])|[_ ]+")
_TAKE = re.compile(r"(\(\d+\)|(?<=[a-zA-Z])0\d)$")


def action_of(stem: str) -> str:
    """ "Atk_2xCombo01" to "sword-atk-2x-combo", "WalkForward01" to "sword-walk-forward", "amp_humanoid_jog" to "jog"."""
    if stem.startswith("amp_humanoid_"):
        return stem.removeprefix("amp_humanoid_")
    words = _SPLIT.split(_TAKE.sub("", stem).replace("Dodgle", "Dodge"))
    return "sword-" + "-".join(word.lower() for word in words if word)


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every clip; its action is its file name."""
    return labelled_files(folder, "*.npz")


def read(entry: Entry) -> Clip:
    """The bodies named sword and shield stay on the skeleton; the mapping to the whole body leaves them out."""
    action, stem = action_of(entry.path.stem), entry.path.stem
    return SOURCE.clip(
        entry,
        channels.from_quaternions(entry.path, up="Z"),
        performance=cmu_overlap.PERFORMANCE.get(stem, "ase_reallusion/" + re.sub(r"\(\d+\)$", "", stem)),
        captions=grammar(action),
        action=action,
    )


SOURCE = Source(
    name="ase_reallusion",
    title="ASE sword-and-shield motions (Reallusion)",
    licence="ase-reallusion",
    tasks=("action",),
    how_to_obtain="github.com/nv-tlabs/ASE, ase/data/motions",
    files="*.npz",
    find=find,
    read=read,
    figures=(("pelvis", "torso", "left_upper_arm", "right_lower_arm", "left_thigh", "right_shin"),),
)
