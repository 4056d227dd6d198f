"""Inverse kinematics: two bones (lengths, goals, planes), and any joints of a tree."""

import numpy as np

from motionverse import ik, rotation
from motionverse.skeleton import WHOLE_BODY
from tests import forge


def limbs(seed: int = 0, count: int = 50) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3)), rng.normal(size=(count, 3)), rng.normal(size=(count, 3))


def test_lengths_are_kept_and_goals_in_reach_are_met() -> None:
    start, way, middle = limbs()
    goal = start + way / np.linalg.norm(way, axis=-1, keepdims=True) * np.linspace(0.15, 0.85, len(way))[:, None]
    bent, end = ik.two_bone(start, goal, middle, (0.5, 0.4))
    np.testing.assert_allclose(np.linalg.norm(bent - start, axis=-1), 0.5, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(end - bent, axis=-1), 0.4, atol=1e-9)
    np.testing.assert_allclose(end, goal, atol=1e-9)


def test_the_middle_joint_stays_on_its_side_of_the_plane() -> None:
    start, goal, middle = limbs(1)
    bent, _ = ik.two_bone(start, goal, middle, (2.0, 2.0))
    normal = np.cross(goal - start, middle - start)
    np.testing.assert_allclose(((bent - start) * normal).sum(-1), 0, atol=1e-9)
    assert (np.sum(np.cross(goal - start, bent - start) * normal, -1) > 0).all()


def test_a_goal_out_of_reach_is_pointed_at() -> None:
    start, _, middle = limbs(2)
    goal = start + np.array([0.0, -3.0, 0.0])
    bent, end = ik.two_bone(start, goal, middle, (0.5, 0.4))
    np.testing.assert_allclose(end - start, np.broadcast_to([0.0, -0.9, 0.0], end.shape), atol=2e-3)
    assert np.isfinite(bent).all()


def test_turn_to_points_the_bone() -> None:
    _, way, axis = limbs(3)
    world = rotation.from_rotvec(axis)
    turned = ik.turn_to(world, np.array([0.0, -0.4, 0.1]), way)
    bone = turned @ np.array([0.0, -0.4, 0.1])
    np.testing.assert_allclose(np.cross(bone, way), 0, atol=1e-9)
    assert ((bone * way).sum(-1) > 0).all()


def test_frames_of_what_has_no_length_or_lies_on_a_line_are_rotations() -> None:
    first = np.array([[0.0, 0, 0], [0, 2, 0], [1, 1, 0], [0, 0, 0], [1e-12, 0, 0]])
    second = np.array([[1.0, 0, 0], [0, -3, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0]])
    frames = ik.square(first, second)
    assert np.allclose(frames @ np.swapaxes(frames, -1, -2), np.eye(3)) and np.allclose(np.linalg.det(frames), 1)
    assert np.allclose(frames[1, :, 0], [0, 1, 0]) and np.allclose(frames[2, :, 0], [0.5**0.5, 0.5**0.5, 0])


def test_joints_of_a_tree_are_brought_to_their_goals_by_those_that_may_turn():
    there, here = forge.motion(0.5, 30.0, 1), forge.motion(0.5, 30.0, 2)
    held, free = np.zeros((15, 52), bool), np.ones((15, 52), bool)
    ends = [WHOLE_BODY.index(name) for name in ("left_wrist", "right_foot", "head")]
    held[:, ends] = True
    stiff = [WHOLE_BODY.index(name) for name in ("spine2", "left_collar")]
    free[:, stiff] = False
    goals = here.joints() + 0.3 * (there.joints() - there.root[:, None] - here.joints() + here.root[:, None])
    rotations, root = ik.meet(WHOLE_BODY, here.rotations, here.root, goals, held, free)
    met = here.with_(rotations=rotations, root=root)
    assert np.linalg.norm(met.joints() - goals, axis=-1)[held].max() < 1e-4
    assert np.array_equal(rotations[:, stiff], here.rotations[:, stiff])
    assert np.allclose(root[:, ::2], here.root[:, ::2])
    yaw, before = (rotation.twist_about_y(values[:, 0]) for values in (rotations, here.rotations))
    assert np.allclose(yaw, before, atol=1e-9)
