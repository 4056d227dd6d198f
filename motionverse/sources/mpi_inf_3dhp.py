"""MPI-INF-3DHP: eight people, two sequences of four minutes each, fourteen cameras, markerless capture of 28 joints.

From the archive's README.txt and its util/ scripts (mpii_get_joint_set.m, mpii_get_sequence_info.m), as public mirrors hold them:
- S1 ... S8 / Seq1, Seq2 / annot.mat: for each of the cameras in `cameras`, annot3 (N, 84) in that camera's coordinates, x1 y1 z1
  x2 ..., annot2 (N, 56) on its picture, univ_annot3 the same body in one size for all. annot3 matches the picture, so it is read.
- camera.calibration beside it: text, name, sensor, size, animated, intrinsic, extrinsic (4 x 4, world to camera), radial.
- 50 frames a second in S1 Seq2, S3 and S5, else 25; the table of lengths says where annotations run past the video.
- Millimetres; a camera has x right, y down, z away: intrinsic times annot3 gives annot2.
"""

import re
from pathlib import Path

import numpy as np

from motionverse.clip import Clip, Keypoints
from motionverse.errors import MotionError
from motionverse.formats.bvh_text import read_bytes
from motionverse.sources import fitted_points, matlab
from motionverse.sources.points_only import CAMERA
from motionverse.sources.source import Entry, Source

NAMES = (
    "spine3 spine4 spine2 spine pelvis neck head head_top left_clavicle left_shoulder left_elbow left_wrist left_hand "
    "right_clavicle right_shoulder right_elbow right_wrist right_hand left_hip left_knee left_ankle left_foot left_toe "
    "right_hip right_knee right_ankle right_foot right_toe"
).split()
_OURS: dict[str, str | None] = {
    "spine": "spine1", "spine2": "spine2", "spine3": None, "spine4": "spine3",
    "left_clavicle": "left_collar", "right_clavicle": "right_collar",
}  # fmt: skip
JOINTS = tuple(_OURS.get(name, name) for name in NAMES)
SEQUENCES = {  # (subject, sequence): frames of the video, frames a second
    (1, 1): (6416, 25), (1, 2): (12430, 50), (2, 1): (6502, 25), (2, 2): (6081, 25), (3, 1): (12488, 50), (3, 2): (12283, 50),
    (4, 1): (6171, 25), (4, 2): (6675, 25), (5, 1): (12820, 50), (5, 2): (12312, 50), (6, 1): (6188, 25), (6, 2): (6145, 25),
    (7, 1): (6239, 25), (7, 2): (6320, 25), (8, 1): (6468, 25), (8, 2): (6054, 25),
}  # fmt: skip
SIZE = (2048, 2048)


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every annot.mat in a folder Ss/Seqq. Raises MotionError for one that is elsewhere."""
    found = []
    for path in sorted(folder.rglob("annot.mat")):
        match = re.match(r"S(\d)/Seq(\d)$", f"{path.parent.parent.name}/{path.parent.name}")
        key = (int(match[1]), int(match[2])) if match else (0, 0)
        if key not in SEQUENCES:
            raise MotionError(f"{path}: its folder is not S1 ... S8 / Seq1 or Seq2; keep the archive's folders")
        found.append(Entry(path, f"S{key[0]}_Seq{key[1]}", {"key": key}))
    return found


def read(entry: Entry) -> Clip:
    """A sequence, with what every camera saw of it."""
    frames, fps = SEQUENCES[entry.facts["key"]]
    held = matlab.variables(entry.path)
    cameras = np.asarray(held.get("cameras", [])).reshape(-1).astype(int)
    bodies, pictures = _cells(entry.path, held, "annot3", 84), _cells(entry.path, held, "annot2", 56)
    if not len(cameras) == len(bodies) == len(pictures):
        raise MotionError(
            f"{entry.path}: {len(cameras)} cameras, {len(bodies)} annot3, {len(pictures)} annot2; must agree"
        )
    points = bodies[0][:frames].reshape(-1, 28, 3)
    subject = f"S{entry.facts['key'][0]}"
    return SOURCE.clip(
        entry,
        fitted_points.motion(entry.path, _in_world(entry.path, points, cameras[0]), JOINTS, fps, 0.001),
        subject=subject,
        keypoints=tuple(_keypoints(seen[:frames], fps, camera) for camera, seen in zip(cameras, pictures, strict=True)),
    )


def _cells(path: Path, held: dict[str, np.ndarray], name: str, width: int) -> list[np.ndarray]:
    """The arrays (N, width) of a cell array."""
    cells = [np.asarray(cell, np.float64) for cell in np.asarray(held.get(name, []), object).reshape(-1)]
    if not cells or any(cell.ndim != 2 or cell.shape[1] != width for cell in cells):
        raise MotionError(f"{path}: {name} is not one array (N, {width}) a camera; use annot.mat as the archive has it")
    return cells


def _keypoints(seen: np.ndarray, fps: float, camera: int) -> Keypoints:
    points = seen.reshape(-1, 28, 2)
    inside = np.all((points >= 0) & (points < SIZE), axis=-1)
    return Keypoints(points, np.asarray(inside, np.float64), tuple(NAMES), fps, SIZE, f"video_{camera}")


def _in_world(path: Path, points: np.ndarray, camera: int) -> np.ndarray:
    """Points (T, 28, 3) of a camera [mm] with Y up: by the calibration, or as if the camera stood level where there is none."""
    calibration = path.with_name("camera.calibration")
    if not calibration.is_file():
        return points @ CAMERA.T
    values = [
        line.split()[1:]
        for line in read_bytes(calibration).decode("ascii", "replace").splitlines()
        if line.split()[:1] == ["extrinsic"]
    ]
    try:
        extrinsic = np.array(values[camera], np.float64).reshape(4, 4)
    except (IndexError, ValueError):
        raise MotionError(f"{calibration}: no extrinsic of 16 numbers for camera {camera}; unpack it again") from None
    world = (points - extrinsic[:3, 3]) @ extrinsic[:3, :3]
    turn = fitted_points.upright(world, NAMES.index("neck"), [NAMES.index("left_ankle"), NAMES.index("right_ankle")])
    return world @ turn.T


SOURCE = Source(
    name="mpi_inf_3dhp",
    title="MPI-INF-3DHP",
    licence="mpi-inf-3dhp",
    tasks=("imitation",),
    how_to_obtain="vcai.mpi-inf.mpg.de/3dhp-dataset: get_dataset.sh; annot.mat and camera.calibration of each S*/Seq*",
    files="annot.mat",
    find=find,
    read=read,
    release=False,
    hours=1.1,
    unverified=(
        "which axis of the calibrated world is up: found from the body",
        "the order of cameras in camera.calibration: taken to be 0, 1, 2, ...",
        "the test set (TS1 to TS6, HDF5, 17 joints) is not read",
        "public readers report left and right exchanged in some frames of S4 Seq2; nothing is done about it",
    ),
)
