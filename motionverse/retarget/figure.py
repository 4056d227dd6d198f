"""A skeleton that motion is put on: who is who in it, how its joints are turned in the T-pose, and how it rests.

Joints that play no part (twist bones, metacarpals, skirts, a root at the floor) stay as they rest; further spine and neck
joints share the turn of the trunk; a twist bone takes its share of the turn about the limb that it lies on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import anatomy, joint_names, rest_pose, source_pose
from motionverse.retarget.joint_names import Roles
from motionverse.retarget.source_pose import SIDES
from motionverse.skeleton import WHOLE_BODY, Skeleton

_ACROSS = (-0.5, 0.7)  # cosines of trunk and legs between which the trunk lies across them (upright: -1)
_ALIKE = 0.5  # cosine of arms and legs above which both go the same way
_FEW = 10  # frames that anatomy needs at least
_TWIST = re.compile(r"twist|roll", re.IGNORECASE)
_LIMBS = (("shoulder", "elbow", True), ("elbow", "wrist", False), ("hip", "knee", True), ("knee", "ankle", False))


@dataclass(frozen=True)
class Figure:
    """A skeleton ready to be moved.

    skeleton: with end sites as joints, which come after the caller's own `joints`; roles: who is who; pose: world rotation
    (3, 3) in the T-pose, by joint; local: (J, 3, 3) rotations at rest; root: (3,) where it rests [m]; rest: how the T-pose
    was found; level: whether its trunk lies across its legs, which is no person's structure.
    """

    skeleton: Skeleton
    joints: int
    roles: Roles
    pose: Mapping[int, np.ndarray]
    local: np.ndarray
    root: np.ndarray
    rest: str
    level: bool = False

    def reach(self, joint: int, below: int) -> np.ndarray:
        """(3,) [m] from a joint to one below it, in the joint's own axes, what lies between at rest."""
        path = [below]
        while self.skeleton.parents[path[0]] not in (joint, -1):
            path.insert(0, self.skeleton.parents[path[0]])
        at, turn = np.zeros(3), np.eye(3)
        for j in path:
            at, turn = at + turn @ self.skeleton.offsets[j], turn @ self.local[j]
        return at

    def bone(self, role: str, below: str) -> np.ndarray:
        """(3,) [m] from a role to another in the T-pose, as the world sees it."""
        joint = self.roles.joints[role]
        return self.pose[joint] @ self.reach(joint, self.roles.joints[below])

    def spread(self, turned: dict[int, np.ndarray]) -> np.ndarray:
        """World rotations (T, J, 3, 3) of all joints: `turned` by joint (T, 3, 3), the others as they rest."""
        frames = len(next(iter(turned.values())))
        world = np.empty((frames, len(self.skeleton), 3, 3))
        for j, parent in enumerate(self.skeleton.parents):
            if j in turned:
                world[:, j] = turned[j]
            else:
                world[:, j] = self.local[j] if parent < 0 else world[:, parent] @ self.local[j]
        for joint, above, below, place, upper in self.twists():
            world[:, joint] = self._untwisted(world, joint, above, below, place, upper)
        return world

    def above_pelvis(self) -> np.ndarray:
        """(3,) [m] from the root joint to the pelvis in the world: what is above the pelvis is at rest."""
        pelvis = self.roles.joints["pelvis"]
        return self.local[0] @ self.reach(0, pelvis) if pelvis else np.zeros(3)

    def twists(self) -> list[tuple[int, int, int, float, bool]]:
        """(twist bone, limb joint it hangs on, next joint of the limb, place between them in [0, 1], upper limb or not)."""
        found = []
        for side, _ in SIDES:
            for a, b, upper in _LIMBS:
                above, below = (self.roles.joints.get(f"{side}_{part}") for part in (a, b))
                if above is None or below is None or above not in self.pose:
                    continue
                bone = self.reach(above, below)
                for j in self.skeleton.children[above]:
                    if j != below and j < self.joints and _TWIST.search(self.skeleton.names[j]):
                        place = float(self.skeleton.offsets[j] @ bone / max(bone @ bone, 1e-12))
                        found.append((j, above, below, min(max(place, 0.0), 1.0), upper))
        return found

    def _untwisted(
        self, world: np.ndarray, joint: int, above: int, below: int, place: float, upper: bool
    ) -> np.ndarray:
        """World rotation (T, 3, 3) of a twist bone.

        On a forearm or shin it takes the hand's or foot's twist, the more the nearer to it; on an upper arm or thigh it
        gives back the limb's own twist, the more the nearer to the trunk.
        """
        axis = source_pose.unit(self.reach(above, below))
        if upper:
            rest = world[:, self.skeleton.parents[above]] @ self.local[above]
            share = (place - 1) * _twist(np.swapaxes(rest, -1, -2) @ world[:, above], axis)
        else:
            turn = np.swapaxes(world[:, above], -1, -2) @ world[:, below] @ self.local[below].T
            share = place * _twist(turn, axis)
        return world[:, above] @ rotation.from_rotvec(np.multiply.outer(share, axis)) @ self.local[joint]


