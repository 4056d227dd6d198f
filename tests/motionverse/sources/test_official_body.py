"""Sets with motion of their own, each on a forged distribution, and each on one that is broken."""

from pathlib import Path

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.formats import textgrid
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import aist_plusplus, beat, table
from tests.motionverse.sources import files, forge_sets
from tests.motionverse.sources.test_official_text import apart


@pytest.mark.parametrize(
    "motions, texts",
    [("motion_data/smplx_322", "texts/semantic_labels"), ("motion/motion_generation/smplx322", "text/semantic_label")],
)
def test_motion_x_has_hands_face_and_sentences(tmp_path: Path, motions: str, texts: str):
    motion, root = forge_sets.walk(2.0, 30.0), tmp_path / "motion_x"
    face = np.random.default_rng(0).normal(size=(len(motion), 50))
    for name in ("idea400/subset_0001/Walk_clip_1", "humanml/M000004"):
        forge_sets.save(root / motions / f"{name}.npy", forge_sets.smplx_322(motion, face))
    forge_sets.text(root / texts / "idea400" / "subset_0001" / "Walk_clip_1.txt", "a man walks and waves")
    forge_sets.text(root / "test.txt", "idea400/subset_0001/Walk_clip_1")
    mirrored, clip = table.source("motion_x").clips(tmp_path)
    assert (
        apart(clip.motion, motion) < 1e-5
        and clip.motion.fps == 30
        and clip.motion.present.all()
        and clip.split == "test"
    )
    assert np.abs(clip.motion.rotations[:, 22:] - motion.rotations[:, 22:]).max() < 1e-5 and np.allclose(
        clip.motion.face, face
    )
    assert [c.text for c in clip.captions] == ["a man walks and waves"]
    assert mirrored.motion.fps == 20 and mirrored.performance == "motion_x/humanml/000004" and not mirrored.captions


def test_motion_x_refuses_another_width(tmp_path: Path):
    forge_sets.save(tmp_path / "motion_data" / "smplx_322" / "music" / "a.npy", np.zeros((5, 263)))
    with pytest.raises(MotionError, match=r"a\.npy: array \(5, 263\); Motion-X has \(T, 322\)"):
        list(table.source("motion_x").clips(tmp_path))


def test_humanact12_is_named_by_its_files(tmp_path: Path):
    motion = forge_sets.walk(2.0, 20.0)
    for name in ("P01G01R02F1170T1208A0102", "P01G01R02F0001T0040A0301"):
        forge_sets.save(tmp_path / "humanact12" / "HumanAct12" / f"{name}.npy", forge_sets.humanact12_points(motion))
    run, warm = table.source("humanact12").clips(tmp_path)
    assert (run.action, warm.action, warm.captions[0].text) == ("run", "warm-up", "a person warms up the chest")
    assert run.performance == warm.performance == "humanact12/P01G01R02" and run.subject == "P01"
    assert run.motion.fps == 20 and run.motion.rotation_source == "ik" and apart(run.motion, motion) < 0.02


def test_humanact12_says_what_is_broken(tmp_path: Path):
    path = forge_sets.save(tmp_path / "P01G01R02F1170T1208A0102.npy", np.zeros((9, 22, 3)))
    with pytest.raises(MotionError, match=r"points \(9, 22, 3\); must be \(T, 24, 3\)"):
        list(table.source("humanact12").clips(tmp_path))
    path.write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(MotionError, match=r"not a whole \.npy file"):
        list(table.source("humanact12").clips(tmp_path))
    path.rename(path.with_name("P01G01R02F1170T1208A1302.npy"))
    with pytest.raises(MotionError, match="action 1302 is none of HumanAct12's"):
        table.source("humanact12").entries(tmp_path)


def test_3dpw_has_a_clip_for_each_actor(tmp_path: Path):
    motions = [forge_sets.walk(2.0, 30.0, seed) for seed in (0, 1)]
    path = tmp_path / "3dpw" / "sequenceFiles" / "validation" / "courtyard_shakeHands_00.pkl"
    forge_sets.as_pickle(path, forge_sets.threedpw_sequence(motions))
    first, second = table.source("3dpw").clips(tmp_path)
    assert apart(second.motion, motions[1]) < 1e-6 and (second.split, second.action) == ("validation", "shake-hands")
    assert (
        first.performance == second.performance and first.name != second.name and not second.motion.present[22:].any()
    )
    (seen,) = second.keypoints
    assert seen.positions.shape == (60, 18, 2) and (seen.positions == 1.5).all() and seen.fps == 30
    assert seen.camera is not None and seen.slice(0.5, 1.0).camera.rotation.shape == (15, 3, 3)


