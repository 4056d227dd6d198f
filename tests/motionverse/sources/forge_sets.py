"""Forged distributions: small files in exactly the layout that a data set's own archives unpack to."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import rotation
from motionverse.formats import bvh
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import aist_plusplus, humanact12, kit_ml, threedpw
from tests import forge

Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # Y up to Z up


def walk(seconds: float = 3.0, fps: float = 60.0, seed: int = 0) -> Motion:
    """Somebody who walks in a curve and swings all joints a little, fingers too; floor at 0."""
    rng = np.random.default_rng(seed)
    made = forge.walk(seconds, fps, turn=0.3)
    swing = forge.smooth(rng, made.times, 3 * len(WHOLE_BODY), 0.1).reshape(-1, len(WHOLE_BODY), 3)
    swing[:, 0] = 0.0
    return made.with_(rotations=made.rotations @ rotation.from_rotvec(swing))


def save(path: Path, array: Any) -> Path:
    """A .npy file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.asarray(array, np.float32))
    return path


def text(path: Path, *lines: str) -> Path:
    """A text file of lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def as_json(path: Path, value: Any) -> Path:
    return text(path, json.dumps(value))


def as_pickle(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value, protocol=2))
    return path


def amass(root: Path, name: str, motion: Motion) -> Path:
    """SET/SUBJECT/TAKE_poses.npz as AMASS' SMPL+H G release has it, with the shape.npz that lies beside it."""
    path = root / f"{name}_poses.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    turned = motion.rotations.copy()
    turned[:, 0] = Z_UP @ turned[:, 0]
    np.savez(
        path, poses=rotation.to_rotvec(turned).reshape(len(motion), -1), trans=motion.root @ Z_UP.T, gender="male",
        mocap_framerate=motion.fps, betas=np.zeros(16), dmpls=np.zeros((len(motion), 8)),
    )  # fmt: skip
    np.savez(path.with_name("shape.npz"), betas=np.zeros(16))
    return path


def humanml3d(root: Path, ids: dict[str, str], index: dict[str, tuple[str, int, int]]) -> Path:
    """HumanML3D/: texts, lists and index.csv; ids: side by ID, "M" in front for mirror images."""
    folder = root / "humanml3d"
    for side in ("train", "val", "test"):
        text(folder / f"{side}.txt", *(name for name, where in ids.items() if where == side))
    text(folder / "all.txt", *ids)
    for name in ids:
        hand = "right" if name.startswith("M") else "left"
        lines = f"a person waves the {hand} hand.#a/DET person/NOUN#0.0#0.0", "he walks.#he/PRON walk/VERB#0.5#1.0"
        text(folder / "texts" / f"{name}.txt", *lines, "somebody walks.#walk/VERB#nan#nan")
    rows = (f"./pose_data/{path}.npy,{start},{end},{name}.npy" for name, (path, start, end) in index.items())
    text(folder / "index.csv", "source_path,start_frame,end_frame,new_name", *rows)
    return folder


def kit_joints(motion: Motion, millimetres: bool = True, swapped: bool = True) -> np.ndarray:
    """(T, 21, 3) as the processed KIT-ML has them; swapped: a mirror image of what the names say."""
    names = [name or ("left_foot" if k < 16 else "right_foot") for k, name in enumerate(kit_ml.JOINTS)]
    points = motion.joints()[:, [WHOLE_BODY.index(name) for name in names]]
    forward = motion.globals()[..., 2]
    points[:, [15, 20]] += 0.05 * forward[:, [WHOLE_BODY.index(name) for name in ("left_foot", "right_foot")]]
    return points * (1000.0 if millimetres else 1.0) * ([-1.0, 1.0, 1.0] if swapped else [1.0, 1.0, 1.0])


