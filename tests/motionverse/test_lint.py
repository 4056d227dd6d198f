"""Every check finds its own forged defect, and clean motion passes."""

import numpy as np
import pytest

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.lint import CHECKS, ERROR, WARNING, Take, lint
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from tests import forge

RNG = np.random.default_rng(0)


def names(found, severity=None):
    return {finding.check for finding in found if severity in (None, finding.severity)}


def walk(*arguments, **options):
    """The forged walk, slow enough that the foot it swings close over the floor does not count as skating."""
    return forge.walk(*arguments, speed=0.8, **options)


def points(motion):
    return Take.of_points(motion.joints(), motion.fps, motion.skeleton)


def jump(seconds=2.0, fps=60.0, fall=9.81):
    """Standing, then a jump at which the body falls by `fall` [m/s^2], then standing."""
    motion = forge.walk(seconds, fps)
    standing = motion.with_(
        rotations=np.repeat(motion.rotations[:1], len(motion), 0), root=np.repeat(motion.root[:1], len(motion), 0)
    )
    times = motion.times - 0.7
    height = np.maximum(0, 0.3 - fall / 2 * (times - np.sqrt(2 * 0.3 / fall)) ** 2) * (times > 0)
    sway = 0.01 * np.sin(3 * motion.times)
    return standing.with_(root=standing.root + np.stack([sway, height, sway], -1))


def with_turn(motion, joint, frames, angle):
    rotations = motion.rotations.copy()
    rotations[frames, WHOLE_BODY.index(joint)] = rotations[frames, WHOLE_BODY.index(joint)] @ rotation.about(
        "X", np.array(angle)
    )
    return motion.with_(rotations=rotations)


def with_root(motion, frames, shift):
    root = motion.root.copy()
    root[frames] += shift
    return motion.with_(root=root)


def not_finite():
    take = points(forge.walk())
    take.joints[10:20, 5] = np.nan
    return take


def bone_drift():
    joints = forge.walk().joints()
    joints[20:30, WHOLE_BODY.index("left_wrist")] *= 1.4
    return Take.of_points(joints, 30.0, WHOLE_BODY)


def foot_skate():
    motion = jump(2.0, 60.0, 9.81)
    return motion.with_(
        root=motion.root * [1, 0, 1] + motion.root[:1] * [0, 1, 0] + np.outer(motion.times, [0, 0, 1.5])
    )


def jitter():
    motion = forge.walk(3.0, 60.0)
    return motion.with_(root=motion.root + RNG.normal(0, 0.005, motion.root.shape))


def burst():
    motion = forge.walk(4.0, 60.0)
    return with_root(motion, slice(60, 110), RNG.normal(0, 0.03, (50, 3)))


def frozen():
    motion = forge.walk(2.0)
    return motion.frames_slice(0, 30).join(_held(motion, 29, 25))


def _held(motion, frame, count):
    one = motion.frames_slice(frame, frame + 1)
    return one.with_(rotations=np.repeat(one.rotations, count, 0), root=np.repeat(one.root, count, 0))


def t_pose(seconds):
    walk = forge.walk(1.0)
    count = round(seconds * walk.fps)
    sway = 0.002 * np.sin(np.arange(count))[:, None] * [1.0, 0, 0]
    return walk.with_(rotations=rotation.identity(count, 52), root=np.repeat(walk.root[:1], count, 0) + sway)


def swapped(motion):
    """The motion with the joints of left and right exchanged, as a file with the wrong labels has them."""
    return Take.of_points(motion.joints()[:, WHOLE_BODY.mirror], motion.fps, WHOLE_BODY)


def flipped():
    joints = forge.walk(4.0).joints()
    joints[60:] = joints[60:, WHOLE_BODY.mirror]
    return Take.of_points(joints, 30.0, WHOLE_BODY)


def bent_backwards():
    motion = forge.walk()
    rotations = motion.rotations.copy()
    rotations[:, WHOLE_BODY.index("left_elbow")] = rotation.about("Y", np.full(len(motion), 1.0))
    return motion.with_(rotations=rotations)


