"""A store holds what was put in, to stated precision and size, and says so when a byte is not what it was."""

import json
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motionverse import rotation
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store, Writer, encode_clip, layout
from tests import forge

BODY = np.arange(len(WHOLE_BODY)) < BODY_JOINTS


def body(motion: Motion, observed: np.ndarray = BODY) -> Motion:
    """The motion as a source without hands gives it: the other joints at rest and marked as not observed."""
    return motion.with_(rotations=np.where(observed[:, None, None], motion.rotations, np.eye(3)), observed=observed)


def clip(k: int, motion: Motion | None = None, **changes: object) -> Clip:
    made = Clip(
        motion=body(forge.motion(seconds=2 + 0.37 * k, seed=k)) if motion is None else motion,
        name=f"clip-{k}",
        source="forged",
        licence="unknown",
        performance=f"performance-{k}",
        captions=(
            Caption("a person waves with the left hand", 0.5, 1.5, "human"),
            Caption("ein Mensch grüßt\nund geht"),
        ),
        action="wave",
        split="train" if k % 2 == 0 else "test",
    )
    return made.with_(**changes)


def written(path: Path, clips: list[Clip], **options: Any) -> Store:
    with Writer(path, **options) as writer:
        for each in clips:
            writer.add(each)
    return Store(path)


def assert_close(read: Motion, made: Motion) -> None:
    assert np.rad2deg(rotation.geodesic(read.rotations, made.rotations)).max() <= 0.01
    np.testing.assert_array_equal(read.root, made.root.astype(np.float32))
    assert (read.fps, read.frames, read.rotation_source) == (made.fps, made.frames, made.rotation_source)
    np.testing.assert_array_equal(read.present, made.present)


def test_round_trip_of_motion_and_what_is_known_of_it(tmp_path: Path) -> None:
    clips = [clip(k, style="shy", subject="s1") for k in range(3)]
    store = written(tmp_path / "store", clips)
    assert len(store) == 3 and store.indices("train").tolist() == [0, 2]
    assert store.indices("validation").tolist() == []
    with pytest.raises(MotionError, match="split 'Train'; must be one of train, validation, test"):
        store.indices("Train")
    for made, (record, motion) in zip(clips, store, strict=True):
        assert_close(motion, made.motion)
        assert motion.skeleton is WHOLE_BODY
        for name in ("name", "source", "licence", "performance", "action", "style", "subject", "split"):
            assert getattr(record, name) == getattr(made, name)
        assert [(c.text, c.start, c.end, c.origin) for c in record.captions] == [
            (c.text, c.start, c.end, c.origin) for c in made.captions
        ]
    assert store.licences[0]["source"] == "forged" and store.licences[0]["clips"] == 3
    store.verify()


def test_bytes_a_frame() -> None:
    hands_and_body, everything = layout.frame_bytes(len(WHOLE_BODY), False), layout.frame_bytes(len(WHOLE_BODY), True)
    assert layout.frame_bytes(BODY_JOINTS, False) == 144 <= 250
    assert hands_and_body == 324 <= 450
    assert everything - hands_and_body == 100


def test_size_on_disk_is_what_the_layout_says(tmp_path: Path) -> None:
    store = written(tmp_path / "store", [clip(k) for k in range(3)])
    frames = sum(record.frames for record in store.records)
    assert sum(row.bytes for row in store.manifest.shards) == 144 * frames


