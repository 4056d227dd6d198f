"""The representation: its layout, the way there and back, and its indifference to place and absent joints."""

import numpy as np
import pytest

from motionverse import rotation, tomato
from motionverse.derivative import SMOOTH
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import CELLS, PART_NAMES, PARTS
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton
from tests import forge

BODY = np.arange(len(WHOLE_BODY)) < BODY_JOINTS


def apart(a: Motion, b: Motion, joints=slice(None)) -> tuple[float, float]:
    """Largest distance [mm] and angle [degrees] between two motions."""
    place = np.linalg.norm(a.joints() - b.joints(), axis=-1)[:, joints].max()
    return 1e3 * place, np.degrees(rotation.geodesic(a.rotations, b.rotations)[:, joints].max())


def test_the_layout_is_the_papers():
    assert tomato.WIDTH == 4 + 51 * 3 + 51 * 6 + 52 * 3 + 50 == 669
    assert [f.size for f in tomato.FIELDS] == [1, 2, 1, 153, 306, 156, 50]
    assert sorted(set(tomato.FEATURE_CELL)) == list(range(CELLS))


def test_parts_share_the_features_out():
    indices = np.concatenate([tomato.part_features(part) for part in PART_NAMES])
    assert sorted(indices) == list(range(tomato.WIDTH))
    sizes = {"root": 4 + 3, "face": 50} | {p: 12 * len(j) for p, j in PARTS.items() if p not in ("root", "face")}
    assert {part: len(tomato.part_features(part)) for part in PART_NAMES} == sizes
    with pytest.raises(MotionError, match="tail"):
        tomato.part_features("tail")


def test_features_mean_what_they_say():
    walk = forge.walk(2, 30, speed=1.5).turned(0.7, (3.0, 0.0, -2.0))
    features, frame = tomato.encode(walk)
    mean = {name: features[:, columns].mean(0) for name, columns in tomato.SLICES.items()}
    np.testing.assert_allclose(mean["yaw_rate"], 0, atol=1e-5)
    np.testing.assert_allclose(mean["planar_velocity"], [0, 1.5], atol=1e-4)
    np.testing.assert_allclose(features[:, tomato.SLICES["height"]][:, 0], walk.root[:, 1], atol=1e-6)
    hips = features[0, tomato.SLICES["positions"]].reshape(51, 3)[:2]
    assert hips[0, 0] > 0.05 > -0.05 > hips[1, 0]  # the left hip is at +X
    assert frame.heading == pytest.approx(0.7)
    np.testing.assert_allclose(frame.position, walk.root[0])


def test_turning_left_is_a_positive_yaw_rate():
    features = tomato.encode(forge.walk(2, 30, turn=0.8))[0]
    np.testing.assert_allclose(features[:, tomato.SLICES["yaw_rate"]], 0.8, atol=1e-4)


def test_features_do_not_know_where_the_motion_stands():
    motion = forge.motion(1)
    moved = motion.turned(2.5, (10.0, 0.0, -4.0))
    np.testing.assert_allclose(tomato.encode(motion)[0], tomato.encode(moved)[0], atol=2e-6)


@pytest.mark.parametrize("fps", [12.5, 20, 24, 30, 60, 120])
def test_sixty_seconds_come_back(fps):
    motion = forge.motion(60, fps, seed=int(fps))
    millimetres, degrees = apart(tomato.decode(*tomato.encode(motion)), motion)
    assert millimetres < 0.05
    assert degrees < 0.001


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5])
def test_short_motions_come_back(frames):
    motion = forge.motion(1).frames_slice(0, frames)
    back = tomato.decode(*tomato.encode(motion))
    assert len(back) == frames
    assert max(apart(back, motion)) < 0.01


def test_any_proportions_face_and_source_come_back():
    rng = np.random.default_rng(1)
    offsets = WHOLE_BODY.offsets * rng.uniform(0.7, 1.4, (52, 1))
    motion = forge.motion(1, skeleton=WHOLE_BODY.with_offsets(offsets))
    motion = motion.with_(face=rng.normal(size=(30, 50)), rotation_source="ik")
    back = tomato.decode(*tomato.encode(motion))
    assert max(apart(back, motion)) < 0.01
    assert back.rotation_source == "ik"
    assert back.face is not None
    np.testing.assert_allclose(back.face, motion.face, atol=1e-6)


