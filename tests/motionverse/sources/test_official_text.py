"""AMASS and the sets that describe it, each on a forged distribution, and each on one that is broken."""

from pathlib import Path

import numpy as np
import pytest

from motionverse import retarget, split
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import humanml3d, joins, table
from tests.motionverse.sources import files, forge_sets


def apart(a: Motion, b: Motion) -> float:
    """Largest distance [m] of body joints that both have, each motion from its first pelvis on."""
    names = [n for n in WHOLE_BODY.names[:22] if a.skeleton.has(n) and b.skeleton.has(n)]
    places = [m.joints()[:, [m.skeleton.index(n) for n in names]] - m.root[0] for m in (a, b)]
    return float(np.abs(places[0] - places[1]).max())


def test_amass_names_recordings_and_shares_cmus_performances(tmp_path: Path):
    motion = forge_sets.walk()
    forge_sets.amass(tmp_path / "amass", "CMU/05/05_02", motion)
    forge_sets.amass(tmp_path / "amass", "BMLrub/rub001/0001_treadmill fast", motion)
    clips = {clip.name: clip for clip in table.source("amass").clips(tmp_path)}
    assert list(clips) == ["BioMotionLab_NTroje/rub001/0001_treadmill_fast", "CMU/05/05_02"], (
        "shape.npz is no recording"
    )
    clip = clips["CMU/05/05_02"]
    assert clip.performance == "cmu/05_02" and clip.motion.fps == 60 and apart(clip.motion, motion) < 1e-6
    assert clip.motion.skeleton.names == WHOLE_BODY.names and clip.subject == "CMU/05"


def test_amass_refuses_another_joint_order(tmp_path: Path):
    path = forge_sets.amass(tmp_path, "CMU/05/05_02", forge_sets.walk())
    np.savez(path, poses=np.zeros((9, 75)), trans=np.zeros((9, 3)), mocap_framerate=60)
    with pytest.raises(MotionError, match=r"05_02_poses\.npz: poses \(9, 75\); must be \(T, W\)"):
        list(table.source("amass").clips(tmp_path))


def test_humanml3d_cuts_amass_by_its_index(tmp_path: Path):
    motion = forge_sets.walk(8.0)
    for name in ("KIT/3/kick", "MPI_HDM05/mm/HDM_mm_08-01"):
        forge_sets.amass(tmp_path / "amass", name, motion)
    index = {"000000": ("KIT/3/kick_poses", 20, 60), "000001": ("MPI_HDM05/mm/HDM_mm_08-01_poses", 20, 60)}
    forge_sets.humanml3d(tmp_path, {"000000": "train", "M000000": "train", "000001": "test"}, index)
    clips = {clip.name: clip for clip in table.source("humanml3d").clips(tmp_path)}
    plain, mirror, led = (clips[name] for name in ("000000", "M000000", "000001"))
    assert apart(plain.motion, motion.slice(1.0, 3.0)) < 1e-6 and plain.motion.fps == 60
    assert apart(mirror.motion, motion.slice(1.0, 3.0).mirror()) < 1e-6 and mirror.performance == plain.performance
    assert apart(led.motion, motion.slice(4.0, 6.0)) < 1e-6, "3 s of this set are no part of it"
    assert [c.text for c in mirror.captions][0] == "a person waves the right hand."
    assert [(c.start, c.end) for c in plain.captions] == [(0.0, None), (0.5, 1.0), (0.0, None)]
    assert (plain.split, led.split) == ("train", "test") and split.assign(led) == "test"


def test_humanml3d_onto_cmus_own_files_by_trial_and_time(tmp_path: Path):
    motion = forge_sets.walk(6.0, 120.0)
    (tmp_path / "cmu").mkdir()
    for trial in ("07_03", "85_14"):  # the second lacks its beginning
        bvh.write(files.with_rest_pose(motion), tmp_path / "cmu" / f"{trial}.bvh")
    index = {"000004": ("CMU/07/07_03_poses", 30, 90), "000005": ("CMU/07/07_04_poses", 0, 10)}
    index["000006"] = ("CMU/85/85_14_poses", 0, 60)
    forge_sets.humanml3d(tmp_path, {"000004": "train", "M000004": "train", "000005": "train", "000006": "train"}, index)
    (clip,) = table.source("humanml3d").clips(tmp_path)
    assert clip.motion.seconds == pytest.approx(3.0) and apart(clip.motion, motion.slice(1.5, 4.5)) < 1e-3
    assert clip.performance == "cmu/07_03" and split.assign(clip) == "test", "a trial with sentences is test everywhere"


