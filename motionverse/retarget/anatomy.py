"""The T-pose of a skeleton whose zero pose is no person, from how a body is built and moves.

Bones give one axis of each joint; the other is the hip or shoulder line for the trunk and the hinge of knee or elbow for
the limbs. A rig that has its bones along local axes has its hinges there too, so what the data says is taken as a vote
between the four axes across the bone: clips of one rig then agree to the last digit.
"""

import numpy as np

from motionverse import rotation
from motionverse.retarget.joint_names import FINGERS, Roles
from motionverse.retarget.source_pose import AXES, SIDES, Source, X, Y, frame, rest_bone, snap, unit

_FAMILY = 0.6  # a vote, in cosines, for the local axis that the joint above uses
_FAINT = 0.12  # mean sine of bend below which a limb may be hyperextended rather than bent
_STILL = 0.01  # mean sine of bend below which it says nothing
_PITCH = np.radians([10.0, 45.0])  # how steep ankle to toe may be when the foot is flat
# Rigs met often, told by some of their joints, and the local axis about which a limb folds: what the data of one clip
# says is right for nearly all clips, this for all.
_RIGS = (
    (
        ("UpperArm_L", "LowerArm_L", "UpperLeg_L", "LowerLeg_L"),  # Bandai-Namco Research Motiondataset
        {"left_arm": (0, -1, 0), "right_arm": (0, -1, 0), "left_leg": (0, 1, 0), "right_leg": (0, 1, 0)},
    ),
    (
        ("LeftThigh", "LeftShin", "LeftForeArm", "LeftFinger2Metacarpal"),  # Rokoko Studio
        {"left_arm": (0, 0, 1), "right_arm": (0, 0, -1), "left_leg": (0, 0, -1), "right_leg": (0, 0, 1)},
    ),
)


def from_anatomy(source: Source, roles: Roles) -> dict[int, np.ndarray]:
    """World rotation (3, 3) in the T-pose of each mapped joint of the source."""
    joints = roles.joints
    left = unit(source.away(joints["right_hip"], joints["left_hip"]))
    across = left
    if "left_shoulder" in joints and "right_shoulder" in joints:
        across = unit(source.away(joints["right_shoulder"], joints["left_shoulder"]))
    made = {joints["pelvis"]: _pelvis(source, roles)}
    trunk = [joints["pelvis"], *roles.spine, *roles.neck]
    for k, j in enumerate(trunk[1:], 1):
        above = next((c for c in trunk[k + 1 :] if np.linalg.norm(source.zero[c] - source.zero[j]) > 1e-6), None)
        up = source.bone(j, above) if above is not None else None
        line = across if j in roles.neck or j == roles.chest else unit(left + across)
        like = made[trunk[k - 1]] if j in roles.neck else None
        made[j] = _align(source, j, up, Y, line, X, made[trunk[k - 1]], like)
    for side, sign in SIDES:
        _leg(source, roles, side, left, made)
        if f"{side}_elbow" in joints and f"{side}_shoulder" in joints:
            _arm(source, roles, side, sign, made)
    return made


def _align(
    source: Source,
    joint: int,
    bone: np.ndarray | None,
    bone_target: np.ndarray,
    line: np.ndarray,
    line_target: np.ndarray,
    above: np.ndarray,
    like: np.ndarray | None = None,
) -> np.ndarray:
    """T-pose rotation that brings a joint's bone to bone_target and the mean of the world lines (T, 3) to line_target.

    bone: (3,) in the joint's own axes; None: along the same local axis as in the joint above it, whose T-pose rotation
    is `above`. Lines are snapped to a local axis where the bone lies along one; `like` is the T-pose rotation of a joint
    that probably uses the same local axes.
    """
    if bone is None or not bone.any():
        bone = snap(above.T @ bone_target, 30)
    axis = snap(bone, 3)
    mean = source.own(joint, line)
    mean = unit(mean - (mean @ axis) * axis)
    if np.abs(axis).max() > 0.999:
        votes = AXES @ mean - 9 * np.abs(AXES @ axis)
        if like is not None:
            votes = votes + _FAMILY * (AXES @ (like.T @ line_target) > 0.9)
        mean = AXES[int(np.argmax(votes))]
    return frame(bone_target, line_target) @ frame(axis, mean).T


