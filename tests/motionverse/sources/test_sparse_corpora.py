"""Corpora that saw a part of the body, or no more than points: climbing, letters, faces, nine markers; each forged, each broken."""

import json
from pathlib import Path

import numpy as np
import pytest

from motionverse import face
from motionverse.errors import MotionError
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import fingerspelling, holosoma_climb, livelink_face, table, uci_vicon_physical
from tests import forge
from tests.motionverse.sources import files, forge_sets

FRAMES = 40


def save(path: Path, positions: np.ndarray, names, fps: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, positions=positions.astype(np.float32), joints=np.array(names), fps=fps)


def climbing(motion) -> np.ndarray:
    """The 53 points of Holosoma of a motion."""
    joints, fingers = motion.joints(), {"FootMod": "ankle"}
    points = []
    for theirs, ours in holosoma_climb.JOINTS.items():
        side = "left" if theirs.startswith("Left") else "right"
        name = f"{side}_{fingers['FootMod']}" if theirs.endswith("FootMod") else ours
        if name is None or name.endswith("knuckle"):
            name = f"{side}_{theirs[len(side) + 4 :].lower()}"
        points.append(joints[:, WHOLE_BODY.index(name)])
    return np.stack(points, 1)


def test_climbers_lie_where_the_points_are_and_their_fingers_count_as_absent(tmp_path: Path) -> None:
    motion = forge.motion(FRAMES / 30, seed=3)
    save(tmp_path / "seq_0.npz", climbing(motion), list(holosoma_climb.JOINTS), 120)
    files.write_rows(tmp_path / "labels.jsonl", [{"file": "seq_0.npz", "labels": {"action": "climb over boxes"}}])
    (clip,) = table.source("holosoma_climb").clips(tmp_path)
    assert clip.motion.fps == 120 and clip.action == "climb-over-boxes"
    assert clip.motion.present[:BODY_JOINTS].all() and not clip.motion.present[BODY_JOINTS:].any()
    limbs = [
        WHOLE_BODY.index(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "knee", "ankle", "elbow", "wrist")
    ]
    assert np.linalg.norm(clip.motion.joints() - motion.joints(), axis=-1)[:, limbs].max() < 0.02


def test_climbers_in_another_order_are_refused(tmp_path: Path) -> None:
    points, names = climbing(forge.motion(1)), list(holosoma_climb.JOINTS)
    save(tmp_path / "seq_0.npz", points, names[::-1], 120)
    with pytest.raises(MotionError, match="the same in another order; a recording has 53"):
        list(table.source("holosoma_climb").clips(tmp_path))
    save(tmp_path / "seq_0.npz", points[:, :52], names, 120)
    with pytest.raises(MotionError, match=r"positions \(30, 52, 3\) for 53 points"):
        list(table.source("holosoma_climb").clips(tmp_path))
    (tmp_path / "seq_0.npz").unlink()
    with pytest.raises(MotionError, match="no clip of holosoma_climb found"):
        table.source("holosoma_climb").entries(tmp_path)


def spelled(motion, sides=("left", "right")) -> np.ndarray:
    """Raw columns (T, 227) of a motion: squeezed bodies, hands in pixels, depth in widths."""
    joints, raw = motion.joints() * [1, -1, -1], np.zeros((len(motion), 75, 3))
    for k, name in enumerate(fingerspelling.JOINTS):
        part, _, which = name.partition("_")
        side = {"lh": "left", "rh": "right"}.get(part, which.split("_")[0].lower())
        finger, bone = which.split("_")[0].lower(), which.split("_")[-1]
        if part == "pose" and bone in ("SHOULDER", "ELBOW", "WRIST"):
            place = joints[:, WHOLE_BODY.index(f"{side}_{bone.lower()}")]
            raw[:, k] = place * [500, 500 / fingerspelling.SQUEEZED, 1] + [0, 0, 250]
        elif part != "pose" and bone != "TIP":
            number = {"CMC": 1, "MCP": 2 if finger == "thumb" else 1, "PIP": 2, "IP": 3, "DIP": 3, "WRIST": 0}[bone]
            place = joints[:, WHOLE_BODY.index(f"{side}_{finger}{number}" if number else f"{side}_wrist")]
            raw[:, k] = place * [700, 700, 1.4] + [250, 250, 250]
        else:
            raw[:, k] = [250, 250, 250]
    found = np.array([float(side in sides) for side in ("left", "right")])
    return np.concatenate([raw.reshape(len(raw), -1), np.tile(found, (len(raw), 1))], 1)


def spell(path: Path, raw: np.ndarray, names=fingerspelling.JOINTS) -> None:
    np.savez(path / "ase__o.npz", raw=raw.astype(np.float32), joints=np.array(names), fps=25.0)
    files.write_rows(path / "labels.jsonl", [{"file": "ase__o.npz", "labels": {"text": "O", "signed_language": "ase"}}])