def test_face_hands_other_proportions_and_scattered_joints(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tall = WHOLE_BODY.with_offsets(WHOLE_BODY.offsets * 1.1)
    whole = forge.motion(seed=1, skeleton=tall).with_(face=rng.normal(size=(60, 50)), rotation_source="ik")
    scattered = body(forge.motion(seed=2, fps=23.976), rng.random(len(WHOLE_BODY)) < 0.5)
    store = written(tmp_path / "store", [clip(0, whole), clip(1, scattered)])
    first, second = store.motion(0), store.motion(1)
    assert_close(first, whole)
    assert first.face is not None and whole.face is not None
    np.testing.assert_allclose(first.face, whole.face, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(first.skeleton.offsets, tall.offsets)
    assert_close(second, scattered)


@pytest.mark.parametrize("fps", [12.5, 29.97, 30, 120])
def test_a_window_is_those_frames_of_the_clip(tmp_path: Path, fps: float) -> None:
    store = written(tmp_path / "store", [clip(0), clip(1, body(forge.motion(seconds=3, fps=fps, seed=5)))])
    whole, part = store.motion(1), store.window(1, start=1.0, seconds=0.5)
    first = int(np.ceil(1.0 * fps - 1e-6))
    assert part.frames == int(np.ceil(1.5 * fps - 1e-6)) - first
    np.testing.assert_array_equal(part.rotations, whole.rotations[first : first + part.frames])
    np.testing.assert_array_equal(part.root, whole.root[first : first + part.frames])
    assert store.window(1, 2.5, 60.0).frames == whole.frames - int(np.ceil(2.5 * fps - 1e-6))
    assert store.window(1, 0.0, 1e-9).frames == 1


@pytest.mark.parametrize(("start", "seconds"), [(-1.0, 1.0), (99.0, 1.0), (0.0, 0.0), (0.0, float("nan"))])
def test_a_window_outside_the_clip_is_refused(tmp_path: Path, start: float, seconds: float) -> None:
    store = written(tmp_path / "store", [clip(0)])
    with pytest.raises(MotionError, match="clip-0"):
        store.window(0, start, seconds)


def test_clips_fill_several_shards(tmp_path: Path) -> None:
    clips = [clip(k) for k in range(4)]
    store = written(tmp_path / "store", clips, shard_bytes=20_000)
    assert len(store.manifest.shards) == 3 and {record.shard for record in store.records} == {0, 1, 2}
    for made, (_, motion) in zip(clips, store, strict=True):
        assert_close(motion, made.motion)


def test_a_store_crosses_to_another_process_without_its_bytes(tmp_path: Path) -> None:
    store = written(tmp_path / "store", [clip(0)])
    store.motion(0)
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again.motion(0).root, store.motion(0).root)


def test_a_truncated_or_missing_shard_is_found_on_opening(tmp_path: Path) -> None:
    written(tmp_path / "store", [clip(0)])
    shard = tmp_path / "store" / layout.shard_name(0)
    shard.write_bytes(shard.read_bytes()[:-7])
    with pytest.raises(MotionError, match="truncated"):
        Store(tmp_path / "store")
    shard.unlink()
    with pytest.raises(MotionError, match="missing"):
        Store(tmp_path / "store")


def test_foreign_folders_and_other_versions_are_refused(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(MotionError, match="not a motion store"):
            Store(missing)
    (tmp_path / layout.MANIFEST).write_text("[1, 2]")
    with pytest.raises(MotionError, match="not the manifest"):
        Store(tmp_path)
    written(tmp_path / "store", [clip(0)])
    manifest = tmp_path / "store" / layout.MANIFEST
    for version in (1, 99):
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": version}))
        with pytest.raises(
            MotionError, match=f"version {version}, this program reads 2; build the store again"
        ) as caught:
            Store(tmp_path / "store")
        assert "\n" not in str(caught.value)


def test_clips_encoded_elsewhere_give_the_same_bytes_in_every_file(tmp_path: Path) -> None:
    clips = [clip(k) for k in range(4)]
    carried = pickle.loads(pickle.dumps([encode_clip(each) for each in clips]))
    for name in ("one", "two"):
        with Writer(tmp_path / name, shard_bytes=20_000) as writer:
            for made, encoded in zip(clips, carried, strict=True):
                _ = writer.add(made) if name == "one" else writer.add_encoded(encoded)
            writer.close(Stats(np.arange(669.0), np.ones(669), np.ones(669)))
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_the_statistics_file_does_not_depend_on_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(name: str, moment: float) -> dict[str, bytes]:
        monkeypatch.setattr(time, "time", lambda: moment)
        with Writer(tmp_path / name) as writer:
            writer.add(clip(0))
            writer.close(Stats())
        return bytes_of(tmp_path / name)

    assert at("one", 1e9) == at("two", 1.7e9)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_nothing_is_left_after_an_error_and_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="added before"), Writer(tmp_path / "store") as writer:
        writer.add(clip(0))
        writer.add(clip(0))
    assert list(tmp_path.iterdir()) == []
    written(tmp_path / "store", [clip(0)])
    with pytest.raises(MotionError, match="exists already"):
        Writer(tmp_path / "store")
    assert len(written(tmp_path / "store", [clip(1), clip(2)], overwrite=True)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    (tmp_path / "other").mkdir()
    with pytest.raises(MotionError, match="not a store"):
        Writer(tmp_path / "other", overwrite=True)
    with pytest.raises(MotionError, match="cannot be written"):
        Writer(tmp_path / "no" / "folder")
    with pytest.raises(MotionError, match="ledger"), Writer(tmp_path / "third") as writer:
        writer.add(clip(0, licence="mine"))
