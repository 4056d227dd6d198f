"""How a foreign skeleton would stand in WHOLE_BODY's T-pose: one world rotation a joint, the key to retargeting.

If joint j of the source is turned by S_j when the subject stands in the T-pose facing +Z, then a pose in which it is
turned by G_j is the pose of the target in which the matching joint is turned by G_j S_j^T, whatever the source's local
axes are. Where the source's zero pose is a person (T-pose, A-pose, arms hanging, facing anywhere), S_j swings each limb
from there to the T-pose with least twist. Where it is not (all bones along the local X axis, say), `anatomy` finds S_j
in the data.
"""

from collections.abc import Mapping

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.retarget import anatomy
from motionverse.retarget.joint_names import FINGERS, Roles
from motionverse.retarget.source_pose import SIDES, Source, frame, rest_bone, snap, unit

_FRAMES = 400  # frames that calibration looks at
# The figure in the Daz conversion of the CMU database stands with its elbows bent by 17 degrees and was given the joint
# angles of a subject who stood with straight arms; against the original ASF/AMC its forearms are off by just that. Two
# more angles are as measured there, the same in each of the 15 trials that exist in both: arms held higher, chin up.
_STIFF = ("lShldr", "lForeArm", "lButtock")
_STIFF_ARMS, _STIFF_HEAD = np.radians(4.5), np.radians(16.0)


