"""Motion from an npz of raw channels: what several corpora's own files hold once they are turned into arrays.

Fields: raw (T, 3 + 4 J) root and wxyz quaternions, or (T, 3 + 3 J) root and exponential maps; positions (T, J, 3) world
joint positions [m], Y up; joints (J,) names; parents (J,); fps. The bone offsets are not among them: they are what the
rotations leave of the positions.
"""

from pathlib import Path

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.formats import fields, joints
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

Z_UP_TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
Tree = tuple[tuple[str, ...], tuple[int, ...]]  # names and parents
_FIELDS = ("raw", "positions", "joints", "parents", "fps")


def from_quaternions(path: Path, up: str = "Y", tree: Tree | None = None) -> Motion:
    """A file whose raw channels are local quaternions (wxyz). up: the axis that is up in the raw channels.

    tree: names and parents of the corpus' joints, where its files may call them otherwise; the parents must be the same.
    Raises MotionError, naming the file, for one that is broken, of other shapes or of joints in another order.
    """
    arrays = _read(path, 4)
    quaternions = arrays["raw"][:, 3:].reshape(len(arrays["raw"]), -1, 4)
    if not np.linalg.norm(quaternions, axis=-1).all():
        raise MotionError(
            f"{path}: raw has a quaternion of no length; its columns are a place, then w, x, y, z a joint"
        )
    return _motion(path, arrays, rotation.from_quat(quaternions), up, tree)


def from_exponential_maps(path: Path, tree: Tree | None = None) -> Motion:
    """A file whose raw channels are exponential maps [rad] for row vectors (points are multiplied from the left)."""
    arrays = _read(path, 3)
    maps = arrays["raw"][:, 3:].reshape(len(arrays["raw"]), -1, 3)
    return _motion(path, arrays, np.swapaxes(rotation.from_rotvec(maps), -1, -2), "Y", tree)


def _read(path: Path, width: int) -> dict[str, np.ndarray]:
    """The fields, of shapes that fit: raw (T, 3 + width J), columns beyond it left out."""
    held = joints.arrays(path)
    missing = [name for name in _FIELDS if name not in held]
    if missing:
        raise MotionError(f"{path}: lacks {', '.join(missing)}; a file of raw channels has {', '.join(_FIELDS)}")
    arrays = {name: fields.numbers(held[name], name, path) for name in _FIELDS if name != "joints"}
    arrays["joints"] = held["joints"].reshape(-1)
    raw, count = arrays["raw"], len(arrays["joints"])
    columns = 3 + width * count
    if raw.ndim != 2 or not len(raw) or raw.shape[1] < columns:
        raise MotionError(f"{path}: raw {raw.shape} for {count} joints; must be (T, {columns}) with T >= 1")
    for name, shape in (("positions", (len(raw), count, 3)), ("parents", (count,))):
        if arrays[name].shape != shape:
            raise MotionError(f"{path}: {name} {arrays[name].shape} for {count} joints; must be {shape}")
    return {**arrays, "raw": raw[:, :columns]}


def _motion(path: Path, arrays: dict[str, np.ndarray], local: np.ndarray, up: str, tree: Tree | None) -> Motion:
    found = tuple(str(name) for name in arrays["joints"]), tuple(int(p) for p in arrays["parents"])
    try:
        Skeleton(*found, np.zeros((len(found[0]), 3)))  # a tree in order, before anything is walked along it
        names, parents = found if tree is None else _same(found, tree)
        offsets, local = _turned(local, arrays["positions"], parents, up)
        rate = fields.rate_of(arrays["fps"], path)
        return Motion(local, arrays["positions"][:, 0], rate, Skeleton(names, parents, offsets))
    except MotionError as error:
        raise error if str(error).startswith(str(path)) else MotionError(f"{path}: {error}") from None


def _same(found: Tree, tree: Tree) -> Tree:
    """The corpus' tree. Raises MotionError where the file's is another one."""
    if len(found[0]) != len(tree[0]):
        raise MotionError(f"{len(found[0])} joints; this corpus has {len(tree[0])}")
    other = next((j for j, (ours, theirs) in enumerate(zip(tree[1], found[1], strict=True)) if ours != theirs), None)
    if other is not None:
        raise MotionError(
            f"joint {other} ({found[0][other]}) hangs on joint {found[1][other]}, in this corpus ({tree[0][other]}) on "
            f"{tree[1][other]}; the joints are in another order"
        )
    return tree


def _turned(
    local: np.ndarray, positions: np.ndarray, parents: tuple[int, ...], up: str
) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (J, 3) and local rotations (T, J, 3, 3) in the world whose Y is up: the root is turned, all else keeps its frame."""
    turn = Z_UP_TO_Y_UP if up.upper().startswith("Z") else np.eye(3)
    local = local.copy()
    local[:, 0] = turn @ local[:, 0]
    offsets = _offsets(local, positions, parents)
    if turn[1, 1] != 1.0 and not _upright(offsets, parents):
        # a rest pose that stands along the source's own up axis is turned with the world
        local = local @ turn.T
        local[:, 1:] = turn @ local[:, 1:]
        offsets = offsets @ turn.T
    return offsets, local


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
