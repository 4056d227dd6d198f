"""Foreign skeletons forged from WHOLE_BODY: other names, other rest poses, other local axes, other scales."""

import numpy as np

from motionverse import kinematics, rotation
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton

MIXAMO = {
    "pelvis": "Hips",
    "spine1": "Spine",
    "spine2": "Spine1",
    "spine3": "Spine2",
    "neck": "Neck",
    "head": "Head",
    "hip": "UpLeg",
    "knee": "Leg",
    "ankle": "Foot",
    "foot": "ToeBase",
    "collar": "Shoulder",
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "wrist": "Hand",
}


def mixamo_name(name: str) -> str:
    side, _, part = name.rpartition("_")
    if part[-1].isdigit() and not part.startswith("spine"):
        return f"mixamorig:{side.title()}Hand{part.title()}"
    return f"mixamorig:{side.title()}{MIXAMO[part]}"


def renamed(motion: Motion, name: dict[str, str]) -> Motion:
    skeleton = motion.skeleton
    names = tuple(name.get(n, n) for n in skeleton.names)
    return motion.with_(skeleton=Skeleton(names, skeleton.parents, skeleton.offsets))


def body_only(motion: Motion) -> Motion:
    """The first 22 joints."""
    s = motion.skeleton
    cut = Skeleton(s.names[:BODY_JOINTS], s.parents[:BODY_JOINTS], s.offsets[:BODY_JOINTS])
    return motion.with_(rotations=motion.rotations[:, :BODY_JOINTS], skeleton=cut)


def rebased(motion: Motion, rest: np.ndarray) -> Motion:
    """The same poses with other zero poses: joint j is turned by rest[j] (J, 3, 3) in the world where it was not at all."""
    skeleton = motion.skeleton
    world = kinematics.to_global(skeleton, motion.rotations) @ np.swapaxes(rest, -1, -2)
    offsets = skeleton.offsets.copy()
    for j, p in enumerate(skeleton.parents):
        if p >= 0:
            offsets[j] = rest[p] @ offsets[j]
    foreign = skeleton.with_offsets(offsets)
    return motion.with_(rotations=kinematics.to_local(foreign, world), skeleton=foreign)


def scaled(motion: Motion, scale: float) -> Motion:
    return motion.with_(
        skeleton=motion.skeleton.with_offsets(motion.skeleton.offsets * scale), root=motion.root * scale
    )


def a_pose(degrees: float = 50.0) -> np.ndarray:
    """(52, 3, 3) world rotations of WHOLE_BODY's joints with both arms lowered."""
    rest = rotation.identity(len(WHOLE_BODY))
    for j, name in enumerate(WHOLE_BODY.names):
        arm = any(part in name for part in ("shoulder", "elbow", "wrist")) or j >= BODY_JOINTS
        if arm:
            sign = -1.0 if name.startswith("left") else 1.0
            rest[j] = rotation.about("Z", sign * np.radians(degrees))
    return rest


def along_x() -> np.ndarray:
    """(52, 3, 3) world rotations that lay every limb bone along X with its hinge along another axis, trunk up along X."""
    rest = rotation.identity(len(WHOLE_BODY))
    places = WHOLE_BODY.rest_positions()
    up = np.stack([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # rows: where Y, X and Z of the person go
    for j, name in enumerate(WHOLE_BODY.names):
        children = WHOLE_BODY.children[j]
        bone, hinge = np.array([0, 1.0, 0]), np.array([1.0, 0, 0])
        part = name.split("_")[-1]
        if part in ("hip", "knee", "ankle", "shoulder", "elbow"):
            bone = places[children[0]] - places[j]
        if part in ("shoulder", "elbow", "wrist", "collar") or j >= BODY_JOINTS:
            sign = 1.0 if name.startswith("left") else -1.0
            bone = bone if part in ("shoulder", "elbow") else np.array([sign, 0, 0])
            hinge = np.array([0, -sign, 0])
        if part == "ankle":
            hinge = np.cross([0, 1.0, 0], bone)
        bone = bone / np.linalg.norm(bone)
        hinge = hinge - (hinge @ bone) * bone
        hinge = hinge / np.linalg.norm(hinge)
        person = np.stack([bone, hinge, np.cross(bone, hinge)])
        rest[j] = np.stack([up[0], up[1], np.cross(up[0], up[1])]).T @ person
    return rest
