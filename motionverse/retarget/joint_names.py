"""Which joint of a foreign skeleton plays which part of WHOLE_BODY, by name, and by structure where names say nothing.

Well-known skeletons are looked up whole (families). What they leave open, and skeletons of nobody in particular (DeepMimic,
ASE, a hobbyist's rig), are read name by name as (side, word, number): prefixes such as "mixamorig:" go, camel case is split,
and a word that people use differently ("shoulder", "leg", "foot", "hand") is settled by its company.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from motionverse.errors import MotionError
from motionverse.retarget import families, joint_structure
from motionverse.retarget.families import ARM, FINGERS, LEG
from motionverse.skeleton import WHOLE_BODY, Skeleton

# words that mean one joint in every family
_WORDS = {
    "hip": "hip upleg upperleg thigh femur",
    "knee": "knee lowerleg lowleg shin calf tibia",
    "ankle": "ankle",
    "foot": "toe toes toebase ball",
    "collar": "collar clavicle inshoulder innershoulder collarbone",
    "shoulder": "shldr upperarm uparm arm humerus",
    "elbow": "elbow forearm lowerarm lowarm radius",
    "wrist": "wrist",
}
_ROLE = {word: role for role, words in _WORDS.items() for word in words.split()}
_FINGER = {"mid": "middle", "little": "pinky", "fore": "index"} | {name: name for name in FINGERS}
_NUMBERED = dict(zip("12345", FINGERS, strict=True))
# Rokoko's newer export: RightFinger2Proximal is the first joint of the index, the thumb starts at its metacarpal
_PHALANX = {"thumb": {"metacarpal": 1, "proximal": 2, "distal": 3}}
_PHALANX |= {name: {"proximal": 1, "medial": 2, "intermediate": 2, "distal": 3} for name in FINGERS[1:]}
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_AMBIGUOUS = ("shoulder", "leg", "foot", "hand")
_LEGS = tuple(f"{side}_{part}" for side in ("left", "right") for part in LEG[:3])


@dataclass(frozen=True)
class Roles:
    """Who plays what: joints by WHOLE_BODY name, and two chains of source joints, bottom to top.

    joints: WHOLE_BODY joint name -> source joint index (pelvis, legs, arms, fingers); spine: from above the pelvis to
    the chest that carries the arms; neck: from above the chest to the head; guessed: names settled by structure;
    family: whose names they are, "" where no dictionary knows them.
    """

    joints: Mapping[str, int]
    spine: tuple[int, ...] = ()
    neck: tuple[int, ...] = ()
    guessed: frozenset[str] = field(default_factory=frozenset)
    family: str = ""

    @property
    def chest(self) -> int:
        """The joint that carries arms and neck (the pelvis where there is no spine)."""
        return self.spine[-1] if self.spine else self.joints["pelvis"]


def read_name(name: str) -> tuple[str, str, str]:
    """(side, word, number) of a joint name: "mixamorig:LeftHandIndex2" gives ("left", "handindex", "2")."""
    tokens = [t.lower() for t in _TOKEN.findall(families.bare(name))]
    side = next((_SIDES[t] for t in tokens if t in _SIDES), "")
    word = "".join(t for t in tokens if t not in _SIDES and not t.isdigit())
    number = "".join(t.lstrip("0") for t in tokens if t.isdigit())
    if not side and word[:1] in "lr" and (word[1:] in _ROLE or word[1:] in _AMBIGUOUS):
        side, word = _SIDES[word[0]], word[1:]  # lfemur, rhip
    return side, word, number


def match(skeleton: Skeleton, positions: np.ndarray, names: Mapping[str, str] | None = None) -> Roles:
    """Roles of a skeleton's joints.

    positions: (T, J, 3) world joint positions [m], used only where names do not settle the legs;
    names: source joint name -> WHOLE_BODY joint name, which overrule the dictionaries.
    Raises MotionError where there are no legs, or where `names` speaks of unknown joints.
    """
    given = _given(skeleton, names or {})
    family, known = families.best(skeleton.names)
    joints = _merged(_merged(read := _by_name(skeleton), _whole_hands(_wrists(known, read, skeleton))), given)
    gaps = _gaps(joints, skeleton)
    joints, guessed = joints | gaps, set(gaps)
    if not _legs(joints) or not _arms(joints):
        found = joint_structure.guess(skeleton, positions)
        if not _legs(joints) or all(found.get(role) == joints[role] for role in found if role in _LEGS):
            guessed |= set(found) - set(given) if not _legs(joints) else set(found) - set(joints)
            joints = _merged(found, given) if not _legs(joints) else _merged(found, joints)
    if not _legs(joints):
        raise MotionError(
            f"retarget: no legs found among {', '.join(skeleton.names[:6])}, ...; "
            "name them, e.g. names={'thigh_l': 'left_hip', ...} (--source-map or --target-map thigh_l=left_hip)"
        )
    guessed &= joints.keys()
    return replace(_chains(skeleton, joints), guessed=frozenset(guessed), family=family.name if family else "")


def _merged(joints: Mapping[str, int], sure: Mapping[str, int]) -> dict[str, int]:
    """Roles of both; where they disagree about a role or about a joint, `sure` is right."""
    taken = set(sure.values())
    return {role: j for role, j in joints.items() if j not in taken} | dict(sure)


def _gaps(joints: Mapping[str, int], skeleton: Skeleton) -> dict[str, int]:
    """Roles of joints that stand alone between two known ones of a limb, whatever they are called."""
    found: dict[str, int] = {}
    limbs = [[f"{side}_{part}" for part in limb] for side in ("left", "right") for limb in (ARM, LEG)]
    for before, role, after in (three for limb in limbs for three in zip(limb, limb[1:], limb[2:], strict=False)):
        if role not in joints and before in joints and after in joints:
            path = _path(skeleton, joints[after])
            between = path[path.index(joints[before]) + 1 : -1] if joints[before] in path else []
            if len(between) == 1 and between[0] not in joints.values():
                found[role] = between[0]
    return found


def _wrists(joints: Mapping[str, int], read: Mapping[str, int], skeleton: Skeleton) -> dict[str, int]:
    """Roles without a hand that has a joint called wrist above it: there the wrist turns."""
    above = {f"{side}_wrist" for side in ("left", "right")} & joints.keys() & read.keys()
    return {role: j for role, j in joints.items() if role not in above or read[role] != skeleton.parents[j]}


def _whole_hands(joints: Mapping[str, int]) -> dict[str, int]:
    """Roles without the fingers of a hand that has fewer than three: that is a mitten."""
    kept = dict(joints)
    for side in ("left", "right"):
        fingers = {role for role in joints if role.startswith(side) and role[:-1].rpartition("_")[2] in FINGERS}
        if len({role[:-1] for role in fingers}) < 3:
            kept = {role: j for role, j in kept.items() if role not in fingers}
    return kept


def _given(skeleton: Skeleton, names: Mapping[str, str]) -> dict[str, int]:
    for target in names.values():
        if not WHOLE_BODY.has(target):
            raise MotionError(f"retarget: names: {target!r} is no WHOLE_BODY joint; use e.g. 'left_knee'")
    return {target: skeleton.index(source) for source, target in names.items()}


def _legs(joints: Mapping[str, int]) -> bool:
    return all(role in joints for role in _LEGS)


def _arms(joints: Mapping[str, int]) -> bool:
    return any(f"{side}_{part}" in joints for side in ("left", "right") for part in ARM[1:])


def _by_name(skeleton: Skeleton) -> dict[str, int]:
    read = [read_name(name) for name in skeleton.names]
    joints: dict[str, int] = {}
    for side in ("left", "right"):
        words: dict[str, int] = {}
        for j, (s, word, _) in enumerate(read):
            if s == side:
                words.setdefault(word, j)
        joints |= {f"{side}_{role}": j for role, j in limb_roles(words).items()}
        joints |= _fingers(side, read)
    for wanted in (("hips", "hip", "pelvis"), ("root",)):
        for j, (side, word, _) in enumerate(read):
            if not side and word in wanted:
                joints.setdefault("pelvis", j)
    for word in ("head", "face", "neck"):
        for j, (_, found, _) in enumerate(read):
            if found == word:
                joints.setdefault("head", j)
    return joints


def limb_roles(words: Mapping[str, int]) -> dict[str, int]:
    """Roles of one side; the words that families use differently are settled by what else is there."""
    roles: dict[str, int] = {}
    for word, j in words.items():
        if word in _ROLE:
            roles.setdefault(_ROLE[word], j)
    meaning = {
        "shoulder": "collar" if "shoulder" in roles else "shoulder",
        "leg": "knee" if "hip" in roles else "hip",
        "foot": "foot" if "ankle" in roles else "ankle",
        "hand": "wrist",
    }
    for word, role in meaning.items():
        if word in words:
            roles.setdefault(role, words[word])
    return roles


def _fingers(side: str, read: list[tuple[str, str, str]]) -> dict[str, int]:
    """Finger joints of one side; a hand of fewer than three fingers is a mitten, not fingers."""
    found: dict[str, int] = {}
    for j, (s, word, number) in enumerate(read):
        if s != side:
            continue
        word = word.removeprefix("hand")
        word = word[1:] if word[1:] in FINGERS else word  # Blender's f_index
        if word in _FINGER and number in ("1", "2", "3"):
            found.setdefault(f"{side}_{_FINGER[word]}{number}", j)
        elif word.startswith("finger") and number in _NUMBERED:
            name = _NUMBERED[number]
            phalanx = _PHALANX[name].get(word.removeprefix("finger"))
            if phalanx:
                found.setdefault(f"{side}_{name}{phalanx}", j)
    return found if len({name[:-1] for name in found}) >= 3 else {}


def _path(skeleton: Skeleton, joint: int) -> list[int]:
    """Joints from the root to `joint`."""
    path = [joint]
    while skeleton.parents[path[0]] >= 0:
        path.insert(0, skeleton.parents[path[0]])
    return path


def _meet(skeleton: Skeleton, joints: list[int]) -> int:
    """The deepest joint that is above all of `joints`."""
    paths = [_path(skeleton, j) for j in joints]
    return [step[0] for step in zip(*paths, strict=False) if len(set(step)) == 1][-1]


def _chains(skeleton: Skeleton, joints: dict[str, int]) -> Roles:
    """Roles with the spine and neck chains read off the tree: pelvis, chest and what lies between."""
    joints = dict(joints)
    head = joints.pop("head", None)
    hips = [joints["left_hip"], joints["right_hip"]]
    pelvis = joints.get("pelvis", _meet(skeleton, hips))
    arms = [joints[f"{s}_{p}"] for s in ("left", "right") for p in ("collar", "shoulder") if f"{s}_{p}" in joints]
    trunk = _meet(skeleton, arms) if len(arms) > 1 else (skeleton.parents[head] if head is not None else pelvis)
    # whatever is called the pelvis: what carries both legs and the trunk, and nothing that turns in between
    pelvis = _meet(skeleton, [*hips, trunk])
    joints["pelvis"] = pelvis
    above = _path(skeleton, trunk)
    spine = tuple(above[above.index(pelvis) + 1 :])
    neck: tuple[int, ...] = ()
    if head is not None and trunk in _path(skeleton, head):
        path = _path(skeleton, head)
        neck = tuple(path[path.index(trunk) + 1 :])
    return Roles(joints, spine, neck)
