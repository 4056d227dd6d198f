"""How a foreign skeleton would stand in WHOLE_BODY's T-pose: one world rotation a joint, the key to retargeting.

If joint j of the source is turned by S_j when the subject stands in the T-pose facing +Z, then a pose in which it is turned
by G_j is the pose of the target in which the matching joint is turned by G_j S_j^T, whatever the source's local axes are.
Where the source's zero pose is a person (T-pose, A-pose, arms hanging, facing anywhere), S_j swings each limb from there to
the T-pose with least twist. Where it is not (all bones along the local X axis, say), S_j is built from anatomy in the data:
the hip and shoulder lines, bone directions, and the hinges of knees and elbows, snapped to the local axes where the
skeleton has its bones along axes, so that clips of one skeleton agree.
"""

from dataclasses import dataclass

import numpy as np

from motionverse import kinematics, rotation
from motionverse.joint_names import FINGERS, Roles
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton

_FRAMES = 400  # frames that calibration looks at
_X, _Y, _Z = np.eye(3)
_AXES = np.concatenate([np.eye(3), -np.eye(3)])
_SIDES = (("left", 1.0), ("right", -1.0))


@dataclass(frozen=True)
class Source:
    """A motion's world positions (T, J, 3) [m], world rotations (T, J, 3, 3) and zero pose (J, 3) [m], with end sites as joints."""

    positions: np.ndarray
    rotations: np.ndarray
    zero: np.ndarray
    parents: tuple[int, ...]

    def every(self, step: int) -> "Source":
        return Source(self.positions[::step], self.rotations[::step], self.zero, self.parents)

    def bone(self, joint: int, child: int) -> np.ndarray:
        """(3,) mean direction from joint to child in the joint's own axes, 0 where they coincide."""
        away = self.positions[:, child] - self.positions[:, joint]
        return _unit(np.einsum("tji,tj->i", self.rotations[:, joint], away))


def with_ends(motion: Motion) -> Motion:
    """The motion with every end site as a joint of its own, "<joint>_end", so that the last bones can be seen."""
    skeleton = motion.skeleton
    ends = [(name, at) for name, at in skeleton.ends.items() if skeleton.has(name) and np.linalg.norm(at) > 1e-6]
    ends = [(name, at) for name, at in ends if not skeleton.has(f"{name}_end")]
    if not ends:
        return motion
    longer = Skeleton(
        (*skeleton.names, *(f"{name}_end" for name, _ in ends)),
        (*skeleton.parents, *(skeleton.index(name) for name, _ in ends)),
        np.concatenate([skeleton.offsets, np.array([at for _, at in ends], np.float64)]),
    )
    still = rotation.identity(len(motion), len(ends))
    return motion.with_(rotations=np.concatenate([motion.rotations, still], 1), skeleton=longer, observed=None)


def source_of(motion: Motion) -> Source:
    positions, world = kinematics.forward(motion.skeleton, motion.rotations, motion.root)
    return Source(positions, world, motion.skeleton.rest_positions(), motion.skeleton.parents)


