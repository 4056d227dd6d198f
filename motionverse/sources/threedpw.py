"""3DPW: people outdoors, one or two at a time, SMPL fitted to body-worn sensors and a moving camera.

readme.txt of the distribution: sequenceFiles/{train,validation,test}/SEQUENCE.pkl (Python 2, read as latin1), a dictionary of
sequence and of lists with one item an actor: poses (N, 72) [rad] and trans (N, 3) [m] at 30 Hz, aligned with the video;
poses_60Hz and trans_60Hz; betas; genders; poses2D, the detections in the picture; and of the camera: cam_poses (N, 4, 4),
world to camera, and cam_intrinsics (3, 3). An actor is a clip. The 30 Hz arrays are read: they fit the pictures frame by frame.
poses2D is (N, 3, 18): x, y, confidence of OpenPose's 18 points (CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md, COCO).
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Camera, Caption, Clip, Keypoints
from motionverse.errors import MotionError
from motionverse.formats import fields, pickled, smplx
from motionverse.motion import Motion
from motionverse.sources.source import Entry, Source
from motionverse.split import TEST, TRAIN, VALIDATION

FPS = 30.0
SIDES = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
POINTS = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
    "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
_PLACE = re.compile(r"^(courtyard|downtown|outdoors|office|flat)_|_\d+$")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every sequence and actor; a sequence is opened to count its actors."""
    found = []
    for side in SIDES:
        for path in sorted(folder.rglob(f"{side}/*.pkl")):
            actors = len(_held(path)["poses"])
            found += [Entry(path, f"{path.stem}_{k}", {"actor": k, "split": SIDES[side]}) for k in range(actors)]
    return found


def read(entry: Entry) -> Clip:
    """One actor of one sequence, with the points that were seen of him."""
    held, actor = _held(entry.path), int(entry.facts["actor"])
    motion = smplx.from_arrays(
        {"poses": _item(held, "poses", actor, entry.path), "trans": _item(held, "trans", actor, entry.path), "fps": np.array(FPS)},
        entry.path, None, None, "Y",
    )  # fmt: skip
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", _PLACE.sub("", _PLACE.sub("", entry.path.stem))).lower()
    return SOURCE.clip(
        entry,
        motion,
        performance=f"3dpw/{entry.path.stem}",
        captions=(Caption(words, origin="label"),),
        action=words.replace(" ", "-"),
        subject=f"{entry.path.stem}_{actor}",
        split=str(entry.facts["split"]),
        keypoints=_keypoints(held, actor, motion, entry.path),
    )


def _keypoints(held: dict[str, Any], actor: int, motion: Motion, path: Path) -> tuple[Keypoints, ...]:
    if "poses2D" not in held:
        return ()
    seen = _item(held, "poses2D", actor, path)
    if seen.shape != (len(motion), 3, len(POINTS)):
        raise MotionError(f"{path}: poses2D {seen.shape}; must be ({len(motion)}, 3, {len(POINTS)})")
    camera = None
    if "cam_poses" in held and "cam_intrinsics" in held:
        poses = fields.numbers(held["cam_poses"], "cam_poses", path)
        matrix = fields.numbers(held["cam_intrinsics"], "cam_intrinsics", path)
        if poses.shape != (len(motion), 4, 4) or matrix.shape != (3, 3):
            raise MotionError(
                f"{path}: cam_poses {poses.shape}, cam_intrinsics {matrix.shape}; must be ({len(motion)}, 4, 4), (3, 3)"
            )
        camera = Camera(matrix, poses[:, :3, :3], poses[:, :3, 3])
    return (Keypoints(seen[:, :2].transpose(0, 2, 1), seen[:, 2], POINTS, FPS, view="phone", camera=camera),)


def _item(held: dict[str, Any], name: str, actor: int, path: Path) -> np.ndarray:
    try:
        return fields.numbers(held[name][actor], name, path)
    except (KeyError, IndexError, TypeError):
        raise MotionError(f"{path}: no {name} of actor {actor}; download sequenceFiles.zip again") from None


def _held(path: Path) -> dict[str, Any]:
    held = pickled.read(path)
    if not isinstance(held, dict) or not isinstance(held.get("poses"), list | tuple | np.ndarray):
        raise MotionError(f"{path}: not a 3DPW sequence (a dictionary with a list of poses)")
    return held


SOURCE = Source(
    name="3dpw",
    title="3DPW",
    licence="3dpw",
    tasks=("imitation",),
    how_to_obtain="virtualhumans.mpi-inf.mpg.de/3DPW: sequenceFiles.zip, unpacked",
    files="train/*.pkl, validation/*.pkl, test/*.pkl",
    find=find,
    read=read,
    release=False,
    hours=0.5,
    unverified=(
        "Y is up in the world of the poses",
        "poses2D is (N, 3, 18) in the order of OpenPose's COCO points",
        "cam_poses brings the world of the poses to the camera's",
    ),
)