def test_3dpw_says_what_is_broken(tmp_path: Path):
    held = forge_sets.threedpw_sequence([forge_sets.walk(1.0, 30.0)])
    path = tmp_path / "sequenceFiles" / "test" / "office_phoneCall_00.pkl"
    for change, complaint in (
        ({"trans": []}, "no trans of actor 0"),
        ({"poses": [np.zeros((30, 66, 3))]}, r"poses \(30, 198\)"),
        ({"poses2D": [np.zeros((30, 3, 25))]}, r"poses2D \(30, 3, 25\); must be \(30, 3, 18\)"),
        ({"betas": [Path("x")]}, "holds pathlib.PosixPath, which is no plain data"),
    ):
        forge_sets.as_pickle(path, {**held, **change})
        with pytest.raises(MotionError, match=complaint):
            list(table.source("3dpw").clips(tmp_path))
    forge_sets.as_pickle(path, [1, 2])
    with pytest.raises(MotionError, match="not a 3DPW sequence"):
        table.source("3dpw").entries(tmp_path)


def test_aist_plusplus_has_music_views_and_its_own_split(tmp_path: Path):
    motion, root = forge_sets.walk(2.0), tmp_path / "aist_plusplus"
    for name in ("gHO_sFM_cAll_d20_mHO5_ch02", "gBR_sBM_cAll_d04_mBR0_ch03", "gBR_sBM_cAll_d04_mBR0_ch04"):
        forge_sets.aist(root, name, motion)
    forge_sets.text(root / "cameras" / "mapping.txt", "gHO_sFM_cAll_d20_mHO5_ch02 setting1")
    forge_sets.text(root / "ignore_list.txt", "gBR_sBM_cAll_d04_mBR0_ch03")
    forge_sets.text(root / "splits" / "crossmodal_test.txt", "gHO_sFM_cAll_d20_mHO5_ch02")
    (root / "music").mkdir()
    (root / "music" / "mHO5.wav").write_bytes(b"RIFF")
    (clip,) = table.source("aist_plusplus").clips(tmp_path)
    assert (
        apart(clip.motion, motion) < 1e-6 and clip.motion.fps == 60 and clip.split == "test" and clip.subject == "d20"
    )
    (sound,) = clip.audio
    assert (sound.kind, sound.name, sound.tempo) == (
        "music",
        "mHO5",
        135.0,
    ) and sound.path == root / "music" / "mHO5.wav"
    assert clip.action == "dance-house" and clip.performance == "aistpp/gHO_sFM_c01_d20_mHO5_ch02"
    assert [k.view for k in clip.keypoints] == list(aist_plusplus.VIEWS) and clip.keypoints[0].positions.shape == (
        120,
        17,
        2,
    )
    camera = clip.keypoints[3].camera
    assert camera is not None and camera.translation[2] == pytest.approx(4.0) and clip.keypoints[3].size == (1920, 1080)
    assert (aist_plusplus.tempo("mBR3"), aist_plusplus.tempo("x")) == (110.0, None)


def test_aist_plusplus_says_what_is_broken(tmp_path: Path):
    name = "gBR_sBM_cAll_d04_mBR0_ch03"
    root = forge_sets.aist(tmp_path, name, forge_sets.walk(1.0))
    forge_sets.as_pickle(root / "keypoints2d" / f"{name}.pkl", {"keypoints2d": np.ones((9, 60, 25, 3))})
    with pytest.raises(MotionError, match=r"keypoints2d \(9, 60, 25, 3\); must be \(9, N, 17, 3\)"):
        list(table.source("aist_plusplus").clips(tmp_path))
    forge_sets.as_pickle(
        root / "motions" / f"{name}.pkl", {"smpl_poses": np.zeros((9, 72)), "smpl_trans": np.zeros((9, 3))}
    )
    with pytest.raises(MotionError, match="must hold smpl_poses, smpl_scaling and smpl_trans"):
        list(table.source("aist_plusplus").clips(tmp_path))


