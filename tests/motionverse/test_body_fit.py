"""Points in, rotations out: the joints come back, whichever of them are seen."""

import numpy as np
import pytest

from motionverse import body_fit, rotation
from motionverse.errors import MotionError
from motionverse.skeleton import WHOLE_BODY
from tests import forge

KINECT = (
    "pelvis spine2 neck head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip "
    "left_knee right_knee left_ankle right_ankle left_foot right_foot"
).split()
UPPER = "spine3 neck head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist".split()


def seen(motion, names):
    return motion.joints()[:, [WHOLE_BODY.index(name) for name in names]]


@pytest.mark.parametrize(
    ("names", "mean", "worst"),
    [(WHOLE_BODY.names, 1e-6, 1e-6), (WHOLE_BODY.names[:22], 1e-6, 1e-6), (KINECT, 0.008, 0.04), (UPPER, 0.02, 0.08)],
)
def test_joints_come_back(names, mean, worst):
    motion = forge.motion(2, seed=1, size=0.25)
    fitted = body_fit.fit(seen(motion, names), names, 30)
    apart = np.linalg.norm(seen(fitted, names) - seen(motion, names), axis=-1)
    assert apart.mean() < mean and apart.max() < worst
    assert fitted.rotation_source == "ik" and fitted.skeleton.names == WHOLE_BODY.names


def test_rotations_come_back_where_hinges_bend_as_hinges_do():
    motion = forge.walk(2, raise_hand="left")
    rotations = motion.rotations.copy()
    for side, sign in (("left", -1.0), ("right", 1.0)):  # elbows bent, so that they tell how the arm is turned
        rotations[:, WHOLE_BODY.index(f"{side}_elbow")] = rotation.about("Y", np.full(len(motion), sign * 1.0))
    motion = motion.with_(rotations=rotations)
    fitted = body_fit.fit(seen(motion, WHOLE_BODY.names[:22]), WHOLE_BODY.names[:22], 30)
    apart = np.degrees(rotation.geodesic(fitted.globals(), motion.globals()))[:, :22]
    assert np.delete(apart, [WHOLE_BODY.index(f"{s}_foot") for s in ("left", "right")], 1).max() < 4


def test_another_size_is_measured_and_absent_joints_are_not_observed():
    motion = forge.motion(1, seed=2, size=0.2)
    fitted = body_fit.fit(1.3 * seen(motion, UPPER), UPPER, 30)
    bones = fitted.skeleton.bone_lengths() / WHOLE_BODY.bone_lengths().clip(1e-9)
    assert bones[WHOLE_BODY.index("left_elbow")] == pytest.approx(1.3, abs=1e-6)
    present = dict(zip(WHOLE_BODY.names, fitted.present, strict=True))
    assert present["left_wrist"] and present["left_collar"] and present["head"]
    assert not present["pelvis"] and not present["left_knee"] and not present["left_index1"]


def test_straight_limbs_neither_flip_nor_jitter():
    motion = forge.walk(3)
    noise = np.random.default_rng(0).normal(0, 0.004, (len(motion), 22, 3))
    fitted = body_fit.fit(motion.joints()[:, :22] + noise, WHOLE_BODY.names[:22], 30)
    turns = rotation.geodesic(fitted.rotations[1:], fitted.rotations[:-1])[:, [WHOLE_BODY.index("left_shoulder")]]
    assert np.degrees(turns).max() < 15


def test_landmarks_turn_head_and_hands():
    motion = forge.motion(1, seed=3, size=0.3)
    names = [*WHOLE_BODY.names[:22], "nose", "left_eye", "right_eye", "left_thumb", "left_hand"]
    world, joints = motion.globals(), motion.joints()
    extra = []
    for name in names[22:]:
        owner, at = body_fit.LANDMARKS[name]
        j = WHOLE_BODY.index(owner)
        extra.append(joints[:, j] + world[:, j] @ np.array(at))
    fitted = body_fit.fit(np.concatenate([joints[:, :22], np.stack(extra, 1)], 1), names, 30)
    for name, degrees in (("head", 12), ("left_wrist", 1e-3)):
        j = WHOLE_BODY.index(name)
        assert np.degrees(rotation.geodesic(fitted.globals()[:, j], world[:, j])).max() < degrees


def test_gaps_are_bridged_and_points_seldom_seen_are_absent():
    motion = forge.motion(2, seed=4, size=0.2)
    points = seen(motion, KINECT).copy()
    points[10:14, KINECT.index("left_wrist")] = np.nan
    points[5:, KINECT.index("head")] = np.nan
    fitted = body_fit.fit(points, KINECT, 30)
    assert not fitted.present[WHOLE_BODY.index("head")] and fitted.present[WHOLE_BODY.index("left_wrist")]
    wrist = WHOLE_BODY.index("left_wrist")
    assert np.linalg.norm(fitted.joints()[10:14, wrist] - motion.joints()[10:14, wrist], axis=-1).max() < 0.05


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["pelvis", "tail"], "'tail' is neither a joint of WHOLE_BODY nor a landmark"),
        (["left_knee", "right_knee"], "neither both hips, both shoulders, nor a hand"),
        (["left_hip"], r"points \(60, 2, 3\); must be \(T, 1, 3\)"),
    ],
)
def test_what_cannot_be_fitted_is_said(names, says):
    with pytest.raises(MotionError, match=says):
        body_fit.fit(np.ones((60, 2, 3)), names, 30)