def test_a_cartwheel_and_a_somersault_come_back():
    turn = np.linspace(0, 4 * np.pi, 121)
    for axis in "XZ":
        motion = forge.motion(4.04, 30)
        rotations = motion.rotations.copy()
        rotations[:, 0] = rotation.about(axis, turn)
        motion = motion.with_(rotations=rotations)
        millimetres, degrees = apart(tomato.decode(*tomato.encode(motion)), motion)
        assert millimetres < 1
        assert degrees < 0.1


def test_heading_is_held_where_it_means_nothing():
    angles = np.array([0.3, 0.3, 0.3])
    pelvis = rotation.about_y(angles) @ rotation.about("X", np.array([0.0, np.pi, 0.0]))
    np.testing.assert_allclose(tomato.heading(pelvis), 0.3, atol=1e-9)
    np.testing.assert_allclose(tomato.heading(pelvis[1:]), 0.3, atol=1e-9)
    assert tomato.heading(pelvis[1:2])[0] == 0


def test_absent_hands_are_zero_and_the_body_is_the_same():
    motion = forge.motion(1)
    features, frame = tomato.encode(motion.with_(observed=BODY))
    hands = np.isin(tomato.FEATURE_CELL, np.flatnonzero(~BODY))
    assert not features[:, hands].any()
    np.testing.assert_allclose(features[:, ~hands], tomato.encode(motion)[0][:, ~hands], atol=1e-5)
    back = tomato.decode(features, frame)
    assert back.observed is BODY
    assert max(apart(back, motion, BODY)) < 0.01
    np.testing.assert_array_equal(back.rotations[:, ~BODY], np.broadcast_to(np.eye(3), (30, 30, 3, 3)))


def test_a_joint_that_others_hang_on_is_kept():
    observed = BODY.copy()
    observed[WHOLE_BODY.index("spine2")] = False
    observed[[WHOLE_BODY.index("left_foot"), WHOLE_BODY.index("left_wrist")]] = False
    motion = forge.motion(1).with_(observed=observed)
    assert max(apart(tomato.decode(*tomato.encode(motion)), motion, observed)) < 0.01


def test_an_upper_body_alone_comes_back():
    legs = [WHOLE_BODY.index(name) for part in ("left_leg", "right_leg") for name in PARTS[part]]
    observed = BODY.copy()
    observed[legs] = False
    motion = forge.motion(1).with_(observed=observed)
    features, frame = tomato.encode(motion)
    assert max(apart(tomato.decode(features, frame), motion, observed)) < 0.01


def test_without_hips_the_pelvis_stays_upright():
    features, frame = tomato.encode(forge.walk(1))
    legs = np.concatenate([tomato.part_features("left_leg"), tomato.part_features("right_leg")])
    features[:, legs] = 0
    np.testing.assert_allclose(tomato.decode(features, frame).rotations[:, 0], rotation.identity(30), atol=1e-5)


def test_noise_on_the_features_stays_small_noise():
    motion = forge.motion(60, 30)
    features, frame = tomato.encode(motion)
    noise = np.random.default_rng(0).normal(0, 1e-3, features.shape)
    for damping, bound in ((1e-5, 2e-3), (SMOOTH, 2e-4)):
        _, path = tomato.root_path(features + noise, frame, damping)
        error = path - motion.root
        zigzag = error[1:-1] - (error[:-2] + error[2:]) / 2
        assert np.abs(zigzag[:, ::2]).max() < bound


def test_generated_features_decode_to_a_proper_motion():
    rng = np.random.default_rng(0)
    features, frame = tomato.encode(forge.motion(2))
    back = tomato.decode(features + rng.normal(0, 0.05, features.shape), frame, SMOOTH)
    np.testing.assert_allclose(np.linalg.det(back.rotations), 1, atol=1e-9)
    assert np.abs(np.sin((tomato.heading(back.rotations[:, 0])[0] - frame.heading) / 2)) < 1e-6


def test_bad_input_is_named():
    with pytest.raises(MotionError, match="2 joints"):
        tomato.encode(forge.motion(skeleton=Skeleton(("hips", "head"), (-1, 0), np.eye(3)[:2])))
    features, frame = tomato.encode(forge.motion(1))
    with pytest.raises(MotionError, match="669"):
        tomato.decode(features[:, :263], frame)
    features[7, 3] = np.nan
    with pytest.raises(MotionError, match="frame 7"):
        tomato.decode(features, frame)
