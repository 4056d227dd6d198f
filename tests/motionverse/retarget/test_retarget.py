"""Retargeting recovers a motion whatever the foreign skeleton is called, however it rests and whichever way it faces."""

import numpy as np
import pytest

from motionverse import kinematics, rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.retarget import joint_names, retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton
from tests import forge
from tests.motionverse.retarget import rigs


def lively(seed: int = 0, seconds: float = 2.0) -> Motion:
    """A walk that turns, with waving arms whose elbows bend as elbows do."""
    made = forge.walk(seconds, turn=0.6, raise_hand="left")
    rng = np.random.default_rng(seed)
    rotations = made.rotations.copy()
    for name in ("spine1", "spine2", "spine3", "neck", "head", "left_shoulder", "right_shoulder", "left_collar"):
        j = WHOLE_BODY.index(name)
        rotations[:, j] = rotations[:, j] @ rotation.from_rotvec(forge.smooth(rng, made.times, 3, 0.15))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        bend = 0.9 + forge.smooth(rng, made.times, 1, 0.2)[:, 0]
        rotations[:, WHOLE_BODY.index(f"{side}_elbow")] = rotation.about("Y", sign * np.abs(bend))
    return made.with_(rotations=rotations)


def assert_same(made: Motion, wanted: Motion, mm: float = 1.0, degrees: float = 0.2, joints: int = 52) -> None:
    """The same poses; how high the floor was is the retarget's own affair."""
    ours, theirs = made.joints()[:, :joints], wanted.joints()[:, :joints]
    lift = np.mean(ours - theirs, axis=(0, 1)) * [0, 1, 0]
    assert np.abs(ours - theirs - lift).max() * 1000 < mm
    apart = rotation.geodesic(made.globals()[:, :joints], wanted.globals()[:, :joints])
    assert np.degrees(apart.max()) < degrees


@pytest.mark.parametrize("seed", [0, 1])
def test_whole_body_to_itself_is_the_same_motion(seed: int) -> None:
    motion = lively(seed)
    made, report = retarget(motion)
    assert_same(made, motion)
    assert report.rest == "zero pose"
    assert report.scale == pytest.approx(1)
    assert report.error_mm[1] < 1
    assert not report.backwards


def test_mixamo_names_and_an_a_pose() -> None:
    motion = lively()
    foreign = rigs.renamed(rigs.rebased(motion, rigs.a_pose()), {n: rigs.mixamo_name(n) for n in WHOLE_BODY.names})
    made, report = retarget(foreign)
    assert_same(made, motion, mm=2, degrees=6)  # lowered about Z: not quite the least twist
    assert not report.guessed
    assert report.mapped["left_shoulder"] == "mixamorig:LeftArm"
    assert report.mapped["left_collar"] == "mixamorig:LeftShoulder"


@pytest.mark.parametrize("turn", ["Y", "X", "Z"])
def test_a_zero_pose_that_faces_or_lies_another_way(turn: str) -> None:
    motion = lively()
    whole = np.broadcast_to(rotation.about(turn, np.pi / 2), (len(WHOLE_BODY), 3, 3))
    made, report = retarget(rigs.rebased(motion, whole))
    assert report.rest == "zero pose"
    assert_same(made, motion)


def test_another_size_walks_proportionally_far() -> None:
    motion = lively()
    made, report = retarget(rigs.scaled(motion, 1.6))
    assert report.scale == pytest.approx(1 / 1.6)
    assert_same(made, motion)


def test_arbitrary_local_axes_with_a_standing_pose_given() -> None:
    motion = lively()
    rng = np.random.default_rng(5)
    rest = rotation.from_rotvec(rng.normal(0, 2, (len(WHOLE_BODY), 3)))
    still = motion.with_(rotations=rotation.identity(len(motion), len(WHOLE_BODY)))
    made, report = retarget(rigs.rebased(motion, rest), rest=rigs.rebased(still, rest))
    assert report.rest == "given"
    assert_same(made, motion)


def test_bones_along_local_x_are_understood_from_anatomy() -> None:
    motion = lively(seconds=4)
    made, report = retarget(rigs.rebased(motion, rigs.along_x()))
    assert report.rest == "anatomy"
    assert report.direction_deg[1] < 1.5
    limbs = [j for j, n in enumerate(WHOLE_BODY.names) if n.split("_")[-1] in ("hip", "knee", "shoulder", "elbow")]
    apart = np.degrees(rotation.geodesic(made.globals()[:, limbs], motion.globals()[:, limbs]))
    assert apart.max() < 3
    assert np.degrees(rotation.geodesic(made.globals()[:, 0], motion.globals()[:, 0])).max() < 1


def test_random_axes_without_a_standing_pose_keep_where_limbs_point() -> None:
    motion = lively(seconds=4)
    rest = rotation.from_rotvec(np.random.default_rng(9).normal(0, 2, (len(WHOLE_BODY), 3)))
    made, report = retarget(rigs.rebased(motion, rest))
    assert report.rest == "anatomy"
    assert report.direction_deg[1] < 2
    assert not report.backwards


