"""Any skeleton to WHOLE_BODY: who is who, how the source would stand in a T-pose, then every frame at once.

The world rotation of each target joint is that of the source joint of the same role, corrected by a constant (see
rest_pose); joints that the source lacks in between (a spine of two joints, no collars) share the turn of their neighbours.
The root path and the ankles are scaled by leg length and the ankles are put where the scaled source has them, so that a foot
that stood still stands still; the floor of the source (where its soles are lowest) becomes y = 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from motionverse import ik, kinematics, rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import joint_names, rest_pose, source_pose
from motionverse.retarget.joint_names import Roles
from motionverse.retarget.source_pose import Source
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton

_SIDES = ("left", "right")
_TRUNK = ("spine1", "spine2", "spine3")
_WRONG = np.radians(20)
_STILL = 1e-3  # a finger whose rotation never differs by more than this [matrix entries] was not captured


@dataclass(frozen=True)
class Report:
    """What a retarget did.

    mapped: WHOLE_BODY joint -> source joint; guessed: those of them settled by structure, not by name; missing: joints the
    source lacks; scale: target metres per source metre (leg length); rest: "zero pose", "anatomy" or "given";
    error_mm: mean and maximum distance of mapped joints from the scaled source; direction_deg: mean and maximum angle
    between thighs, shins, upper arms and forearms of the result and the source: what
    other proportions do not explain; errors: the mean distance [mm] of each joint; backwards: share of the frames in
    which a knee or elbow is bent the wrong way by more than 20 degrees, for those where it ever is (a faulty source).
    """

    mapped: Mapping[str, str]
    guessed: tuple[str, ...]
    missing: tuple[str, ...]
    scale: float
    rest: str
    error_mm: tuple[float, float]
    direction_deg: tuple[float, float]
    errors: Mapping[str, float]
    backwards: Mapping[str, float]


def retarget(
    motion: Motion,
    target: Skeleton = WHOLE_BODY,
    names: Mapping[str, str] | None = None,
    rest: Motion | None = None,
) -> tuple[Motion, Report]:
    """The motion on `target` (WHOLE_BODY in any proportions), and a report.

    names: source joint name -> WHOLE_BODY joint name, which overrule the name dictionaries;
    rest: a motion on the same skeleton whose first frame is a person standing straight, such as the T-pose frame that
    many files start with; without it the skeleton's zero pose, or else anatomy, tells how the joints are turned.
    Raises MotionError where the source has no legs or the target is not WHOLE_BODY's tree.
    """
    if target.names != WHOLE_BODY.names:
        raise MotionError("retarget: the target must have WHOLE_BODY's joints; its offsets may differ")
    full = source_pose.with_ends(motion)
    source = source_pose.source_of(full)
    roles = _with_ends(full.skeleton, joint_names.match(full.skeleton, source.positions, names))
    if rest is not None and rest.skeleton.names != motion.skeleton.names:
        raise MotionError("retarget: rest: its skeleton differs from the motion's")
    standing = None if rest is None else source_pose.source_of(source_pose.with_ends(rest.frames_slice(0, 1)))
    pose, how = rest_pose.t_pose(source, roles, standing)
    world = _world(source, roles, pose, target)
    scale = _leg_length(target.rest_positions(), _target_legs(target)) / _leg_length(
        source.positions, [[roles.joints[f"{s}_{p}"] for p in ("hip", "knee", "ankle")] for s in _SIDES]
    )
    world, root, shift = _stand(source, roles, world, target, scale)
    observed = _observed(full, roles)
    made = Motion(
        kinematics.to_local(target, world), root, motion.fps, target, motion.face, observed, motion.rotation_source
    )
    return made, _report(made, world, source, full.skeleton, roles, scale, shift, how)


def _with_ends(skeleton: Skeleton, roles: Roles) -> Roles:
    """Roles with end sites as toes and wrists where no joint is there (a forearm whose end is the wrist)."""
    joints = dict(roles.joints)
    for side in _SIDES:
        for role, above in (("wrist", "elbow"), ("foot", "ankle")):
            parent = joints.get(f"{side}_{above}")
            if f"{side}_{role}" in joints or parent is None:
                continue
            end = [j for j in skeleton.children[parent] if skeleton.names[j].endswith("_end")]
            if end:
                joints[f"{side}_{role}"] = end[0]
    return Roles(joints, roles.spine, roles.neck, roles.guessed)


def _along(chain: list[np.ndarray], at: float) -> np.ndarray:
    """World rotations (T, 3, 3) at a place in [0, 1] along a chain of world rotations."""
    place = at * (len(chain) - 1)
    below = min(int(place), len(chain) - 2)
    part = place - below
    if part < 1e-9 or part > 1 - 1e-9:
        return chain[below + round(part)]
    return rotation.slerp(chain[below], chain[below + 1], part)


def _world(source: Source, roles: Roles, pose: Mapping[int, np.ndarray], target: Skeleton) -> np.ndarray:
    """World rotations (T, 52, 3, 3) of the target before its legs are put down."""
    frames = len(source.positions)
    world = np.empty((frames, len(target), 3, 3))
    done: dict[str, np.ndarray] = {}

    def turned(joint: int) -> np.ndarray:
        return source.rotations[:, joint] @ pose[joint].T

    trunk = [turned(roles.joints["pelvis"]), *(turned(j) for j in roles.spine)]
    for k, name in enumerate(_TRUNK, 1):
        done[name] = _along(trunk, k / 3) if len(trunk) > 1 else trunk[0]
    neck = [trunk[-1], *(turned(j) for j in roles.neck)]
    for name, at in (("neck", 0.5), ("head", 1.0)):
        done[name] = _along(neck, at) if len(neck) > 1 else neck[0]
    for name, joint in roles.joints.items():
        if joint in pose:
            done[name] = turned(joint)
    for j, name in enumerate(target.names):
        world[:, j] = done[name] if name in done else world[:, target.parents[j]]
    return world


def _target_legs(target: Skeleton) -> list[list[int]]:
    return [[target.index(f"{s}_{p}") for p in ("hip", "knee", "ankle")] for s in _SIDES]


def _leg_length(places: np.ndarray, legs: list[list[int]]) -> float:
    """Mean length [m] of the legs in places (J, 3) or (T, J, 3)."""
    bones = [places[..., b, :] - places[..., a, :] for leg in legs for a, b in zip(leg, leg[1:], strict=False)]
    length = sum(float(np.linalg.norm(bone, axis=-1).mean()) for bone in bones) / len(legs)
    if length < 1e-6:
        raise MotionError("retarget: the source's legs have no length")
    return length


def _stand(
    source: Source, roles: Roles, world: np.ndarray, target: Skeleton, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """World rotations with the legs reaching the scaled ankles, root (T, 3), and the shift (3,) of the scaled source [m]."""
    hips = (source.positions[:, roles.joints["left_hip"]] + source.positions[:, roles.joints["right_hip"]]) / 2
    legs = _target_legs(target)
    middle = (target.offsets[legs[0][0]] + target.offsets[legs[1][0]]) / 2
    root = scale * hips - world[:, 0] @ middle
    world = world.copy()
    soles = []
    for side, (hip, knee, ankle) in zip(_SIDES, legs, strict=True):
        start = root + world[:, 0] @ target.offsets[hip]
        goal = scale * source.positions[:, roles.joints[f"{side}_ankle"]]
        now = start + world[:, hip] @ target.offsets[knee]
        ahead = world[:, hip] @ np.array([0.0, 0.0, 1e-4])  # a straight knee bends forward
        lengths = float(np.linalg.norm(target.offsets[knee])), float(np.linalg.norm(target.offsets[ankle]))
        bent, end = ik.two_bone(start, goal, now + ahead, lengths)
        world[:, hip] = ik.turn_to(world[:, hip], target.offsets[knee], bent - start)
        world[:, knee] = ik.turn_to(world[:, knee], target.offsets[ankle], end - bent)
        soles += _soles(target, world, ankle, end)
    floor = float(np.percentile(np.min(soles, axis=0), 2))
    shift = np.array([0.0, -floor, 0.0])
    return world, root + shift, shift


def _soles(target: Skeleton, world: np.ndarray, ankle: int, at: np.ndarray) -> list[np.ndarray]:
    """Heights (T,) of the points under ankle and toe that touch the floor when WHOLE_BODY stands at rest."""
    toe = target.children[ankle][0]
    toes = at + world[:, ankle] @ target.offsets[toe]
    rest = target.rest_positions()
    height = rest[ankle, 1] - rest[toe, 1]
    return [at[:, 1] - height * world[:, ankle, 1, 1], toes[:, 1]]


def _observed(motion: Motion, roles: Roles) -> np.ndarray:
    """(52,) True for joints that the source has or that follow from it: the body, arms and fingers where they are."""
    seen = np.zeros(len(WHOLE_BODY), bool)
    seen[:BODY_JOINTS] = True
    for side in _SIDES:
        if f"{side}_elbow" not in roles.joints:
            for part in ("collar", "shoulder", "elbow", "wrist"):
                seen[WHOLE_BODY.index(f"{side}_{part}")] = False
        moves = False
        for name in WHOLE_BODY.names[BODY_JOINTS:]:
            if name.startswith(side) and name in roles.joints:
                seen[WHOLE_BODY.index(name)] = True
                moves = moves or bool(np.ptp(motion.rotations[:, roles.joints[name]], axis=0).max() > _STILL)
        if not moves:
            seen[[j for j, n in enumerate(WHOLE_BODY.names) if j >= BODY_JOINTS and n.startswith(side)]] = False
    if not roles.neck:
        seen[[WHOLE_BODY.index("neck"), WHOLE_BODY.index("head")]] = False
    return seen


def _report(
    made: Motion,
    world: np.ndarray,
    source: Source,
    skeleton: Skeleton,
    roles: Roles,
    scale: float,
    shift: np.ndarray,
    rest: str,
) -> Report:
    pairs = dict(roles.joints)
    if roles.spine:
        pairs["spine3"] = roles.spine[-1]
    if roles.neck:
        pairs["neck"] = roles.neck[max(0, len(roles.neck) - 2)]
        if len(roles.neck) > 1:
            pairs["head"] = roles.neck[-1]
    step = max(1, len(made) // 500)
    target = made.skeleton
    ours = kinematics.forward(target, made.rotations[::step], made.root[::step])[0]
    theirs = scale * source.positions[::step] + shift
    order = [name for name in target.names if name in pairs]
    index = [target.index(name) for name in order]
    apart = np.linalg.norm(ours[:, index] - theirs[:, [pairs[name] for name in order]], axis=-1) * 1000
    angles = _bone_angles(target, order, ours, theirs, pairs)
    missing = tuple(n for n, here in zip(target.names, made.present, strict=True) if not here)
    return Report(
        {name: skeleton.names[pairs[name]] for name in order},
        tuple(name for name in order if name in roles.guessed),
        missing,
        scale,
        rest,
        (float(apart.mean()), float(apart.max())),
        (float(angles.mean()), float(angles.max())),
        {name: float(apart[:, k].mean()) for k, name in enumerate(order)},
        _backwards(made.rotations[::step], target),
    )


def _backwards(rotations: np.ndarray, target: Skeleton) -> dict[str, float]:
    """Share of frames in which knees and elbows bend the wrong way, by joint; rotations: (T, 52, 3, 3)."""
    found = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for part, axis in (("knee", (1.0, 0.0, 0.0)), ("elbow", (0.0, -sign, 0.0))):
            name = f"{side}_{part}"
            bend = rotation.to_rotvec(rotations[:, target.index(name)]) @ np.array(axis)
            share = float((bend < -_WRONG).mean())
            if share:
                found[name] = share
    return found


def _bone_angles(
    target: Skeleton, order: list[str], ours: np.ndarray, theirs: np.ndarray, pairs: Mapping[str, int]
) -> np.ndarray:
    """(T, bones) angle [deg] between bones of limbs in the result and in the source."""
    limbs = ("knee", "ankle", "elbow", "wrist")
    found = []
    for name in order:
        parent = target.names[target.parents[target.index(name)]]
        if name.split("_")[-1] in limbs and parent in pairs:
            a = ours[:, target.index(name)] - ours[:, target.index(parent)]
            b = theirs[:, pairs[name]] - theirs[:, pairs[parent]]
            cosine = (a * b).sum(-1) / np.maximum(np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1), 1e-12)
            found.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.stack(found, -1) if found else np.zeros((len(ours), 1))
