import numpy as np
import pytest

from motionverse.view import camera
from motionverse.view.floor import SHADOW_SIDE, Floor
from tests import forge


@pytest.mark.parametrize("size", [(640, 640), (300, 200), (200, 500)])
@pytest.mark.parametrize("made", [forge.walk(3), forge.walk(3, speed=6, turn=2), forge.motion(2), forge.motion(0.03)])
def test_every_joint_of_every_frame_is_in_the_picture(made, size):
    joints = made.joints()
    view = camera.follow(joints, made.fps, 0.0, 1.7, 0.0, size)
    for frame in range(len(made)):
        to_world = view.pose(frame)
        local = (joints[frame] - to_world[:3, 3]) @ to_world[:3, :3]
        assert (local[:, 2] < 0).all()
        assert (np.abs(local[:, :2] / -local[:, 2:]) < view.half).all()


def test_the_camera_moves_smoothly_and_keeps_a_straight_walk_in_the_middle():
    made = forge.walk(4, fps=60)
    path = camera.smooth_path(made.root[:, ::2], 60, 0.45)
    assert np.abs(path - made.root[:, ::2]).max() < 1e-6  # a straight line is smooth already
    jerky = np.cumsum(np.random.default_rng(0).normal(size=(200, 2)), 0)
    smooth = camera.smooth_path(jerky, 30, 0.45)
    assert np.abs(np.diff(smooth, 2, axis=0)).max() < 0.1 * np.abs(np.diff(jerky, 2, axis=0)).max()


def test_facing_is_square_to_the_hips():
    joints = np.array([[0, 1.0, 0], [0, 1, 0.1], [0, 1, -0.1]])  # left hip toward +Z: faces -X
    assert camera.facing(joints, np.tile(np.eye(3), (3, 1, 1)), (1, 2)) == pytest.approx(-np.pi / 2)
    assert camera.facing(joints, np.tile(np.eye(3), (3, 1, 1)), None) == pytest.approx(0)


def test_the_floor_takes_shadow_where_the_mask_says():
    joints = forge.walk(1).joints()
    view = camera.follow(joints, 30, 0.0, 1.7, 0.0, (160, 120))
    floor = Floor(view, (160, 120), 0.0, 0.5, np.array([0, 1.0, 0.01]), 2.0)
    plain = floor.draw(view.targets[0], None).copy()
    shade = floor.draw(view.targets[0], np.ones((SHADOW_SIDE, SHADOW_SIDE), np.float32)).copy()
    assert plain.shape == (120, 160, 3) and plain.min() > 0 and plain.max() <= 255
    assert np.array_equal(shade[: floor.first], plain[: floor.first]) and (shade[-1] < plain[-1] * 0.6).all()
    assert plain[-1].std() > 1  # there is a checker near the camera
