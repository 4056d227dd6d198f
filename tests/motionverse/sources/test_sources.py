"""Every source on forged files of its own layout."""

from pathlib import Path

import numpy as np
import pytest

from motionverse.clip import Audio
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.sources import ase_reallusion, cmu_overlap, table
from motionverse.sources.source import drop_rest_pose
from motionverse.split import HUMAN_TRIALS
from tests.motionverse.sources import files


def test_bandai_namco_is_labelled_by_its_file_names(tmp_path: Path) -> None:
    folder = tmp_path / "dataset" / "Bandai-Namco-Research-Motiondataset-2" / "data"
    folder.mkdir(parents=True)
    for name in ("dataset-2_walk-turn-left_active_003", "dataset-1_walk-turn-left_active_001", "dataset-1_bow_old_001"):
        bvh.write(files.of("bandai_namco", files.body()), folder / f"{name}.bvh")
    clips = list(table.source("bandai_namco").clips(tmp_path))
    assert [(c.action, c.style) for c in clips] == [
        ("bow", "old"),
        ("walk-turn-left", "active"),
        ("walk-turn-left", "active"),
    ]
    assert clips[1].performance == clips[2].performance and clips[0].performance.endswith("bow/elderly")
    assert len(clips[1].captions) >= 10 and all("right" not in c.text for c in clips[1].captions)


def test_cmu_reads_trials_sentences_and_index(tmp_path: Path) -> None:
    data = tmp_path / "cmu"
    data.mkdir()
    motion = files.body(3.0, 120.0)
    bvh.write(files.with_rest_pose(motion), data / "07_01.bvh")
    bvh.write(files.with_rest_pose(motion), data / "85_14.bvh")
    row = {
        "cmu": "07_01",
        "source": "humanml3d-test",
        "text": "someone walks",
        "start_s": 1.0,
        "end_s": 2.5,
        "mirrored": False,
    }
    rows = [row, {**row, "mirrored": True}, {**row, "cmu": "85_14"}, {**row, "end_s": 9.0}]
    rows += [
        {**row, "source": "kit-ml", "start_s": 0.0, "end_s": 3.0},
        {**row, "source": "cmu-index", "text": "slow walk"},
    ]
    files.write_rows(tmp_path / "captions" / "cmu_captions.jsonl", rows)
    clips = {clip.performance: clip for clip in table.source("cmu").clips(data)}
    clip = clips["cmu/07_01"]
    assert len(clip.motion) == len(motion), "the rest pose is dropped"
    human = [c for c in clip.captions if c.origin == "human"]
    assert [(c.start, c.end) for c in human] == [(1.0, 2.5), (0.0, pytest.approx(3.0))]
    assert clip.action == "walk" and sum(c.origin == "grammar" for c in clip.captions) >= 10
    assert not clips["cmu/85_14"].captions, "windows of a cut trial do not fit"


def test_cmu_index_table_serves_without_captions(tmp_path: Path) -> None:
    bvh.write(files.body(), tmp_path / "02_01.bvh")
    (tmp_path / "cmu_index.tsv").write_text("02_01\tvarious\twalk\n", encoding="utf-8")
    (clip,) = table.source("cmu").clips(tmp_path)
    assert clip.action == "walk" and clip.captions[0].text == "walk"


def test_cmu_actions_share_the_performance_of_their_trial(tmp_path: Path) -> None:
    for name in ("train_walking_14", "test_walking_9"):
        files.write_exponential_maps(tmp_path / f"{name}.npz", _thirty_eight())
    clips = {clip.name: clip for clip in table.source("cmu_actions").clips(tmp_path)}
    assert clips["train_walking_14"].performance == "cmu/08_03" and "08_03" in HUMAN_TRIALS
    assert clips["test_walking_9"].performance == "cmu_actions/test_walking_9"
    assert clips["test_walking_9"].action == "walk" and clips["test_walking_9"].motion.skeleton.names[0] == "Hips"


def _thirty_eight():
    from motionverse.skeleton import Skeleton
    from motionverse.sources.cmu_actions import JOINTS, PARENTS
    from tests import forge

    return forge.motion(1.0, 120.0, skeleton=Skeleton(JOINTS, PARENTS, np.full((38, 3), 0.1)))


@pytest.mark.parametrize(
    "name, file, action, licence",
    [
        ("deepmimic", "humanoid3d_spinkick.npz", "spin-kick", "deepmimic"),
        ("deepmimic", "sie_humanoid3d_run_left04.npz", "run-left", "deepmimic-sie"),
        ("ase_reallusion", "WalkForward01.npz", "sword-walk-forward", "ase-reallusion"),
        ("aistpp", "gLO_sBM_c01_d13_mLO2_ch02_seg3.npz", "dance-lock", "aistpp"),
        ("anim_cc0", "Jump_Start.npz", "jump start", "anim-cc0"),
    ],
)
def test_npz_corpora(tmp_path: Path, name: str, file: str, action: str, licence: str) -> None:
    figures = table.source(name).figures
    motion = files.called(files.body(), figures[0]) if figures else files.body()
    files.write_quaternions(tmp_path / name / file, motion, "Z" if name == "ase_reallusion" else "Y")
    (clip,) = table.source(name).clips(tmp_path)
    assert (clip.action, clip.licence, clip.source) == (action, licence, name) and clip.captions
    assert files.same(clip.motion, motion)