def test_left_stays_left_and_ahead_stays_ahead() -> None:
    made, _ = retarget(rigs.rebased(forge.walk(2, raise_hand="left"), rigs.along_x()))
    at = made.joints()
    head = at[:, WHOLE_BODY.index("head"), 1]
    assert (at[:, WHOLE_BODY.index("left_wrist"), 1] > head).all()
    assert (at[:, WHOLE_BODY.index("right_wrist"), 1] < head).all()
    forward = made.globals()[:, 0, :, 2].mean(0)
    assert forward @ (made.root[-1] - made.root[0]) > 0.9 * np.linalg.norm(made.root[-1] - made.root[0])


def test_unnamed_joints_are_guessed_from_structure() -> None:
    motion = rigs.body_only(lively())
    made, report = retarget(rigs.renamed(motion, {n: f"j{k}" for k, n in enumerate(motion.skeleton.names)}))
    assert_same(made, lively(), joints=BODY_JOINTS)
    assert {"left_hip", "right_wrist", "head"} <= set(report.guessed)


def test_what_the_source_lacks_is_not_observed() -> None:
    made, report = retarget(rigs.body_only(lively()))
    assert made.present[:BODY_JOINTS].all()
    assert not made.present[BODY_JOINTS:].any()
    assert set(report.missing) == set(WHOLE_BODY.names[BODY_JOINTS:])


def test_fingers_that_move_are_observed() -> None:
    motion = forge.motion(1, size=0.1)
    assert retarget(motion)[0].present.all()
    frozen = motion.rotations.copy()
    frozen[:, BODY_JOINTS:] = np.eye(3)
    assert not retarget(motion.with_(rotations=frozen))[0].present[BODY_JOINTS:].any()


def test_a_short_spine_and_no_collars_share_the_turn() -> None:
    """DeepMimic's fifteen joints: one chest, one neck, no collars, no toes."""
    motion = lively()
    keep = "pelvis spine3 neck right_hip right_knee right_ankle right_shoulder right_elbow right_wrist".split()
    keep += [n.replace("right", "left") for n in keep if n.startswith("right")]
    names = tuple(keep)
    above = {"spine3": "pelvis", "neck": "spine3", "hip": "pelvis", "shoulder": "spine3"}
    above |= {"knee": "hip", "ankle": "knee", "elbow": "shoulder", "wrist": "elbow"}
    parents, offsets = [], []
    places = WHOLE_BODY.rest_positions()
    for n in names:
        side, _, part = n.rpartition("_")
        parent = above.get(part)
        parent = parent if parent in names or parent is None else f"{side}_{parent}"
        parents.append(-1 if parent is None else names.index(parent))
        offsets.append(places[WHOLE_BODY.index(n)] - (0 if parent is None else places[WHOLE_BODY.index(parent)]))
    index = [WHOLE_BODY.index(n) for n in names]
    small = Skeleton(tuple("root chest".split()) + names[2:], tuple(parents), np.array(offsets))
    local = kinematics.to_local(small, motion.globals()[:, index])
    made, report = retarget(Motion(local, motion.root, motion.fps, small))
    assert made.present[:BODY_JOINTS].all()
    turned = made.globals()
    for name in ("spine3", "left_elbow", "right_knee"):
        j = WHOLE_BODY.index(name)
        assert np.degrees(rotation.geodesic(turned[:, j], motion.globals()[:, j])).max() < 0.5
    first, last = turned[:, WHOLE_BODY.index("pelvis")], turned[:, WHOLE_BODY.index("spine3")]
    middle = rotation.slerp(first, last, 1 / 3)
    assert np.degrees(rotation.geodesic(middle, turned[:, WHOLE_BODY.index("spine1")])).max() < 0.01


def test_ankles_stand_where_the_scaled_source_has_them() -> None:
    motion = lively()
    longer = motion.skeleton.offsets.copy()
    longer[WHOLE_BODY.index("left_knee")] *= 1.15
    longer[WHOLE_BODY.index("right_knee")] *= 1.15
    source = motion.with_(skeleton=motion.skeleton.with_offsets(longer))
    made, report = retarget(source)
    ankles = [WHOLE_BODY.index("left_ankle"), WHOLE_BODY.index("right_ankle")]
    apart = made.joints()[:, ankles] - report.scale * source.joints()[:, ankles]
    assert np.abs(apart - apart[:1]).max() < 2e-3


def test_the_floor_comes_out_at_zero() -> None:
    made, _ = retarget(lively().turned(0.3, (0, 0.8, 0)))
    toes = made.joints()[:, [WHOLE_BODY.index("left_foot"), WHOLE_BODY.index("right_foot")], 1]
    assert abs(np.percentile(toes.min(1), 5)) < 0.01


