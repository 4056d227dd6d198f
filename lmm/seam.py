"""Made motion joined to given motion: exactly what was given where it is given, and no pop where one becomes the other.

What is made keeps its own accelerations up to the seam, goes straight on across it, and is drawn back to itself within a few
REACH: gradient-domain blending (Perez et al., Poisson image editing, 2003) of second derivatives along time. Heading and path over
the floor are drawn back in speed, not in place: between two given places what the path is off is let in evenly, after the last it
goes on from there.
"""

from typing import Any

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.tomato import heading

REACH = 0.2  # [s] after which half of an offset at the seam is left; 4 % after a second


def joined(made: Motion, given: Motion, mask: np.ndarray, reach: float = REACH) -> Motion:
    """`made` with the cells of `given` where mask (T, J or J + 1) bool is True (a last column is the face), smooth across seams.

    Both have T frames, one rate and one tree; nothing of `given` is looked at where the mask is False. Joint 0 is its place and
    its rotation. What is given has the bits that it had.
    """
    joints = len(made.skeleton)
    if mask[:, 0].any():
        made = _carried(made, given, mask[:, 0], reach)
    yaw = heading(made.rotations[:, 0])
    q = rotation.continuous(rotation.to_quat(_untwisted(made, yaw)))
    height, face = made.root[:, 1:2], made.face
    wanted = rotation.to_quat(_untwisted(given, yaw))
    wanted = np.where((wanted * q).sum(-1, keepdims=True) < 0, -wanted, wanted)
    for known, columns in _alike(mask[:, :joints]):
        flat = _blended(
            q[:, columns].reshape(len(q), -1), wanted[:, columns].reshape(len(q), -1), known, made.fps, reach
        )
        q[:, columns] = flat.reshape(len(q), -1, 4)
    if mask[:, 0].any():
        height = _blended(height, given.root[:, 1:2], mask[:, 0], made.fps, reach)
    if face is not None and given.face is not None and mask.shape[1] > joints:
        face = _blended(face, given.face, mask[:, joints], made.fps, reach)
    rotations = rotation.from_quat(q)
    rotations[:, 0] = rotation.about_y(yaw) @ rotations[:, 0]
    root = np.concatenate([made.root[:, :1], height, made.root[:, 2:]], -1)
    return made.with_(
        rotations=np.where(mask[:, :joints, None, None], given.rotations, rotations),
        root=np.where(mask[:, :1], given.root, root),
        face=face,
    )


def spread(off: np.ndarray, known: np.ndarray, fps: float, reach: float = REACH) -> np.ndarray:
    """A correction (T, C) that is `off` in the known frames (T,) bool, and fades from there within a few `reach` [s], smoothly."""
    return _correction(np.zeros_like(off), off[known], known, fps, reach, pull=0)


def led(made: Motion, way: Motion) -> Motion:
    """`made` over the floor where `way` is, heading as it does; its own height and tilt."""
    rotations, root = made.rotations.copy(), made.root.copy()
    turn = heading(way.rotations[:, 0]) - heading(rotations[:, 0])
    rotations[:, 0] = rotation.about_y(turn) @ rotations[:, 0]
    root[:, ::2] = way.root[:, ::2]
    return made.with_(rotations=rotations, root=root)


def _untwisted(motion: Motion, yaw: np.ndarray) -> np.ndarray:
    """Local rotations (T, J, 3, 3), joint 0 without the heading `yaw` (T,)."""
    rotations = motion.rotations.copy()
    rotations[:, 0] = rotation.about_y(-yaw) @ rotations[:, 0]
    return rotations


def _alike(mask: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(rows (T,) bool, columns) of the columns of a mask that are given in the same rows, where any and not all are."""
    rows, column = np.unique(mask, axis=1, return_inverse=True)
    found = [(rows[:, k], np.flatnonzero(column.ravel() == k)) for k in range(rows.shape[1])]
    return [(known, columns) for known, columns in found if known.any()]


def _carried(made: Motion, given: Motion, known: np.ndarray, reach: float) -> Motion:
    """`made` heading and standing (x, z) as `given` in the known frames (T,) bool, its steps turned along with it."""
    yaw = heading(made.rotations[:, 0])
    off = heading(given.rotations[known, 0]) - yaw[known]
    off = np.unwrap((off + np.pi) % (2 * np.pi) - np.pi)
    turn = _let_in(yaw, off, known, made.fps, reach)
    steps = np.diff(made.root, axis=0)
    steps = (rotation.about_y((turn[1:] + turn[:-1]) / 2) @ steps[..., None])[..., 0]
    path = np.concatenate([made.root[:1], made.root[:1] + np.cumsum(steps, 0)])[:, ::2]
    off = given.root[known, ::2] - path[known]
    root = made.root.copy()
    root[:, ::2] = path + np.stack([_let_in(*c, known, made.fps, reach) for c in zip(path.T, off.T, strict=True)], -1)
    rotations = made.rotations.copy()
    rotations[:, 0] = rotation.about_y(turn) @ rotations[:, 0]
    return made.with_(rotations=rotations, root=root)


def _blended(made: np.ndarray, wanted: np.ndarray, known: np.ndarray, fps: float, reach: float) -> np.ndarray:
    """Channels (T, C): wanted where known (T,), made far from there."""
    return made + _correction(made, wanted[known] - made[known], known, fps, reach, pull=0)


def _let_in(made: np.ndarray, off: np.ndarray, known: np.ndarray, fps: float, reach: float) -> np.ndarray:
    """What is to be added to a channel (T,) that is off by `off` (K,) in the known frames: smooth, level past the last."""
    return _correction(made[:, None], off[:, None], known, fps, reach, pull=1)[:, 0]


def _correction(
    made: np.ndarray, off: np.ndarray, known: np.ndarray, fps: float, reach: float, pull: int
) -> np.ndarray:
    """(T, C) that is `off` (K, C) in the known frames. In the others the sum of squares of its pull-th derivative, and of `reach`
    squared (to the fourth for pull 0) times what it changes accelerations by, is least; those across a seam count as 0 before."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    frames, out = len(made), np.zeros_like(made, dtype=np.float64)
    out[known] = off
    free = np.flatnonzero(~known)
    if not len(free):
        return out
    bend, slope = _differences(frames, 2), _differences(frames, 1)
    inner = sparse.identity(frames) if pull == 0 else slope.T @ slope
    stiff = (reach * fps) ** (4 - 2 * pull)
    normal = sparse.csc_matrix(stiff * (bend.T @ bend) + inner)
    right = -(normal[:, np.flatnonzero(known)] @ off)
    if pull == 0:  # a path that is summed up has no jump
        right += stiff * (bend.T @ _across(bend @ made, known))
    out[free] = splu(normal[free][:, free]).solve(np.ascontiguousarray(right[free]))
    return out


def _differences(frames: int, order: int) -> Any:
    """The differences of an order of rows side by side: sparse (T - order, T), no row where there are too few."""
    from scipy import sparse

    weights = {1: (-1.0, 1.0), 2: (1.0, -2.0, 1.0)}[order]
    rows = max(frames - order, 0)
    return sum(w * sparse.eye_array(rows, frames, k=k, format="csr") for k, w in enumerate(weights))


def _across(made: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What second differences (T - 2, C) of what is made should change by: across a seam, where they mean nothing, to 0."""
    held = np.lib.stride_tricks.sliding_window_view(known, 3).sum(-1) if len(made) else np.zeros(0)
    return np.where(((held > 0) & (held < 3))[:, None], -made, 0.0)