def test_letters_keep_the_arm_and_the_fingers_of_the_hand_that_was_found(tmp_path: Path) -> None:
    motion = forge.motion(1, fps=25, seed=4)
    still = motion.rotations.copy()
    still[:, [WHOLE_BODY.index(n) for n in ("pelvis", "spine1", "spine2", "spine3", "right_collar", "left_collar")]] = (
        np.eye(3)
    )
    motion = motion.with_(rotations=still, root=0 * motion.root)
    raw = spelled(motion, ("right",))
    raw[5:8, 226] = 0  # lost for a moment
    spell(tmp_path, raw)
    (clip,) = table.source("fingerspelling").clips(tmp_path)
    assert clip.captions[0].text == "a person fingerspells the letter O" and clip.style == "ase"
    kept = [name for name, here in zip(WHOLE_BODY.names, clip.motion.present, strict=True) if here]
    assert len(kept) == 18 and all(name.startswith("right") for name in kept)
    hand = [j for j, name in enumerate(WHOLE_BODY.names) if name in kept]
    apart = np.linalg.norm(clip.motion.joints()[:, hand] - motion.joints()[:, hand], axis=-1)
    assert np.delete(apart, range(4, 9), 0).max() < 0.01
    (seen,) = clip.keypoints
    assert seen.size == (500, 500) and seen.confidence[:, 21:].sum() == 22 * 21 and not seen.confidence[:, :21].any()


def test_letters_name_what_is_wrong(tmp_path: Path) -> None:
    raw, names = spelled(forge.motion(1, fps=25)), fingerspelling.JOINTS
    for broken, order, words in (
        (raw[:, :225], names, r"raw \(25, 225\); must be \(T, 227\)"),
        (raw, (names[1], names[0], *names[2:]), "'pose_LEFT_EYE_INNER' in place of 'pose_NOSE'"),
        (spelled(forge.motion(1, fps=25), ()), names, "neither hand is there"),
    ):
        spell(tmp_path, broken, order)
        with pytest.raises(MotionError, match=words):
            list(table.source("fingerspelling").clips(tmp_path))
    (tmp_path / "ase__o.npz").write_bytes(b"PK")
    with pytest.raises(MotionError, match="not a whole .npz"):
        list(table.source("fingerspelling").clips(tmp_path))


def channels(frames: int = 30) -> np.ndarray:
    """Raw columns (T, 62) of a take: the count, shapes, angles."""
    raw = np.zeros((frames, livelink_face.CHANNELS))
    raw[:, 0], raw[:, 1 + face.SHAPES.index("jawOpen")] = 61, np.linspace(0, 1, frames)
    return raw


def test_faces_as_arrays_and_as_the_app_writes_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "alex_rom_3.npz", raw=channels(), joints=np.array([], "U1"), fps=30.0)
    (clip,) = table.source("livelink_face").clips(tmp_path)
    assert clip.motion.face_source == face.ARKIT and not clip.motion.present.any() and clip.subject == "alex"
    clip.motion.save(tmp_path / "alex_rom_3.face.csv")
    (tmp_path / "alex_rom_3.face.csv").rename(tmp_path / "alex_rom_3.csv")
    (tmp_path / "notes.csv").write_text("file,text\n")
    (again,) = table.source("livelink_face").clips(tmp_path)
    assert again.motion.face is not None and clip.motion.face is not None
    assert np.abs(again.motion.face - clip.motion.face).max() < 1e-7


def test_faces_name_what_is_wrong(tmp_path: Path) -> None:
    other = channels()
    other[3, 0] = 52
    for raw, words in (
        (channels()[:, :53], r"raw \(30, 53\); must be \(T, 62\)"),
        (other, "BlendShapeCount 61 or other; must be 61"),
    ):
        np.savez(tmp_path / "a.npz", raw=raw, joints=np.array([], "U1"), fps=30.0)
        with pytest.raises(MotionError, match=words):
            list(table.source("livelink_face").clips(tmp_path))
    np.savez(tmp_path / "a.npz", joints=np.array([], "U1"), fps=30.0)
    with pytest.raises(MotionError, match="lacks raw"):
        list(table.source("livelink_face").clips(tmp_path))


def nine(motion) -> np.ndarray:
    """The nine points of UCI, markers on forearms and shins a little inside the joints."""
    joints = {name: motion.joints()[:, WHOLE_BODY.index(name)] for name in WHOLE_BODY.names}
    joints["head_middle"] = joints["head"] + [0, 0.07, 0.01]
    for upper, lower, below in uci_vicon_physical.SEGMENTS:
        for side in ("left", "right"):
            a, b = f"{side}_{upper}", f"{side}_{lower}"
            way = (joints[b] - joints[a]) * 0.25
            joints[a], joints[b] = joints[a] + (1 - below) * way, joints[b] - below * way
    return np.stack([joints[name] for name in uci_vicon_physical.JOINTS.values()], 1)


