"""The example motions of AnimatedDrawings: BVH from four capture systems, fingers in two of them."""

import re
from pathlib import Path

from motionverse.clip import Clip
from motionverse.formats import bvh
from motionverse.sources import cmu_overlap
from motionverse.sources.source import Entry, Source, drop_rest_pose, grammar, labelled_files

ACTIONS = {
    "boxing": "box", "dab": "dab", "facepalm": "facepalm", "head_tilt": "tilt-head", "jesse_dance": "dance",
    "jumping": "jump", "jumping_arms_up": "jump-arms-up", "jumping_in_place": "jump-in-place",
    "jumping_jacks": "jumping-jacks", "kicking": "kick", "kicking_left": "kick",
    "left_hand_on_head": "left-hand-on-head", "right_hand_on_head": "right-hand-on-head",
    "left_hand_wave": "wave-left-hand", "right_hand_wave": "wave-right-hand", "two_hand_wave": "wave-both-hands",
    "looking_around": "look-around", "superman_left": "superman-left", "superman_right": "superman-right",
    "walking": "walk-in-place", "wave_dance": "wave-dance", "wave_hello": "wave-hello", "zombie": "zombie-walk",
}  # fmt: skip


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every BVH file; the action is the file's name without a take number."""
    return labelled_files(folder, "*.bvh")


def read(entry: Entry) -> Clip:
    """The take without the T-pose that some of the files begin with."""
    stem = re.sub(r"_\d+$", "", entry.path.stem)
    action = ACTIONS.get(stem, stem.replace("_", " "))
    return SOURCE.clip(
        entry,
        drop_rest_pose(bvh.read(entry.path)),
        performance=cmu_overlap.PERFORMANCE.get(entry.path.stem, f"animated_drawings/{entry.path.stem}"),
        captions=grammar(action),
        action=action,
    )


SOURCE = Source(
    name="animated_drawings",
    title="AnimatedDrawings example motions",
    licence="animated-drawings",
    tasks=("action",),
    how_to_obtain="github.com/facebookresearch/AnimatedDrawings, examples/bvh",
    files="*.bvh",
    find=find,
    read=read,
    figures=(
        ("Hips", "Spine", "LeftArm", "RightForeArm", "LeftUpLeg", "RightLeg"),
        ("Hips", "Spine1", "LeftArm", "RightForeArm", "LeftThigh", "RightShin"),
        ("Hips", "Chest", "LeftShoulder", "RightElbow", "LeftHip", "RightKnee"),
    ),
)
