"""UI-PRMD: ten physiotherapy exercises, done right and wrong, by Kinect and by Vicon at once.

As arrays: kinect/ and vicon/, each with mMM_sSS_eEE.npz (movement, subject, repetition; _inc: done wrong), named after the official
text files (Vakanski et al., Data 3(1), 2018). Kinect: 22 joints at 30 frames a second; Vicon: 39 Plug-in-Gait markers at 100.
Repetitions were cut out of each sensor's recording by hand, so that the two cuts of one do not begin and end together.
"""

import re
from pathlib import Path

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.sources import fitted_points, point_files
from motionverse.sources.source import Entry, Source

ACTIONS = (
    "deep squat", "hurdle step", "inline lunge", "side lunge", "sit to stand", "standing active straight leg raise",
    "standing shoulder abduction", "standing shoulder extension", "standing shoulder internal-external rotation",
    "standing shoulder scaption",
)  # fmt: skip
KINECT = {
    "Waist": "pelvis", "Spine": "spine2", "Chest": None, "Neck": "neck", "Head": "head", "HeadTip": "head_top",
    **{f"{word}{part}": name and f"{word.lower()}_{name}" for word in ("Left", "Right") for part, name in (
        ("Collar", None), ("UpperArm", "shoulder"), ("Forearm", "elbow"), ("Hand", "wrist"), ("UpperLeg", "hip"),
        ("LowerLeg", "knee"), ("Foot", "ankle"), ("Toes", "foot"))},
}  # fmt: skip
_NAME = re.compile(r"m(\d\d)_s(\d\d)_e(\d\d)(_inc)?$")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every repetition of both sensors. Raises MotionError for a movement that the set does not have."""
    found = []
    for sensor in ("kinect", "vicon"):
        for path in sorted(folder.rglob(f"{sensor}/m*.npz")):
            match = _NAME.match(path.stem)
            if match is None or not 1 <= int(match[1]) <= len(ACTIONS):
                raise MotionError(f"{path}: not named m01 to m{len(ACTIONS)}_sSS_eEE[_inc].npz; restore its name")
            facts = {"sensor": sensor, "movement": int(match[1]), "subject": f"s{match[2]}", "wrong": bool(match[4])}
            found.append(Entry(path, f"{sensor}/{path.stem}", facts))
    return found


def read(entry: Entry) -> Clip:
    """One repetition as one sensor saw it; what both saw is one performance."""
    facts, action = entry.facts, ACTIONS[entry.facts["movement"] - 1]
    return Clip(
        motion=point_files.markers(entry.path) if facts["sensor"] == "vicon" else _kinect(entry.path),
        name=entry.name,
        source=SOURCE.name,
        licence=SOURCE.licence,
        performance=f"ui_prmd/{entry.path.stem}",
        captions=(Caption(action, origin="label"),),
        action=action.replace(" ", "-"),
        style="incorrect" if facts["wrong"] else "correct",
        subject=facts["subject"],
    )


def _kinect(path: Path) -> Motion:
    positions, names, fps = point_files.read(path)
    unknown = [name for name in names if name not in KINECT]
    if unknown or len(names) != len(KINECT):
        raise MotionError(
            f"{path}: joints {', '.join(unknown or names[:4])}; the Kinect files have {len(KINECT)}, {', '.join(KINECT)}"
        )
    return fitted_points.motion(path, positions, [KINECT[name] for name in names], fps)


SOURCE = Source(
    name="ui_prmd",
    title="UI-PRMD rehabilitation exercises",
    licence="ui-prmd",
    tasks=("action", "style"),
    how_to_obtain="data descriptor: Data 3(1), 2018; the segmented movements, as one npz a repetition in kinect/ and vicon/",
    find=find,
    read=read,
    release=False,
    hours=2.7,
    unverified=("that Kinect's floor is level",),
)