def test_nine_points_put_limbs_where_they_were_seen(tmp_path: Path) -> None:
    motion = forge.walk(2.0, 66.7, turn=0.5)
    for name in ("sub1_Walking", "sub1_Walking_worse"):
        save(tmp_path / f"{name}.npz", nine(motion), list(uci_vicon_physical.JOINTS), 66.667)
    rows = [{"file": "sub1_Walking.npz", "labels": {"action": "walking", "group": "normal", "subject": "sub1"}}]
    files.write_rows(tmp_path / "labels.jsonl", rows)
    (clip,) = table.source("uci_vicon_physical").clips(tmp_path)
    assert (clip.action, clip.style, clip.subject) == ("walking", "normal", "sub1")
    seen = [WHOLE_BODY.index(f"{s}_{p}") for s in ("left", "right") for p in ("knee", "ankle", "elbow", "wrist")]
    apart = np.linalg.norm(clip.motion.joints() - motion.joints(), axis=-1)
    assert apart[:, seen].mean() < 0.03
    guessed = [WHOLE_BODY.index(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "shoulder")]
    assert apart[:, guessed].mean() < 0.12
    absent = {name for name, here in zip(WHOLE_BODY.names[:22], clip.motion.present, strict=False) if not here}
    assert absent == {"left_foot", "right_foot"} and not clip.motion.present[22:].any()
    assert clip.motion.rotation_source == "ik"


def test_nine_points_name_what_is_wrong(tmp_path: Path) -> None:
    points, names = nine(forge.walk(1.0)), list(uci_vicon_physical.JOINTS)
    lost = points.copy()
    lost[7, 3] = np.nan
    for values, order, words in (
        (points, [names[1], names[0], *names[2:]], "points L_Elbow, Head"),
        (points[:, :5], names[:5], "a recording has nine"),
        (points[:, :5], names, r"positions \(30, 5, 3\) for 9 points"),
        (lost, names, "lost at frame 7"),
    ):
        save(tmp_path / "sub1_Walking.npz", values, order, 66.667)
        with pytest.raises(MotionError, match=words):
            list(table.source("uci_vicon_physical").clips(tmp_path))


def test_one_take_of_beat2_in_one_folder_with_sound_and_words(tmp_path: Path) -> None:
    motion = forge_sets.walk(1.5, 30.0)
    place = forge_sets.beat2(tmp_path / "set", "2_scott_0_1_1", motion) / "beat_english_v2.0.0"
    folder = tmp_path / "beat2_sample"
    folder.mkdir()
    for file in ("smplxflame_30/2_scott_0_1_1.npz", "wave16k/2_scott_0_1_1.wav", "textgrid/2_scott_0_1_1.TextGrid"):
        (folder / Path(file).name).write_bytes((place / file).read_bytes())
    (clip,) = table.source("beat2_sample").clips(tmp_path)
    assert clip.source == "beat2_sample" and clip.performance == "beat/2_scott_0_1_1" and clip.motion.present.all()
    assert clip.split == "test"  # where BEAT has it: no model learns from the one real take of speech
    assert (
        clip.motion.face_source == face.FLAME and clip.audio[0].path and [word.text for word in clip.words] == ["well"]
    )
    (folder / "2_scott_0_1_1.wav").unlink()
    with pytest.raises(MotionError, match="no 2_scott_0_1_1.wav beside it"):
        table.source("beat2_sample").entries(tmp_path)
    np.savez(folder / "2_scott_0_1_1.npz", poses=np.zeros((5, 100)), trans=np.zeros((5, 3)), mocap_frame_rate=30)
    (folder / "2_scott_0_1_1.wav").write_bytes(b"RIFF")
    with pytest.raises(MotionError, match=r"poses \(5, 100\); must be"):
        list(table.source("beat2_sample").clips(tmp_path))


def beat_face(path: Path, **change: object) -> np.ndarray:
    """A face of BEAT, 60 frames a second, in the alphabet's order; returns jawOpen."""
    names = sorted(set(face.SHAPES) - {"tongueOut"})
    weights = np.zeros((90, len(names)))
    weights[:, names.index("jawOpen")] = np.linspace(0, 1, 90)
    rows = [{"weights": list(row), "time": k / 60, "rotation": []} for k, row in enumerate(weights)]
    path.write_text(json.dumps({"names": names, "frames": rows, **change}))
    return weights[:, names.index("jawOpen")]


def test_beats_face_comes_at_the_bodys_rate_under_its_own_convention(tmp_path: Path) -> None:
    folder = forge_sets.beat(tmp_path, "2_scott_0_73_73", files.of("beat", files.body(1.5, 120.0)))
    jaw = beat_face(folder / "2_scott_0_73_73.json")
    (clip,) = table.source("beat").clips(tmp_path)
    assert clip.motion.face_source == face.ARKIT and clip.motion.face is not None
    assert np.allclose(clip.motion.face[::2, face.SLOTS.index("jawOpen")], jaw, atol=1e-3)
    for change, words in (
        ({"names": ["jawOpen"]}, "no shape browDownLeft"),
        ({"frames": [{"weights": [0.0], "time": 0}]}, r"weights \(1, 1\) of 51 names"),
        ({"frames": [{"weights": [0.0] * 51, "time": 0}] * 2}, "times that do not rise"),
        ({"frames": [{"time": 0}]}, "no face of BEAT"),
    ):
        beat_face(folder / "2_scott_0_73_73.json", **change)
        with pytest.raises(MotionError, match=words):
            list(table.source("beat").clips(tmp_path))
