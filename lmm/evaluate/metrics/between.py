"""In-betweens against the real ones, and constraints against what was asked: L2P, L2Q, constraint error."""

import numpy as np


def l2p(predicted: np.ndarray, truth: np.ndarray, spread: np.ndarray) -> float:
    """Mean over frames of the distance of whole poses of joint positions, each number over its spread; no unit.

    predicted, truth: (T, J, 3) world positions [m]; spread: (J, 3) [m], standard deviations over real motions.
    Harvey et al., Robust Motion In-betweening, SIGGRAPH 2020, eq. 14 (positions normalised as there).
    """
    apart = (predicted - truth) / spread
    return float(np.linalg.norm(apart.reshape(len(truth), -1), axis=-1).mean())


def l2q(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean over frames of the distance of whole poses of world quaternions (T, J, 4), of either sign; no unit.

    Harvey et al. 2020, eq. 13. A quaternion and its negative are one rotation: the nearer one counts.
    """
    sign = np.where((predicted * truth).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    return float(np.linalg.norm((sign * predicted - truth).reshape(len(truth), -1), axis=-1).mean())


def constraint_error(made: np.ndarray, wanted: np.ndarray, held: np.ndarray) -> float:
    """Mean distance [cm] of joints made (T, J, 3) [m] from those wanted, where held (T, J) bool; NaN where nothing is held.

    Keyframe error as in Karunratanakul et al., GMD, ICCV 2023 (there of the root, here of whatever joints are held).
    """
    apart = np.linalg.norm(made - wanted, axis=-1)[held]
    return float(100 * apart.mean()) if apart.size else float("nan")