def test_beat_has_sound_words_and_feelings(tmp_path: Path):
    motion = files.of("beat", files.body(1.5, 120.0))
    for name in ("2_scott_0_73_73", "5_stewart_1_2_2"):
        forge_sets.beat(tmp_path / "beat" / "beat_english_v0.2.1" / name.split("_")[0], name, motion)
    speech, talk = table.source("beat").clips(tmp_path)
    assert (speech.style, speech.action, speech.split) == ("anger", "speech", "test")
    assert (talk.style, talk.action, talk.split) == ("neutral", "conversation", "train")
    assert [(w.text, w.start, w.end) for w in speech.words] == [("hello", 0.4, 0.8), ("you", 0.8, 1.0)]
    assert speech.audio[0].path and speech.audio[0].path.name == "2_scott_0_73_73.wav" and speech.subject == "2_scott"
    assert files.same(speech.motion, motion, 1e-3) and speech.motion.fps == pytest.approx(120, rel=1e-4)
    sides = {
        n: beat.side(n)
        for n in ("2_scott_0_9_9", "2_scott_0_57_57", "5_stewart_0_6_6", "5_stewart_0_40_40", "2_scott_2_9_9")
    }
    assert list(sides.values()) == ["train", "validation", "validation", "", ""]


def test_beat_says_what_is_broken(tmp_path: Path):
    folder = forge_sets.beat(tmp_path, "2_scott_0_73_73", files.of("beat", files.body()))
    grid = folder / "2_scott_0_73_73.TextGrid"
    whole = grid.read_text(encoding="utf-8")
    grid.write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(MotionError, match=r"\.TextGrid: a tier breaks off"):
        list(table.source("beat").clips(tmp_path))
    grid.write_text("0.1 0.2 hello", encoding="utf-8")
    with pytest.raises(MotionError, match="not a TextGrid"):
        list(table.source("beat").clips(tmp_path))


def test_a_short_textgrid_is_read_too(tmp_path: Path):
    lines = (
        '"ooTextFile"|"TextGrid"||0|1.5|<exists>|1|"IntervalTier"|"words"|0|1.5|2|0|0.5|""|0.5|1.5|"say ""it"""'.split(
            "|"
        )
    )
    path = forge_sets.text(tmp_path / "a.TextGrid", "File type = " + lines[0], *lines[1:])
    assert textgrid.read(path) == {"words": [("", 0.0, 0.5), ('say "it"', 0.5, 1.5)]}


def test_beat2_has_hands_face_sound_and_words(tmp_path: Path):
    motion = forge_sets.walk(1.5, 30.0)
    forge_sets.beat2(tmp_path / "beat2", "2_scott_0_9_9", motion)
    (clip,) = table.source("beat2").clips(tmp_path)
    assert (
        apart(clip.motion, motion) < 1e-6
        and clip.motion.present.all()
        and clip.split == "train"
        and clip.motion.fps == 30
    )
    assert (
        clip.motion.face is not None and clip.motion.face.shape == (45, 50) and clip.performance == "beat/2_scott_0_9_9"
    )
    assert np.abs(clip.motion.rotations[:, WHOLE_BODY.index("left_index1")] - motion.rotations[:, 22]).max() < 1e-6
    assert [w.text for w in clip.words] == ["well"] and clip.audio[0].kind == "speech" and clip.audio[0].path


def test_beat2_says_what_is_broken(tmp_path: Path):
    place = forge_sets.beat2(tmp_path, "2_scott_0_9_9", forge_sets.walk(1.0, 30.0)) / "beat_english_v2.0.0"
    np.savez(
        place / "smplxflame_30" / "2_scott_0_9_9.npz",
        poses=np.zeros((5, 165)),
        trans=np.zeros((4, 3)),
        mocap_frame_rate=30,
    )
    with pytest.raises(MotionError, match=r"trans \(4, 3\); must be \(5, 3\)"):
        list(table.source("beat2").clips(tmp_path))
    forge_sets.text(place / "train_test_split.csv", "id,type", "2_scott_0_9_9,unknown")
    with pytest.raises(MotionError, match="train_test_split.csv: must have the columns id and type"):
        table.source("beat2").entries(tmp_path)
