"""Motion, skeleton, kinematics, parts and resampling: the floor everything else stands on."""

import numpy as np
import pytest

from motionverse import kinematics, parts, resample, rotation
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton
from tests import forge


def test_whole_body_has_smplh_names_and_left_is_positive_x():
    assert len(WHOLE_BODY) == 52
    assert WHOLE_BODY.names[:3] == ("pelvis", "left_hip", "right_hip")
    assert WHOLE_BODY.names[BODY_JOINTS] == "left_index1"
    rest = WHOLE_BODY.rest_positions()
    for name, position in zip(WHOLE_BODY.names, rest, strict=True):
        assert np.sign(position[0]) == {"left": 1, "right": -1}.get(name.split("_")[0], 0), name
    assert rest[WHOLE_BODY.index("left_foot"), 2] > rest[WHOLE_BODY.index("left_ankle"), 2]  # toes point forward
    assert 1.4 < np.ptp(rest[:, 1]) < 1.8


def test_parts_cover_every_joint_once_and_sides_are_what_they_say():
    named = [joint for joints in parts.PARTS.values() for joint in joints]
    assert sorted(named) == sorted(WHOLE_BODY.names)
    for part, joints in parts.PARTS.items():
        if part.startswith(("left", "right")):
            assert all(joint.startswith(part.split("_")[0] + "_") for joint in joints)
    assert (parts.CELL_PART >= 0).all()
    assert parts.CELL_PART[parts.FACE_CELL] == parts.PART_NAMES.index("face")


def test_kinematics_agrees_with_a_joint_by_joint_walk():
    motion = forge.motion(0.5, 30, seed=3)
    world = np.zeros((len(motion), 52, 3, 3))
    place = np.zeros((len(motion), 52, 3))
    for j, p in enumerate(WHOLE_BODY.parents):
        if p < 0:
            world[:, j], place[:, j] = motion.rotations[:, j], motion.root
        else:
            world[:, j] = world[:, p] @ motion.rotations[:, j]
            place[:, j] = place[:, p] + world[:, p] @ WHOLE_BODY.offsets[j]
    np.testing.assert_allclose(motion.joints(), place, atol=1e-12)
    np.testing.assert_allclose(motion.globals(), world, atol=1e-12)
    np.testing.assert_allclose(kinematics.to_local(WHOLE_BODY, world), motion.rotations, atol=1e-12)


def test_mirroring_exchanges_sides_and_is_its_own_inverse():
    motion = forge.motion(1, 30, seed=1)
    partner = WHOLE_BODY.mirror
    np.testing.assert_allclose(motion.mirror().joints(), motion.joints()[:, partner] * [-1, 1, 1], atol=1e-12)
    np.testing.assert_allclose(motion.mirror().mirror().rotations, motion.rotations, atol=1e-12)
    walk = forge.walk(raise_hand="left").mirror()
    joints = walk.joints()
    assert (joints[:, WHOLE_BODY.index("right_wrist"), 1] > joints[:, WHOLE_BODY.index("head"), 1]).all()


@pytest.mark.parametrize("fps", [12.5, 20, 24, 60, 120])
def test_resampling_keeps_the_instant_of_every_frame(fps):
    native, other = forge.motion(4, 60, seed=2), forge.motion(4, fps, seed=2)
    again = native.resample(fps)
    assert again.fps == fps
    assert again.seconds == pytest.approx(4, abs=1 / fps)
    inside = slice(int(0.3 * fps), -int(0.3 * fps) or None)
    error = np.linalg.norm(again.joints() - other.joints(), axis=-1)[inside]
    assert error.max() < 2e-3


def test_resampling_down_does_not_fold_fast_motion_back():
    times = np.arange(240) / 120
    rotations = rotation.identity(240, 52)
    rotations[:, 18] = rotation.about("X", 0.2 * np.sin(2 * np.pi * 28 * times))  # 28 Hz cannot be held at 30 fps
    fast = Motion(rotations, np.zeros((240, 3)), 120)
    angle = rotation.geodesic(fast.resample(30).rotations[8:-8, 18], np.eye(3))
    assert angle.max() < 0.01


def test_a_rate_that_would_fill_the_memory_is_refused():
    slow = forge.motion(1.0, 10.0).with_(fps=1e-9)
    with pytest.raises(MotionError, match="10 frames of 1e\\+09 s are 3e\\+11 at 30 fps"):
        slow.resample(30.0)
    assert len(forge.motion(60.0, 1.0).resample(240.0)) == 14_400, "a minute at 1 fps is no absurdity"


def test_low_pass_removes_what_is_above_and_keeps_what_is_below():
    motion = forge.motion(3, 120, seed=5)
    shaken = motion.with_(root=motion.root + 0.01 * np.sin(2 * np.pi * 30 * motion.times)[:, None])
    np.testing.assert_allclose(resample.low_pass(shaken, 8).root[24:-24], motion.root[24:-24], atol=1e-3)


def test_slicing_is_by_seconds():
    motion = forge.motion(3, 24)
    assert motion.slice(1, 2).seconds == pytest.approx(1)
    assert motion.slice(2.9, 9).frames >= 1
    np.testing.assert_array_equal(motion.slice(1, 2).root[0], motion.root[24])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fps": 0}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"root": np.zeros((5, 3))}, "root"),
        ({"rotations": rotation.identity(60, 7)}, "rotations"),
        ({"face": np.zeros((60, 3))}, "face"),
        ({"observed": np.ones(3, bool)}, "observed"),
        ({"root": np.full((60, 3), np.nan)}, "NaN"),
    ],
)
def test_a_broken_motion_is_refused(change, message):
    with pytest.raises(MotionError, match=message):
        forge.motion(2, 30).with_(**change)


@pytest.mark.parametrize(
    ("names", "parents", "message"),
    [
        ((), (), "no joints"),
        (("a", "a"), (-1, 0), "twice"),
        (("a", "b"), (-1, 1), "root"),
        (("a", "b"), (-1, -1), "root"),
    ],
)
def test_a_broken_skeleton_is_refused(names, parents, message):
    with pytest.raises(MotionError, match=message):
        Skeleton(names, parents, np.zeros((len(names), 3)))


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "motion.bin"
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"whole")
    assert target.read_bytes() == b"whole"
    with pytest.raises(MotionError, match="does not exist"), atomic_path(tmp_path / "missing" / "x.bvh"):
        pass