def _pelvis(source: Source, roles: Roles) -> np.ndarray:
    """The pelvis by its hip line; its up is the local axis nearest to where the spine (or the head) lies."""
    joints = roles.joints
    left = snap(source.own(joints["pelvis"], source.away(joints["right_hip"], joints["left_hip"])), 5)
    hips = (source.positions[:, joints["left_hip"]] + source.positions[:, joints["right_hip"]]) / 2
    # joints at the pelvis' own place say nothing about where up is
    ways = (source.own(joints["pelvis"], source.positions[:, j] - hips) for j in (*roles.spine, *roles.neck))
    size = np.linalg.norm(hips[0] - source.positions[0, joints["left_hip"]])
    up = next((way for way in ways if np.linalg.norm(way) > size), np.zeros(3))
    up = up - (up @ left) * left
    return frame(X, Y) @ frame(left, snap(up, 35)).T


def _hinge(source: Source, roles: Roles, limb: str, path: tuple[int, int, int], guess: np.ndarray) -> np.ndarray:
    """(T, 3) world axes about which a limb (upper, middle and lower joint) folds.

    guess: (T, 3) world axes for a limb that never bends or is only ever a little overstretched.
    """
    upper, middle, lower = path
    known = _known(source, limb)
    if known is not None:
        return source.rotations[:, upper] @ known
    bend = np.cross(unit(source.away(upper, middle)), unit(source.away(middle, lower)))
    seen, hoped = source.own(upper, bend), source.own(upper, guess)
    strength = float(np.linalg.norm(seen))
    if strength < _STILL:
        return guess
    contradicted = unit(seen) @ unit(hoped) < -0.7
    return -bend if strength < _FAINT and contradicted else bend


def _known(source: Source, limb: str) -> np.ndarray | None:
    """(3,) the local axis about which a limb of a well-known rig folds."""
    here = set(source.names)
    return next((np.array(axes[limb], np.float64) for names, axes in _RIGS if here.issuperset(names)), None)


def _leg(source: Source, roles: Roles, side: str, left: np.ndarray, made: dict[int, np.ndarray]) -> None:
    joints = roles.joints
    hip, knee, ankle = path = (joints[f"{side}_hip"], joints[f"{side}_knee"], joints[f"{side}_ankle"])
    hinge = _hinge(source, roles, f"{side}_leg", path, left)
    aim = rest_bone(f"{side}_hip", f"{side}_knee")
    made[hip] = _align(source, hip, source.bone(hip, knee), aim, hinge, X, made[joints["pelvis"]])
    aim = rest_bone(f"{side}_knee", f"{side}_ankle")
    made[knee] = _align(source, knee, source.bone(knee, ankle), aim, hinge, X, made[hip], made[hip])
    toe = joints.get(f"{side}_foot")
    if toe is None:
        made[ankle] = _follow(source, knee, ankle, made[knee])
        return
    lateral = source.rotations[:, knee] @ (made[knee].T @ X)
    flat = _flat_foot(source, roles, side)
    made[ankle] = _align(source, ankle, source.bone(ankle, toe), flat, lateral, unit(np.cross(Y, flat)), made[knee])
    made[toe] = _follow(source, ankle, toe, made[ankle])


def _flat_foot(source: Source, roles: Roles, side: str) -> np.ndarray:
    """Direction of a foot bone on the floor: outward as WHOLE_BODY's, pitched as ankles and toes stand lowest."""
    wanted, joints = rest_bone(f"{side}_ankle", f"{side}_foot"), roles.joints
    ankles = [joints[f"{s}_ankle"] for s, _ in SIDES if f"{s}_foot" in joints]
    toes = [joints[f"{s}_foot"] for s, _ in SIDES if f"{s}_foot" in joints]
    length = np.linalg.norm(source.positions[:, toes] - source.positions[:, ankles], axis=-1).mean()
    drop = np.percentile(source.positions[:, ankles, 1], 5) - np.percentile(source.positions[:, toes, 1], 5)
    pitch = np.arcsin(np.clip(drop / max(float(length), 1e-9), *np.sin(_PITCH)))
    return np.cos(pitch) * unit(wanted * [1, 0, 1]) - np.sin(pitch) * Y