def test_humanml3d_without_recordings_takes_the_points(tmp_path: Path):
    motion = forge_sets.walk(3.0, 20.0)
    act = "humanact12/humanact12/P01G01R01F0001T0064A0101"
    index = {"000007": ("KIT/3/kick_poses", 0, 60), "000008": (act, 0, 60)}
    folder = forge_sets.humanml3d(tmp_path, {"000007": "val", "000008": "val"}, index)
    for name in index:
        forge_sets.save(folder / "new_joints" / f"{name}.npy", motion.joints()[:, :22])
    clip, other = table.source("humanml3d").clips(tmp_path)
    assert (clip.licence, other.licence) == ("humanml3d", "humanact12") and other.performance.startswith("humanact12/")
    assert clip.motion.rotation_source == "ik" and clip.split == "validation" and apart(clip.motion, motion) < 0.02


def test_humanml3d_says_what_is_broken(tmp_path: Path):
    folder = forge_sets.humanml3d(tmp_path, {"000007": "val"}, {})
    with pytest.raises(MotionError, match="no clip of humanml3d found; github.com/EricGuo5513/HumanML3D"):
        table.source("humanml3d").entries(tmp_path)
    points = forge_sets.save(folder / "new_joints" / "000007.npy", np.zeros((40, 21, 3)))
    with pytest.raises(MotionError, match=r"000007\.npy: points \(40, 21, 3\); must be \(T, 22, 3\)"):
        list(table.source("humanml3d").clips(tmp_path))
    forge_sets.save(points, forge_sets.walk(2.0, 20.0).joints()[:, :22])
    forge_sets.text(folder / "texts" / "000007.txt", "a person walks#a/DET#soon#0.0")
    with pytest.raises(MotionError, match=r"000007\.txt: line 1: must be sentence#words#from#to"):
        list(table.source("humanml3d").clips(tmp_path))
    (folder / "texts" / "000007.txt").unlink()
    with pytest.raises(MotionError, match=r"000007\.txt: cannot be read"):
        list(table.source("humanml3d").clips(tmp_path))
    forge_sets.text(
        folder / "index.csv", "source_path,start_frame,end_frame,new_name", "./pose_data/a/b/c.npy,x,1,000007.npy"
    )
    with pytest.raises(MotionError, match=r"index\.csv: line 2"):
        table.source("humanml3d").entries(tmp_path)


def test_humanml3d_refuses_a_recording_that_is_too_short(tmp_path: Path):
    forge_sets.amass(tmp_path / "amass", "KIT/3/kick", forge_sets.walk(2.0))
    forge_sets.humanml3d(tmp_path, {"000000": "train"}, {"000000": ("KIT/3/kick_poses", 0, 117)})
    with pytest.raises(MotionError, match=r"000000: seconds 0\.00 to 5\.85 of a recording of 2\.00 s"):
        list(table.source("humanml3d").clips(tmp_path))


@pytest.mark.parametrize("fps, seconds", [(120, 0.05), (60, 0.05), (100, 0.05), (250, 12 / 250), (59, 2 / 59)])
def test_the_frames_that_humanml3d_counts_are_every_nth(fps: float, seconds: float):
    assert humanml3d.thinned(fps) == pytest.approx(seconds)
    assert humanml3d.window(("MPI_Limits/03099/op3", 1, 201), fps)[0] == pytest.approx(21 * seconds)


def test_a_recording_has_one_name_in_every_release():
    same = (
        "./pose_data/CMU/05/05_02_poses.npy",
        "CMU/CMU/05/05_02_poses.npz",
        "CMU/05/05_02_stageii.npz",
        "CMU/05/05_02",
    )
    assert {joins.amass_name(path) for path in same} == {"CMU/05/05_02"}
    assert joins.amass_name("DFaust/50022/50022_punching_poses.npz") == "DFaust_67/50022/50022_punching"
    assert joins.cmu_trial("CMU/20_21_rory1/20_11") == "20_11" and joins.cmu_trial("KIT/3/20_11") == ""
    assert joins.performance("CMU/14/14_36") == "cmu/14_31", "one recording under two names"


@pytest.mark.parametrize("millimetres, swapped", [(True, True), (False, False)])
def test_kit_ml_points_are_turned_to_what_their_names_say(tmp_path: Path, millimetres: bool, swapped: bool):
    motion = forge_sets.walk(3.0, 12.5)
    folder = tmp_path / "kit_ml"
    forge_sets.save(folder / "new_joints" / "00002.npy", forge_sets.kit_joints(motion, millimetres, swapped))
    forge_sets.text(folder / "texts" / "00002.txt", "A human walks.#A/DET#0.0#0.0")
    forge_sets.text(folder / "train.txt", "00002")
    (clip,) = table.source("kit_ml").clips(tmp_path)
    assert clip.motion.fps == 12.5 and clip.motion.rotation_source == "ik" and clip.split == "train"
    assert apart(clip.motion, motion) < 0.08, "feet and spine are of one piece here"
    made, report = retarget.retarget(clip.motion)
    assert made.present[:22].all() and report.error_mm[0] < 60


