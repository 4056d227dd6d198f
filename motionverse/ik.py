"""Inverse kinematics in closed form: a limb of two bones put where it should end, its bending plane kept."""

import numpy as np

from motionverse import rotation

_SOFT = 1e-4  # [m] kept between the two bones' reach and the goal, so that the middle joint is always defined


def two_bone(
    start: np.ndarray, goal: np.ndarray, middle: np.ndarray, lengths: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Middle and end positions of a limb that starts at `start` and should end at `goal`.

    start, goal: (T, 3) world positions [m]; middle: (T, 3) where the knee or elbow is now: it stays on that side, in the
    plane it spans with start and goal; lengths: of the upper and the lower bone [m].
    Returns middle and end (T, 3) [m]. A goal out of reach is met as nearly as a straight (or wholly folded) limb can.
    """
    upper, lower = lengths
    way = goal - start
    distance = np.linalg.norm(way, axis=-1, keepdims=True)
    along = way / np.maximum(distance, 1e-9)
    reach = np.clip(distance, abs(upper - lower) + _SOFT, upper + lower - _SOFT)
    bend = middle - start
    bend = bend - (bend * along).sum(-1, keepdims=True) * along
    bend = bend / np.maximum(np.linalg.norm(bend, axis=-1, keepdims=True), 1e-9)
    # law of cosines: how far along the way, and how far off it, the middle joint lies
    ahead = (upper**2 - lower**2 + reach**2) / (2 * reach)
    aside = np.sqrt(np.maximum(upper**2 - ahead**2, 0.0))
    return start + ahead * along + aside * bend, start + reach * along


def turn_to(world: np.ndarray, bone: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """World rotations (T, 3, 3) turned by the least angle so that their bone, at rest `bone` (3,), points to `direction` (T, 3)."""
    return rotation.between(world @ bone, direction) @ world