def t_pose(source: Source, roles: Roles, standing: Source | None = None) -> tuple[dict[int, np.ndarray], str]:
    """World rotation (3, 3) of each mapped source joint in the T-pose, and how it was found.

    standing: a source whose first frame is a person standing straight, if there is one (many files start with a T-pose).
    Returns with the rotations "given", "zero pose" or "anatomy". Raises MotionError where `standing` does not stand.
    """
    stiff = set(source.names).issuperset(_STIFF)
    if standing is not None:
        if not is_person(standing.positions[0], roles):
            raise MotionError("retarget: rest: its first frame is no standing figure; leave it out")
        return from_pose(standing.positions[0], standing.rotations[0], roles, stiff), "given"
    if is_person(source.zero, roles):
        return from_pose(source.zero, None, roles, stiff), "zero pose"
    step = max(1, len(source.positions) // _FRAMES)
    return anatomy.from_anatomy(source.every(step), roles), "anatomy"


def body_frame(places: np.ndarray, roles: Roles) -> np.ndarray:
    """(3, 3) columns left, up, forward of a standing figure with joints at places (J, 3)."""
    hips = places[roles.joints["left_hip"]], places[roles.joints["right_hip"]]
    top = places[roles.neck[-1]] if roles.neck else places[roles.chest]
    up, left = snap(top - (hips[0] + hips[1]) / 2, 15), snap(hips[0] - hips[1], 15)
    square = frame(up, left)
    return np.stack([square[:, 1], square[:, 0], np.cross(square[:, 1], square[:, 0])], -1)


def is_person(places: np.ndarray, roles: Roles) -> bool:
    """Whether a figure with joints at places (J, 3) stands: legs down, spine up, arms straight, toes ahead."""
    seen = places @ body_frame(places, roles)  # x left, y up, z forward
    joints = roles.joints
    chain = seen[[joints["pelvis"], *roles.spine, *roles.neck]]
    rises = np.diff(chain, axis=0)
    width = np.linalg.norm(seen[joints["left_hip"]] - seen[joints["right_hip"]])
    # a joint that shares its parent's place rises by nothing, which is no fault
    upright = bool(
        (rises[:, 1] >= 0.6 * np.linalg.norm(rises, axis=-1) - 1e-4).all() and rises[:, 1].max(initial=0) > 1e-4
    )
    return upright and bool(width > 1e-6) and all(_straight(seen, joints, side, sign) for side, sign in SIDES)


def _straight(seen: np.ndarray, joints: Mapping[str, int], side: str, sign: float) -> bool:
    """Whether the limbs of one side are stretched and where a standing figure has them."""

    def bone(a: str, b: str) -> np.ndarray:
        return unit(seen[joints[f"{side}_{b}"]] - seen[joints[f"{side}_{a}"]])

    thigh, shin = bone("hip", "knee"), bone("knee", "ankle")
    good = -thigh[1] > 0.6 and thigh @ shin > 0.75
    if f"{side}_foot" in joints:
        good = good and bone("ankle", "foot")[2] > 0.3
    if f"{side}_elbow" in joints and f"{side}_shoulder" in joints:
        arm = bone("shoulder", "elbow")
        good = good and sign * arm[0] > -0.2 and abs(arm[2]) < 0.6 and arm[1] < 0.7
        if f"{side}_wrist" in joints:
            good = good and arm @ bone("elbow", "wrist") > 0.6
    return bool(good)


def from_pose(places: np.ndarray, world: np.ndarray | None, roles: Roles, stiff: bool = False) -> dict[int, np.ndarray]:
    """T-pose rotations from a standing figure: joints at places (J, 3), turned by world (J, 3, 3) (None: not at all).

    Trunk, head and collars keep what they have, limbs swing to the T-pose by the least angle, hands follow the forearm;
    stiff: elbows that are bent here were straight on the person, so forearms follow the upper arm.
    """
    square = body_frame(places, roles).T
    seen, joints = places @ square.T, roles.joints
    made = dict.fromkeys((joints["pelvis"], *roles.spine, *roles.neck), square)
    if stiff and roles.neck:
        made[roles.neck[-1]] = rotation.about("X", -_STIFF_HEAD) @ square

    def swing(side: str, a: str, b: str) -> np.ndarray:
        start, end = joints[f"{side}_{a}"], joints[f"{side}_{b}"]
        return rotation.between(seen[end] - seen[start], rest_bone(f"{side}_{a}", f"{side}_{b}"))

    for side, sign in SIDES:
        parts = {"collar": np.eye(3), "hip": swing(side, "hip", "knee"), "knee": swing(side, "knee", "ankle")}
        parts["ankle"] = parts["foot"] = _foot_swing(seen, joints, side, parts["knee"])
        if f"{side}_elbow" in joints and f"{side}_shoulder" in joints:
            parts["shoulder"] = parts["elbow"] = swing(side, "shoulder", "elbow")
            if stiff:  # in line with the upper arm, the target's own bend at rest taken out
                upper, lower = (
                    rest_bone(f"{side}_shoulder", f"{side}_elbow"),
                    rest_bone(f"{side}_elbow", f"{side}_wrist"),
                )
                parts["shoulder"] = rotation.about("Z", sign * _STIFF_ARMS) @ parts["shoulder"]
                parts["elbow"] = rotation.between(upper, lower) @ parts["shoulder"]
            elif f"{side}_wrist" in joints:
                parts["elbow"] = swing(side, "elbow", "wrist")
            parts["wrist"] = parts["elbow"]
            parts |= {f"{finger}{k}": parts["wrist"] for finger in FINGERS for k in (1, 2, 3)}
        made |= {joints[f"{side}_{part}"]: turn @ square for part, turn in parts.items() if f"{side}_{part}" in joints}
    return made if world is None else {j: turn @ world[j] for j, turn in made.items()}


def _foot_swing(seen: np.ndarray, joints: Mapping[str, int], side: str, shin: np.ndarray) -> np.ndarray:
    """How a foot gets flat and to WHOLE_BODY's outward angle.

    Legs that are spread take their feet with them (CMU's zero pose); feet under nearly upright legs are flat already.
    """
    tilt = np.arccos(np.clip(-unit(seen[joints[f"{side}_ankle"]] - seen[joints[f"{side}_knee"]])[1], -1, 1))
    turn = shin if tilt > np.radians(10) else np.eye(3)
    if f"{side}_foot" not in joints:
        return turn
    ahead = turn @ (seen[joints[f"{side}_foot"]] - seen[joints[f"{side}_ankle"]])
    wanted = rest_bone(f"{side}_ankle", f"{side}_foot")
    return rotation.about_y(np.arctan2(wanted[0], wanted[2]) - np.arctan2(ahead[0], ahead[2])) @ turn
