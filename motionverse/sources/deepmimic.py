"""DeepMimic's reference motions, and the runs and punches that Sony added for AMP under a non-commercial licence."""

import re
from pathlib import Path

from motionverse.clip import Clip
from motionverse.sources import channels, cmu_overlap
from motionverse.sources.source import Entry, Source, grammar, labelled_files

ACTIONS = {
    "backflip": "backflip", "cartwheel": "cartwheel", "crawl": "crawl", "dance_a": "dance", "dance_b": "dance",
    "dance_spin": "dance-spin", "getup_facedown": "get-up-from-front", "getup_faceup": "get-up-from-back", "jog": "jog",
    "jump": "jump", "kick": "kick", "long_walk": "walk", "long_zombie": "zombie-walk", "punch": "punch", "roll": "roll",
    "run": "run", "sideflip": "sideflip", "spin": "spin", "spinkick": "spin-kick", "stealthy_walk": "sneak",
    "walk": "walk", "zombie_walk": "zombie-walk", "punch_forward": "punch", "punch_left": "punch",
    "run_forward": "run", "run_left": "run-left", "run_right": "run-right",
}  # fmt: skip
_NAME = re.compile(r"(sie_)?humanoid3d_([a-z_]+?)_?\d*$")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every clip that is named as the release names them: [sie_]humanoid3d_ACTION[NUMBER]."""
    return [entry for entry in labelled_files(folder, "*.npz") if _NAME.match(entry.path.stem)]


def read(entry: Entry) -> Clip:
    """Sony's clips carry their own licence."""
    match = _NAME.match(entry.path.stem)
    sony, label = (match[1], match[2]) if match else (None, entry.path.stem)
    action = ACTIONS.get(label, label.replace("_", " "))
    return SOURCE.clip(
        entry,
        channels.from_quaternions(entry.path),
        licence="deepmimic-sie" if sony else SOURCE.licence,
        performance=cmu_overlap.PERFORMANCE.get(entry.path.stem, f"deepmimic/{entry.path.stem}"),
        captions=grammar(action),
        action=action,
    )


SOURCE = Source(
    name="deepmimic",
    title="DeepMimic and AMP reference motions",
    licence="deepmimic",
    tasks=("action",),
    how_to_obtain="github.com/xbpeng/DeepMimic, data/motions",
    files="humanoid3d_*.npz",
    find=find,
    read=read,
    figures=(("root", "chest", "left_shoulder", "right_elbow", "left_hip", "right_knee"),),
)
