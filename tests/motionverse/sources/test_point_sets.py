"""Sets of points alone, each in a forged distribution of its own layout; and each with something wrong."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from motionverse.body_fit import LANDMARKS
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import (
    fitted_points,
    human36m,
    mpi_inf_3dhp,
    ntu_rgbd,
    speech2gesture_3d,
    table,
    uestc,
)
from motionverse.sources.points_only import CAMERA, Y_UP, Z_UP
from tests import forge
from tests.motionverse.sources import files

FRAMES = 40


def body(fps: float = 30.0) -> Motion:
    return forge.motion(FRAMES / fps, fps, seed=3, size=0.2)


def points(motion: Motion, names, axes: np.ndarray = Y_UP, unit: float = 1.0) -> np.ndarray:
    """(T, P, 3) as the set has them: joints and landmarks where they are, other points at the pelvis."""
    joints, world, made = motion.joints(), motion.globals(), []
    for name in names:
        owner, at = LANDMARKS.get(name, (name or "pelvis", (0, 0, 0)))
        j = WHOLE_BODY.index(owner)
        made.append(joints[:, j] + world[:, j] @ np.array(at))
    return np.stack(made, 1) @ axes / unit


def near(clip, motion: Motion, names, metres: float = 0.02, moved: bool = False) -> None:
    """The joints that were given lie where they were, on average within `metres`."""
    index = [WHOLE_BODY.index(n) for n in names if n is not None and WHOLE_BODY.has(n)]
    ours, theirs = clip.motion.joints()[:, index], motion.joints()[:, index]
    if moved:
        ours, theirs = ours - ours[:, :1], theirs - theirs[:, :1]
    assert np.linalg.norm(ours - theirs, axis=-1).mean() < metres
    assert clip.motion.rotation_source == "ik"


def skeleton_file(path: Path, *bodies: np.ndarray, joints: int = 25) -> None:
    lines = [str(len(bodies[0]))]
    for frame in range(len(bodies[0])):
        lines.append(str(len(bodies)))
        for k, held in enumerate(bodies):
            lines += [f"7205759403793110{k} 0 1 1 1 1 0 0.0 0.0 2", str(joints)]
            lines += [" ".join(f"{v:.7f}" for v in xyz) + " 1 2 3 4 1 0 0 0 2" for xyz in held[frame][:joints]]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def test_ntu_reads_the_body_that_moves(tmp_path: Path) -> None:
    motion = body()
    chair = np.tile(points(motion, fitted_points.KINECT)[:1] * [1, 0.2, 1], (FRAMES, 1, 1))
    skeleton_file(tmp_path / "S018C001P045R002A100.skeleton", chair, points(motion, fitted_points.KINECT))
    (clip,) = table.source("ntu_rgbd").clips(tmp_path)
    near(clip, motion, [n for n in fitted_points.KINECT if n != "head"])
    assert (clip.action, clip.subject, clip.split) == ("kick-backward", "P045", "train") and clip.motion.fps == 30
    assert clip.performance == "ntu_rgbd/S018P045R002A100", "the three cameras saw one performance"
    assert len(ntu_rgbd.ACTIONS) == 120


def test_ntu_names_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "S001C001P001R001A001.skeleton"
    skeleton_file(path, points(body(), fitted_points.KINECT), joints=20)
    with pytest.raises(MotionError, match="20 joints; Kinect V2 has 25"):
        list(table.source("ntu_rgbd").clips(tmp_path))
    path.write_text("3\n0\n0\n0\n")
    with pytest.raises(MotionError, match="no body was tracked"):
        list(table.source("ntu_rgbd").clips(tmp_path))
    path.write_text("3\n1\n72 0 0")
    with pytest.raises(MotionError, match=r"not a whole \.skeleton"):
        list(table.source("ntu_rgbd").clips(tmp_path))
    path.rename(tmp_path / "S001C001P001R001A121.skeleton")
    with pytest.raises(MotionError, match="action 121"):
        table.source("ntu_rgbd").entries(tmp_path)


def test_uestc_reads_text_mat_and_the_smpl_cache(tmp_path: Path) -> None:
    from scipy.io import savemat

    motion = body()
    given = points(motion, fitted_points.KINECT)
    for place in ("skeleton", "mat_from_skeleton", "cache/info"):
        (tmp_path / place).mkdir(parents=True)
    rows = ["#\n" + "".join(f"{x:.6f} {y:.6f} {z:.6f} 0\n5 6 1\n7 8 2\n" for x, y, z in frame) for frame in given]
    (tmp_path / "skeleton" / "a2_d1_p003_c1_skeleton.txt").write_text("".join(rows))
    savemat(tmp_path / "mat_from_skeleton" / "a2_d1_p003_c2_skeleton.mat", {"v": given.reshape(FRAMES, 75)})
    clips = list(table.source("uestc").clips(tmp_path))
    for clip in clips:
        near(clip, motion, fitted_points.KINECT)
    assert {clip.performance for clip in clips} == {"uestc/a2_d1_p003"} and clips[0].action == "jumping-jack"
    assert clips[0].split == "test" and len(uestc.ACTIONS) == 40
    (tmp_path / "cache" / "info" / "names.txt").write_text("a2_d1_p001_c1_color.avi\na39_d8_p118_c2_color.avi\n")
    with (tmp_path / "cache" / "vibe_cache_refined.pkl").open("wb") as file:
        pickle.dump({"pose": [np.tile([np.pi, *[0.0] * 71], (5, 1)), np.zeros((4, 72))]}, file)
    turned, _ = table.source("uestc").clips(tmp_path / "cache")
    assert np.allclose(turned.motion.rotations[:, 0], np.eye(3), atol=1e-6), "a half turn about x stands upright"


def test_uestc_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a2_d1_p003_c1_skeleton.txt").write_text("#\n1 2\n")
    with pytest.raises(MotionError, match="not frames of # and 75 lines"):
        list(table.source("uestc").clips(tmp_path))
    (tmp_path / "a2_d1_p003_c1_skeleton.txt").rename(tmp_path / "a2_d1_p003_c1_skeleton.mat")
    with pytest.raises(MotionError, match=r"not a whole \.mat"):
        list(table.source("uestc").clips(tmp_path))
    (tmp_path / "a2_d1_p003_c1_skeleton.mat").rename(tmp_path / "a77_d1_p003_c1_skeleton.mat")
    with pytest.raises(MotionError, match="with an action of 0 to 39"):
        table.source("uestc").entries(tmp_path)


def write_npz(path: Path, takes: dict) -> None:
    held = np.empty((), object)
    held[()] = takes
    np.savez_compressed(path, positions_3d=held)


def test_human36m_reads_the_npz_and_matlab_cells(tmp_path: Path) -> None:
    from scipy.io import savemat

    motion = body(50.0)
    given = points(motion, human36m.JOINTS, Z_UP)
    write_npz(
        tmp_path / "data_3d_h36m.npz", {"S9": {"WalkDog 1": given.astype("float32")}, "S11": {"Directions": given}}
    )
    (clip,) = table.source("human36m").clips(tmp_path)
    near(clip, motion, human36m.JOINTS)
    assert (clip.name, clip.split, clip.action, clip.motion.fps) == ("S9/WalkDog 1", "test", "walking-a-dog", 50)
    place = tmp_path / "S1" / "MyPoseFeatures" / "D3_Positions"
    place.mkdir(parents=True)
    cell = np.empty((1, 1), object)
    cell[0, 0] = 1000 * given.reshape(FRAMES, 96)
    savemat(place / "Directions 1.cdf.mat", {"data": cell})
    (clip,) = table.source("human36m").clips(tmp_path)
    near(clip, motion, human36m.JOINTS)
    assert clip.split == "train" and clip.captions[0].text == "a person is giving directions"


def test_human36m_reads_the_archives_cdf(tmp_path: Path) -> None:
    cdflib = pytest.importorskip("cdflib", reason="cdflib is in the extra datasets")
    motion = body(50.0)
    place = tmp_path / "S5" / "MyPoseFeatures" / "D3_Positions"
    place.mkdir(parents=True)
    writer = cdflib.cdfwrite.CDF(str(place / "Eating.cdf"), delete=True)
    spec = {"Variable": "Pose", "Data_Type": 44, "Num_Elements": 1, "Rec_Vary": True, "Dim_Sizes": [FRAMES, 96]}
    writer.write_var(
        spec, var_data=points(motion, human36m.JOINTS, Z_UP, 0.001).reshape(1, FRAMES, 96).astype(np.float32)
    )
    writer.close()
    (clip,) = table.source("human36m").clips(tmp_path)
    near(clip, motion, human36m.JOINTS)


def test_human36m_names_what_is_wrong(tmp_path: Path, monkeypatch) -> None:
    write_npz(tmp_path / "data_3d_h36m.npz", {"S9": {"Walking": np.zeros((4, 17, 3))}})
    with pytest.raises(MotionError, match=r"points \(4, 17, 3\); must be \(T, 32, 3\)"):
        list(table.source("human36m").clips(tmp_path))
    place = tmp_path / "S1" / "MyPoseFeatures" / "D3_Positions"
    place.mkdir(parents=True)
    (place / "Walking.cdf").write_bytes(b"no")
    monkeypatch.setitem(sys.modules, "cdflib", None)
    with pytest.raises(MotionError, match=r"pip install 'large-motion-model\[datasets\]'"):
        list(table.source("human36m").clips(tmp_path))
    (place / "Walking.cdf").rename(place / "Flying.cdf")
    with pytest.raises(MotionError, match="'Flying' is no take"):
        table.source("human36m").entries(tmp_path)


def annot(path: Path, motion: Motion, cameras: int = 2, turn: np.ndarray = Y_UP) -> None:
    from scipy.io import savemat

    given = points(motion, mpi_inf_3dhp.JOINTS, CAMERA, 0.001) @ turn.T
    bodies, pictures = np.empty((cameras, 1), object), np.empty((cameras, 1), object)
    for k in range(cameras):
        bodies[k, 0], pictures[k, 0] = given.reshape(FRAMES, 84), np.full((FRAMES, 56), 100.0 * k - 50)
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"annot3": bodies, "annot2": pictures, "cameras": np.arange(cameras)})


def test_mpi_inf_3dhp_reads_a_sequence_and_its_pictures(tmp_path: Path) -> None:
    motion = body(50.0)
    annot(tmp_path / "S3" / "Seq1" / "annot.mat", motion)
    (clip,) = table.source("mpi_inf_3dhp").clips(tmp_path)
    near(clip, motion, mpi_inf_3dhp.JOINTS)
    assert clip.motion.fps == 50 and clip.subject == "S3" and [k.view for k in clip.keypoints] == ["video_0", "video_1"]
    assert not clip.keypoints[0].confidence.any() and clip.keypoints[1].confidence.all()


def test_mpi_inf_3dhp_levels_a_tilted_camera(tmp_path: Path) -> None:
    from motionverse import rotation

    motion, tilt = body(), rotation.about("X", 0.4)
    annot(tmp_path / "S2" / "Seq2" / "annot.mat", motion, 1, tilt)
    extrinsic = np.eye(4)
    extrinsic[:3, :3] = tilt
    text = "Skeletool Camera Calibration File V1.0\nname 0\n  extrinsic " + " ".join(map(str, extrinsic.ravel())) + "\n"
    (tmp_path / "S2" / "Seq2" / "camera.calibration").write_text(text)
    (clip,) = table.source("mpi_inf_3dhp").clips(tmp_path)
    joints = clip.motion.joints()
    up = (joints[:, WHOLE_BODY.index("neck")] - joints[:, 0]).mean(0)
    assert up[1] > 0.95 * np.linalg.norm(up)
    (tmp_path / "S2" / "Seq2" / "camera.calibration").write_text("extrinsic 1 2 3\n")
    with pytest.raises(MotionError, match="no extrinsic of 16 numbers for camera 0"):
        list(table.source("mpi_inf_3dhp").clips(tmp_path))


def test_mpi_inf_3dhp_names_what_is_wrong(tmp_path: Path) -> None:
    from scipy.io import savemat

    annot(tmp_path / "S9" / "Seq1" / "annot.mat", body())
    with pytest.raises(MotionError, match="its folder is not S1"):
        table.source("mpi_inf_3dhp").entries(tmp_path)
    (tmp_path / "S9").rename(tmp_path / "S8")
    savemat(tmp_path / "S8" / "Seq1" / "annot.mat", {"annot3": np.zeros((3, 51)), "cameras": [0]})
    with pytest.raises(MotionError, match="annot3 is not one array"):
        list(table.source("mpi_inf_3dhp").clips(tmp_path))


def video(motion: Motion, names, axes: np.ndarray) -> dict:
    clip = {"words": [["so", 10.0, 10.3], ["today", 10.5, 11.0]], "skeletons_3d": list(points(motion, names, axes)),
            "audio_raw": np.zeros(100, np.float16), "start_time": 10.0, "end_time": 10.0 + FRAMES / 25}  # fmt: skip
    return {"vid": "yq3TQoMjXTw", "clips": [clip], "framerate": 25.0}


def utterance(folder: Path, number: int, motion: Motion) -> None:
    for place in ("motion", "speech"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    bvh.write(motion, folder / "motion" / f"gesture{number}.bvh")
    (folder / "speech" / f"audio{number}.wav").write_bytes(b"RIFF")


def test_speech2gesture_joins_gestures_and_speech(tmp_path: Path) -> None:
    motion = files.body(fps=20.0)
    new = {
        "pelvis": "Hips",
        "spine1": "Spine",
        "left_shoulder": "LeftArm",
        "right_elbow": "RightForeArm",
        "head": "LeftHandIndex1",
    }
    names = tuple(new.get(name, name) for name in motion.skeleton.names)
    motion = motion.with_(skeleton=type(motion.skeleton)(names, motion.skeleton.parents, motion.skeleton.offsets))
    for number in (21, 1092, 1093):
        utterance(tmp_path / "dataset", number, motion)
    clips = {clip.name: clip for clip in table.source("speech2gesture_3d").clips(tmp_path)}
    assert [clips[f"gesture{n}"].split for n in (21, 1092, 1093)] == ["train", "test", "validation"]
    sound = clips["gesture21"].audio[0]
    assert sound.kind == "speech" and sound.path == tmp_path / "dataset" / "speech" / "audio21.wav"
    assert files.same(clips["gesture21"].motion, motion, 1e-3) and speech2gesture_3d.side(1182) == "test"


def test_speech2gesture_names_what_is_wrong(tmp_path: Path) -> None:
    utterance(tmp_path, 21, files.body())
    with pytest.raises(MotionError, match="no joint Hips; it is not of speech2gesture_3d"):
        list(table.source("speech2gesture_3d").clips(tmp_path))
    (tmp_path / "speech" / "audio21.wav").unlink()
    with pytest.raises(MotionError, match=r"no audio21\.wav"):
        table.source("speech2gesture_3d").entries(tmp_path)
