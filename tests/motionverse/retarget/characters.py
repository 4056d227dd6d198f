"""Characters forged for the outward way: other names, proportions and rest poses than WHOLE_BODY's, with extra bones."""

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests.motionverse.retarget import rigs

TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")


def proportioned(legs: float = 1.0, arms: float = 1.0, feet: float = 1.0, trunk: float = 1.0, hips: float = 1.0):
    """WHOLE_BODY's offsets with some of its bones longer or shorter."""
    factor = np.ones(len(WHOLE_BODY))
    for j, name in enumerate(WHOLE_BODY.names):
        part = name.rpartition("_")[2]
        by_part = {"knee": legs, "ankle": legs, "foot": feet, "elbow": arms, "wrist": arms, "hip": hips}
        factor[j] = by_part.get(part, trunk if name in TRUNK else 1.0)
    return WHOLE_BODY.with_offsets(WHOLE_BODY.offsets * factor[:, None])


def resting(skeleton: Skeleton, rest: np.ndarray | None = None, tall: float = 1.0) -> Skeleton:
    """The skeleton with another zero pose (world rotations of its joints, see rigs.rebased) and another size."""
    still = Motion(rotation.identity(1, len(skeleton)), np.zeros((1, 3)), 30, skeleton)
    return rigs.scaled(still if rest is None else rigs.rebased(still, rest), tall).skeleton


def named(skeleton: Skeleton, names: dict[str, str]) -> Skeleton:
    return Skeleton(tuple(names.get(n, n) for n in skeleton.names), skeleton.parents, skeleton.offsets)


def inserted(skeleton: Skeleton, below: str, name: str, at: float) -> Skeleton:
    """With one more joint on the bone that ends in `below`, at a share of its length."""
    j = skeleton.index(below)
    parents = [p + (p >= j) for p in skeleton.parents]
    parents = [*parents[:j], parents[j], *parents[j:]]
    parents[j + 1] = j
    offsets = np.insert(skeleton.offsets, j, at * skeleton.offsets[j], 0)
    offsets[j + 1] *= 1 - at
    return Skeleton((*skeleton.names[:j], name, *skeleton.names[j:]), tuple(parents), offsets)


def hung(skeleton: Skeleton, parent: str, name: str, offset: np.ndarray) -> Skeleton:
    """With one more joint at an offset [m] from another."""
    return Skeleton(
        (*skeleton.names, name), (*skeleton.parents, skeleton.index(parent)), np.vstack([skeleton.offsets, offset])
    )


def rooted(skeleton: Skeleton, name: str) -> Skeleton:
    """With a root joint on the floor under the old one."""
    height = float(skeleton.standing_height())
    offsets = np.vstack([np.zeros(3), skeleton.offsets])
    offsets[1] = [0, height + 0.02, 0]
    return Skeleton((name, *skeleton.names), (-1, *(p + 1 for p in skeleton.parents)), offsets)


def mixamo() -> Skeleton:
    """Mixamo's names in an A-pose, long legs, big feet."""
    body = resting(proportioned(legs=1.15, feet=1.4, arms=0.9, hips=1.3), rigs.a_pose(45), tall=1.1)
    return named(body, {n: rigs.mixamo_name(n) for n in WHOLE_BODY.names})


def vrm() -> Skeleton:
    """VRM 1.0's names in a T-pose, a small figure with short legs and no second spine joint."""
    words = {"hip": "UpperLeg", "knee": "LowerLeg", "ankle": "Foot", "foot": "Toes", "collar": "Shoulder"}
    words |= {"shoulder": "UpperArm", "elbow": "LowerArm", "wrist": "Hand"}
    phalanx = {"thumb": ("Metacarpal", "Proximal", "Distal")}
    names = dict(zip(TRUNK, ("hips", "spine", "chest", "upperChest", "neck", "head"), strict=True))
    for name in WHOLE_BODY.names:
        side, _, part = name.rpartition("_")
        if side:
            finger = "Little" if part[:-1] == "pinky" else part[:-1].title()
            joints = phalanx.get(part[:-1], ("Proximal", "Intermediate", "Distal"))
            names[name] = side + (words[part] if part in words else finger + joints[int(part[-1]) - 1])
    return named(resting(proportioned(legs=0.8, trunk=1.1, feet=0.7), tall=0.75), names)


def mannequin() -> Skeleton:
    """An Unreal-like mannequin: a root on the floor, five spines, metacarpals, twist bones, an A-pose, a skirt."""
    words = {"hip": "thigh", "knee": "calf", "ankle": "foot", "foot": "ball", "collar": "clavicle"}
    words |= {"shoulder": "upperarm", "elbow": "lowerarm", "wrist": "hand"}
    names = dict(zip(TRUNK, ("pelvis", "spine_01", "spine_03", "spine_05", "neck_01", "head"), strict=True))
    for name in WHOLE_BODY.names:
        side, _, part = name.rpartition("_")
        if side:
            names[name] = f"{words[part]}_{side[0]}" if part in words else f"{part[:-1]}_0{part[-1]}_{side[0]}"
    made = named(resting(proportioned(legs=1.05, feet=1.2), rigs.a_pose(50), tall=1.05), names)
    for name, below in (("spine_02", "spine_03"), ("spine_04", "spine_05"), ("neck_02", "head")):
        made = inserted(made, below, name, 0.5)
    for s in "lr":
        for finger in ("index", "middle", "ring", "pinky"):
            made = inserted(made, f"{finger}_01_{s}", f"{finger}_metacarpal_{s}", 0.3)
        for limb, below in (("upperarm", "lowerarm"), ("lowerarm", "hand"), ("thigh", "calf")):
            made = hung(made, f"{limb}_{s}", f"{limb}_twist_01_{s}", 0.5 * made.offsets[made.index(f"{below}_{s}")])
    return rooted(hung(made, "pelvis", "skirt_01", np.array([0, -0.1, 0.1])), "root")


def nameless() -> Skeleton:
    """Names that say nothing, other proportions, an A-pose, hands and all."""
    body = resting(proportioned(legs=1.1, arms=1.1, feet=1.2), rigs.a_pose(40), tall=0.95)
    return named(body, {n: f"bone_{k:03}" for k, n in enumerate(WHOLE_BODY.names)})


def dog() -> Skeleton:
    """Four legs under a level trunk, a neck that rises, a tail."""
    bones = {"root": ("", (0, 0.5, -0.3)), "spine": ("root", (0, 0.02, 0.2)), "chest": ("spine", (0, 0, 0.3)),
             "neck": ("chest", (0, 0.12, 0.12)), "head": ("neck", (0, 0.1, 0.1)), "tail": ("root", (0, 0.05, -0.2))}  # fmt: skip
    for side, x in (("L", 0.1), ("R", -0.1)):
        for leg, above, way in (("front", "chest", -0.02), ("hind", "root", 0.05)):
            bones |= {f"{leg}_1_{side}": (above, (x, -0.05, 0)), f"{leg}_2_{side}": (f"{leg}_1_{side}", (0, -0.2, way)),
                      f"{leg}_3_{side}": (f"{leg}_2_{side}", (0, -0.2, -2 * way)),
                      f"{leg}_4_{side}": (f"{leg}_3_{side}", (0, -0.04, 0.07))}  # fmt: skip
    names = tuple(bones)
    parents = tuple(names.index(above) if above else -1 for above, _ in bones.values())
    return Skeleton(names, parents, np.array([offset for _, offset in bones.values()], float))


CHARACTERS = {"mixamo": mixamo, "vrm": vrm, "mannequin": mannequin, "nameless": nameless}
