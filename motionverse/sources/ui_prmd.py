"""UI-PRMD: ten physiotherapy exercises, done right and wrong, by Kinect and by Vicon at once.

As arrays: kinect/ and vicon/, each with mMM_sSS_eEE.npz (movement, subject, repetition; _inc: done wrong), named after the official
text files (Vakanski et al., Data 3(1), 2018). Kinect: 22 joints at 30 frames a second; Vicon: 39 Plug-in-Gait markers at 100.
Kinect's columns (raw): 22 places in the parent's frame [cm], 22 times three angles about X, Y and Z [deg], R = Rz Rx Ry: of all
orders only that one lets the feet stand still (in four squats and lunges they spread by 1 to 4 cm, with Rz Ry Rx, which the arrays'
own `positions` were made with, by 5 to 18; so these are not read).
Repetitions were cut out of each sensor's recording by hand, so that the two cuts of one do not begin and end together.
"""

import re
from pathlib import Path

import numpy as np

from motionverse import rotation
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
_ARM = {"Collar": None, "UpperArm": "shoulder", "Forearm": "elbow", "Hand": "wrist"}
_LEG = {"UpperLeg": "hip", "LowerLeg": "knee", "Foot": "ankle", "Toes": "foot"}
KINECT = {
    "Waist": "pelvis", "Spine": "spine2", "Chest": None, "Neck": "neck", "Head": "head", "HeadTip": "head_top",
    **{
        f"{word}{part}": name and f"{word.lower()}_{name}"
        for limb in (_ARM, _LEG) for word in ("Left", "Right") for part, name in limb.items()
    },
}  # fmt: skip
PARENTS = (-1, 0, 1, 2, 3, 4, 2, 6, 7, 8, 2, 10, 11, 12, 0, 14, 15, 16, 0, 18, 19, 20)
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
    return SOURCE.clip(
        entry,
        point_files.markers(entry.path) if facts["sensor"] == "vicon" else _kinect(entry.path),
        performance=f"ui_prmd/{entry.path.stem}",
        captions=(Caption(action, origin="label"),),
        action=action.replace(" ", "-"),
        style="incorrect" if facts["wrong"] else "correct",
        subject=facts["subject"],
    )


def _kinect(path: Path) -> Motion:
    raw, names, fps = point_files.read(path, "raw")
    unknown = [name for name in names if name not in KINECT]
    if names != tuple(KINECT):
        raise MotionError(
            f"{path}: joints {', '.join(unknown or names[:4])}; the Kinect files have {len(KINECT)}, {', '.join(KINECT)}"
        )
    if raw.shape[1:] != (6 * len(names),):
        raise MotionError(f"{path}: raw {raw.shape}; must be (T, {6 * len(names)}): a place and three angles a joint")
    return fitted_points.motion(path, _places(raw), list(KINECT.values()), fps, 0.01)


def _places(raw: np.ndarray) -> np.ndarray:
    """(T, 22, 3) joints in the room [cm], of raw (T, 132)."""
    local, angles = raw.reshape(len(raw), 2, len(PARENTS), 3).swapaxes(0, 1)
    turns = rotation.from_euler(np.radians(angles)[..., [2, 0, 1]], "ZXY")
    places, world = local.copy(), turns.copy()
    for joint, parent in enumerate(PARENTS[1:], 1):
        places[:, joint] = places[:, parent] + (world[:, parent] @ local[:, joint, :, None])[..., 0]
        world[:, joint] = world[:, parent] @ turns[:, joint]
    return places


SOURCE = Source(
    name="ui_prmd",
    title="UI-PRMD rehabilitation exercises",
    licence="ui-prmd",
    tasks=("action", "style"),
    how_to_obtain="data descriptor: Data 3(1), 2018; the segmented movements, as one npz a repetition in kinect/ and vicon/",
    files="m*.npz",
    find=find,
    read=read,
    release=False,
    hours=2.7,
    unverified=("the order of Kinect's angles: found from feet that stand still", "that Kinect's floor is level"),
)
