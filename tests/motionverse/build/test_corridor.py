"""The corridor from files to a store, on forged files."""

import json
from pathlib import Path

import numpy as np
import pytest

from motionverse import body_fit, rotation
from motionverse.build import build, clean_stretch, moments, prepare, rest_frames
from motionverse.build.corridor import moved
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.skeleton import WHOLE_BODY
from motionverse.store.reader import Store
from tests import forge
from tests.motionverse.sources import files


def corpus(root: Path) -> None:
    folder = root / "bandai_namco" / "data"
    folder.mkdir(parents=True)
    for k, style in enumerate(("active", "angry", "old")):
        motion = files.of("bandai_namco", forge.walk(2.0, 30.0 if k else 120.0))
        bvh.write(motion, folder / f"dataset-1_walk_{style}_00{k}.bvh")
    (folder / "dataset-1_run_normal_001.bvh").write_text("HIERARCHY\nROOT x\n", encoding="utf-8")
    bvh.write(files.of("bandai_namco", forge.walk(0.2)), folder / "dataset-1_run_normal_002.bvh")
    files.write_quaternions(root / "deepmimic" / "humanoid3d_jump.npz", files.of("deepmimic", files.body(1.0, 30.0)))


@pytest.mark.parametrize("workers", [1, 2])
def test_build_keeps_what_it_can_and_reports_the_rest(tmp_path: Path, workers: int) -> None:
    corpus(tmp_path / "data")
    told: list[tuple[int, int]] = []
    report = build(
        tmp_path / "data",
        tmp_path / "store",
        workers=workers,
        progress=lambda done, total, _: told.append((done, total)),
    )
    assert told[-1] == (6, 6) and len(report.errors) == 2
    assert any("run_normal_001.bvh" in row.error for row in report.errors) and any(
        "shorter" in row.error for row in report.errors
    )
    assert report.bytes_per_frame == 144
    store = Store(tmp_path / "store")
    assert len(store) == 4 and {record.source for record in store.records} == {"bandai_namco", "deepmimic"}
    for k, record in enumerate(store.records):
        motion = store.motion(k)
        assert record.fps <= 60 and np.abs(motion.root[0, [0, 2]]).max() < 1e-6
        assert abs(rotation.twist_about_y(motion.rotations[0, 0])) < 1e-3
    saved = json.loads((tmp_path / "store.report.json").read_text(encoding="utf-8"))
    assert saved["table"][0]["clips"] == 3 and saved["table"][0]["left_out"] == 2


def test_stores_of_one_and_two_workers_are_equal(tmp_path: Path) -> None:
    corpus(tmp_path / "data")
    for workers in (1, 2):
        build(tmp_path / "data", tmp_path / f"store{workers}", workers=workers)
    one, two = (tmp_path / f"store{k}" / "shard-00000.bin" for k in (1, 2))
    assert one.read_bytes() == two.read_bytes()


def test_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="no folder is named after a source"):
        build(tmp_path, tmp_path / "store")
    folder = tmp_path / "bandai_namco"
    folder.mkdir()
    (folder / "dataset-1_run_normal_001.bvh").write_text("HIERARCHY\n", encoding="utf-8")
    with pytest.raises(MotionError, match="no clip could be used; first reason"):
        build(tmp_path, tmp_path / "store", workers=1)
    assert not (tmp_path / "store").exists()
    with pytest.raises(MotionError, match="captoins: no such folder"):
        build(tmp_path, tmp_path / "store", captions=tmp_path / "captoins")


def test_folders_that_no_source_is_called_after_are_named(tmp_path: Path) -> None:
    corpus(tmp_path / "data")
    for name in ("DeepMimic", "captions", ".git"):
        (tmp_path / "data" / name).mkdir()
    for sources, named in ((None, ["not read: DeepMimic"]), (["deepmimic"], [])):
        told: list[str] = []
        build(
            tmp_path / "data", tmp_path / "data" / "store", sources, workers=1, overwrite=True,
            captions=tmp_path / "data" / "captions", notice=told.append,
        )  # fmt: skip
        assert [line.split(" (")[0] for line in told] == named


