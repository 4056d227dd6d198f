"""Well-known skeletons are read by their makers' names, and skeletons without names by their shape."""

import numpy as np
import pytest

from motionverse import rotation
from motionverse.retarget import families, joint_names, joint_structure, source_pose
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.motionverse.retarget import characters, rigs

FINGERED = [family for family in families.FAMILIES if family.thumb]


def called(family: families.Family) -> Skeleton:
    """WHOLE_BODY under a family's names, what the family does not name called nothing in particular."""
    names = {part: family.names.get(part, f"x{k}") for k, part in enumerate(WHOLE_BODY.names)}
    return characters.named(WHOLE_BODY, names)


@pytest.mark.parametrize("family", families.FAMILIES, ids=lambda family: family.name)
def test_a_familys_names_mean_what_they_mean(family: families.Family) -> None:
    found = joint_names.match(called(family), WHOLE_BODY.rest_positions()[None])
    assert found.family in {row.name for row in families.FAMILIES}  # another row may have the very same names
    parts = [n for n in WHOLE_BODY.names if n in family.names and n not in ("head", "pelvis")]
    assert {part: found.joints[part] for part in parts} == {part: WHOLE_BODY.index(part) for part in parts}
    assert not found.guessed
    assert found.joints["pelvis"] == 0 and found.neck[-1] == WHOLE_BODY.index("head")


@pytest.mark.parametrize("family", FINGERED, ids=lambda family: family.name)
def test_families_with_hands_have_thirty_finger_joints(family: families.Family) -> None:
    assert len([role for role in family.names if role[:-1].rpartition("_")[2] in families.FINGERS]) == 30


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("mixamorig:LeftUpLeg", "LeftUpLeg"), ("mixamorigLeftUpLeg", "LeftUpLeg"), ("mixamorig1:LeftUpLeg", "leftupleg"),
        ("Bip001 L Thigh", "l thigh"), ("ValveBiped.Bip01_L_Thigh", "L_Thigh"), ("J_Bip_C_Hips", "C_Hips"),
        ("DEF-upper_arm.L", "upper_arm.L"), ("Left Thumb Proximal", "LeftThumbProximal"), ("hero:Root|Hips", "hips"),
    ],
)  # fmt: skip
def test_prefixes_and_separators_do_not_matter(name: str, same: str) -> None:
    assert families.plain(name) == families.plain(same)


def test_a_wrist_above_the_hand_is_the_wrist() -> None:
    skeleton = characters.inserted(characters.mannequin(), "hand_l", "wrist_l", 0.9)
    assert joint_names.match(skeleton, skeleton.rest_positions()[None]).joints["left_wrist"] == skeleton.index(
        "wrist_l"
    )


@pytest.mark.parametrize("part", ["left_shoulder", "right_elbow", "left_knee"])
def test_one_joint_of_a_limb_that_is_called_something_else(part: str) -> None:
    odd = characters.named(WHOLE_BODY, {part: "左"})
    found = joint_names.match(odd, odd.rest_positions()[None])
    assert found.joints[part] == WHOLE_BODY.index(part) and found.guessed == {part}
    if part == "left_shoulder":  # of two joints in between, either may be it
        two = characters.inserted(odd, "left_elbow", "twist", 0.5)
        assert part not in joint_names.match(two, two.rest_positions()[None]).joints


def truth(skeleton: Skeleton) -> dict[str, int]:
    roles = joint_names.match(skeleton, skeleton.rest_positions()[None])
    return dict(roles.joints) | {"head": roles.neck[-1]}


@pytest.mark.parametrize("name", ["mixamo", "vrm", "mannequin"])
@pytest.mark.parametrize("turn", [0.0, 2.0])
def test_structure_finds_what_names_say(name: str, turn: float) -> None:
    """Hands, five spines, metacarpals, twist bones and a skirt among them, whichever way the character faces."""
    skeleton = characters.CHARACTERS[name]()
    wanted = truth(skeleton)
    turned = skeleton.with_offsets(skeleton.offsets @ rotation.about_y(turn).T)
    assert joint_structure.guess(turned, turned.rest_positions()[None]) == wanted


def test_structure_finds_twist_bones_in_the_chain_harmless() -> None:
    skeleton = characters.mannequin()
    for s in "lr":
        skeleton = characters.inserted(skeleton, f"lowerarm_{s}", f"upperarm_chain_{s}", 0.5)
        skeleton = characters.inserted(skeleton, f"foot_{s}", f"calf_chain_{s}", 0.5)
        skeleton = characters.inserted(skeleton, f"calf_{s}", f"thigh_chain_{s}", 0.5)
        skeleton = characters.inserted(skeleton, f"hand_{s}", f"lowerarm_chain_{s}", 0.5)
    assert joint_structure.guess(skeleton, skeleton.rest_positions()[None]) == truth(skeleton)


def test_structure_reads_the_frames_where_the_zero_pose_is_no_person() -> None:
    motion = rigs.rebased(forge.walk(2.0, raise_hand="left"), rigs.along_x())
    source = source_pose.source_of(motion)
    found = joint_structure.guess(motion.skeleton, source.positions)
    limbs = [f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle", "shoulder", "elbow")]
    assert {part: found[part] for part in limbs} == {part: WHOLE_BODY.index(part) for part in limbs}


def test_named_legs_and_nameless_arms_are_completed() -> None:
    skeleton = characters.mixamo()
    half = {n: f"b{k}" for k, n in enumerate(skeleton.names) if "Arm" in n or "Hand" in n or "Shoulder" in n}
    found = joint_names.match(characters.named(skeleton, half), skeleton.rest_positions()[None])
    assert found.joints["left_elbow"] == skeleton.index("mixamorig:LeftForeArm")
    assert "left_elbow" in found.guessed and "left_knee" not in found.guessed


def test_a_tree_that_is_no_body_gives_nothing() -> None:
    chain = Skeleton(("a", "b", "c"), (-1, 0, 1), np.ones((3, 3)))
    assert joint_structure.guess(chain, chain.rest_positions()[None]) == {}
    star = Skeleton(tuple("abcdef"), (-1, 0, 0, 0, 0, 0), np.vstack([np.zeros(3), np.eye(3), -np.eye(3)[:2]]))
    assert joint_structure.guess(star, star.rest_positions()[None]) == {}