def _twist(turn: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Angle (T,) in [-pi, pi] of rotations (T, 3, 3) about an axis (3,): the twist of the swing-twist split."""
    q = rotation.to_quat(turn)
    q = np.where(q[:, :1] < 0, -q, q)
    return 2 * np.arctan2(q[:, 1:] @ axis, q[:, 0])


def figure_of(target: Skeleton | Motion, names: Mapping[str, str] | None = None) -> Figure:
    """The target as a Figure.

    target: a skeleton whose zero pose is its rest pose, or a motion of the character: its zero pose where that is a
    standing person, else its first frame, else what its frames say of how a body is built. names: target joint name ->
    WHOLE_BODY joint name, which overrule the dictionaries. Raises MotionError where no legs are to be found.
    """
    skeleton = target if isinstance(target, Skeleton) else target.skeleton
    if skeleton.names == WHOLE_BODY.names and not names:
        return _whole_body(skeleton)
    if isinstance(target, Skeleton):
        target = Motion(rotation.identity(1, len(skeleton)), skeleton.offsets[:1], 30.0, skeleton)
    full = source_pose.with_ends(target)
    source = source_pose.source_of(full)
    try:
        roles = with_end_roles(full.skeleton, joint_names.match(full.skeleton, source.positions, names))
    except MotionError as error:
        raise MotionError(f"target: {error}") from None
    local, seen = rotation.identity(len(full.skeleton)), source.positions
    if rest_pose.is_person(source.zero, roles):
        (pose, how), seen = rest_pose.t_pose(source, roles), source.zero[None]
    elif rest_pose.is_person(source.positions[0], roles):
        seen = source.positions[:1]
        pose, how, local = rest_pose.t_pose(source, roles, source)[0], "first frame", full.rotations[0]
    elif len(full) >= _FEW:
        pose, how = anatomy.from_anatomy(source.every(max(1, len(full) // 400)), roles), "anatomy"
        local = full.rotations[0]
    else:  # a pose that no person stands in, but all that there is
        pose = rest_pose.from_pose(source.positions[0], source.rotations[0], roles)
        how, local = "first frame, no standing figure", full.rotations[0]
    return Figure(full.skeleton, len(skeleton), roles, pose, local, full.root[0], how, _level(seen, roles))


def _level(places: np.ndarray, roles: Roles) -> bool:
    """Whether the trunk of a figure at places (T, J, 3) lies across its legs, in most frames, and its arms go where the legs go.

    So four-legged animals are built; which way is up does not matter. False where the arms are not known.
    """
    if any(f"{side}_{part}" not in roles.joints for side, _ in SIDES for part in ("shoulder", "wrist")):
        return False

    def middle(part: str) -> np.ndarray:
        return places[:, [roles.joints[f"{side}_{part}"] for side, _ in SIDES]].mean(1)

    def along(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.median((source_pose.unit(a) * source_pose.unit(b)).sum(-1)))

    hips, shoulders = middle("hip"), middle("shoulder")
    trunk, legs, arms = shoulders - hips, middle("ankle") - hips, middle("wrist") - shoulders
    return _ACROSS[0] < along(trunk, legs) < _ACROSS[1] and along(arms, legs) > _ALIKE


def with_end_roles(skeleton: Skeleton, roles: Roles) -> Roles:
    """Roles with end sites as toes and wrists where no joint is there (a forearm whose end is the wrist)."""
    joints = dict(roles.joints)
    for side, _ in SIDES:
        for role, above in (("wrist", "elbow"), ("foot", "ankle")):
            parent = joints.get(f"{side}_{above}")
            if f"{side}_{role}" in joints or parent is None:
                continue
            end = [j for j in skeleton.children[parent] if skeleton.names[j].endswith("_end")]
            if end:
                joints[f"{side}_{role}"] = end[0]
    return Roles(joints, roles.spine, roles.neck, roles.guessed, roles.family)


def _whole_body(skeleton: Skeleton) -> Figure:
    """WHOLE_BODY in any proportions: it rests in the T-pose, and every joint is called what it is."""
    index = skeleton.index
    joints = {n: j for j, n in enumerate(skeleton.names) if n not in ("spine1", "spine2", "spine3", "neck", "head")}
    roles = Roles(
        joints, tuple(index(f"spine{k}") for k in (1, 2, 3)), (index("neck"), index("head")), family="WHOLE_BODY"
    )
    size = len(skeleton)
    pose = dict(enumerate(rotation.identity(size)))
    return Figure(skeleton, size, roles, pose, rotation.identity(size), skeleton.offsets[0], "T-pose")
