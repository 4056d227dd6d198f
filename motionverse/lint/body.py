"""Measures of the body: gaps, bones, size, rest poses, sides. Each gives Values (T, K), or None where it cannot be asked."""

import numpy as np

from motionverse import rotation
from motionverse.formats import detect
from motionverse.lint.take import Take
from motionverse.lint.values import SIDES, Values, around, constant, durations, names_of, unit, whole
from motionverse.skeleton import WHOLE_BODY, Skeleton

BACKWARDS = np.radians(20)  # straight limbs turn a little to both sides
_HINGES = {  # the axis that a joint of WHOLE_BODY bends about
    "left_knee": (1, 0, 0), "right_knee": (1, 0, 0), "left_elbow": (0, -1, 0), "right_elbow": (0, 1, 0),
}  # fmt: skip
T_POSE = 0.94  # cosine: within 20 degrees of the T-pose


def not_finite(take: Take) -> Values:
    """1 where a joint's position is NaN or infinite."""
    return Values((~take.good).astype(np.float64), take.skeleton.names)


def bone_drift(take: Take) -> Values | None:
    """How far a bone's length is from its median [%]; only points can drift."""
    parents = np.asarray(take.skeleton.parents)
    bones = np.flatnonzero(parents >= 0)
    if not take.measured or not len(bones):
        return None
    lengths = np.linalg.norm(take.points[:, bones] - take.points[:, parents[bones]], axis=-1)
    usual = np.median(lengths, 0)
    drift = 100 * np.abs(lengths - usual) / np.maximum(usual, 0.01)
    good = take.good[:, bones] & take.good[:, parents[bones]]
    return Values(np.where(~good | (usual < 0.03), 0.0, drift), names_of(take, bones))


def stature(take: Take) -> float:
    """Height [m] of the body stretched out, from the bones as measured (their medians), or as the skeleton states."""
    skeleton = take.skeleton
    if take.measured:
        parents = np.asarray(skeleton.parents)
        bones = np.median(np.linalg.norm(take.points - take.points[:, parents.clip(0)], axis=-1), 0)
        skeleton = Skeleton(skeleton.names, skeleton.parents, bones[:, None] * [0.0, 1.0, 0.0])
    return detect.stature(skeleton)


def size(take: Take) -> Values | None:
    """How many times taller than an adult of 1.65 m the body is, or how many times smaller."""
    if not take.has_legs:
        return None
    ratio = max(stature(take), 1e-9) / detect.ADULT
    return constant(take, max(ratio, 1 / ratio))


def _t_posed(take: Take) -> np.ndarray | None:
    """(T,) True where arms are straight out to the sides and legs straight down, whatever the facing."""
    limbs = [f"{side}_{part}" for side, _ in SIDES for part in ("hip", "ankle", "shoulder", "wrist")]
    if not take.has(*limbs):
        return None
    across = unit(take.at("left_hip") - take.at("right_hip"))
    posed = np.ones(len(take.joints), bool)
    for side, sign in SIDES:
        arm = unit(take.at(f"{side}_wrist") - take.at(f"{side}_shoulder"))
        leg = unit(take.at(f"{side}_ankle") - take.at(f"{side}_hip"))
        posed &= (sign * (arm * across).sum(-1) > T_POSE) & (leg[:, 1] < -T_POSE)
    return posed


def t_pose_start(take: Take) -> Values | None:
    """How long the take begins with a T-pose [s]."""
    posed = _t_posed(take)
    if posed is None:
        return None
    return whole(np.where(np.cumsum(~posed) == 0, durations(posed, take.fps), 0.0))


def t_pose(take: Take) -> Values | None:
    """How long a T-pose is held [s]."""
    posed = _t_posed(take)
    return None if posed is None else whole(durations(posed, take.fps))


def bent_backwards(take: Take) -> Values | None:
    """In how many of all frames [%] a knee or an elbow bends the way it cannot; asked on WHOLE_BODY, whose axes are known."""
    names = [name for name in _HINGES if take.has(name)]
    if take.rotations is None or take.skeleton.names != WHOLE_BODY.names or not names:
        return None
    turns = rotation.to_rotvec(take.rotations[:, [WHOLE_BODY.index(name) for name in names]])
    bends = (turns * np.array([_HINGES[name] for name in names])).sum(-1)
    share = 100 * (bends < -BACKWARDS).mean(0)
    return Values(np.broadcast_to(share, bends.shape), tuple(names))


def sides_swapped(take: Take) -> Values | None:
    """How much toes and knees point against the front that left and right hips say, as a mean cosine over the take."""
    fronts = _fronts(take)
    return None if fronts is None else constant(take, -float(fronts[0].sum() / max(fronts[1].sum(), 1e-9)))


def sides_flip(take: Take) -> Values | None:
    """The same over one second."""
    fronts = _fronts(take)
    return (
        None if fronts is None else whole(-around(fronts[0], take.fps) / np.maximum(around(fronts[1], take.fps), 1e-9))
    )


def _fronts(take: Take) -> tuple[np.ndarray, np.ndarray] | None:
    """(T,) how far [m] toes and knees point to the front, and at most could."""
    if not take.has_legs:
        return None
    middle = (take.at("left_hip") + take.at("right_hip")) / 2
    up = unit(take.at("head") - middle) if take.has("head") else np.broadcast_to([0.0, 1.0, 0.0], middle.shape)
    front = unit(np.cross(take.at("left_hip") - take.at("right_hip"), up))
    says, most = np.zeros(len(front)), np.zeros(len(front))
    for side, _ in SIDES:
        hip, knee, ankle = (take.at(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        leg = unit(ankle - hip)
        bend = knee - hip - ((knee - hip) * leg).sum(-1, keepdims=True) * leg
        ways = [bend, take.at(f"{side}_foot") - ankle] if take.has(f"{side}_foot") else [bend]
        for way in ways:
            way = way - (way * up).sum(-1, keepdims=True) * up
            says += (way * front).sum(-1)
            most += np.linalg.norm(way, axis=-1)
    return says, most
