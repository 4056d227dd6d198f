"""A canonical motion stands on the floor, over the origin, facing +Z; and can go back."""

import numpy as np
import pytest

from motionverse import rotation
from motionverse.canonical import canonical, floor_height
from tests import forge


def test_it_stands_faces_and_starts_where_it_should():
    walk = forge.walk(2, speed=1.0).turned(1.1, (4.0, 0.7, -3.0))
    moved, undone = canonical(walk)
    assert floor_height(moved) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(moved.root[0, ::2], 0, atol=1e-12)
    assert rotation.twist_about_y(moved.rotations[0, 0]) == pytest.approx(0)
    assert moved.root[-1, 2] > 1.9
    assert undone.heading == pytest.approx(1.1)
    back = undone.restore(moved)
    np.testing.assert_allclose(back.joints(), walk.joints(), atol=1e-9)


def test_a_stated_floor_is_kept():
    walk = forge.walk(1).turned(0.0, (0.0, 2.0, 0.0))
    assert canonical(walk, floor=1.5)[0].root[0, 1] == pytest.approx(walk.root[0, 1] - 1.5)


def test_one_bad_frame_does_not_move_the_floor():
    walk = forge.walk(2)
    root = walk.root.copy()
    root[20, 1] -= 0.3
    assert abs(floor_height(walk.with_(root=root))) < 0.01
