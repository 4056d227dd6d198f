"""Orders of joints that arrays of points come in without saying so, and which of them an array is.

A set is a row of names of WHOLE_BODY's joints and of motionverse.body_fit's landmarks; None: a point that is left out. Sets with
as many points are told apart by the body that they would make: thighs as long as shins, left as long as right.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from motionverse import body_fit
from motionverse.errors import MotionError
from motionverse.features import keypoints2d
from motionverse.retarget import families
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY

Names = tuple[str | None, ...]

# The 25 joints of Kinect V2 in the order of its SDK (JointType), which NTU RGB+D and UESTC keep. SpineShoulder, number 21, is
# where a neck begins; Kinect's own neck, halfway to the head, is left out.
KINECT: Names = (
    "pelvis", "spine2", None, "head_middle",
    "left_shoulder", "left_elbow", "left_wrist", "left_hand", "right_shoulder", "right_elbow", "right_wrist", "right_hand",
    "left_hip", "left_knee", "left_ankle", "left_foot", "right_hip", "right_knee", "right_ankle", "right_foot",
    "neck", None, "left_thumb", None, "right_thumb",
)  # fmt: skip
# KIT-ML's, in MMM's names: root BP BT BLN BUN, LS LE LW, RS RE RW, LH LK LA LMrot LF, RH RK RA RMrot RF (TEMOS, issue 23)
KIT: Names = (
    "pelvis", "spine1", "spine3", "neck", "head", "left_shoulder", "left_elbow", "left_wrist",
    "right_shoulder", "right_elbow", "right_wrist", "left_hip", "left_knee", "left_ankle", "left_foot", None,
    "right_hip", "right_knee", "right_ankle", "right_foot", None,
)  # fmt: skip
# the 17 of Human3.6M's 32 that pose estimation keeps (VideoPose3D, common/h36m_dataset.py)
H36M: Names = (
    "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "spine2", "neck", "head",
    "head_top", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
_DETECTED = {"mid_hip": "pelvis"}


def _known(names: Sequence[str]) -> Names:
    """A detector's names, without those that body_fit has no use for."""
    plain = [_DETECTED.get(name, name) for name in names]
    return tuple(name if WHOLE_BODY.has(name) or name in body_fit.LANDMARKS else None for name in plain)


SETS: Mapping[str, Names] = {
    "smpl22": WHOLE_BODY.names[:BODY_JOINTS],
    "smpl24": (*WHOLE_BODY.names[:BODY_JOINTS], "left_hand", "right_hand"),
    "smplh52": WHOLE_BODY.names,
    "smplx55": (*WHOLE_BODY.names[:BODY_JOINTS], None, None, None, *WHOLE_BODY.names[BODY_JOINTS:]),
    "kit21": KIT,
    "h36m17": H36M,
    "kinect25": KINECT,
    **{name: _known(keypoints2d.SETS[name]) for name in ("coco17", "body25", "mediapipe33")},
}
RATES = {"smpl22": 20.0, "kit21": 12.5}  # [frames a second] of HumanML3D's and KIT-ML's new_joints, which say none
_BONES = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
FOREIGN = 3.0  # beyond this they are no body's, however badly seen
_UNLIKE = 1.6  # a limb's two bones, and a bone and its mirror image, are at most so many times as long


def named(given: str | Sequence[str], count: int, path: object) -> Names:
    """The names of `count` points: a set's, or a list of names (also one text with commas), foreign ones brought to ours.

    "-" or an empty name: a point that is left out. Raises MotionError for unknown sets and names, and for another number.
    """
    if isinstance(given, str) and given in SETS:
        found: Names = SETS[given]
    else:
        found = ours([name.strip() for name in (given.split(",") if isinstance(given, str) else given)], path)
    if len(found) != count:
        raise MotionError(f"{path}: {len(found)} names for {count} joints; give one a joint, '-' for one to leave out")
    return found


def ours(names: Sequence[str], path: object) -> Names:
    """Names as WHOLE_BODY and the landmarks have them: as they are, or as one of the well-known skeletons calls its joints.

    Raises MotionError where neither knows enough of them for a body.
    """
    plain = [name.lower().replace(" ", "_") for name in names]
    found = _known(plain)
    odd = [name for name, ours in zip(plain, found, strict=True) if ours is None and name not in ("", "-", *_skipped())]
    if not odd:
        return found
    roles = {index: role for role, index in families.best(tuple(names))[1].items()}
    if roles:
        return tuple(roles.get(k) for k in range(len(names)))
    raise MotionError(
        f"{path}: what is {odd[0]!r}? Give names as WHOLE_BODY has them (pelvis, left_hip, ...), '-' to leave one out, or a "
        f"set: {', '.join(SETS)}"
    )


def _skipped() -> set[str]:
    """Names that detectors have and a body has no use for."""
    return {name for names in keypoints2d.SETS.values() for name in names}


def guess(points: np.ndarray, path: object) -> str:
    """The one set that points (T, J, 3) fit. Raises MotionError where none or several do, saying how to name them."""
    count = points.shape[1]
    as_many = [name for name, names in SETS.items() if len(names) == count]
    fitting = [name for name in as_many if _is_body(points, SETS[name])]
    if len(fitting) == 1:
        return fitting[0]
    told = f"{count} joints without names"
    if len(fitting) > 1:
        told = f"{count} joints could be {' or '.join(fitting)}"
    elif as_many:
        told = f"{count} joints that are no body as {' or '.join(as_many)}"
    raise MotionError(
        f"{path}: {told}; name them: --joints SET or --joints pelvis,left_hip,... (sets: {', '.join(SETS)}), or a file "
        f'{getattr(path, "name", path)}.json with {{"names": [...], "fps": 30}} beside it'
    )


def _is_body(points: np.ndarray, names: Names) -> bool:
    unlike = how_unlike(points, names)
    return unlike is not None and unlike < _UNLIKE


def check_order(points: np.ndarray, names: Sequence[str | None], path: object) -> None:
    """Raises MotionError where points (T, J, 3), NaN where lost, in the order of `names` are no body: another order's, then."""
    unlike = how_unlike(points, names)
    if unlike is not None and unlike > FOREIGN:
        raise MotionError(
            f"{path}: read in this data set's order of joints the points are no body (a bone is {unlike:.3g} times as long "
            "as its like); the joints come in another order"
        )


def how_unlike(points: np.ndarray, names: Sequence[str | None]) -> float | None:
    """The largest ratio of two bones that are alike in a body (thigh and shin, left and right) in points (T, J, 3).

    None where the names have no such two.
    """
    where = {name: k for k, name in enumerate(names) if name}
    lengths = {}
    for side in ("left", "right"):
        for a, b in _BONES:
            if f"{side}_{a}" in where and f"{side}_{b}" in where:
                bone = points[:, where[f"{side}_{a}"]] - points[:, where[f"{side}_{b}"]]
                bone = np.linalg.norm(bone[np.isfinite(bone).all(-1)], axis=-1)
                if len(bone):
                    lengths[side, a] = float(np.median(bone))
    pairs = [((s, "hip"), (s, "knee")) for s in ("left", "right")] + [
        ((s, "shoulder"), (s, "elbow")) for s in ("left", "right")
    ]
    pairs += [(("left", a), ("right", a)) for a, _ in _BONES]
    there = [(lengths[p], lengths[q]) for p, q in pairs if p in lengths and q in lengths]
    return max((max(pair) / min(pair) if min(pair) > 0 else np.inf for pair in there), default=None)
