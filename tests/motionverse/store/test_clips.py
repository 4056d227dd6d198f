"""What a store keeps beside motion: sound, words and keypoints; and that a part is read without the rest."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from motionverse.clip import Audio, Camera, Clip, Keypoints, Word
from motionverse.errors import MotionError
from motionverse.store import Store, layout
from motionverse.store import points as at_rest
from tests import forge
from tests.motionverse.store.test_store import assert_close, body, clip, written


def keypoints(rows: int = 40, seed: int = 0, moving: bool = False, **changes: object) -> Keypoints:
    rng = np.random.default_rng(seed)
    turned = forge.motion(seconds=rows / 10, fps=10.0, seed=seed).rotations[:, 0]
    camera = Camera(
        np.array([[1500.1, 0, 960], [0, 1500.1, 540], [0, 0, 1]]),
        turned if moving else turned[0],
        rng.normal(size=(rows, 3) if moving else 3),
        (0.1, -0.2, 0.0, 0.0, 0.01),
    )
    made = Keypoints(
        rng.uniform(-50, 1919, (rows, 5, 2)), rng.uniform(0, 1, (rows, 5)), ("a", "b", "c", "d", "e"), 10.0, (1920, 1080),
        "c01", camera,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def whole(tmp_path: Path, **changes: object) -> Clip:
    (tmp_path / "song.wav").write_bytes(b"RIFF" * 100)
    told = {
        "audio": (
            Audio("music", "mBR0", tmp_path / "song.wav", 1.5, 120.0, "CC0", "a band"), Audio("speech", "lost"),
        ),
        "words": (Word("grüß", 0.1, 0.4), Word("", 0.4, 0.5)),
        "keypoints": (keypoints(), keypoints(20, 1, moving=True, view="c02")),
    }  # fmt: skip
    return clip(0, **{**told, **changes})


def assert_same_points(read: Keypoints, made: Keypoints, pixels: float = 1 / 32) -> None:
    assert (read.names, read.fps, read.size, read.view) == (made.names, made.fps, made.size, made.view)
    np.testing.assert_allclose(read.positions, made.positions, rtol=0, atol=pixels)
    np.testing.assert_allclose(read.confidence, made.confidence, atol=1 / 255)
    if read.camera is None or made.camera is None:
        assert read.camera is made.camera is None
        return
    np.testing.assert_array_equal(read.camera.matrix, made.camera.matrix)
    np.testing.assert_allclose(read.camera.rotation, made.camera.rotation, atol=1e-6)
    np.testing.assert_allclose(read.camera.translation, made.camera.translation, atol=1e-6)
    assert read.camera.distortion == made.camera.distortion


def test_a_clip_comes_back_whole(tmp_path: Path) -> None:
    made = whole(tmp_path, style="shy", subject="s1")
    store = written(tmp_path / "store", [made, clip(1)])
    read = store.clip(0)
    assert_close(read.motion, made.motion)
    for name in (
        "name",
        "source",
        "licence",
        "performance",
        "action",
        "style",
        "subject",
        "split",
        "captions",
        "words",
        "audio",
    ):
        assert getattr(read, name) == getattr(made, name)
    for seen, points in zip(read.keypoints, made.keypoints, strict=True):
        assert_same_points(seen, points)
    assert store.clip(1).keypoints == () and store.clip(1).words == ()
    assert store.records[0].to_json().count('"credit"') == 1, "what nobody said is left out, as in stores of before"
    store.verify()


def test_what_comes_back_is_stored_the_same_again(tmp_path: Path) -> None:
    store = written(tmp_path / "store", [whole(tmp_path)])
    again = written(tmp_path / "again", [store.clip(0)])
    assert again.clip(0).words == store.clip(0).words
    assert again.records[0] == store.records[0]
    first, second = (each._blocks.read(0, [(0, each.records[0].length)]) for each in (store, again))
    assert first == second


@pytest.mark.parametrize("moving", [False, True])
def test_part_of_the_keypoints_is_those_rows(tmp_path: Path, moving: bool) -> None:
    made = keypoints(moving=moving)
    store = written(tmp_path / "store", [whole(tmp_path, keypoints=(keypoints(seed=3), made))])
    assert_same_points(store.keypoints(0, 1, 1.0, 1.5), made.slice(1.0, 2.5))
    assert_same_points(store.keypoints(0, 1, 3.0), made.slice(3.0, 4.0))
    assert len(store.keypoints(0, 1, 9.0).positions) == 0


@pytest.mark.parametrize(
    ("scale", "bytes_a_point", "error"), [(1.0, 5, 1 / 32), (2.0, 5, 1 / 16), (5e-4, 5, 2**-15), (1e4, 9, 1.0)]
)
def test_positions_take_the_finest_step_that_holds_them(scale: float, bytes_a_point: int, error: float) -> None:
    made = keypoints(camera=None)
    made = dataclasses.replace(made, positions=made.positions * scale)
    record, data = at_rest.encode(made)
    assert len(data) == record.total_bytes == bytes_a_point * made.confidence.size
    width = record.rows * record.sections[0]
    assert_same_points(at_rest.decode(record, [data[:width], data[width:]], record.rows), made, error)


def test_points_that_were_not_seen_and_odd_confidences_survive() -> None:
    positions = np.array([[[np.nan, 3.0], [np.inf, 1.0]], [[1.0, 2.0], [0.0, 0.0]]])
    odd = keypoints(positions=positions, confidence=np.array([[0.0, 1e-9], [1.7, 0.5]]), names=("a", "b"), camera=None)
    for made in (
        odd,
        dataclasses.replace(odd, positions=positions[:, :1], confidence=odd.confidence[:1].T, names=("a",)),
    ):
        record, data = at_rest.encode(made)
        width = record.rows * record.sections[0]
        read = at_rest.decode(record, [data[:width], data[width:]], record.rows)
        np.testing.assert_array_equal(np.isnan(read.positions), np.isnan(made.positions))
        np.testing.assert_array_equal(
            read.positions[np.isfinite(made.positions)], made.positions[np.isfinite(made.positions)]
        )
        np.testing.assert_array_equal(read.confidence > 0, made.confidence > 0)
        np.testing.assert_allclose(read.confidence, made.confidence, atol=1 / 255)


def test_sounds_stay_where_they_are_and_a_changed_or_moved_one_is_found_out(tmp_path: Path) -> None:
    store = written(tmp_path / "store", [whole(tmp_path)])
    song, lost = store.records[0].audio
    assert store.sound(song) == tmp_path / "song.wav" and lost.sha256 == ""
    with pytest.raises(MotionError, match="lost: the sound is not there"):
        store.sound(lost)
    (tmp_path / "song.wav").write_bytes(b"another song")
    with pytest.raises(MotionError, match=r"song\.wav: not the sound that was stored"):
        store.sound(song)
    (tmp_path / "song.wav").unlink()
    with pytest.raises(MotionError, match=r"song\.wav: the sound is not there"):
        store.sound(song)
    assert store.clip(0).audio[0].path is None


def test_sounds_are_copied_once_where_that_is_asked_for(tmp_path: Path) -> None:
    clips = [whole(tmp_path), whole(tmp_path, name="second", keypoints=())]
    store = written(tmp_path / "store", clips, sounds=True)
    (tmp_path / "song.wav").unlink()
    assert [path.read_bytes() for path in (tmp_path / "store" / layout.SOUNDS).iterdir()] == [b"RIFF" * 100]
    for k in range(2):
        assert store.sound(store.records[k].audio[0]).read_bytes() == b"RIFF" * 100
        path = store.clip(k).audio[0].path
        assert path is not None and path.parent.name == layout.SOUNDS
    (tmp_path / "store").rename(tmp_path / "moved")
    moved = Store(tmp_path / "moved")
    moved.verify()
    assert moved.clip(0).audio[0].path is not None


def test_keypoints_do_not_weigh_on_the_motion(tmp_path: Path) -> None:
    record = written(tmp_path / "store", [whole(tmp_path)]).records[0]
    assert record.frame_bytes == 144
    assert record.length == 144 * record.frames + 40 * 5 * 5 + 20 * (5 * 5 + 48)


def test_a_window_reads_its_own_frames_alone(tmp_path: Path) -> None:
    long = clip(0, body(forge.motion(seconds=600, fps=30.0, seed=0)), keypoints=(keypoints(),))
    store = written(tmp_path / "store", [long])
    read = store.window(0, 300.0, 2.0)
    assert read.frames == 60
    assert store._blocks._checked.sum() <= 4 < len(store.records.checks) / 10
