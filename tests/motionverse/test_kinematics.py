"""Forward kinematics against one joint after another, over any leading axes and more poses than are worked on at a time."""

import numpy as np
import pytest

from motionverse import kinematics, rotation
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge

SHUFFLED = Skeleton(("a", "b", "c", "d", "e"), (-1, 0, 1, 0, 3), np.arange(15.0).reshape(5, 3))


@pytest.mark.parametrize("skeleton", [WHOLE_BODY, SHUFFLED, Skeleton(("a",), (-1,), np.zeros((1, 3)))])
@pytest.mark.parametrize("shape", [(kinematics.BLOCK + 3,), (2, 3), ()])
def test_it_is_one_joint_after_another(skeleton, shape):
    rng = np.random.default_rng(0)
    local = rotation.from_rotvec(rng.normal(0, 1, (*shape, len(skeleton), 3)))
    root = rng.normal(0, 1, (*shape, 3))
    positions, world = kinematics.forward(skeleton, local, root)
    np.testing.assert_allclose(positions[..., 0, :], root, atol=1e-14)
    np.testing.assert_allclose(world[..., 0, :, :], local[..., 0, :, :], atol=1e-14)
    for j, p in enumerate(skeleton.parents[1:], 1):
        np.testing.assert_allclose(world[..., j, :, :], world[..., p, :, :] @ local[..., j, :, :], atol=1e-12)
        bone = world[..., p, :, :] @ skeleton.offsets[j]
        np.testing.assert_allclose(positions[..., j, :], positions[..., p, :] + bone, atol=1e-12)
    np.testing.assert_allclose(kinematics.positions(skeleton, local, root), positions, atol=1e-14)
    np.testing.assert_allclose(kinematics.to_global(skeleton, local), world, atol=1e-14)


def test_one_root_for_all_poses():
    local = forge.motion(1).rotations
    expected = kinematics.forward(WHOLE_BODY, local, np.zeros((len(local), 3)))[0]
    np.testing.assert_allclose(kinematics.forward(WHOLE_BODY, local, np.zeros(3))[0], expected)