def t_pose(source: Source, roles: Roles, given: np.ndarray | None = None) -> tuple[dict[int, np.ndarray], str]:
    """World rotation (3, 3) of each mapped source joint in the T-pose, and how it was found: "zero pose" or "anatomy".

    given: (J, 3) joint positions of an anatomical pose and its world rotations are better than both: see `from_pose`.
    """
    del given
    if is_person(source.zero, roles):
        return from_pose(source.zero, None, roles), "zero pose"
    step = max(1, len(source.positions) // _FRAMES)
    return _from_anatomy(source.every(step), roles), "anatomy"


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def _target(name: str, child: str) -> np.ndarray:
    """Direction of a bone of WHOLE_BODY at rest."""
    rest = WHOLE_BODY.rest_positions()
    return _unit(rest[WHOLE_BODY.index(child)] - rest[WHOLE_BODY.index(name)])


def _snap(v: np.ndarray, degrees: float) -> np.ndarray:
    """The coordinate axis nearest to v where it is that near, else v."""
    dots = _AXES @ _unit(v)
    return _AXES[int(np.argmax(dots))] if dots.max() > np.cos(np.radians(degrees)) else _unit(v)


def _frame(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(3, 3) right-handed frame with columns first, second made orthogonal to it, and their cross product."""
    first = _unit(first)
    second = _unit(second - (second @ first) * first)
    return np.stack([first, second, np.cross(first, second)], -1)


# --- the zero pose is a person


def body_frame(places: np.ndarray, roles: Roles) -> np.ndarray:
    """(3, 3) columns left, up, forward of a standing figure with joints at places (J, 3)."""
    hips = places[roles.joints["left_hip"]], places[roles.joints["right_hip"]]
    top = places[roles.neck[-1]] if roles.neck else places[roles.chest]
    up, left = _snap(top - (hips[0] + hips[1]) / 2, 15), _snap(hips[0] - hips[1], 15)
    frame = _frame(up, left)
    return np.stack([frame[:, 1], frame[:, 0], np.cross(frame[:, 1], frame[:, 0])], -1)


def is_person(places: np.ndarray, roles: Roles) -> bool:
    """Whether a figure with joints at places (J, 3) stands: legs down, spine up, arms straight, toes ahead."""
    seen = places @ body_frame(places, roles)  # x left, y up, z forward
    joints = roles.joints

    def bone(a: str, b: str) -> np.ndarray:
        return _unit(seen[joints[b]] - seen[joints[a]])

    chain = [joints["pelvis"], *roles.spine, *roles.neck]
    rises = [seen[b] - seen[a] for a, b in zip(chain, chain[1:], strict=False)]
    good = all(r[1] >= 0.6 * np.linalg.norm(r) - 1e-9 for r in rises)
    good = good and any(r[1] > 0 for r in rises) and bool(np.linalg.norm(seen[joints["left_hip"]] - seen[joints["right_hip"]]) > 1e-6)
    for side, sign in _SIDES:
        thigh, shin = bone(f"{side}_hip", f"{side}_knee"), bone(f"{side}_knee", f"{side}_ankle")
        good = good and -thigh[1] > 0.6 and thigh @ shin > 0.75
        if f"{side}_foot" in joints:
            good = good and bone(f"{side}_ankle", f"{side}_foot")[2] > 0.3
        if f"{side}_elbow" in joints and f"{side}_shoulder" in joints:
            arm = bone(f"{side}_shoulder", f"{side}_elbow")
            good = good and sign * arm[0] > -0.2 and abs(arm[2]) < 0.6 and arm[1] < 0.7
            if f"{side}_wrist" in joints:
                good = good and arm @ bone(f"{side}_elbow", f"{side}_wrist") > 0.6
    return bool(good)


def from_pose(places: np.ndarray, world: np.ndarray | None, roles: Roles) -> dict[int, np.ndarray]:
    """T-pose rotations from a standing figure: joints at places (J, 3), turned by world (J, 3, 3) (None: not at all).

    Trunk, head and collars keep what they have, limbs swing to the T-pose by the least angle, hands follow the forearm.
    """
    square = body_frame(places, roles).T
    seen, joints = places @ square.T, roles.joints
    made = {j: square for j in (joints["pelvis"], *roles.spine, *roles.neck)}

    def swing(side: str, a: str, b: str) -> np.ndarray:
        start, end = joints[f"{side}_{a}"], joints[f"{side}_{b}"]
        return rotation.between(seen[end] - seen[start], _target(f"{side}_{a}", f"{side}_{b}"))

    for side, _ in _SIDES:
        parts = {"collar": np.eye(3), "hip": swing(side, "hip", "knee"), "knee": swing(side, "knee", "ankle")}
        parts["ankle"] = parts["foot"] = _foot_swing(seen, joints, side, parts["knee"])
        if f"{side}_elbow" in joints and f"{side}_shoulder" in joints:
            parts["shoulder"] = parts["elbow"] = swing(side, "shoulder", "elbow")
            if f"{side}_wrist" in joints:
                parts["elbow"] = swing(side, "elbow", "wrist")
            parts["wrist"] = parts["elbow"]
            parts |= {f"{finger}{k}": parts["wrist"] for finger in FINGERS for k in (1, 2, 3)}
        made |= {joints[f"{side}_{part}"]: turn @ square for part, turn in parts.items() if f"{side}_{part}" in joints}
    return made if world is None else {j: turn @ world[j] for j, turn in made.items()}


def _foot_swing(seen: np.ndarray, joints: dict[str, int], side: str, shin: np.ndarray) -> np.ndarray:
    """How a foot gets flat and to WHOLE_BODY's outward angle.

    Legs that are spread take their feet with them (CMU's zero pose); feet under nearly upright legs are flat already.
    """
    tilt = np.arccos(np.clip(-_unit(seen[joints[f"{side}_ankle"]] - seen[joints[f"{side}_knee"]])[1], -1, 1))
    turn = shin if tilt > np.radians(10) else np.eye(3)
    if f"{side}_foot" not in joints:
        return turn
    ahead = turn @ (seen[joints[f"{side}_foot"]] - seen[joints[f"{side}_ankle"]])
    wanted = _target(f"{side}_ankle", f"{side}_foot")
    return rotation.about_y(np.arctan2(wanted[0], wanted[2]) - np.arctan2(ahead[0], ahead[2])) @ turn


# --- the zero pose is not a person: anatomy


def _from_anatomy(source: Source, roles: Roles) -> dict[int, np.ndarray]:
    joints = roles.joints
    left = _unit(source.positions[:, joints["left_hip"]] - source.positions[:, joints["right_hip"]])
    made = {joints["pelvis"]: _pelvis(source, roles)}
    across = left
    if "left_shoulder" in joints and "right_shoulder" in joints:
        across = _unit(source.positions[:, joints["left_shoulder"]] - source.positions[:, joints["right_shoulder"]])
    trunk = [*roles.spine, *roles.neck]
    for k, j in enumerate(trunk):
        above = next((c for c in trunk[k + 1 :] if np.linalg.norm(source.zero[c] - source.zero[j]) > 1e-6), None)
        below = made[trunk[k - 1]] if k else made[joints["pelvis"]]
        up = source.bone(j, above) if above is not None else None
        line = across if j in roles.neck or j == roles.chest else _unit(left + across)
        made[j] = _align(source, j, up, _Y, line, _X, like=trunk[k - 1] if k else joints["pelvis"], model=below)
    for side, sign in _SIDES:
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
    like: int,
    model: np.ndarray,
) -> np.ndarray:
    """T-pose rotation that brings a joint's own bone axis to bone_target and the mean of world lines (T, 3) to line_target.

    A joint without a bone (bone None) has it along the same local axis as the joint `like`, whose T-pose rotation is `model`.
    Lines are snapped to a local axis where the bone lies along one.
    """
    if bone is None or not bone.any():
        bone = _snap(model.T @ bone_target, 30)
    axis = _snap(bone, 3)
    mean = np.einsum("tji,tj->i", source.rotations[:, joint], line)
    mean = mean - (mean @ axis) * axis
    if np.abs(axis).max() > 0.999:  # bones along axes: so are the hinges
        mean = _AXES[int(np.argmax(_AXES @ mean - 9 * np.abs(_AXES @ axis)))]
    return _frame(bone_target, line_target) @ _frame(axis, mean).T


def _pelvis(source: Source, roles: Roles) -> np.ndarray:
    """The pelvis by its hip line; its up is the local axis nearest to where the spine (or the head) lies."""
    joints = roles.joints
    pelvis = joints["pelvis"]
    left = source.bone(joints["right_hip"], joints["left_hip"])
    hips = (source.positions[:, joints["left_hip"]] + source.positions[:, joints["right_hip"]]) / 2
    left = np.einsum(
        "tji,tj->i", source.rotations[:, pelvis], source.positions[:, joints["left_hip"]] - source.positions[:, joints["right_hip"]]
    )
    top = source.positions[:, (*roles.spine, *roles.neck, pelvis)[min(1, len(roles.spine))]]
    up = np.einsum("tji,tj->i", source.rotations[:, pelvis], top - hips)
    left = _snap(left, 5)
    up = up - (up @ left) * left
    return _frame(_X, _Y) @ _frame(left, _snap(up, 35)).T


def _bend(source: Source, a: int, b: int, c: int) -> np.ndarray:
    """(T, 3) axis about which the limb a-b-c is bent, as long as the sine of the bend."""
    return np.cross(
        _unit(source.positions[:, b] - source.positions[:, a]), _unit(source.positions[:, c] - source.positions[:, b])
    )


def _leg(source: Source, roles: Roles, side: str, left: np.ndarray, made: dict[int, np.ndarray]) -> None:
    joints = roles.joints
    hip, knee, ankle = (joints[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    # a knee that never bends says nothing: the hip line then decides
    hinge = _bend(source, hip, knee, ankle) + 0.02 * left
    pelvis = joints["pelvis"]
    for joint, child, a, b in ((hip, knee, "hip", "knee"), (knee, ankle, "knee", "ankle")):
        aim = _target(f"{side}_{a}", f"{side}_{b}")
        made[joint] = _align(source, joint, source.bone(joint, child), aim, hinge, _X, pelvis, made[pelvis])
    toe = joints.get(f"{side}_foot")
    lateral = np.broadcast_to(made[knee].T @ _X, hinge.shape)
    lateral = np.einsum("tij,tj->ti", source.rotations[:, knee], lateral)
    bone = source.bone(ankle, toe) if toe is not None else None
    made[ankle] = _align(source, ankle, bone, _flat_foot(source, ankle, toe, side), lateral, _X, knee, made[knee])
    if toe is not None:
        made[toe] = _follow(source, ankle, toe, made[ankle])


def _flat_foot(source: Source, ankle: int, toe: int | None, side: str) -> np.ndarray:
    """Direction of the foot bone when the sole is flat: outward as WHOLE_BODY's, pitched as where ankle and toe stand lowest."""
    wanted = _target(f"{side}_ankle", f"{side}_foot")
    if toe is None:
        return wanted
    ankles, toes = source.positions[:, ankle, 1], source.positions[:, toe, 1]
    length = np.linalg.norm(source.zero[toe] - source.zero[ankle])
    drop = (np.percentile(ankles, 5) - np.percentile(toes, 5)) / max(float(length), 1e-9)
    pitch = np.arcsin(np.clip(drop, np.sin(np.radians(5)), np.sin(np.radians(55))))
    level = _unit(wanted * [1, 0, 1])
    return np.cos(pitch) * level - np.sin(pitch) * _Y


def _follow(source: Source, parent: int, joint: int, model: np.ndarray) -> np.ndarray:
    """T-pose rotation of a last joint: turned against its parent as it is on average (the median quaternion)."""
    turn = np.swapaxes(source.rotations[:, parent], -1, -2) @ source.rotations[:, joint]
    q = rotation.to_quat(turn)
    q = q * np.sign(q @ q[len(q) // 2])[:, None]
    return model @ rotation.from_quat(np.median(q, 0))


def _arm(source: Source, roles: Roles, side: str, sign: float, made: dict[int, np.ndarray]) -> None:
    joints, chest = roles.joints, roles.chest
    collar = joints.get(f"{side}_collar")
    shoulder, elbow = joints[f"{side}_shoulder"], joints[f"{side}_elbow"]
    wrist = joints.get(f"{side}_wrist")
    trunk = source.rotations[:, chest] @ made[chest].T  # the target's chest
    if collar is not None:
        up = trunk[:, :, 1]
        made[collar] = _align(source, collar, source.bone(collar, shoulder), sign * _X, up, _Y, chest, made[chest])
    aim, hinge_target = _target(f"{side}_shoulder", f"{side}_elbow"), -sign * _Y
    # an arm that never bends: the hinge is where the least swing from the T-pose carries it
    now = np.einsum("tji,tj->ti", trunk, source.positions[:, elbow] - source.positions[:, shoulder])
    carried = trunk @ rotation.between(aim, now) @ hinge_target
    hinge = 0.02 * carried + (_bend(source, shoulder, elbow, wrist) if wrist is not None else 0)
    bone = source.bone(shoulder, elbow)
    made[shoulder] = _align(source, shoulder, bone, aim, hinge, hinge_target, chest, made[chest])
    lower = source.bone(elbow, wrist) if wrist is not None else None
    aim = _target(f"{side}_elbow", f"{side}_wrist")
    made[elbow] = _align(source, elbow, lower, aim, hinge, hinge_target, shoulder, made[shoulder])
    if wrist is not None and wrist != elbow:
        _hand(source, roles, side, sign, made)


def _hand(source: Source, roles: Roles, side: str, sign: float, made: dict[int, np.ndarray]) -> None:
    """Hands and fingers: along the forearm's axis, palm as the knuckles lie, else as the forearm is turned."""
    joints = roles.joints
    elbow, wrist = joints[f"{side}_elbow"], joints[f"{side}_wrist"]
    down = np.einsum("tij,j->ti", source.rotations[:, elbow], made[elbow].T @ -_Y)
    index, pinky = joints.get(f"{side}_index1"), joints.get(f"{side}_pinky1")
    if index is not None and pinky is not None:  # from little finger to index is forward in the T-pose
        ahead = source.positions[:, index] - source.positions[:, pinky]
        along = source.positions[:, joints.get(f"{side}_middle1", index)] - source.positions[:, wrist]
        down = sign * np.cross(ahead, along) * -1.0
    made[wrist] = _align(source, wrist, None, sign * _X, down, -_Y, elbow, made[elbow])
    for finger in FINGERS:
        for k in (1, 2, 3):
            joint, child = joints.get(f"{side}_{finger}{k}"), joints.get(f"{side}_{finger}{k + 1}")
            if joint is None:
                continue
            if child is None:
                made[joint] = _follow(source, source.parents[joint], joint, made.get(source.parents[joint], made[wrist]))
                continue
            aim = _target(f"{side}_{finger}{k}", f"{side}_{finger}{k + 1}")
            made[joint] = _align(source, joint, source.bone(joint, child), aim, down, -_Y, wrist, made[wrist])
