"""How far a motion that was told by pictures is from the real one: poses, accelerations, and the way through the world.

Positions made, real (T, J, 3) [m], joint 0 the pelvis; one sample each.
"""

import numpy as np


def mpjpe(made: np.ndarray, real: np.ndarray) -> float:
    """Mean distance [mm] of joints as seen from the pelvis, joints but the pelvis (Ionescu et al., Human3.6M, TPAMI 2014)."""
    apart = (made - made[:, :1]) - (real - real[:, :1])
    return 1000 * float(np.linalg.norm(apart[:, 1:], axis=-1).mean())


def pa_mpjpe(made: np.ndarray, real: np.ndarray) -> float:
    """Mean distance [mm] of joints after each frame was moved, turned and scaled onto the real one (Procrustes; Gower 1975)."""
    ours, theirs = (rows - rows.mean(1, keepdims=True) for rows in (made, real))
    u, values, v = np.linalg.svd(np.swapaxes(ours, -1, -2) @ theirs)
    sign = np.sign(np.linalg.det(u @ v))  # a mirror image is no turn
    v[:, -1] *= sign[:, None]
    values[:, -1] *= sign
    size = values.sum(-1) / np.maximum((ours**2).sum((1, 2)), 1e-12)
    return 1000 * float(np.linalg.norm(size[:, None, None] * (ours @ u @ v) - theirs, axis=-1).mean())


def acceleration_error(made: np.ndarray, real: np.ndarray, fps: float) -> float:
    """Mean distance [m/s^2] of the joints' accelerations in the world (Kanazawa et al., HMMR, CVPR 2019, there a frame's)."""
    theirs, ours = (np.diff(rows, n=2, axis=0) * fps**2 for rows in (real, made))
    return float(np.linalg.norm(ours - theirs, axis=-1).mean())


def path_error(made: np.ndarray, real: np.ndarray) -> float:
    """Mean distance [cm] of the pelvis' ways, turned about the vertical and moved onto each other as well as can be."""
    ours, theirs = made[:, 0] - made[:, 0].mean(0), real[:, 0] - real[:, 0].mean(0)
    across = (ours[:, 0] + 1j * ours[:, 2]) @ (theirs[:, 0] - 1j * theirs[:, 2])
    turn = np.conj(across) / max(abs(across), 1e-12) if abs(across) else 1.0
    flat = (ours[:, 0] + 1j * ours[:, 2]) * turn
    turned = np.stack([flat.real, ours[:, 1], flat.imag], -1)
    return 100 * float(np.linalg.norm(turned - theirs, axis=-1).mean())
