"""A timeline says what motionverse.resample says, wherever a window is cut, mirrored or not."""

import numpy as np
import pytest

from motionverse import rotation, tomato
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.timeline import Timeline
from tests import forge

BODY = np.arange(len(WHOLE_BODY)) < BODY_JOINTS


def rough(fps: float, observed: np.ndarray = BODY, seconds: float = 6.0) -> Motion:
    """A smooth motion with noise on top (so that the band limit has something to do), unobserved joints at rest."""
    motion = forge.motion(seconds=seconds, fps=fps, seed=3)
    noise = rotation.from_rotvec(np.random.default_rng(0).normal(0, 0.002, (motion.frames, len(WHOLE_BODY), 3)))
    rotations = np.where(observed[:, None, None], motion.rotations @ noise, np.eye(3))
    return motion.with_(rotations=rotations, observed=observed)


def assert_same(made: Motion, truth: Motion, degrees: float, metres: float) -> None:
    assert np.rad2deg(rotation.geodesic(made.rotations, truth.rotations)).max() <= degrees
    assert np.abs(made.root - truth.root).max() <= metres
    np.testing.assert_array_equal(made.present, truth.present)
    assert made.fps == truth.fps


@pytest.mark.parametrize("native", [24.0, 30.0, 120.0])
@pytest.mark.parametrize("fps", [10.0, 12.5, 15.0, 30.0, 60.0])
def test_a_window_inside_is_that_part_of_the_resampled_clip(native: float, fps: float) -> None:
    motion = rough(native)
    first, frames = round(2 * fps), round(1.5 * fps)
    truth = motion.resample(fps).frames_slice(first, first + frames)
    assert_same(Timeline.of(motion).at(first / fps, fps, frames), truth, degrees=0.06, metres=2e-4)


def test_native_frames_come_back() -> None:
    motion = rough(30.0)
    assert_same(Timeline.of(motion).at(0.0, 30.0, motion.frames), motion, degrees=1e-3, metres=1e-6)


def test_the_ends_of_a_clip_stay_close_and_instants_beyond_are_held() -> None:
    motion = rough(30.0)
    timeline, truth = Timeline.of(motion), motion.resample(15.0)
    assert_same(timeline.at(0.0, 15.0, truth.frames), truth, degrees=0.2, metres=1e-3)
    held = timeline.at(timeline.last, 30.0, 5)
    np.testing.assert_allclose(held.root, np.repeat(motion.root[-1:], 5, 0), atol=1e-6)


@pytest.mark.parametrize("observed", [BODY, np.ones(52, bool), np.random.default_rng(1).random(52) < 0.4])
def test_mirrored_is_the_mirror_of_it(observed: np.ndarray) -> None:
    lopsided = WHOLE_BODY.with_offsets(WHOLE_BODY.offsets + np.random.default_rng(2).normal(0, 0.01, (52, 3)))
    face = np.random.default_rng(3).normal(size=(180, 50))
    timeline = Timeline.of(rough(30.0, observed).with_(skeleton=lopsided, face=face))
    made, truth = timeline.at(1.0, 20.0, 40, mirrored=True), timeline.at(1.0, 20.0, 40).mirror()
    assert_same(made, truth, degrees=1e-6, metres=1e-12)
    np.testing.assert_allclose(made.joints(), truth.joints(), atol=1e-9)
    assert made.face is not None and made.face.shape == (40, 50)


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_short_clips(frames: int, fps: float) -> None:
    motion = rough(30.0, seconds=1.0).frames_slice(0, frames)
    made = Timeline.of(motion).at(0.0, fps, 3)
    # a handful of frames holds no band to limit: only stay near
    assert_same(made.frames_slice(0, 1), motion.resample(fps).frames_slice(0, 1), degrees=2.0, metres=0.01)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("observed", [BODY, np.ones(52, bool), np.isin(np.arange(52), [0, 20, 30, 31, 45])])
def test_a_stretch_has_the_features_of_the_motion_made_of_it(observed: np.ndarray, mirrored: bool) -> None:
    timeline = Timeline.of(rough(60, observed))
    motion, cut = timeline.at(1.2, 25, 70, mirrored), timeline.stretch(1.2, 25, 70, mirrored)
    got = tomato.encode_captured(cut.quaternions, cut.joints, cut.root, 25, cut.skeleton, cut.face)
    np.testing.assert_allclose(got, tomato.encode(motion)[0], atol=1e-5)