DEFECTS = {
    "not_finite": (not_finite, ERROR),
    "bone_drift": (bone_drift, ERROR),
    "foot_skate": (foot_skate, WARNING),
    "floating": (lambda: with_root(forge.walk(4.0), slice(60, None), [0, 0.4, 0]), WARNING),
    "penetration": (lambda: with_root(forge.walk(4.0), slice(0, 8), [0, -0.7, 0]), ERROR),
    "off_floor": (lambda: with_root(forge.walk(), slice(None), [0, 0.9, 0]), WARNING),
    "jitter": (jitter, WARNING),
    "burst": (burst, WARNING),
    "frozen": (frozen, WARNING),
    "still": (lambda: _held(forge.walk(), 0, 60), ERROR),
    "t_pose_start": (lambda: t_pose(0.2).join(forge.walk()), WARNING),
    "t_pose": (lambda: forge.walk(1.0).join(t_pose(1.0)), WARNING),
    "speed": (lambda: forge.walk(4.0, 30.0, 2.0).with_(fps=300.0), WARNING),
    "gravity": (lambda: jump().with_(fps=15.0), WARNING),
    "size": (lambda: Take.of_points(forge.walk().joints() * 100, 30.0, WHOLE_BODY), ERROR),
    "joint_jump": (lambda: with_turn(forge.walk(), "left_elbow", slice(20, 21), 1.5), WARNING),
    "glitches": (lambda: with_turn(forge.walk(), "left_elbow", slice(10, 50, 8), 1.5), ERROR),
    "root_jump": (lambda: with_root(forge.walk(), slice(20, 21), [0.3, 0, 0]), WARNING),
    "sides_swapped": (lambda: swapped(forge.walk()), ERROR),
    "sides_flip": (flipped, WARNING),
    "bent_backwards": (bent_backwards, ERROR),
}  # fmt: skip


def test_every_check_has_a_defect():
    assert set(DEFECTS) == {check.name for check in CHECKS}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_forged_defect_is_found(name):
    forged, severity = DEFECTS[name]
    found = lint(forged())
    assert name in names(found, severity), [str(finding) for finding in found]


@pytest.mark.parametrize("fps", [20.0, 30.0, 60.0, 120.0])
def test_a_clean_motion_passes(fps):
    for motion in (walk(3.0, fps), walk(3.0, fps, turn=0.8, raise_hand="left"), jump(2.0, fps)):
        found = lint(motion) + lint(points(motion))
        assert not found, [str(finding) for finding in found]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_clean_values_lie_under_the_thresholds(check):
    """Each check by itself says nothing about a clean take; usual values grow, and thresholds too."""
    for take in (Take.of(walk(3.0)), points(walk(3.0))):
        assert lint(take, [check]) == []
    limits = [limit for limit in (check.warning, check.error) if limit is not None]
    assert limits == sorted(limits) and list(check.usual) == sorted(check.usual) and check.meaning


def test_where_and_when():
    found = lint(with_turn(forge.walk(), "left_elbow", slice(20, 21), 1.5))
    told = next(finding for finding in found if finding.check == "joint_jump")
    assert told.joint == "left_elbow" and told.start <= 20 / 30 <= told.end and told.end - told.start < 0.2
    assert told.value == pytest.approx(np.degrees(1.5), abs=8) and "left_elbow" in str(told)
    late = lint(with_turn(t_pose(0.2).join(forge.walk()), "left_elbow", slice(40, 41), 1.5))
    told = next(finding for finding in late if finding.check == "joint_jump")
    assert told.start - 1e-9 <= 40 / 30 <= told.end  # times count from the file's first frame, T-pose or not


def test_gravity_tells_the_rate():
    for fps in (60.0, 100.0):
        assert "gravity" not in names(lint(jump(2.0, fps)))
    assert "gravity" in names(lint(jump().with_(fps=120.0)))


def test_odd_takes_are_no_faults_of_ours():
    chain = forge.motion(1.0).skeleton
    assert isinstance(lint(Motion(rotation.identity(1, 52), np.zeros((1, 3)), 30.0)), list)
    assert isinstance(lint(Take.of_points(np.full((5, 52, 3), np.nan), 30.0, chain)), list)
    with pytest.raises(MotionError, match="points"):
        Take.of_points(np.zeros((5, 3, 3)), 30.0, chain)
    with pytest.raises(MotionError, match="fps"):
        Take.of_points(np.zeros((5, 52, 3)), 0.0, chain)
