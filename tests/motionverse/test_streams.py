"""What goes with a window: sound of the clip's recording, keypoints of a camera or forged, all in seconds from its start."""

import wave
from pathlib import Path

import numpy as np
import pytest

from motionverse import streams, tomato
from motionverse.batch import collate
from motionverse.clip import Audio, Clip, Keypoints
from motionverse.dataset import WindowDataset, stats_of
from motionverse.errors import MotionError
from motionverse.features import detector, keypoints2d, speech
from motionverse.features.cache import DIGEST, Cache
from motionverse.features.track import Track
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store, Writer
from tests import forge

OFFSET = 2.25  # [s] where in the recording the clip begins


def recording(place: Path) -> Path:
    """Half a second of noise; what its features are says the cache."""
    with wave.open(str(place), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.random.default_rng(0).integers(-999, 999, 8000, np.int16).tobytes())
    return place


def told(seconds: float = 9.0, fps: float = 50.0) -> Keypoints:
    """A camera's points that move to the right by 20 pixels a second."""
    across = 100 + 20 * np.arange(round(seconds * fps)) / fps
    positions = np.stack([across[:, None] + np.arange(15), np.full((len(across), 15), 120.0)], -1)
    return Keypoints(positions, np.full(positions.shape[:2], 0.8), keypoints2d.POINTS, fps, (640, 480))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder, stats = tmp_path_factory.mktemp("data"), Stats()
    sound = (Audio("speech", "talk", recording(folder / "talk.wav"), OFFSET),)
    hands = np.arange(len(WHOLE_BODY)) >= 22
    with Writer(folder / "store") as writer:
        for k, extra in enumerate(({"audio": sound}, {"keypoints": (told(),)}, {})):
            motion = forge.motion(8.0, 40.0, seed=k)
            stats.update(tomato.encode(motion)[0])
            motion = motion.with_(observed=hands) if k == 2 else motion
            writer.add(Clip(motion, f"clip-{k}", "forged", "unknown", f"p{k}", **extra, split="train"))  # type: ignore[arg-type]
        writer.close(stats)
    return Store(folder / "store")


@pytest.fixture
def sounds(store: Store, tmp_path: Path) -> Cache:
    """A cache that says of the recording that what is measured is the time [s]."""
    times = np.arange(2000) / 100
    track = Track(
        times,
        np.repeat(times[:, None], 43, 1).astype(np.float32),
        speech.NAMES,
        speech.ENCODER,
        {"stress": np.arange(0.5, 20, 1.0)},
    )
    cache = Cache(tmp_path / "sounds")
    cache.kept(store.records[0].audio[0].sha256[:DIGEST], speech.ENCODER, lambda: track)
    return cache


@pytest.mark.parametrize("kept", [(), (15.0,)])
@pytest.mark.parametrize("mirror", [0.0, 1.0])
@pytest.mark.parametrize("fps", [15.0, 23.7])
def test_sound_lines_up_with_the_clip(
    store: Store, sounds: Cache, fps: float, mirror: float, kept: tuple[float, ...]
) -> None:
    windows = WindowDataset(store, stats_of(store), mirror=mirror, kept=kept, sounds=sounds)
    for seed in range(4):
        window = windows.window(0, seed, fps, 2.5, ("speech", "music"))
        assert list(window.signals) == ["speech"]
        values, times = window.signals["speech"]
        assert np.allclose(values[:, :43], (OFFSET + window.start + times)[:, None], atol=1e-4)
        assert times[0] == 0 and window.seconds - 1 / 15 - 1e-6 <= times[-1] < window.seconds


def test_a_clip_without_a_sound_has_none_and_nobody_who_does_not_ask(store: Store, sounds: Cache) -> None:
    windows = WindowDataset(store, stats_of(store), sounds=sounds)
    assert windows.window(1, 0, 15.0, 2.0, ("speech",)).signals == windows.window(0, 0, 15.0, 2.0).signals == {}


def test_a_window_is_the_same_whatever_it_carries(store: Store, sounds: Cache) -> None:
    windows = WindowDataset(store, stats_of(store), sounds=sounds)
    alone, laden = windows.window(0, 3, 15.0, 2.0), windows.window(0, 3, 15.0, 2.0, ("keypoints", "speech"))
    assert np.array_equal(alone.features, laden.features) and alone.mirrored == laden.mirrored


def test_a_camera_s_keypoints_line_up_with_the_clip(store: Store) -> None:
    windows = WindowDataset(store, stats_of(store), mirror=0.0)
    for seed in range(4):
        window = windows.window(1, seed, 23.7, 2.5, ("keypoints",))
        values, times = window.signals["keypoints"]
        points = values.reshape(-1, 15, 3)
        across = (100 + 20 * (window.start + times) - 320) / 240
        assert np.allclose(points[:, 0, 0], across, atol=1e-3) and np.allclose(points[..., 2], 0.8, atol=0.01)


@pytest.mark.parametrize("index", [0, 1])
def test_a_mirrored_window_is_seen_mirrored(store: Store, index: int) -> None:
    plain, other = (WindowDataset(store, stats_of(store), mirror=share) for share in (0.0, 1.0))
    for seed in range(3):
        one = plain.window(index, seed, 15.0, 2.5, ("keypoints",)).signals["keypoints"][0].reshape(-1, 15, 3)
        two = other.window(index, seed, 15.0, 2.5, ("keypoints",)).signals["keypoints"][0].reshape(-1, 15, 3)
        left, right = (keypoints2d.POINTS.index(f"{side}_wrist") for side in ("left", "right"))
        assert np.allclose(one[:, left], two[:, right] * [-1, 1, 1], atol=1e-6)
        assert np.allclose(one[:, 0], two[:, 0] * [-1, 1, 1], atol=1e-6)


