"""Feet that stand are made to stand: each is held where it stood on average, its leg bent after it.

For motion that was led over the floor otherwise than it was made. A foot stands while its ankle and toe are low and one of them is
slow; the knee keeps its plane, the foot its turn, the pelvis its place.
"""

import numpy as np

from lmm import seam
from motionverse import ik
from motionverse.derivative import derivative
from motionverse.motion import Motion

LOW = 0.06  # [m] over its height at rest, at which a foot may stand
SLOW = 1.3  # [m/s] over the floor, below which it may; a foot that swings in a walk is twice as fast
LEAST = 0.1  # [s] that a foot stands at least
MOST = 0.15  # [m] that a foot is moved at most


def planted(motion: Motion) -> Motion:
    """The motion, on WHOLE_BODY's tree with its floor at y = 0, with standing feet held in place."""
    rest = motion.skeleton.rest_positions()[:, 1]
    places = motion.joints()
    speeds = np.linalg.norm(derivative(places[..., ::2], motion.fps), axis=-1)
    rotations = motion.rotations.copy()
    for side in ("left", "right"):
        hip, knee, ankle, toe = (motion.skeleton.index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "foot"))
        low = (places[:, [ankle, toe], 1] - (rest[[ankle, toe]] - rest.min()) < LOW).all(1)
        stands = low & (speeds[:, [ankle, toe]].min(1) < SLOW)
        off = _held(places[:, toe, ::2], stands, motion.fps)
        goal = places[:, ankle].copy()
        goal[:, ::2] += off
        rotations = _bent(motion.with_(rotations=rotations), (hip, knee, ankle), goal)
    return motion.with_(rotations=rotations)


def _held(place: np.ndarray, stands: np.ndarray, fps: float) -> np.ndarray:
    """(T, 2) [m] to be added to a foot's places (T, 2) over the floor, so that it stays while it stands (T,) bool; smooth."""
    off, known = np.zeros_like(place), np.zeros(len(place), bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], stands, [False]]).astype(np.int8))).reshape(-1, 2)
    for a, b in edges:
        if b - a >= LEAST * fps:
            off[a:b], known[a:b] = place[a:b].mean(0) - place[a:b], True
    size = np.linalg.norm(off, axis=-1, keepdims=True)
    off = off * np.minimum(1.0, MOST / np.maximum(size, 1e-9))
    return seam.spread(off, known, fps) if known.any() else off


def _bent(motion: Motion, leg: tuple[int, int, int], goal: np.ndarray) -> np.ndarray:
    """Local rotations (T, J, 3, 3) with a leg's ankle at its goal (T, 3), or as near as it reaches, its foot turned as it was."""
    hip, knee, ankle = leg
    places, world, local = motion.joints(), motion.globals(), motion.rotations.copy()
    upper, lower = motion.skeleton.offsets[knee], motion.skeleton.offsets[ankle]
    ahead = places[:, knee] + world[:, hip] @ np.array([0.0, 0.0, 1e-4])
    lengths = float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
    bent, end = ik.two_bone(places[:, hip], goal, ahead, lengths)
    thigh = ik.turn_to(world[:, hip], upper, bent - places[:, hip])
    shin = ik.turn_to(thigh @ local[:, knee], lower, end - bent)
    above = world[:, motion.skeleton.parents[hip]]
    local[:, hip] = np.swapaxes(above, -1, -2) @ thigh
    local[:, knee] = np.swapaxes(thigh, -1, -2) @ shin
    local[:, ankle] = np.swapaxes(shin, -1, -2) @ world[:, ankle]
    return local