def test_end_sites_stand_in_for_wrists_and_toes() -> None:
    motion = rigs.body_only(lively())
    s = motion.skeleton
    keep = [j for j, n in enumerate(s.names) if n.split("_")[-1] not in ("wrist", "foot")]
    ends = {s.names[s.parents[j]]: s.offsets[j] for j in range(len(s)) if j not in keep}
    cut = Skeleton(
        tuple(s.names[j] for j in keep),
        tuple(keep.index(s.parents[j]) if j else -1 for j in keep),
        s.offsets[keep],
        ends,
    )
    made, report = retarget(motion.with_(rotations=motion.rotations[:, keep], skeleton=cut))
    assert report.mapped["left_wrist"] == "left_elbow_end"
    assert report.error_mm[1] < 1
    assert made.present[:BODY_JOINTS].all()


def test_names_overrule_and_their_errors_are_clear() -> None:
    motion = rigs.body_only(lively())
    odd = rigs.renamed(motion, {"left_hip": "bolt", "left_knee": "nut"})
    made, report = retarget(odd, names={"bolt": "left_hip", "nut": "left_knee"})
    assert report.mapped["left_hip"] == "bolt"
    assert not report.guessed
    with pytest.raises(MotionError, match="left_thigh"):
        retarget(odd, names={"bolt": "left_thigh"})
    with pytest.raises(MotionError, match="screw"):
        retarget(odd, names={"screw": "left_hip"})


def test_a_skeleton_without_legs_is_refused() -> None:
    chain = Skeleton(("a", "b", "c"), (-1, 0, 1), np.ones((3, 3)))
    with pytest.raises(MotionError, match="no legs"):
        retarget(Motion(rotation.identity(4, 3), np.zeros((4, 3)), 30, chain))


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("mixamorig:LeftHandIndex2", ("left", "handindex", "2")),
        ("Bip01 L UpperArm", ("left", "upperarm", "")),
        ("thigh.R", ("right", "thigh", "")),
        ("rShldr", ("right", "shldr", "")),
        ("lfemur", ("left", "femur", "")),
        ("lowerback", ("", "lowerback", "")),
        ("Neo_RightUpLeg", ("right", "upleg", "")),
        ("ElbowLeft", ("left", "elbow", "")),
        ("UpperLeg_L", ("left", "upperleg", "")),
        ("root", ("", "root", "")),
        ("spine_01", ("", "spine", "1")),
    ],
)
def test_names_are_read(name: str, read: tuple[str, str, str]) -> None:
    assert joint_names.read_name(name) == read


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (("Shoulder_L", "UpperArm_L", "LowerArm_L", "Hand_L"), ("collar", "shoulder", "elbow", "wrist")),
        (("lCollar", "lShldr", "lForeArm", "lHand"), ("collar", "shoulder", "elbow", "wrist")),
        (("LeftCollar", "LeftShoulder", "LeftElbow", "LeftWrist"), ("collar", "shoulder", "elbow", "wrist")),
        (("lclavicle", "lhumerus", "lradius", "lwrist"), ("collar", "shoulder", "elbow", "wrist")),
        (("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase"), ("hip", "knee", "ankle", "foot")),
        (("left_hip", "left_knee", "left_ankle", "left_foot"), ("hip", "knee", "ankle", "foot")),
        (("lfemur", "ltibia", "lfoot", "ltoes"), ("hip", "knee", "ankle", "foot")),
        (("LeftThigh", "LeftShin", "LeftFoot", "LeftToe"), ("hip", "knee", "ankle", "foot")),
    ],
)
def test_words_that_families_use_differently(family: tuple[str, ...], expected: tuple[str, ...]) -> None:
    words = {joint_names.read_name(name)[1]: j for j, name in enumerate(family)}
    found = joint_names.limb_roles(words)
    assert tuple(sorted(found, key=lambda role: found[role])) == expected


def test_what_the_source_did_not_observe_is_not_observed() -> None:
    motion = forge.motion(1)
    for kept in (("left_wrist", "left_index1"), ("head",), ("left_shoulder", "left_elbow", "spine3", "neck"), ()):
        observed = np.array([name in kept for name in WHOLE_BODY.names])
        made, report = retarget(motion.with_(observed=observed))
        assert np.array_equal(made.present, observed), kept
        assert set(report.missing) == set(WHOLE_BODY.names) - set(kept)
    foreign = rigs.renamed(lively(), {name: rigs.mixamo_name(name) for name in WHOLE_BODY.names})
    wrists = np.array([name.endswith(("LeftHand", "LeftForeArm")) for name in foreign.skeleton.names])
    made, _ = retarget(foreign.with_(observed=wrists))
    assert {name for name, here in zip(WHOLE_BODY.names, made.present, strict=True) if here} == {
        "left_elbow",
        "left_wrist",
    }
