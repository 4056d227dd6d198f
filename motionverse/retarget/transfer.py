"""Any skeleton to any other: who is who on both, how both would stand in a T-pose, then every frame at once.

The world rotation of each target joint is that of the source joint of the same role, corrected by two constants (see
rest_pose); spines and necks of other lengths share the turn of their neighbours. The root path and the ankles are scaled by
leg length and the legs are bent to bring the feet where the scaled source has them, so that a foot that stood still stands
still; the floor of the source (where its soles are lowest) becomes y = 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from motionverse import ik, kinematics, rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import joint_names, report, rest_pose, source_pose
from motionverse.retarget.figure import Figure, figure_of, with_end_roles
from motionverse.retarget.joint_names import Roles
from motionverse.retarget.report import Report
from motionverse.retarget.source_pose import Source
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton

_SIDES = ("left", "right")
_STILL = 1e-3  # a finger whose rotation never differs by more than this [matrix entries] was not captured
_SLACK = 1e-3  # share of the leg that is kept from being stretched
_SINK = 0.1  # share of the leg by which hips may sink at most, so that feet reach their places
_CALM = 0.1  # s before and after a frame in which the hips sink as that frame asks
_OVER_FLOOR = 0.12  # share of the leg: toe joints that rest less than this over y = 0 stand on it


@dataclass(frozen=True)
class _Turns:
    """World rotations (T, 3, 3) of the source against its T-pose: trunk from the pelvis up, neck from the chest up, limbs."""

    trunk: list[np.ndarray]
    neck: list[np.ndarray]
    limbs: Mapping[str, np.ndarray]


def retarget(
    motion: Motion,
    target: Skeleton | Motion = WHOLE_BODY,
    names: Mapping[str, str] | None = None,
    rest: Motion | None = None,
    target_names: Mapping[str, str] | None = None,
) -> tuple[Motion, Report]:
    """The motion on another skeleton, and a report. Works both ways: any source, any target.

    target: WHOLE_BODY in any proportions; a skeleton whose zero pose is its rest pose; or a motion of the character, such as
    its file as `formats.load` gives it (see figure.figure_of). Its rest pose may be a T, an A or anything that stands.
    names, target_names: joint name of the source, of the target -> WHOLE_BODY joint name; they overrule the dictionaries.
    The result counts as observed what the source observed: half a body stays half a body.
    rest: a motion on the source's skeleton whose first frame is a person standing straight, such as the T-pose frame that
    many files start with; without it the skeleton's zero pose, or else anatomy, tells how the joints are turned.
    Raises MotionError where source or target has no legs.
    """
    full = source_pose.with_ends(motion)
    source = source_pose.source_of(full)
    roles = with_end_roles(full.skeleton, joint_names.match(full.skeleton, source.positions, names))
    if rest is not None and rest.skeleton.names != motion.skeleton.names:
        raise MotionError("retarget: rest: its skeleton differs from the motion's")
    standing = None if rest is None else source_pose.source_of(source_pose.with_ends(rest.frames_slice(0, 1)))
    pose, how = rest_pose.t_pose(source, roles, standing)
    figure = figure_of(target, target_names)
    turned = _turned(_turns(source, roles, pose), figure)
    scale = _leg_length(figure) / _source_leg(source, roles)
    world, root, shift = _stand(source, roles, turned, figure, scale, motion.fps)
    size, plain = figure.joints, figure.skeleton.names == WHOLE_BODY.names
    local = kinematics.to_local(figure.skeleton, world)
    seen = _observed(full, roles) & _captured(motion, full, roles)
    skeleton = target if isinstance(target, Skeleton) else target.skeleton
    observed, how_known = seen if plain else None, (motion.rotation_source, motion.face_source)
    made = Motion(local[:, :size], root, motion.fps, skeleton, motion.face, observed, *how_known)
    moved = report.Moved(source, roles, how, figure, world, local, root, scale, shift, motion.fps)
    return made, report.of(moved, motion.skeleton, seen)


def _turns(source: Source, roles: Roles, pose: Mapping[int, np.ndarray]) -> _Turns:
    """What the source does, whatever its local axes are."""

    def turned(joint: int) -> np.ndarray:
        return source.rotations[:, joint] @ pose[joint].T

    trunk = [turned(roles.joints["pelvis"]), *(turned(j) for j in roles.spine)]
    neck = [trunk[-1], *(turned(j) for j in roles.neck)]
    return _Turns(trunk, neck, {name: turned(j) for name, j in roles.joints.items() if j in pose})


def _along(chain: list[np.ndarray], at: float) -> np.ndarray:
    """World rotations (T, 3, 3) at a place in [0, 1] along a chain of world rotations."""
    if len(chain) == 1:
        return chain[0]
    place = at * (len(chain) - 1)
    below = min(int(place), len(chain) - 2)
    part = place - below
    if part < 1e-9 or part > 1 - 1e-9:
        return chain[below + round(part)]
    return rotation.slerp(chain[below], chain[below + 1], part)


def _turned(turns: _Turns, figure: Figure) -> dict[int, np.ndarray]:
    """World rotations (T, 3, 3) of the target's joints that play a part, before its legs are put down."""
    roles = figure.roles
    done = {roles.joints["pelvis"]: turns.trunk[0]}
    for chain, joints in ((turns.trunk, roles.spine), (turns.neck, roles.neck)):
        for k, joint in enumerate(joints, 1):
            done[joint] = _along(chain, k / len(joints))
    for name, joint in roles.joints.items():
        if name in turns.limbs:
            done[joint] = turns.limbs[name]
    return {joint: turn @ figure.pose[joint] for joint, turn in done.items() if joint in figure.pose}