def test_aistpp_drops_fragments_that_hardly_move(tmp_path: Path) -> None:
    for k in (1, 2):
        files.write_quaternions(tmp_path / f"gBR_sBM_c01_d04_mBR0_ch02_seg{k}.npz", files.body())
    files.write_rows(
        tmp_path / "labels.jsonl",
        [{"file": f"gBR_sBM_c01_d04_mBR0_ch02_seg{k}.npz", "labels": {"near_static": k == 2}} for k in (1, 2)],
    )
    (clip,) = table.source("aistpp").clips(tmp_path)
    assert clip.performance.endswith("ch02") and clip.subject == "d04" and not clip.audio


def test_aistpp_says_which_music_a_fragment_was_danced_to(tmp_path: Path) -> None:
    name = "gBR_sBM_c01_d04_mBR0_ch02_seg2.npz"
    files.write_quaternions(tmp_path / name, files.body())
    music = {"music": "mBR0", "music_bpm": 80, "music_offset_s": 2.0}
    files.write_rows(tmp_path / "labels.jsonl", [{"file": name, "labels": music}])
    (clip,) = table.source("aistpp").clips(tmp_path)
    assert clip.audio == (Audio("music", "mBR0", None, 2.0, 80.0),)
    files.write_rows(tmp_path / "labels.jsonl", [{"file": name, "labels": {**music, "music_bpm": "fast"}}])
    with pytest.raises(MotionError, match="music_bpm"):
        list(table.source("aistpp").clips(tmp_path))


def test_reactidle_and_animated_drawings(tmp_path: Path) -> None:
    bvh.write(files.of("reactidle", files.body()), tmp_path / "002_genuine.bvh")
    (clip,) = table.source("reactidle").clips(tmp_path)
    assert (clip.action, clip.subject, clip.performance) == ("idle", "002", "reactidle/002")
    (tmp_path / "ad").mkdir()
    motion = files.of("animated_drawings", files.body())
    bvh.write(files.with_rest_pose(motion), tmp_path / "ad" / "left_hand_wave_2.bvh")
    (clip,) = table.source("animated_drawings").clips(tmp_path / "ad")
    assert clip.action == "wave-left-hand" and len(clip.motion) == len(files.body())


def test_rest_pose_is_dropped_with_its_blend_and_real_motion_is_not() -> None:
    motion = files.body(2.0, 120.0)
    assert len(drop_rest_pose(motion)) == len(motion)
    assert len(drop_rest_pose(files.with_rest_pose(motion))) == len(motion)


def test_folder_with_captions(tmp_path: Path) -> None:
    bvh.write(files.body(), tmp_path / "a.bvh")
    bvh.write(files.body(), tmp_path / "Walk_Turn02.bvh")
    (tmp_path / "captions.csv").write_text(
        "file,text,start,end,licence\na.bvh,somebody waves,0.5,,cmu\n", encoding="utf-8"
    )
    clips = {clip.name: clip for clip in table.source("folder").clips(tmp_path)}
    assert (
        clips["a"].captions[0].text == "somebody waves"
        and clips["a"].captions[0].start == 0.5
        and clips["a"].licence == "cmu"
    )
    assert clips["Walk_Turn02"].captions[0].text == "walk turn" and clips["Walk_Turn02"].licence == "unknown"


@pytest.mark.parametrize(
    "table_text, complaint",
    [
        ("file,text\nb.bvh,x\n", "names b.bvh, which is not a motion file"),
        ("text\nx\n", "row 1 has no file"),
        ("file,text,start\na.bvh,x,soon\n", "must be numbers of seconds"),
        ("file,text,licence\na.bvh,x,beer\n", "licence 'beer' is not in the ledger"),
    ],
)
def test_folder_names_what_is_wrong_with_its_captions(tmp_path: Path, table_text: str, complaint: str) -> None:
    bvh.write(files.body(), tmp_path / "a.bvh")
    (tmp_path / "captions.csv").write_text(table_text, encoding="utf-8")
    with pytest.raises(MotionError, match=complaint):
        list(table.source("folder").clips(tmp_path))


def test_nothing_there_is_said_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="no clip of bandai_namco found; github.com"):
        table.source("bandai_namco").entries(tmp_path)
    with pytest.raises(MotionError, match="no such folder"):
        table.source("cmu").entries(tmp_path / "absent")
    with pytest.raises(MotionError, match="source 'cmo' is unknown"):
        table.source("cmo")


def test_names_of_the_sword_corpus() -> None:
    assert ase_reallusion.action_of("Atk_2xCombo01") == "sword-atk-2x-combo"
    assert ase_reallusion.action_of("TurnLeft180") == "sword-turn-left-180"
    assert ase_reallusion.action_of("Idle_Alert(0)") == "sword-idle-alert"
    assert ase_reallusion.action_of("amp_humanoid_jog") == "jog"


def test_overlaps_join_mirror_images_and_doubles() -> None:
    same = cmu_overlap.PERFORMANCE
    assert same["sie_humanoid3d_run_left04"] == same["sie_humanoid3d_run_right11"]
    assert same["sie_humanoid3d_run_forward12"] == same["sie_humanoid3d_run_forward13"]
    assert same["14_36"] == "cmu/14_31"
