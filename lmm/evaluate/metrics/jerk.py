"""Jerk: the third derivative of positions, over a motion and where two pieces of it meet."""

import numpy as np


def jerk(joints: np.ndarray, fps: float) -> np.ndarray:
    """(T - 3, J) size [m/s^3] of the third difference of joints (T, J, 3) [m]; frame k is the instant (k + 1.5) / fps.

    Flash and Hogan, J. Neurosci. 1985. A difference, not a spline: it says nothing about what is between the samples, so compare
    motions at one frame rate.
    """
    return np.linalg.norm(np.diff(joints, 3, axis=0), axis=-1) * fps**3


def mean_jerk(joints: np.ndarray, fps: float) -> float:
    """Mean over frames and joints [m/s^3]; NaN under four frames."""
    found = jerk(joints, fps)
    return float(found.mean()) if found.size else float("nan")


def seam(joints: np.ndarray, fps: float, at: float, around: float = 0.25, usual: float = 0.0) -> tuple[float, float]:
    """Jerk where two pieces meet: its peak [m/s^3], and its area [m/s^2] off `usual` [m/s^3].

    Over `around` [s] to both sides of the instant `at` [s]: the greatest jerk of any joint in any frame, and the time integral of
    how far each frame's greatest jerk is from `usual`, which is that of real motion.
    Peak jerk and area under the jerk: Barquero et al., FlowMDM, CVPR 2024, sec. 4 (there the area is a sum over frames).
    """
    greatest = jerk(joints, fps).max(1, initial=0.0)
    instants = (np.arange(len(greatest)) + 1.5) / fps
    near = greatest[np.abs(instants - at) <= around + 1e-9]
    if not near.size:
        return float("nan"), float("nan")
    return float(near.max()), float(np.abs(near - usual).sum() / fps)
