"""Detectors' keypoints as one set, and keypoints made from motion by cameras."""

import numpy as np
import pytest

from motionverse.clip import Keypoints
from motionverse.errors import MotionError
from motionverse.features import keypoints2d
from motionverse.features.keypoints2d import POINTS, SETS
from tests import forge

SIZE = (640, 480)


def test_the_sets_have_the_sizes_that_their_names_say():
    assert {name: len(points) for name, points in SETS.items()} == {
        "coco17": 17, "body25": 25, "mediapipe33": 33, "points15": 15,
    }  # fmt: skip
    for points in SETS.values():
        assert len(set(points)) == len(points)


@pytest.mark.parametrize(("name", "place"), [("coco17", 10), ("body25", 4), ("mediapipe33", 16)])
def test_the_right_wrist_is_where_the_detector_s_documentation_has_it(name, place):
    count = len(SETS[name])
    positions, confidence = np.zeros((2, count, 2)), np.full((2, count), 0.9)
    positions[:, place] = [100, 200]
    points = keypoints2d.to_points(keypoints2d.named(positions, confidence, name, 30, SIZE))
    assert points.positions[0, POINTS.index("right_wrist")].tolist() == [100, 200]
    assert np.count_nonzero(points.positions.any(-1)[0]) == 1
    assert (points.confidence[:, POINTS.index("left_toe")] > 0).all() == (name != "coco17")


def test_channels_do_not_depend_on_the_picture_s_size():
    motion = forge.walk(1.0)
    small, large = (
        keypoints2d.track(keypoints2d.seen_from(motion, keypoints2d.random_camera(motion, 3, size), size))
        for size in ((320, 240), (1280, 960))
    )
    assert np.allclose(small.values, large.values, atol=1e-4)
    assert np.allclose(small.times, motion.times)


@pytest.mark.parametrize("seed", range(8))
def test_random_cameras_see_most_of_the_motion(seed):
    motion = forge.walk(3.0, turn=0.5)
    seen = keypoints2d.seen_from(motion, keypoints2d.random_camera(motion, seed))
    assert seen.confidence.mean() > 0.8
    again = keypoints2d.seen_from(motion, keypoints2d.random_camera(motion, seed))
    assert np.array_equal(seen.positions, again.positions)


def test_a_camera_in_front_sees_the_left_hand_on_its_right_and_the_head_above():
    motion = forge.walk(0.5, speed=0)
    camera = keypoints2d.looking(motion.root[0] + [0, 0, 4], motion.root[0], 1.0, SIZE)
    seen = keypoints2d.track(keypoints2d.seen_from(motion, camera)).values[0].reshape(15, 3)
    left, right, nose, toe = (seen[POINTS.index(name)] for name in ("left_hip", "right_hip", "nose", "left_toe"))
    assert left[0] > right[0]
    assert nose[1] > 0 > toe[1]


def test_a_projected_point_is_where_the_pinhole_says():
    motion = forge.walk(0.5, speed=0)
    eye = motion.root[0] + [0.3, 0.4, 3]
    camera = keypoints2d.looking(eye, motion.root[0], 0.8, SIZE)
    point = motion.joints()[0, motion.skeleton.index("left_wrist")]
    inside = camera.rotation @ point + camera.translation
    expected = camera.matrix[0, 0] * inside[:2] / inside[2] + [320, 240]
    found = keypoints2d.seen_from(motion, camera).positions[0, POINTS.index("left_wrist")]
    assert np.allclose(found, expected)
    assert np.isclose(np.linalg.norm(inside), np.linalg.norm(point - eye))


def test_what_lies_behind_the_camera_is_not_seen():
    motion = forge.walk(0.5, speed=0)
    behind = keypoints2d.looking(motion.root[0] + [0, 0, 4], motion.root[0] + [0, 0, 8], 1.0, SIZE)
    assert not keypoints2d.seen_from(motion, behind).confidence.any()


def test_what_was_not_captured_is_not_seen():
    motion = forge.walk(0.5, speed=0)
    arm = [
        name.startswith("right_") and name.endswith(("shoulder", "elbow", "wrist")) for name in motion.skeleton.names
    ]
    camera = keypoints2d.looking(motion.root[0] + [0, 0, 6], motion.root[0], 1.0, SIZE)
    seen = keypoints2d.seen_from(motion.with_(observed=np.array(arm)), camera).confidence[0] > 0
    assert [point for point, on in zip(POINTS, seen, strict=True) if on] == [
        f"right_{j}" for j in ("shoulder", "elbow", "wrist")
    ]
    assert keypoints2d.seen_from(motion, camera).confidence.all()


def test_what_cannot_be_used_is_named():
    with pytest.raises(MotionError, match="unknown set 'body99'"):
        keypoints2d.named(np.zeros((1, 3, 2)), np.zeros((1, 3)), "body99", 30, SIZE)
    with pytest.raises(MotionError, match="size is not known"):
        keypoints2d.track(Keypoints(np.zeros((1, 15, 2)), np.ones((1, 15)), POINTS, 30.0))
    with pytest.raises(MotionError, match="none of nose"):
        keypoints2d.to_points(Keypoints(np.zeros((1, 1, 2)), np.ones((1, 1)), ("tail",), 30.0, SIZE))
