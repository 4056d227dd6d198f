"""Motion from an npz of raw channels: what several corpora's own files hold once they are turned into arrays.

Fields: raw (T, 3 + 4 J) root and wxyz quaternions, or (T, 3 + 3 J) root and exponential maps; positions (T, J, 3) world
joint positions [m], Y up; joints (J,) names; parents (J,); fps. The bone offsets are not among them: they are what the
rotations leave of the positions.
"""

import zipfile
from pathlib import Path

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

Z_UP_TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_FIELDS = ("raw", "positions", "joints", "parents", "fps")


def from_quaternions(path: Path, up: str = "Y", names: tuple[str, ...] | None = None) -> Motion:
    """A file whose raw channels are local quaternions (wxyz). up: the axis that is up in the raw channels."""
    arrays = _read(path, width=4)
    joints = len(arrays["joints"])
    quaternions = arrays["raw"][:, 3:].reshape(-1, joints, 4).astype(np.float64)
    return _motion(path, arrays, rotation.from_quat(quaternions), up, names)


def from_exponential_maps(path: Path, names: tuple[str, ...] | None = None) -> Motion:
    """A file whose raw channels are exponential maps [rad] for row vectors (points are multiplied from the left)."""
    arrays = _read(path, width=3)
    joints = len(arrays["joints"])
    maps = arrays["raw"][:, 3 : 3 + 3 * joints].reshape(-1, joints, 3).astype(np.float64)
    return _motion(path, arrays, np.swapaxes(rotation.from_rotvec(maps), -1, -2), "Y", names)


def _read(path: Path, width: int) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise MotionError(f"{path}: not a readable npz file; unpack or download it again") from error
    missing = [name for name in _FIELDS if name not in arrays]
    if missing:
        raise MotionError(f"{path}: lacks {', '.join(missing)}; a file of raw channels has {', '.join(_FIELDS)}")
    columns, joints = arrays["raw"].shape[-1], len(arrays["joints"])
    if columns < 3 + width * joints:
        raise MotionError(f"{path}: {columns} channels for {joints} joints; expected {3 + width * joints}")
    return arrays


def _motion(
    path: Path, arrays: dict[str, np.ndarray], local: np.ndarray, up: str, names: tuple[str, ...] | None
) -> Motion:
    parents = tuple(int(p) for p in arrays["parents"])
    positions = arrays["positions"].astype(np.float64)
    found = tuple(str(name) for name in arrays["joints"])
    if names is not None and len(names) != len(found):
        raise MotionError(f"{path}: {len(found)} joints; this corpus has {len(names)}")
    turn = Z_UP_TO_Y_UP if up.upper().startswith("Z") else np.eye(3)
    # in the turned world the root is turned, and everything else keeps its own frame
    first, *_ = local[:, 0][None]
    local = local.copy()
    local[:, 0] = turn @ first
    offsets = _offsets(local, positions, parents)
    if turn[1, 1] != 1.0 and not _upright(offsets, parents):
        # a rest pose that stands along the source's own up axis is turned with the world
        local = local @ turn.T
        local[:, 1:] = turn @ local[:, 1:]
        offsets = offsets @ turn.T
    skeleton = Skeleton(names or found, parents, offsets)
    return Motion(local, positions[:, 0], float(arrays["fps"]), skeleton)


def _offsets(local: np.ndarray, positions: np.ndarray, parents: tuple[int, ...]) -> np.ndarray:
    """(J, 3) the mean over frames of each bone in its parent's frame; the root's is zero."""
    world, offsets = local.copy(), np.zeros((len(parents), 3))
    for joint, parent in enumerate(parents):
        if parent >= 0:
            world[:, joint] = world[:, parent] @ local[:, joint]
            bones = positions[:, joint] - positions[:, parent]
            offsets[joint] = np.einsum("tji,tj->ti", world[:, parent], bones).mean(0)
    return offsets


def _upright(offsets: np.ndarray, parents: tuple[int, ...]) -> bool:
    """Whether the rest pose is tallest along Y."""
    rest = np.zeros_like(offsets)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            rest[joint] = rest[parent] + offsets[joint]
    extent = np.ptp(rest, axis=0)
    return bool(extent[1] >= extent[2])
