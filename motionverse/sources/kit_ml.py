"""The KIT Motion-Language Dataset: sentences for recordings of KIT's and CMU's laboratories.

Two layouts are read:
- processed: texts/, new_joints/ID.npy and the lists, as motionverse/sources/text_motion.py says (github.com/EricGuo5513/HumanML3D,
  README.md, section KIT-ML). (T, 21, 3) at 12.5 fps (github.com/GuyTevet/motion-diffusion-model, sample/generate.py); the joints,
  in MMM's names: root BP BT BLN BUN, LS LE LW, RS RE RW, LH LK LA LMrot LF, RH RK RA RMrot RF
  (github.com/Mathux/TEMOS, issue 23). That repository's processing takes joint 11 (LH) for the right hip: the points are a mirror
  image of what their names say, and are turned back where the feet show it.
- annotations.json onto AMASS, or onto CMU's own files: {id: {path: "KIT/4/WalkingStraightForward01_poses", duration, annotations:
  [{text, start, end}]}} (github.com/Mathux/TMR, datasets/annotations/kitml), with train.txt, val.txt and test.txt of the ids.
  It names the recordings behind the 00001_annotations.json of the original (motion-annotation.humanoids.kit.edu/dataset), whose
  own motion (00001_mmm.xml on the MMM model, 00001_raw.c3d) is not read.
"""

from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import from_json
from motionverse.formats import fields, joint_sets, named_points
from motionverse.motion import Motion
from motionverse.sources import joins, points_only, text_motion
from motionverse.sources.source import Entry, Source

FPS = 12.5
JOINTS = joint_sets.KIT
_BODY = 20.0  # a body that is taller, in units of its file, is in millimetres


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every ID of the lists whose motion is at hand: the recording that annotations.json names, or new_joints/ID.npy."""
    places = [folder, *(folder / inner for inner in ("KIT-ML", "kitml"))]
    folder = next((p for p in places if (p / "annotations.json").is_file() or (p / "texts").is_dir()), folder)
    table = _annotations(folder / "annotations.json")
    takes = joins.Takes.near(folder) if table else joins.Takes()
    found = []
    for name, side in (dict.fromkeys(table, "") | text_motion.sides(folder)).items():
        row, joints = table.get(name.removeprefix("M")), folder / "new_joints" / f"{name}.npy"
        take = takes.find(joins.amass_name(row["path"])) if row and name == name.removeprefix("M") else None
        if take is not None:
            found.append(Entry(take.path, name, {**take.facts, "take": take.name, "row": row, "split": side}))
        elif joints.is_file():
            text = str(folder / "texts" / f"{name}.txt")
            found.append(Entry(joints, name, {"archive": "new_joints", "text": text, "split": side}))
    return found


def read(entry: Entry) -> Clip:
    """One ID with its sentences."""
    facts = entry.facts
    if facts["archive"] == "new_joints":
        motion = open_points(entry.path)
        captions = text_motion.captions(Path(facts["text"]), motion.seconds)
        performance = f"kit_ml/{entry.name.removeprefix('M')}"
    else:
        motion = joins.open_take(entry)
        captions = tuple(_caption(row, motion.seconds) for row in facts["row"]["annotations"] if row.get("text"))
        performance = joins.performance(facts["take"])
    return SOURCE.clip(
        entry,
        motion,
        performance=performance,
        captions=captions,
        split=str(facts["split"]),
    )


def open_points(path: Path) -> Motion:
    """The motion of one new_joints file. Raises MotionError for other shapes than (T, 21, 3)."""
    points = fields.numbers(points_only.npy(path), "joints", path)
    if points.ndim == 3 and len(points) and points.shape[1:] == (len(JOINTS), 3):
        if named_points.is_mirrored(points, JOINTS):
            points = points * [-1.0, 1.0, 1.0]
        if float(np.median(np.ptp(points[..., 1], axis=1))) > _BODY:
            points = points * 0.001
    return points_only.motion(path, points, JOINTS, FPS)


def _caption(row: dict[str, Any], seconds: float) -> Caption:
    start, end = float(row.get("start", 0.0)), float(row.get("end", seconds))
    whole = start <= 0.1 and end >= seconds - 0.5
    return Caption(str(row["text"]), 0.0 if whole else start, None if whole else min(end, seconds), "human")


def _annotations(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    try:
        table = from_json(text_motion.text(path), path)
        if all(isinstance(row["path"], str) and isinstance(row["annotations"], list) for row in table.values()):
            return table
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise MotionError(
        f"{path}: must be {{id: {{path, duration, annotations: [...]}}}}, as TMR's are; download it again"
    )


SOURCE = Source(
    name="kit_ml",
    title="KIT Motion-Language Dataset",
    licence="kit-ml",
    tasks=("text",),
    how_to_obtain="github.com/EricGuo5513/HumanML3D, section KIT-ML (texts and new_joints); or annotations.json from github.com/"
    "Mathux/TMR, datasets/annotations/kitml, with AMASS (KIT, EKUT, CMU) in a folder amass or CMU's own files in cmu next to it",
    files="annotations.json or texts/*.txt, and motion of these names",
    find=find,
    read=read,
    release=False,
    hours=11.23,
    unverified=(
        "the unit of new_joints: millimetres are assumed where a body is taller than 20",
        "that new_joints are a mirror image: the feet decide, file by file",
        "the joint LMrot is taken for the ball of the foot, BP and BT for spine1 and spine3",
    ),
)
