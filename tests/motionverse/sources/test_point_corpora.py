"""Corpora of points kept as arrays: Kinect joints, markers, hands; each forged, and each with something wrong."""

from pathlib import Path

import numpy as np
import pytest

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.formats import plug_in_gait
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import leap_hands, table, ui_prmd
from tests import forge
from tests.motionverse.formats.markers import MARKERS, fixed
from tests.motionverse.sources import files

FRAMES = 30


def save(path: Path, positions: np.ndarray, names, fps: float, **more: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, positions=positions.astype(np.float32), joints=np.array(names), fps=fps, **more)


def raw(places: np.ndarray) -> np.ndarray:
    """Kinect's columns of joints in the room [m], each turned somehow: places [cm] and angles [deg] in the parent's frame."""
    world = rotation.from_rotvec(np.random.default_rng(1).normal(size=places.shape))
    parents = np.array(ui_prmd.PARENTS[1:])
    local, above = places * 100, np.swapaxes(world[:, parents], -1, -2)
    local[:, 1:] = (above @ (local[:, 1:] - local[:, parents])[..., None])[..., 0]
    turns = np.concatenate([world[:, :1], above @ world[:, 1:]], 1)
    angles = np.degrees(rotation.to_euler(turns, "ZXY"))[..., [1, 2, 0]]
    return np.concatenate([local, angles], 1).reshape(len(places), -1)


def test_both_sensors_of_one_performance_agree(tmp_path: Path) -> None:
    motion = forge.walk(FRAMES / 30)
    kinect = {name: (joint or "pelvis", (0, 0, 0)) for name, joint in ui_prmd.KINECT.items()} | {
        "HeadTip": ("head", (0, 0.17, 0.01))
    }
    save(
        tmp_path / "kinect" / "m02_s03_e04_inc.npz",
        np.zeros((1, 22, 3)),
        list(kinect),
        30,
        raw=raw(fixed(motion, kinect)),
    )
    save(tmp_path / "vicon" / "m02_s03_e04_inc.npz", fixed(motion, MARKERS), list(MARKERS), 100)
    ours, theirs = table.source("ui_prmd").clips(tmp_path)
    assert ours.performance == theirs.performance and (ours.action, ours.style) == ("hurdle-step", "incorrect")
    assert (ours.motion.fps, theirs.motion.fps) == (30, 100)
    for clip, metres in ((ours, 0.01), (theirs, 0.03)):
        limbs = [
            WHOLE_BODY.index(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "knee", "ankle", "elbow", "wrist")
        ]
        apart = np.linalg.norm(clip.motion.joints()[:, limbs] - motion.joints()[:, limbs], axis=-1)
        assert apart.mean() < metres, clip.name


def test_a_marker_that_vicon_lost_lies_at_the_origin_and_pulls_nothing(tmp_path: Path) -> None:
    places = fixed(forge.walk(FRAMES / 30), MARKERS) + [1.0, 0.0, 2.0]
    save(tmp_path / "vicon" / "m02_s03_e04.npz", places, list(MARKERS), 100)
    for marker, frames in (
        ("LWRB", slice(None)),
        ("STRN", slice(None)),
        ("RWRA", slice(5, 9)),
        ("RASI", slice(12, 15)),
    ):
        places[frames, list(MARKERS).index(marker)] = -0.0
    save(tmp_path / "vicon" / "m02_s03_e05.npz", places, list(MARKERS), 100)
    whole, lost = (clip.motion.joints()[:, :22] for clip in table.source("ui_prmd").clips(tmp_path))
    assert np.linalg.norm(whole - lost, axis=-1).max() < 0.06