@pytest.mark.parametrize("long", [4096, 20])
def test_forged_keypoints_are_of_the_window_s_own_motion(
    store: Store, monkeypatch: pytest.MonkeyPatch, long: int
) -> None:
    seen, forged = [], detector.detected
    monkeypatch.setattr(streams, "LONG", long)
    monkeypatch.setattr(detector, "detected", lambda places, *rest: seen.append(places) or forged(places, *rest))
    window = WindowDataset(store, stats_of(store), mirror=0.0).window(0, 5, 23.7, 2.5, ("keypoints",))
    motion = store.motion(0).resample(120.0)
    at = np.round((window.start + window.signals["keypoints"][1]) * 120).astype(int)
    wrist = motion.joints()[at, WHOLE_BODY.index("left_wrist")]
    assert np.abs(seen[0][:, keypoints2d.POINTS.index("left_wrist")] - wrist).max() < 0.02


def test_hands_alone_are_no_body_to_be_seen(store: Store) -> None:
    assert not streams.has(store.records[2], "keypoints") and streams.has(store.records[0], "keypoints")
    assert WindowDataset(store, stats_of(store)).window(2, 0, 15.0, 2.0, ("keypoints",)).signals == {}


def test_a_detector_sees_clean_pictures_too_and_otherwise_errs_by_pixels() -> None:
    motion = forge.walk(3.0, 15.0)
    places, whole = keypoints2d.places(motion), np.ones(15, bool)
    tracks = [detector.detected(places, whole, 15.0, np.random.default_rng(seed)) for seed in range(60)]
    points = [track.values.reshape(-1, 15, 3) for track in tracks]
    clean = [bool(np.isin(p[..., 2], [0, 1]).all()) for p in points]
    assert 4 <= sum(clean) <= 22
    lost = np.mean([(p[..., 2] == 0).mean() for p, c in zip(points, clean, strict=True) if not c])
    assert 0.05 < lost < 0.3
    assert np.mean([(p[:, 13:, 2] == 0).all() for p in points]) > 0.1  # detectors without toes
    assert all((p[p[..., 2] == 0] == 0).all() and np.abs(p).max() < 2 for p in points)


def test_a_detector_may_take_one_arm_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = forge.walk(1.0, 15.0, raise_hand="left")
    places, whole = keypoints2d.places(motion), np.ones(15, bool)
    monkeypatch.setattr(detector, "CLEAN", 1.0)
    plain = detector.detected(places, whole, 15.0, np.random.default_rng(1)).values.reshape(-1, 15, 3)
    for name in ("CLEAN", "LOST", "TOELESS", "_STAYS", "_WANDERS"):
        monkeypatch.setattr(detector, name, 0 * getattr(detector, name))
    monkeypatch.setattr(detector, "SWAPPING", 1.0)
    monkeypatch.setattr(detector, "EXCHANGED", 1e6)
    other = detector.detected(places, whole, 15.0, np.random.default_rng(1)).values.reshape(-1, 15, 3)
    same = np.abs(plain - other)[..., :2].max((0, 2)) < 1e-5
    moved = {point for point, held in zip(keypoints2d.POINTS, same, strict=True) if not held}
    assert moved == {f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")}
    left, right = (keypoints2d.POINTS.index(f"{side}_wrist") for side in ("left", "right"))
    assert np.allclose(plain[:, left, :2], other[:, right, :2], atol=1e-5)


def test_a_detector_s_errors_are_as_large_as_measured() -> None:
    motion = forge.walk(4.0, 15.0)
    places, whole, beside = keypoints2d.places(motion), np.ones(15, bool), []
    camera = keypoints2d.looking(np.array([0.0, 1.0, 9.0]), np.array([0.0, 1.0, 2.0]), 1.0, (640, 480))
    for seed in range(40):
        rng = np.random.default_rng(seed)
        positions, seen = keypoints2d.projected(places, camera, (640, 480))
        found, _ = detector._mistaken(positions, seen & whole, 15.0, 100.0, rng)
        beside.append(np.linalg.norm(np.median(found - positions, 0), axis=-1))
    wrist, ankle = (np.mean(beside, 0)[keypoints2d.POINTS.index(f"left_{joint}")] for joint in ("wrist", "ankle"))
    assert 1.5 < wrist < 4.5 and 0.4 < ankle < 1.6  # pixels of a body 100 pixels tall


def test_a_batch_holds_what_any_of_its_windows_has(store: Store, sounds: Cache) -> None:
    windows = WindowDataset(store, stats_of(store), sounds=sounds)
    batch = collate([windows.window(k, 1, 15.0, 1.0 + k, ("speech", "keypoints")) for k in range(3)])
    assert batch.signals["speech"].mask.any(1).tolist() == [True, False, False]
    seen = batch.signals["keypoints"]
    assert seen.mask.sum(1).tolist() == [15, 30, 0] and seen.values.shape == (3, 30, 45)
    assert not seen.values[0, 15:].any() and seen.times.shape == (3, 30)
    assert batch.to("cpu").signals["speech"].values.equal(batch.signals["speech"].values)


def test_a_recording_that_is_gone_is_named(store: Store, tmp_path: Path) -> None:
    windows = WindowDataset(store, stats_of(store), sounds=Cache(tmp_path))
    place = Path(store.records[0].audio[0].path)
    place.rename(place.with_suffix(".away"))
    try:
        with pytest.raises(MotionError, match=r"talk\.wav: the sound is not there"):
            windows.streams.prepare(store.records, ["speech"])
    finally:
        place.with_suffix(".away").rename(place)
