"""WHOLE_BODY onto characters of other names, proportions, rest poses and bones: feet stay planted, left stays left."""

import numpy as np
import pytest

from motionverse import kinematics, rotation
from motionverse.contact import foot_skate
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.motionverse.retarget import rigs
from tests.motionverse.retarget.characters import CHARACTERS, dog, mannequin, mixamo, named, nameless


def stepping() -> Motion:
    """A slow walk with the left hand up."""
    return forge.walk(3.0, speed=1.0, raise_hand="left")


def places(made: Motion, onto: dict[str, str], part: str) -> np.ndarray:
    """(T, 3) where a part of the target is [m]."""
    return made.joints()[:, made.skeleton.index(onto[part])]


@pytest.mark.parametrize("name", CHARACTERS)
def test_feet_slide_no_more_than_the_sources_and_limbs_point_the_same_way(name: str) -> None:
    made, report = retarget(stepping(), CHARACTERS[name]())
    assert report.skate[1] <= report.skate[0] * 1.02 + 1e-4
    assert report.direction_deg[0] < 2
    assert not report.backwards
    toes = np.minimum(*(places(made, dict(report.onto), f"{side}_foot")[:, 1] for side in ("left", "right")))
    assert abs(np.percentile(toes, 5)) < 0.03


@pytest.mark.parametrize("name", CHARACTERS)
def test_left_stays_left_and_ahead_stays_ahead(name: str) -> None:
    motion = stepping()
    made, report = retarget(motion, CHARACTERS[name]())
    onto = dict(report.onto)
    head = places(made, onto, "head")[:, 1]
    assert (places(made, onto, "left_wrist")[:, 1] > head).all()
    assert (places(made, onto, "right_wrist")[:, 1] < head).all()
    across = places(made, onto, "left_hip") - places(made, onto, "right_hip")
    assert (across[:, 0] > 0.05).all()
    way = places(made, onto, "pelvis")[-1] - places(made, onto, "pelvis")[0]
    assert way[2] == pytest.approx(report.scale * (motion.root[-1] - motion.root[0])[2], rel=0.02)


@pytest.mark.parametrize("name", CHARACTERS)
def test_there_and_back_is_the_same_motion(name: str) -> None:
    motion = forge.motion(1.0, size=0.2)
    there, _ = retarget(motion, CHARACTERS[name]())
    back, report = retarget(there)
    assert report.direction_deg[0] < 2
    turned = [j for j, n in enumerate(WHOLE_BODY.names) if n.endswith(("shoulder", "elbow", "head", "wrist", "pelvis"))]
    apart = rotation.geodesic(back.globals()[:, turned], motion.globals()[:, turned])
    assert np.degrees(apart.max()) < 3


def test_the_rest_pose_comes_out_as_a_t_pose_and_extra_bones_rest() -> None:
    character = mannequin()
    still = Motion(rotation.identity(2, len(WHOLE_BODY)), np.tile([0, WHOLE_BODY.standing_height(), 0], (2, 1)), 30)
    made, report = retarget(still, character)
    wrist, shoulder = (places(made, dict(report.onto), f"left_{part}")[0] for part in ("wrist", "shoulder"))
    assert abs(wrist[1] - shoulder[1]) < 0.02 and wrist[0] - shoulder[0] > 0.4
    assert set(report.at_rest) >= {"root", "skirt_01", "index_metacarpal_l"}
    assert set(report.shared) == {
        *(f"spine_0{k}" for k in (1, 2, 3, 4)),
        "neck_01",
        *(f"{limb}_twist_01_{s}" for limb in ("upperarm", "lowerarm", "thigh") for s in "lr"),
    }
    for name in ("skirt_01", "index_metacarpal_l"):
        assert np.allclose(made.rotations[:, character.index(name)], np.eye(3))


def test_a_long_spine_shares_the_turn_and_twist_bones_take_their_part() -> None:
    character = mannequin()
    bent = rotation.identity(1, len(WHOLE_BODY))
    bent[:, WHOLE_BODY.index("spine1")] = rotation.about("X", 0.6)
    bent[:, WHOLE_BODY.index("left_wrist")] = rotation.about("X", 1.0)  # along the left forearm, nearly
    made, report = retarget(Motion(bent, np.zeros((1, 3)), 30), character)
    world = made.globals()[0]
    spines = [world[character.index(f"spine_0{k}")] for k in range(1, 6)]
    angles = [np.degrees(rotation.geodesic(world[character.index("pelvis")], spine)) for spine in spines]
    assert all(b >= a - 1e-6 for a, b in zip(angles, angles[1:], strict=False))
    assert angles[0] == pytest.approx(np.degrees(0.6) * 0.6, rel=0.02)  # three fifths of the way to spine1
    twist = made.rotations[0, character.index("lowerarm_twist_01_l")]
    assert np.degrees(rotation.geodesic(twist, np.eye(3))) == pytest.approx(np.degrees(0.5), rel=0.05)


