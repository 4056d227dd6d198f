"""Contact, sliding and floating on motions whose answer is known."""

import numpy as np
import pytest

from motionverse import rotation
from motionverse.contact import feet, floating, foot_skate
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton


def gliding(speed: float, lift: float = 0.0, fps: float = 30.0) -> Motion:
    """The rest pose moving forwards as a whole, `lift` [m] over the floor."""
    times = np.arange(int(2 * fps)) / fps
    height = np.full_like(times, WHOLE_BODY.standing_height() + lift)
    return Motion(rotation.identity(len(times), 52), np.stack([0 * times, height, speed * times], -1), fps)


def test_standing_still():
    motion = gliding(0)
    assert feet(motion).all()
    assert foot_skate(motion) == pytest.approx({"speed": 0, "ratio": 0, "slide": 0}, abs=1e-9)
    assert floating(motion) == {"height": 0, "penetration": 0, "ratio": 0}


@pytest.mark.parametrize("fps", [20, 30, 120])
def test_gliding_is_measured_in_real_units(fps):
    fast, slow = foot_skate(gliding(1.0, fps=fps)), foot_skate(gliding(0.1, fps=fps))
    assert fast["speed"] == pytest.approx(1.0)
    assert (fast["ratio"], slow["ratio"]) == (1, 0)
    assert slow["slide"] == pytest.approx(20, rel=0.01)  # 0.1 m/s for 2 s
    assert not feet(gliding(1.0, fps=fps)).any()


def test_floating_and_penetration():
    up, down = floating(gliding(0, 0.1)), floating(gliding(0, -0.02))
    assert up == {"height": pytest.approx(0.1), "penetration": 0, "ratio": 1}
    assert down == {"height": 0, "penetration": pytest.approx(0.02), "ratio": 0}
    assert not feet(gliding(0, 0.1)).any()


def test_a_skeleton_without_feet_is_named():
    legless = Skeleton(("hips", "head"), (-1, 0), np.eye(3)[:2])
    with pytest.raises(MotionError, match="left_ankle"):
        feet(Motion(rotation.identity(3, 2), np.zeros((3, 3)), 30, legless))
