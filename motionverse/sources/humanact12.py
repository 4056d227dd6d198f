"""HumanAct12: single actions of twelve kinds, 24 joints fitted to multi-view depth recordings.

- A folder of P01G01R01F0069T0143A0201.npy, each (T, 24, 3) in SMPL's order; the four digits after A are the fine action, the
  first two the coarse one (github.com/EricGuo5513/action-to-motion, dataProcessing/dataset.py; the actions' names:
  utils/paramUtil.py, whose chains give the joint order).
- Metres, Y up, left at +X: HumanML3D uses the same files (its issue 95 says they are the same) without a change of axes or unit
  (github.com/EricGuo5513/HumanML3D, raw_pose_processing.ipynb), and at its own rate of 20 frames a second.
"""

import re
from pathlib import Path

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import points_only
from motionverse.sources.source import Entry, Source

FPS = 20.0
JOINTS = (*WHOLE_BODY.names[:BODY_JOINTS], None, None)  # SMPL's two hand joints are left out
ACTIONS = {
    "0101": ("warm up", "warms up, turning wrists and ankles"), "0102": ("warm up", "warms up the chest"),
    "0103": ("warm up", "warms up, swinging the elbows back"),
    "0104": ("warm up", "warms up, leaning to the side with the right arm up"),
    "0105": ("warm up", "warms up, leaning to the side with the left arm up"),
    "0106": ("warm up", "warms up, bowing to the right"), "0107": ("warm up", "warms up, bowing to the left"),
    "0201": ("walk", "walks"), "0301": ("run", "runs"), "0401": ("jump", "jumps with the hands up"),
    "0402": ("jump", "jumps straight up"), "0501": ("drink", "drinks from a bottle with the right hand"),
    "0502": ("drink", "drinks from a bottle with the left hand"), "0503": ("drink", "drinks from a cup with the right hand"),
    "0504": ("drink", "drinks from a cup with the left hand"), "0505": ("drink", "drinks with both hands"),
    "0601": ("lift dumbbell", "lifts a dumbbell with the right hand"),
    "0602": ("lift dumbbell", "lifts a dumbbell with the left hand"),
    "0603": ("lift dumbbell", "lifts dumbbells with both hands"), "0604": ("lift dumbbell", "lifts a dumbbell over the head"),
    "0605": ("lift dumbbell", "lifts dumbbells with both hands and bends the legs"), "0701": ("sit", "sits"),
    "0801": ("eat", "eats with the fingers of the right hand"), "0802": ("eat", "eats a pie or a hamburger"),
    "0803": ("eat", "eats with the left hand"), "0901": ("turn steering wheel", "turns a steering wheel"),
    "1001": ("phone", "takes out a phone, calls and puts it back"), "1002": ("phone", "makes a call with the left hand"),
    "1101": ("box", "boxes with the left, then the right"), "1102": ("box", "boxes upwards with the left"),
    "1103": ("box", "boxes upwards with the right"), "1104": ("box", "boxes with the right, then the left"),
    "1201": ("throw", "throws with the right hand"), "1202": ("throw", "throws with both hands"),
}  # fmt: skip
_NAME = re.compile(r"P(\d+)G(\d+)R(\d+)F(\d+)T(\d+)A(\d{4})$")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every file that is named so. Raises MotionError for an action that the data set does not have."""
    found = []
    for path in sorted(folder.rglob("P*A*.npy")):
        if match := _NAME.match(path.stem):
            if match[6] not in ACTIONS:
                raise MotionError(
                    f"{path}: action {match[6]} is none of HumanAct12's ({', '.join(list(ACTIONS)[:4])}, ...)"
                )
            found.append(Entry(path, path.stem, {"action": match[6], "subject": f"P{match[1]}"}))
    return found


def read(entry: Entry) -> Clip:
    """One action; what its label says is its caption."""
    action, words = ACTIONS[str(entry.facts["action"])]
    return SOURCE.clip(
        entry,
        open_points(entry.path),
        performance=performance(entry.name),
        captions=(Caption(f"a person {words}", origin="label"),),
        action=action.replace(" ", "-"),
        subject=str(entry.facts["subject"]),
    )


def open_points(path: Path) -> Motion:
    """The motion of one file. Raises MotionError for other shapes than (T, 24, 3)."""
    return points_only.motion(path, points_only.npy(path), JOINTS, FPS)


def performance(stem: str) -> str:
    """Cuts of one recording (subject, group and repetition) are one performance."""
    match = _NAME.match(stem)
    return f"humanact12/P{match[1]}G{match[2]}R{match[3]}" if match else f"humanact12/{stem}"


SOURCE = Source(
    name="humanact12",
    title="HumanAct12",
    licence="humanact12",
    tasks=("action",),
    how_to_obtain="github.com/EricGuo5513/action-to-motion, section on HumanAct12: the folder of .npy files",
    files="P01G01R01F0001T0001A0101.npy and such",
    find=find,
    read=read,
    release=False,
    unverified=(
        "frames a second: HumanML3D takes the files for 20",
        "metres, Y up: from HumanML3D's use of the same files",
        "P, G and R of a name: performer, group and repetition",
    ),
)