def test_a_place_that_takes_folders_but_no_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As /proc does; it was waited for without end."""
    from motionverse.build import folder

    def refused(*_: object) -> int:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(folder, "WAIT", 0.1)
    monkeypatch.setattr(folder.os, "open", refused)
    with pytest.raises(MotionError, match="store: cannot be written"), folder.BuildFolder(tmp_path / "store").opened():
        pass


def test_jumps_are_cut_and_captions_follow(tmp_path: Path) -> None:
    motion = forge.walk(4.0, 60.0)
    root = motion.root.copy()
    root[40] += [0.0, 0.0, 2.0]
    start, stop = clean_stretch(motion.with_(root=root))
    assert 41 < start < 50 and stop == len(motion)
    captions = [
        Caption("all", origin="grammar"),
        Caption("early", 0.0, 1.0, "human"),
        Caption("late", 2.0, 4.0, "human"),
    ]
    left = moved(captions, 0.75, 3.25, 4.0)
    assert [(c.text, c.start, c.end) for c in left] == [("all", 0.0, None), ("late", 1.25, 3.25)]
    root[80::9] += [0.0, 0.0, 3.0]
    with pytest.raises(MotionError, match="joints jump in"):
        clean_stretch(motion.with_(root=root))
    with pytest.raises(MotionError, match="nothing moves"):
        clean_stretch(motion.frames_slice(0, 1))


def test_lint_refuses_clips_by_reason(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    walk = forge.walk(3.0)
    rotations = walk.rotations.copy()
    rotations[10:80:6, walk.skeleton.index("left_elbow")] = rotation.about("X", np.array(1.6))
    walk.save(folder / "good.bvh")
    walk.with_(rotations=rotations).save(folder / "glitches.bvh")
    forge.walk(0.2).save(folder / "short.bvh")
    (folder / "broken.bvh").write_text("HIERARCHY", encoding="utf-8")
    report = build(tmp_path, tmp_path / "store", workers=1)
    assert report.refused == {"glitches": 1, "short": 1, "unreadable": 1}
    assert len(report.rows) == len(Store(tmp_path / "store")) + sum(report.refused.values())
    saved = json.loads((tmp_path / "store.report.json").read_text(encoding="utf-8"))
    assert saved["refused"] == report.refused
    told = next(row.error for row in report.errors if row.reason == "glitches")
    assert "joints jump" in told and "\n" not in told


def test_moments_see_only_rates_the_clip_has() -> None:
    slow, fast = moments(forge.walk(2.0, 16.0)), moments(forge.walk(2.0, 60.0))
    assert slow.count.max() < 40 and fast.count.max() > 120


def test_a_held_rest_pose_is_found() -> None:
    walk = forge.walk(1.0)
    assert rest_frames(walk) == 0
    still = walk.with_(rotations=rotation.identity(12, len(walk.skeleton)), root=np.repeat(walk.root[:1], 12, 0))
    assert rest_frames(still.join(walk)) == 12 and rest_frames(still) == 12


def test_half_a_body_stays_half_a_body() -> None:
    motion = forge.walk(2, raise_hand="left")
    names = "spine3 neck head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist".split()
    points = motion.joints()[:, [WHOLE_BODY.index(name) for name in names]]
    clip = Clip(body_fit.fit(points, names, 30), "a", "folder", "unknown", "folder/a")
    present = dict(zip(WHOLE_BODY.names, prepare(clip)[0].motion.present, strict=True))
    assert present["left_wrist"] and not present["pelvis"] and not present["left_knee"]


def test_a_folder_of_ones_own_builds_for_sale_and_takes_its_sounds_along(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("walk", "other"):
        forge.walk(2.0).save(mine / f"{name}.bvh")
    (mine / "walk.wav").write_bytes(b"a sound")
    (mine / "captions.csv").write_text("file,text,licence\nwalk.bvh,somebody walks,own\n", encoding="utf-8")
    report = build(mine, tmp_path / "store", ["folder"], workers=1, licence="commercial", sounds=True)
    assert report.refused == {"licence unknown": 1}
    (mine / "walk.wav").unlink()
    (sound,) = Store(tmp_path / "store").clip(0).audio
    assert sound.path is not None and sound.path.read_bytes() == b"a sound"