def _leg_length(figure: Figure) -> float:
    """Mean length [m] of the target's legs, hip to knee to ankle."""
    bones = [figure.bone(f"{s}_{a}", f"{s}_{b}") for s in _SIDES for a, b in (("hip", "knee"), ("knee", "ankle"))]
    length = sum(float(np.linalg.norm(bone)) for bone in bones) / 2
    if length < 1e-6:
        raise MotionError("retarget: the target's legs have no length")
    return length


def _source_leg(source: Source, roles: Roles) -> float:
    """Mean length [m] of the source's legs over all frames."""
    legs = [[roles.joints[f"{s}_{p}"] for p in ("hip", "knee", "ankle")] for s in _SIDES]
    bones = [source.away(a, b) for leg in legs for a, b in zip(leg, leg[1:], strict=False)]
    length = sum(float(np.linalg.norm(bone, axis=-1).mean()) for bone in bones) / 2
    if length < 1e-6:
        raise MotionError("retarget: the source's legs have no length")
    return length


def _stand(
    source: Source, roles: Roles, turned: dict[int, np.ndarray], figure: Figure, scale: float, fps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """World rotations (T, J, 3, 3) with the feet in their places, root (T, 3) and the shift (3,) of the scaled source [m]."""
    joints, pelvis = figure.roles.joints, turned[figure.roles.joints["pelvis"]]
    hips = (source.positions[:, roles.joints["left_hip"]] + source.positions[:, roles.joints["right_hip"]]) / 2
    starts = [figure.reach(joints["pelvis"], joints[f"{side}_hip"]) for side in _SIDES]
    at = scale * hips - pelvis @ ((starts[0] + starts[1]) / 2)
    goals = [scale * source.positions[:, roles.joints[f"{side}_ankle"]] for side in _SIDES]
    if figure.skeleton.names != WHOLE_BODY.names:
        at = _toes_first(source, roles, turned, figure, scale, at, goals)
        at = at - _sink([at + pelvis @ s for s in starts], goals, _leg_length(figure), fps)
    soles = []
    for side, begin, goal in zip(_SIDES, starts, goals, strict=True):
        hip, knee, ankle = (joints[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        thigh, shin = figure.reach(hip, knee), figure.reach(knee, ankle)
        start = at + pelvis @ begin
        ahead = turned[hip] @ figure.pose[hip].T @ np.array([0.0, 0.0, 1e-4])  # a straight knee bends forward
        lengths = float(np.linalg.norm(thigh)), float(np.linalg.norm(shin))
        bent, end = ik.two_bone(start, goal, start + turned[hip] @ thigh + ahead, lengths)
        turned[hip] = ik.turn_to(turned[hip], thigh, bent - start)
        turned[knee] = ik.turn_to(turned[knee], shin, end - bent)
        soles += _soles(figure, turned, side, end)
    shift = np.array([0.0, -float(np.percentile(np.min(soles, axis=0), 2)), 0.0])
    return figure.spread(turned), at + shift - figure.above_pelvis(), shift


def _toes_first(
    source: Source,
    roles: Roles,
    turned: dict[int, np.ndarray],
    figure: Figure,
    scale: float,
    at: np.ndarray,
    goals: list[np.ndarray],
) -> np.ndarray:
    """Pelvis path (T, 3) [m] and, in place, the goals of the ankles for feet of other proportions than the source's.

    The toes go where the scaled source has them, for on them a foot stands longest; the ankle, a foot bone away, has the
    place that the foot's own length and turn give it. The pelvis moves along by as much as when standing.
    """
    joints, sides = figure.roles.joints, []
    for side, goal in zip(_SIDES, goals, strict=True):
        ankle, toe = f"{side}_ankle", f"{side}_foot"
        if toe not in joints or toe not in roles.joints or joints[ankle] not in turned:
            return at
        turn = turned[joints[ankle]] @ figure.pose[joints[ankle]].T
        bone = source.away(roles.joints[ankle], roles.joints[toe])
        theirs = np.einsum("tji,tj->i", turn, bone) / len(bone)  # as it is in the T-pose
        sides.append((goal, turn, scale * theirs - figure.bone(ankle, toe)))
    for goal, turn, longer in sides:
        goal += turn @ longer
    pelvis = joints["pelvis"]
    return at + turned[pelvis] @ figure.pose[pelvis].T @ ((sides[0][2] + sides[1][2]) / 2)


def _sink(starts: list[np.ndarray], goals: list[np.ndarray], leg: float, fps: float) -> np.ndarray:
    """(T, 3) [m] by which the hips have to come down so that straight legs reach their places, smooth in time."""
    reach, need = (1 - _SLACK) * leg, np.zeros(len(starts[0]))
    for start, goal in zip(starts, goals, strict=True):
        way = start - goal
        level = np.sqrt(np.maximum(reach**2 - (way[:, [0, 2]] ** 2).sum(-1), 0.0))
        need = np.maximum(need, way[:, 1] - level)
    need = np.clip(need, 0.0, _SINK * leg)
    wide = max(1, round(_CALM * fps))
    windows = np.lib.stride_tricks.sliding_window_view
    most = windows(np.pad(need, 2 * wide, mode="edge"), 2 * wide + 1).max(-1)
    calm = windows(most, 2 * wide + 1).mean(-1)
    return np.stack([0 * calm, calm, 0 * calm], -1)


def _soles(figure: Figure, turned: Mapping[int, np.ndarray], side: str, at: np.ndarray) -> list[np.ndarray]:
    """Heights (T,) of the points under ankle and toe that touch the floor when the target stands in the T-pose.

    at: (T, 3) the ankle. Without a toe joint the ankle stands as high over the floor as it rests over the target's y = 0.
    """
    joints = figure.roles.joints
    ankle = joints[f"{side}_ankle"]
    turn = turned[ankle] @ figure.pose[ankle].T
    thick = max(_clearance(figure, f"{side}_foot"), 0.0)
    if f"{side}_foot" not in joints:
        return [at[:, 1] - _clearance(figure, f"{side}_ankle") * turn[:, 1, 1]]
    bone = figure.bone(f"{side}_ankle", f"{side}_foot")
    toes = at + turn @ bone
    return [at[:, 1] + (bone[1] - thick) * turn[:, 1, 1], toes[:, 1] - thick]


def _clearance(figure: Figure, role: str) -> float:
    """Height [m] at which a joint rests over y = 0, where the target rests on it (0 where it rests anywhere else)."""
    if role not in figure.roles.joints:
        return 0.0
    height = float((figure.root + figure.local[0] @ figure.reach(0, figure.roles.joints[role]))[1])
    return height if 0 < height < _OVER_FLOOR * _leg_length(figure) else 0.0


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


def _captured(motion: Motion, full: Motion, roles: Roles) -> np.ndarray:
    """(52,) False for joints that take their turn from a source joint which `motion` says was not captured.

    full: the motion with its end sites as joints, which the roles are of; an end is known where its joint is.
    """
    seen = np.ones(len(WHOLE_BODY), bool)
    if motion.observed is None:
        return seen
    own = motion.skeleton
    here = [motion.present[own.index(n if own.has(n) else n.removesuffix("_end"))] for n in full.skeleton.names]
    for name, joint in roles.joints.items():
        seen[WHOLE_BODY.index(name)] = here[joint]
    trunk = [roles.joints["pelvis"], *roles.spine]
    for chain, names in ((trunk, ("spine1", "spine2", "spine3")), ([trunk[-1], *roles.neck], ("neck", "head"))):
        for k, name in enumerate(names, 1):
            place = (len(chain) - 1) * k / len(names)
            near = {int(place + 1e-9), int(np.ceil(place - 1e-9))}
            seen[WHOLE_BODY.index(name)] = all(here[chain[joint]] for joint in near)
    return seen
