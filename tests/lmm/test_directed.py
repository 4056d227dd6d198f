import numpy as np
import pytest

import lmm
from lmm import directed, planting
from lmm.directed import Way
from lmm.remade import Options
from motionverse import contact
from motionverse.tomato import heading
from tests import forge

TIMES = np.linspace(0, 2, 9)
WAY = Way(TIMES, np.stack([np.sin(TIMES), 1.0 + TIMES], -1))


@pytest.mark.parametrize("fps", [20.0, 60.0])
def test_a_way_is_met_and_headed_along(model, fps):
    made = directed.along(model, WAY, fps, Options("a person walks"))
    assert len(made) == 2 * fps + 1
    for instant, place in zip(WAY.times, WAY.places, strict=True):
        assert np.linalg.norm(made.root[round(instant * fps), ::2] - place) < 1e-3
    ahead = np.arctan2(np.cos(1.0), 1.0)  # at 1 s the way runs along (cos 1, 1)
    assert abs(heading(made.rotations[:, 0])[round(fps)] - ahead) < 0.1
    turned = directed.along(model, Way(TIMES, WAY.places, np.full(9, 2.0)), fps)
    assert np.allclose(heading(turned.rotations[:, 0]) % (2 * np.pi), 2.0, atol=1e-3)


def test_a_way_that_stands_still_has_a_heading_and_one_too_short_none(model):
    made = directed.along(model, Way(TIMES, np.ones((9, 2))), 20.0)
    assert np.abs(made.root[:, ::2] - 1).max() < 1e-3
    with pytest.raises(lmm.MotionError, match="the way takes 0.1 s; allowed are 0.5 to 60"):
        directed.along(model, Way(TIMES / 20, WAY.places), 20.0)


def test_feet_that_slide_along_with_a_led_body_are_held():
    walk = forge.walk(4.0, 30.0)
    led = walk.with_(root=walk.root * [1, 1, 1.2])  # faster than the legs go, one of which swings low
    held = planting.planted(led)
    assert contact.foot_skate(held)["speed"] < 0.7 * contact.foot_skate(led)["speed"]
    assert np.array_equal(held.root, led.root)
    above = [j for j, name in enumerate(led.skeleton.names) if not name.endswith(("hip", "knee", "ankle"))]
    assert np.array_equal(held.rotations[:, above], led.rotations[:, above])


def test_sentences_follow_each_other_without_a_seam(model):
    made = directed.timeline(model, [(0, "a person walks"), (1.5, "a person bows")], 3.0, 20.0)
    first = model.generate("a person walks", 1.5, 20.0)
    assert len(made) == 60 and np.array_equal(made.rotations[:30], first.rotations)
    steps = np.linalg.norm(np.diff(made.joints(), axis=0), axis=-1).max(-1)
    assert steps[29] <= 1.2 * np.delete(steps, 29).max()
    other = directed.timeline(model, [(0, "a person walks"), (1.5, "a person jumps")], 3.0, 20.0)
    assert np.abs(other.joints() - made.joints())[30:].max() > 1e-6


@pytest.mark.parametrize(
    "said", [[], [(1, "walks")], [(0, "walks"), (2.8, "bows")], [(0, "walks"), (2, "bows"), (1, "sits")]]
)
def test_sentences_that_leave_no_time_are_one_line(model, said):
    with pytest.raises(lmm.MotionError, match="the first must be at 0, and each last 0.5 s at least"):
        directed.timeline(model, said, 3.0)


def test_poses_are_met_where_they_stand(model):
    walk = forge.walk(3.0, 30.0).turned(0.5, (1.0, 0.3, 2.0))
    poses = {at: walk.slice(at, at + 0.01) for at in (0.0, 1.0, 2.5)}
    made = directed.keyframed(model, poses, 3.0, 50.0)
    for at, pose in poses.items():
        k = round(at * 50)
        assert np.linalg.norm(made.joints()[k] - pose.joints()[0], axis=-1).max() < 1e-3
        assert np.array_equal(made.rotations[k, 1:], pose.rotations[0, 1:])
    with pytest.raises(lmm.MotionError, match="from 0 to under 2 s"):
        directed.keyframed(model, poses, 2.0)