def test_a_character_whose_zero_pose_is_no_person_comes_with_a_pose() -> None:
    character = named(WHOLE_BODY, {n: rigs.mixamo_name(n) for n in WHOLE_BODY.names})
    rest = rotation.from_rotvec(np.random.default_rng(3).normal(0, 2, (len(WHOLE_BODY), 3)))
    posed = rigs.rebased(Motion(rotation.identity(1, len(WHOLE_BODY)), np.zeros((1, 3)), 30, character), rest)
    motion = stepping()
    made, report = retarget(motion, posed)
    assert report.target_rest == "first frame"
    assert np.abs(made.joints() - motion.joints() - (made.root - motion.root)[0]).max() < 2e-3


def test_a_target_without_toes_or_arms_still_stands() -> None:
    keep = [j for j, n in enumerate(WHOLE_BODY.names) if n.rpartition("_")[2] in ("hip", "knee", "ankle") or not j]
    keep += [WHOLE_BODY.index(n) for n in ("spine1", "neck", "head")]
    parents = [-1, 0, 0, 1, 2, 3, 4, 0, 7, 8]
    index = {j: k for k, j in enumerate(keep)}
    offsets = [
        WHOLE_BODY.rest_positions()[j] - (WHOLE_BODY.rest_positions()[keep[p]] if p >= 0 else 0)
        for j, p in zip(keep, parents, strict=True)
    ]
    legs = Skeleton(tuple(WHOLE_BODY.names[j] for j in keep), tuple(parents), np.array(offsets))
    made, report = retarget(stepping(), legs)
    assert len(index) == len(made.skeleton)
    assert report.direction_deg[0] < 1 and "left_wrist" not in report.onto


def test_any_source_to_any_target_and_the_root_stays_under_the_pelvis() -> None:
    source = retarget(stepping(), mixamo())[0]
    made, report = retarget(source, mannequin())
    assert report.families == ("Mixamo", "Unreal mannequin")
    assert report.mapped["left_elbow"] == "mixamorig:LeftForeArm" and report.onto["left_elbow"] == "lowerarm_l"
    assert report.skate[1] <= report.skate[0] * 1.02 + 1e-4
    world = kinematics.to_global(made.skeleton, made.rotations)
    assert np.allclose(world[:, 0], np.eye(3))


def test_names_of_the_target_overrule_and_a_target_without_legs_is_refused() -> None:
    character = nameless()
    names = {"bone_001": "left_hip", "bone_002": "right_hip"}
    assert retarget(stepping(), character, target_names=names)[1].onto["left_hip"] == "bone_001"
    chain = Skeleton(("a", "b", "c"), (-1, 0, 1), np.ones((3, 3)))
    with pytest.raises(MotionError, match="target: .*no legs"):
        retarget(stepping(), chain)


def test_skate_is_what_contact_measures() -> None:
    motion = stepping()
    report = retarget(motion)[1]
    assert report.skate[0] == pytest.approx(report.skate[1], abs=2e-3)
    assert report.skate[1] == pytest.approx(foot_skate(retarget(motion)[0])["speed"], rel=0.25)


@pytest.mark.parametrize("lying", [False, True])
def test_a_target_on_four_legs_is_doubted_and_people_are_not(lying: bool) -> None:
    four = dog()
    turn = rotation.about("X", np.pi / 2) if lying else np.eye(3)  # whichever way the file has up
    four = Skeleton(four.names, four.parents, four.offsets @ turn.T)
    assert "hind legs" in retarget(stepping(), four)[1].text()
    people = [CHARACTERS[name]() for name in CHARACTERS]
    moving = forge.motion(2.0, 30, seed=1, size=2.0)
    tumbling = named(WHOLE_BODY, {n: f"bone_{k:03}" for k, n in enumerate(WHOLE_BODY.names)})
    for person in (*people, moving.with_(skeleton=tumbling)):
        assert not retarget(stepping(), person)[1].doubts
