"""A found motion put in the place of what is hidden: root carried over, given values kept, seams blended on the hidden side."""

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.tomato import heading

BLEND = 0.2  # [s] on the hidden side of a seam, at most half of the gap: a cosine from the given pose to the found one


def pasted(motion: Motion, found: Motion, given: np.ndarray) -> Motion:
    """`found`, of the motion's length and rate, with what is given (T, J) bool of `motion` kept as it is.

    Where the pelvis (joint 0) is given, and it must be somewhere, the path over the floor and the heading are the motion's;
    between two such frames what they are off is let in evenly, outside them kept. No hidden value of the motion is looked at.
    """
    held = np.flatnonzero(given[:, 0])
    frames = np.arange(len(motion))
    turn = np.unwrap(heading(motion.rotations[held, 0]) - heading(found.rotations[:, 0])[held])
    rotations = found.rotations.copy()
    turns = np.interp(frames, held, turn)
    rotations[:, 0] = rotation.about_y(turns) @ rotations[:, 0]
    root = (rotation.about_y(turns[held[0]]) @ found.root[..., None])[..., 0]
    shift = motion.root[held] - root[held]
    path = root + np.stack([np.interp(frames, held, column) for column in shift.T], -1)
    path[:, 1] = root[:, 1]
    patterns, which = np.unique(given, axis=1, return_inverse=True)
    for k, pattern in enumerate(patterns.T):
        if pattern.any():
            joints = np.flatnonzero(which.reshape(-1) == k)
            rotations[:, joints] = _blended(motion.rotations[:, joints], rotations[:, joints], pattern, motion.fps)
    near = np.stack([_share(given[:, 0], motion.fps, side) for side in (0, 1)])
    sides = np.stack(_neighbours(given[:, 0]))
    path[:, 1] += (near * (motion.root[:, 1] - root[:, 1])[sides]).sum(0)
    return motion.with_(
        rotations=np.where(given[..., None, None], motion.rotations, rotations),
        root=np.where(given[:, :1], motion.root, path),
        face=None,
    )


def _blended(real: np.ndarray, found: np.ndarray, given: np.ndarray, fps: float) -> np.ndarray:
    """Rotations (T, J, 3, 3): the found ones, turned by what they are off at the given frames on either side, fading out."""
    for side, frame in enumerate(_neighbours(given)):
        off = rotation.to_rotvec(real[frame] @ np.swapaxes(found[frame], -1, -2))
        found = rotation.from_rotvec(_share(given, fps, side)[:, None, None] * off) @ found
    return found


def _share(given: np.ndarray, fps: float, side: int) -> np.ndarray:
    """(T,) 1 at the given frame before (side 0) or after (1) a hidden frame, falling to 0 within BLEND; 0 where there is none."""
    before, after = _neighbours(given)
    frames = np.arange(len(given))
    away = np.abs(frames - (before, after)[side]) / fps
    gap = np.where((before < frames) & (after > frames), (after - before) / fps / 2, BLEND)
    faded = 0.5 + 0.5 * np.cos(np.pi * np.clip(away / np.minimum(BLEND, gap), 0, 1))
    there = (before <= frames) if side == 0 else (after >= frames)
    return np.where(given | ~there, 0.0, faded)


def _neighbours(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each frame the given one before it and after it; at an end that is not given, the nearest for both."""
    known, frames = np.flatnonzero(given), np.arange(len(given))
    before = known[np.maximum(np.searchsorted(known, frames, side="right") - 1, 0)]
    return before, known[np.minimum(np.searchsorted(known, frames), len(known) - 1)]