def babel(root: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    """babel_v1.0_release/ with one .json a side; rows by side."""
    for side, held in rows.items():
        as_json(root / "babel" / "babel_v1.0_release" / f"{side}.json", {str(row["babel_sid"]): row for row in held})
    return root / "babel"


def label(words: str, category: str, start: float | None = None, end: float | None = None) -> dict[str, Any]:
    times = {} if start is None else {"start_t": start, "end_t": end}
    return {"raw_label": words, "proc_label": words, "act_cat": [category], "seg_id": words, **times}


def smplx_322(motion: Motion, face: np.ndarray) -> np.ndarray:
    """(T, 322) as Motion-X has it."""
    out = np.zeros((len(motion), 322))
    out[:, :156] = rotation.to_rotvec(motion.rotations).reshape(len(motion), -1)
    out[:, 159:209], out[:, 309:312] = face, motion.root
    return out


def humanact12_points(motion: Motion) -> np.ndarray:
    """(T, 24, 3) in SMPL's order: the body, then a joint in each hand."""
    points = motion.joints()
    hands = points[:, [WHOLE_BODY.index("left_middle1"), WHOLE_BODY.index("right_middle1")]]
    return np.concatenate([points[:, :22], hands], 1)[:, : len(humanact12.JOINTS)]


def smpl_poses(motion: Motion) -> np.ndarray:
    """(T, 72): SMPL's 24 joints, the hands at rest."""
    body = rotation.to_rotvec(motion.rotations[:, :22])
    return np.concatenate([body, np.zeros((len(motion), 2, 3))], 1).reshape(len(motion), 72)


def threedpw_sequence(motions: list[Motion]) -> dict[str, Any]:
    """What a 3DPW pickle holds, as far as a reader of motion may meet it."""
    frames = len(motions[0])
    return {
        "sequence": "courtyard_shakeHands_00", "poses": [smpl_poses(m) for m in motions], "trans": [m.root for m in motions],
        "poses_60Hz": [np.repeat(smpl_poses(m), 2, 0) for m in motions], "betas": [np.zeros(10)] * len(motions),
        "genders": ["m"] * len(motions), "img_frame_ids": np.arange(frames) * 2, "campose_valid": [np.ones(frames, bool)],
        "poses2D": [np.full((frames, 3, len(threedpw.POINTS)), k + 0.5) for k in range(len(motions))],
        "cam_poses": np.repeat(np.eye(4)[None], frames, 0), "cam_intrinsics": np.diag([1900.0, 1900.0, 1.0]),
        "texture_maps": [None], "v_template_clothed": [np.zeros((4, 3))],
    }  # fmt: skip


def aist(root: Path, name: str, motion: Motion, scaling: float = 93.0) -> Path:
    """motions/, keypoints2d/ and cameras/ of one sequence of AIST++."""
    views, points = len(aist_plusplus.VIEWS), len(aist_plusplus.POINTS)
    held = {"smpl_poses": smpl_poses(motion), "smpl_scaling": np.array([scaling]), "smpl_trans": motion.root * scaling}
    as_pickle(root / "motions" / f"{name}.pkl", held)
    as_pickle(root / "keypoints2d" / f"{name}.pkl", {"keypoints2d": np.ones((views, len(motion), points, 3))})
    text(root / "cameras" / "mapping.txt", f"{name} setting1")
    row = {
        "size": [1920, 1080],
        "matrix": np.eye(3).tolist(),
        "rotation": [0, 0, 0],
        "translation": [0.0, 0.0, scaling * 4],
    }
    cameras = [{"name": view, **row, "distortions": [0.1, 0, 0, 0, 0]} for view in aist_plusplus.VIEWS]
    as_json(root / "cameras" / "setting1.json", cameras)
    return root


def textgrid(path: Path, words: list[tuple[str, float, float]]) -> Path:
    """A long TextGrid with a tier of words and one of phones."""
    end = words[-1][2]
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {end}",
        "tiers? <exists>",
        "size = 2",
    ]
    lines += ["item []:"]
    for k, tier in enumerate(("words", "phones"), start=1):
        lines += [f"    item [{k}]:", '        class = "IntervalTier"', f'        name = "{tier}"', "        xmin = 0"]
        lines += [f"        xmax = {end}", f"        intervals: size = {len(words)}"]
        for n, (word, first, last) in enumerate(words, start=1):
            lines += [f"        intervals [{n}]:", f"            xmin = {first}", f"            xmax = {last}"]
            lines += [f'            text = "{word}"']
    return text(path, *lines)


def beat(folder: Path, name: str, motion: Motion) -> Path:
    """One recording of BEAT: .bvh, .wav, .TextGrid."""
    folder.mkdir(parents=True, exist_ok=True)
    bvh.write(motion, folder / f"{name}.bvh")
    (folder / f"{name}.wav").write_bytes(b"RIFF")
    textgrid(folder / f"{name}.TextGrid", [("", 0.0, 0.4), ("hello", 0.4, 0.8), ("you", 0.8, 1.0)])
    return folder


def beat2(root: Path, name: str, motion: Motion) -> Path:
    """beat_english_v2.0.0/ with one recording."""
    place, zero = root / "beat_english_v2.0.0", np.zeros((len(motion), 9))
    poses = rotation.to_rotvec(motion.rotations).reshape(len(motion), -1)
    (place / "smplxflame_30").mkdir(parents=True, exist_ok=True)
    np.savez(
        place / "smplxflame_30" / f"{name}.npz", poses=np.concatenate([poses[:, :66], zero, poses[:, 66:]], 1), trans=motion.root,
        betas=np.zeros(300), expressions=np.full((len(motion), 100), 0.3), gender="neutral", mocap_frame_rate=motion.fps,
    )  # fmt: skip
    textgrid(place / "textgrid" / f"{name}.TextGrid", [("well", 0.1, 0.5), ("", 0.5, 1.0)])
    (place / "wave16k").mkdir(exist_ok=True)
    (place / "wave16k" / f"{name}.wav").write_bytes(b"RIFF")
    text(place / "train_test_split.csv", "id,type", f"{name},additional")
    return root
