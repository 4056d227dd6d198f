"""Holosoma's climbing captures: a person climbs onto boxes of up to a metre and off again; 53 points, 120 frames a second.

As arrays: NAME.npz with positions [m], Y up, of a body with toes and fingers, and labels.jsonl. No finger ever moves against
its hand, so that the first bones of the fingers tell how the hand is turned and no finger counts as captured; the two
points called FootMod lie on the ankles. The rate is not in the distribution: 120 is what lets the hips fall as fast as bodies do.
"""

from pathlib import Path

from motionverse.body_fit import Landmark
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import fitted_points, point_files
from motionverse.sources.source import Entry, Source, labelled_files

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
_SIDES = ("Left", "Right")


def _joints() -> dict[str, str | None]:
    """The points in the files' order, and what each is: a joint of WHOLE_BODY, a landmark, or nothing new."""
    found: dict[str, str | None] = {
        "Hips": "pelvis",
        "Spine": "spine1",
        "Spine1": "spine3",
        "Neck": "neck",
        "Head": "head",
    }
    for side in _SIDES:
        found |= {f"{side}{theirs}": f"{side.lower()}_{ours}" for theirs, ours in
                  (("Shoulder", "collar"), ("Arm", "shoulder"), ("ForeArm", "elbow"), ("Hand", "wrist"))}  # fmt: skip
        for finger in _FINGERS:
            found |= {f"{side}Hand{finger}{k}": None for k in (1, 2, 3)}
            if finger != "Thumb":
                found[f"{side}Hand{finger}1"] = f"{side.lower()}_{finger.lower()}_knuckle"
    for side in _SIDES:
        found |= {f"{side}{theirs}": f"{side.lower()}_{ours}" for theirs, ours in
                  (("UpLeg", "hip"), ("Leg", "knee"), ("Foot", "ankle"), ("ToeBase", "foot"))}  # fmt: skip
    return found | {"LeftFootMod": None, "RightFootMod": None}


JOINTS = _joints()


def _knuckle(name: str) -> Landmark:
    side, finger = name.split("_")[:2]
    x, y, z = WHOLE_BODY.offsets[WHOLE_BODY.index(f"{side}_{finger}1")].tolist()
    return f"{side}_wrist", (x, y, z)


KNUCKLES = {name: _knuckle(name) for name in JOINTS.values() if name and name.endswith("_knuckle")}


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every recording, with its label."""
    return labelled_files(folder, "*.npz")


def read(entry: Entry) -> Clip:
    """One recording."""
    action = str(entry.facts.get("action") or "climb over boxes")
    return SOURCE.clip(
        entry,
        _motion(entry.path),
        captions=(Caption(action, origin="label"),),
        action=action.replace(" ", "-"),
    )


def _motion(path: Path) -> Motion:
    positions, names, fps = point_files.read(path)
    if names != tuple(JOINTS):
        other = next((name for name in names if name not in JOINTS), "the same in another order")
        raise MotionError(f"{path}: joints {other}; a recording has {len(JOINTS)}, {', '.join(list(JOINTS)[:6])} ...")
    return fitted_points.motion(path, positions, list(JOINTS.values()), fps, landmarks=KNUCKLES)


SOURCE = Source(
    name="holosoma_climb",
    title="Holosoma climbing captures",
    licence="holosoma-climb",
    tasks=("action",),
    how_to_obtain="github.com/amazon-far/holosoma: demo_data/climb of its retargeting, as one npz a recording",
    files="*.npz",
    find=find,
    read=read,
    release=False,
    hours=0.03,
    unverified=("120 frames a second: inferred from how fast the hips fall; 100 cannot be excluded",),
)
