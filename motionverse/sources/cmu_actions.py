"""The "CMU mocap" action benchmark (Li et al., CVPR 2018): eight actions cut from CMU trials, 120 fps, 38 joints.

Its text files are exponential maps for row vectors. Some clips are CMU trials that the cmu source also has, and some
are there twice: motionverse/sources/cmu_overlap.py says which.
"""

from pathlib import Path

from motionverse.clip import Clip
from motionverse.sources import channels, cmu_overlap
from motionverse.sources.source import Entry, Source, drop_rest_pose, grammar, labelled_files

ACTIONS = {
    "walking": "walk", "running": "run", "jumping": "jump", "basketball": "basketball", "soccer": "soccer",
    "basketball signal": "basketball-signal", "directing traffic": "direct-traffic", "washwindow": "wash-window",
}  # fmt: skip
JOINTS = (
    "Hips", "LHipJoint", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase", "LeftToeBase_end",
    "RHipJoint", "RightUpLeg", "RightLeg", "RightFoot", "RightToeBase", "RightToeBase_end",
    "LowerBack", "Spine", "Spine1", "Neck", "Neck1", "Head", "Head_end",
    "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand", "LeftFingerBase", "LeftHandIndex1", "LeftHandIndex1_end",
    "LThumb", "LThumb_end", "RightShoulder", "RightArm", "RightForeArm", "RightHand", "RightFingerBase",
    "RightHandIndex1", "RightHandIndex1_end", "RThumb", "RThumb_end",
)  # fmt: skip
PARENTS = (
    -1, 0, 1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11, 0, 13, 14, 15, 16, 17, 18, 15, 20, 21, 22, 23, 24, 25, 23, 27,
    15, 29, 30, 31, 32, 33, 34, 32, 36,
)  # fmt: skip


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every clip; the action is in its labels, or else in its name (train_walking_13)."""
    entries = labelled_files(folder, "*.npz")
    for entry in entries:
        entry.facts.setdefault("action", entry.path.stem.split("_", 1)[-1].rsplit("_", 1)[0].replace("_", " "))
    return entries


def read(entry: Entry) -> Clip:
    """The take without its T-pose frame."""
    label = str(entry.facts["action"])
    action = ACTIONS.get(label, label)
    return SOURCE.clip(
        entry,
        drop_rest_pose(channels.from_exponential_maps(entry.path, (JOINTS, PARENTS))),
        performance=cmu_overlap.PERFORMANCE.get(entry.path.stem, f"cmu_actions/{entry.path.stem}"),
        captions=grammar(action),
        action=action,
    )


SOURCE = Source(
    name="cmu_actions",
    title="CMU mocap action benchmark",
    licence="cmu-actions",
    tasks=("action", "prediction"),
    how_to_obtain="github.com/chaneyddtt/Convolutional-Sequence-to-Sequence-Model-for-Human-Dynamics, data/cmu_mocap",
    files="*.npz",
    find=find,
    read=read,
)