def _follow(source: Source, parent: int, joint: int, model: np.ndarray) -> np.ndarray:
    """T-pose rotation of a last joint: turned against its parent as it is on average (the median quaternion)."""
    turn = np.swapaxes(source.rotations[:, parent], -1, -2) @ source.rotations[:, joint]
    q = rotation.to_quat(turn)
    q = q * np.where(q @ q[len(q) // 2] < 0, -1.0, 1.0)[:, None]
    return model @ rotation.from_quat(np.median(q, 0))


def _arm(source: Source, roles: Roles, side: str, sign: float, made: dict[int, np.ndarray]) -> None:
    joints, chest = roles.joints, roles.chest
    collar, wrist = joints.get(f"{side}_collar"), joints.get(f"{side}_wrist")
    shoulder, elbow = joints[f"{side}_shoulder"], joints[f"{side}_elbow"]
    trunk = source.rotations[:, chest] @ made[chest].T  # how the target's chest is turned
    if collar is not None:
        bone = source.bone(collar, shoulder)
        made[collar] = _align(source, collar, bone, sign * X, trunk[:, :, 1], Y, made[chest])
    aim, hinge_target = rest_bone(f"{side}_shoulder", f"{side}_elbow"), -sign * Y
    # an arm that never bends: its hinge is where the least swing from the T-pose carries it
    now = np.einsum("tji,tj->ti", trunk, source.away(shoulder, elbow))
    hinge = (trunk @ rotation.between(aim, now)) @ hinge_target
    if wrist is not None:
        hinge = _hinge(source, roles, f"{side}_arm", (shoulder, elbow, wrist), hinge)
    made[shoulder] = _align(source, shoulder, source.bone(shoulder, elbow), aim, hinge, hinge_target, made[chest])
    lower = source.bone(elbow, wrist) if wrist is not None else None
    aim = rest_bone(f"{side}_elbow", f"{side}_wrist")
    # forearms turn about themselves, which drags the hinge along: start from where the upper arm has it
    start = source.rotations[:, shoulder] @ (made[shoulder].T @ hinge_target)
    known = _known(source, f"{side}_arm")
    start = start if known is None else source.rotations[:, elbow] @ known
    made[elbow] = _align(source, elbow, lower, aim, start, hinge_target, made[shoulder], made[shoulder])
    if wrist is not None:
        _hand(source, roles, side, sign, made)


def _hand(source: Source, roles: Roles, side: str, sign: float, made: dict[int, np.ndarray]) -> None:
    """Hands and fingers: along the forearm's axis, the palm as the knuckles lie, else as the forearm is turned."""
    joints = roles.joints
    elbow, wrist = joints[f"{side}_elbow"], joints[f"{side}_wrist"]
    palm = source.rotations[:, wrist] @ (made[elbow].T @ -Y)  # one rig, one convention: axes as the forearm's
    index, pinky = joints.get(f"{side}_index1"), joints.get(f"{side}_pinky1")
    if index is not None and pinky is not None:  # in the T-pose the index lies ahead of the little finger
        palm = sign * np.cross(source.away(wrist, index), source.away(pinky, index))
    made[wrist] = _align(source, wrist, None, sign * X, palm, -Y, made[elbow])
    for finger in FINGERS:
        for k in (1, 2, 3):
            joint, child = joints.get(f"{side}_{finger}{k}"), joints.get(f"{side}_{finger}{k + 1}")
            if joint is None:
                continue
            parent = source.parents[joint]
            if child is None:
                made[joint] = _follow(source, parent, joint, made.get(parent, made[wrist]))
                continue
            aim = rest_bone(f"{side}_{finger}{k}", f"{side}_{finger}{k + 1}")
            made[joint] = _align(source, joint, source.bone(joint, child), aim, palm, -Y, made[wrist])