def test_ui_prmd_names_what_is_wrong(tmp_path: Path) -> None:
    save(tmp_path / "kinect" / "m01_s01_e01.npz", np.zeros((3, 2, 3)), ["Waist", "Tail"], 30, raw=np.zeros((3, 12)))
    with pytest.raises(MotionError, match="joints Tail; the Kinect files have 22"):
        list(table.source("ui_prmd").clips(tmp_path))
    save(tmp_path / "kinect" / "m01_s01_e01.npz", np.zeros((3, 22, 3)), list(ui_prmd.KINECT), 30, raw=np.zeros((3, 66)))
    with pytest.raises(MotionError, match=r"raw \(3, 66\); must be \(T, 132\)"):
        list(table.source("ui_prmd").clips(tmp_path))
    save(tmp_path / "vicon" / "m11_s01_e01.npz", np.zeros((3, 1, 3)), ["C7"], 100)
    with pytest.raises(MotionError, match="not named m01 to m10"):
        table.source("ui_prmd").entries(tmp_path)


def test_accad_markers_under_their_older_names_with_losses(tmp_path: Path) -> None:
    motion, older = forge.walk(FRAMES / 30), {new: old for old, new in plug_in_gait.WAIST.items()}
    points = fixed(motion, MARKERS)
    points[:, list(MARKERS).index("STRN")] = np.nan
    points[5:9, list(MARKERS).index("LKNE")] = np.nan
    save(tmp_path / "run1.npz", points, [older.get(name, name) for name in MARKERS], 120)
    files.write_rows(tmp_path / "labels.jsonl", [{"file": "run1.npz", "labels": {"action": "dog walk"}}])
    (clip,) = table.source("accad_osu").clips(tmp_path)
    assert clip.action == "dog-walk" and clip.motion.present[:22].all()
    knee = WHOLE_BODY.index("left_knee")
    assert np.linalg.norm(clip.motion.joints()[:, knee] - motion.joints()[:, knee], axis=-1).max() < 0.06
    save(tmp_path / "run1.npz", points[:, :5], list(MARKERS)[:5], 120)
    with pytest.raises(MotionError, match="no marker LASI"):
        list(table.source("accad_osu").clips(tmp_path))


def test_leap_hands_turn_their_fingers_and_nothing_else(tmp_path: Path) -> None:
    motion = forge.motion(1, seed=6, size=0.3)
    joints, raw = motion.joints(), np.zeros((30, 129))
    raw[:, 0], raw[:, 65] = np.arange(30) / 110, 1
    hand = np.zeros((30, 21, 3))
    for finger in ("thumb", "index", "middle", "ring", "pinky"):
        for k, bone in enumerate(("mcp", "pip", "dip"), 1):
            hand[:, leap_hands.JOINTS.index(f"{finger}_{bone}")] = joints[:, WHOLE_BODY.index(f"right_{finger}{k}")]
    knuckles = hand[:, [leap_hands.JOINTS.index(f"{f}_mcp") for f in ("index", "middle", "ring", "pinky")]].mean(1)
    hand[:, 0] = (joints[:, WHOLE_BODY.index("right_wrist")] + knuckles) / 2
    raw[:, 66:] = 1000 * hand.reshape(30, -1)
    np.savez(tmp_path / "wave.npz", raw=raw, joints=np.array(leap_hands.JOINTS), fps=110.0)
    files.write_rows(tmp_path / "labels.jsonl", [{"file": "wave.npz", "labels": {"title": "wave"}}])
    (clip,) = table.source("leap_hands").clips(tmp_path)
    fingers = [WHOLE_BODY.index(n) for n in WHOLE_BODY.names if n.startswith("right") and n[-1] in "123"]
    wrist = WHOLE_BODY.index("right_wrist")
    ours = clip.motion.joints()[:, fingers] - clip.motion.joints()[:, [wrist]]
    assert np.abs(ours - (joints[:, fingers] - joints[:, [wrist]])).max() < 2e-3
    assert clip.motion.present.sum() == 16 and clip.captions[0].text == "wave"
    np.savez(tmp_path / "wave.npz", raw=raw[:, :70], joints=np.array(leap_hands.JOINTS), fps=110.0)
    with pytest.raises(MotionError, match="a recording has 129 columns"):
        list(table.source("leap_hands").clips(tmp_path))