def test_kit_ml_annotations_go_onto_amass_and_cmu(tmp_path: Path):
    motion = forge_sets.walk(4.0)
    forge_sets.amass(tmp_path / "amass", "KIT/4/WalkingStraightForward01", motion)
    (tmp_path / "cmu").mkdir()
    bvh.write(files.with_rest_pose(motion), tmp_path / "cmu" / "05_02.bvh")
    texts = [
        {"seg_id": "0", "text": "A person walks.", "start": 0.0, "end": 4.0},
        {"seg_id": "1", "text": "", "start": 0, "end": 1},
    ]
    rows = {
        "00001": "KIT/4/WalkingStraightForward01_poses",
        "00002": "CMU/05/05_02_poses",
        "00003": "KIT/4/absent_poses",
    }
    table_ = {key: {"path": path, "duration": 4.0, "annotations": texts} for key, path in rows.items()}
    forge_sets.as_json(tmp_path / "kit_ml" / "annotations.json", table_)
    clips = list(table.source("kit_ml").clips(tmp_path))
    assert [(c.name, c.performance) for c in clips] == [
        ("00001", "amass/KIT/4/WalkingStraightForward01"), ("00002", "cmu/05_02"),
    ]  # fmt: skip
    assert [(c.text, c.start, c.end) for c in clips[1].captions] == [("A person walks.", 0.0, None)]


def test_kit_ml_says_what_is_broken(tmp_path: Path):
    forge_sets.as_json(tmp_path / "kit_ml" / "annotations.json", {"00001": {"text": "walks"}})
    with pytest.raises(MotionError, match=r"annotations\.json: must be \{id: \{path"):
        table.source("kit_ml").entries(tmp_path)
    forge_sets.as_json(tmp_path / "kit_ml" / "annotations.json", {})
    forge_sets.save(tmp_path / "kit_ml" / "new_joints" / "00001.npy", np.zeros((9, 22, 3)))
    forge_sets.text(tmp_path / "kit_ml" / "texts" / "00001.txt", "A human walks.#A/DET#0.0#0.0")
    with pytest.raises(MotionError, match=r"points \(9, 22, 3\); must be \(T, 21, 3\)"):
        list(table.source("kit_ml").clips(tmp_path))


def test_babel_labels_recordings_and_their_stretches(tmp_path: Path):
    motion = forge_sets.walk(4.0)
    forge_sets.amass(tmp_path / "amass", "CMU/141/141_05", motion)
    row = {"babel_sid": 7692, "dur": 4.0, "feat_p": "CMU/CMU/141/141_05_poses.npz", "url": ""}
    stretches = [forge_sets.label("standing", "stand", 0, 1), forge_sets.label("hopping left", "hop", 1, 3.5)]
    dense = {
        **row,
        "seq_ann": {"labels": [forge_sets.label("jump", "hop")], "mul_act": True},
        "frame_ann": {"labels": stretches},
    }
    extra = {**row, "seq_anns": [{"labels": [forge_sets.label("hops around", "hop")]}], "frame_anns": None}
    absent = {**row, "babel_sid": 1, "feat_p": "KIT/KIT/3/absent_poses.npz", "seq_ann": None, "frame_ann": None}
    forge_sets.babel(tmp_path, {"train": [absent], "val": [dense], "extra_val": [extra]})
    (clip,) = table.source("babel").clips(tmp_path)
    told = [(c.text, c.start, c.end) for c in clip.captions]
    assert told == [("jump", 0.0, None), ("standing", 0.0, 1.0), ("hopping left", 1.0, 3.5), ("hops around", 0.0, None)]
    assert (clip.action, clip.split, clip.performance) == ("hop", "validation", "cmu/141_05") and apart(
        clip.motion, motion
    ) < 1e-6


def test_babel_says_what_is_broken(tmp_path: Path):
    forge_sets.amass(tmp_path / "amass", "CMU/141/141_05", forge_sets.walk(4.0))
    row = {"babel_sid": 7692, "dur": 9.0, "feat_p": "CMU/CMU/141/141_05_poses.npz", "seq_ann": None, "frame_ann": None}
    forge_sets.babel(tmp_path, {"train": [row]})
    with pytest.raises(MotionError, match=r"4\.00 s; .*train\.json says 9\.00 s"):
        list(table.source("babel").clips(tmp_path))
    forge_sets.babel(tmp_path, {"train": [{**row, "dur": 4.0, "frame_ann": {"labels": [{"raw_label": "walk"}]}}]})
    with pytest.raises(MotionError, match=r"sequence 7692: a label lacks or breaks 'start_t'"):
        list(table.source("babel").clips(tmp_path))
    forge_sets.as_json(tmp_path / "babel" / "babel_v1.0_release" / "train.json", {"1": {"babel_sid": 1}})
    with pytest.raises(MotionError, match=r"train\.json: must be"):
        table.source("babel").entries(tmp_path)
