"""More of what a motion does: heights, reaches, repetitions and what comes before what. Beside lmm.evaluate.geometry.

Every measure takes a Geometry (the subject's own frame of the first instant, 30 Hz) and gives one number in metres, seconds,
radians or counts; `early` and `late` make of a measure of the whole one of its beginning or its end.
"""

from collections.abc import Callable

import numpy as np

from lmm.evaluate.geometry import RATE, Geometry, swings

Measure = Callable[[Geometry], float]
SIDES = {"left": "right", "right": "left"}  # a side and the other one


def early(measure: Measure, share: float = 0.4) -> Measure:
    """The measure of the first `share` of the time."""
    return lambda g: measure(g.part(0.0, share))


def late(measure: Measure, share: float = 0.4) -> Measure:
    """The measure of the last `share` of the time."""
    return lambda g: measure(g.part(1.0 - share, 1.0))


def size(measure: Measure) -> Measure:
    """The measure without its sign."""
    return lambda g: abs(measure(g))


def most(measure: Callable[[Geometry, str], float]) -> Measure:
    """The greater of the two sides."""
    return lambda g: max(measure(g, side) for side in SIDES)


def wander(g: Geometry) -> float:
    """Greatest change of heading at any time [rad], to either side."""
    return float(np.abs(g.heading).max())


def aside(g: Geometry, side: str) -> float:
    """How much farther it travels to that side than forward or back [m], along the facing of each moment."""
    left, ahead = g.facing_path.sum(0)
    return float((left if side == "left" else -left) - abs(ahead))


def hand_to_head(g: Geometry, side: str) -> float:
    """Least distance of the wrist from the head joint [m]."""
    return float(np.linalg.norm(g.joint(f"{side}_wrist") - g.joint("head"), axis=-1).min())


def arm_out(g: Geometry, side: str) -> float:
    """Greatest reach of the wrist away from its shoulder toward its own side [m]."""
    away = (g.joint(f"{side}_wrist") - g.joint(f"{side}_shoulder"))[:, [0, 2]]
    across = np.cos(g.heading) * away[:, 0] - np.sin(g.heading) * away[:, 1]
    return float((across if side == "left" else -across).max())


def thrust(g: Geometry, side: str) -> float:
    """Greatest speed of the wrist relative to the pelvis [m/s]."""
    return float(_pace(g.joint(f"{side}_wrist") - g.joint("pelvis")).max())


def thrust_lead(g: Geometry, side: str) -> float:
    """How much faster this wrist gets than the other one [m/s]."""
    return thrust(g, side) - thrust(g, SIDES[side])


def foot_lift(g: Geometry, side: str) -> float:
    """Greatest height of the ankle above the other one [m]."""
    return float((g.joint(f"{side}_ankle") - g.joint(f"{SIDES[side]}_ankle"))[:, 1].max())


def knee_lift(g: Geometry, side: str) -> float:
    """Greatest height of the knee above the other one [m]."""
    return float((g.joint(f"{side}_knee") - g.joint(f"{SIDES[side]}_knee"))[:, 1].max())


def leg_out(g: Geometry, side: str) -> float:
    """Greatest distance of the ankle from its hip over the ground, away from the trunk to any side [m]."""
    return float(np.linalg.norm((g.joint(f"{side}_ankle") - g.joint(f"{side}_hip"))[:, [0, 2]], axis=-1).max())


def balance(g: Geometry, side: str) -> float:
    """Seconds for which this foot carries alone: the other ankle over 8 cm above its."""
    return float(((g.joint(f"{SIDES[side]}_ankle") - g.joint(f"{side}_ankle"))[:, 1] > 0.08).sum() / RATE)


def straddle(g: Geometry) -> float:
    """Greatest distance between the ankles across the facing [m]."""
    apart = (g.joint("left_ankle") - g.joint("right_ankle"))[:, [0, 2]]
    return float(np.abs(np.cos(g.heading) * apart[:, 0] - np.sin(g.heading) * apart[:, 1]).max())


def stride(g: Geometry) -> float:
    """Greatest distance between the ankles over the ground [m]."""
    return float(np.linalg.norm((g.joint("left_ankle") - g.joint("right_ankle"))[:, [0, 2]], axis=-1).max())


def hip_fall(g: Geometry) -> float:
    """How far the pelvis goes down below where it was highest before [m]."""
    height = g.joint("pelvis")[:, 1]
    return float((np.maximum.accumulate(height) - height).max())


def hip_dip(g: Geometry) -> float:
    """How far the pelvis goes down and comes up again [m]."""
    height = g.joint("pelvis")[:, 1]
    before, after = np.maximum.accumulate(height), np.maximum.accumulate(height[::-1])[::-1]
    return float((np.minimum(before, after) - height).max())


def hip_drop(g: Geometry) -> float:
    """How much lower the pelvis ends than it started [m]."""
    height = g.joint("pelvis")[:, 1]
    return float(height[0] - height[-1])


def hip_rise(g: Geometry) -> float:
    """How far the pelvis comes up above where it was lowest before [m]."""
    height = g.joint("pelvis")[:, 1]
    return float((height - np.minimum.accumulate(height)).max())


def hip_dips(g: Geometry) -> float:
    """How often the pelvis goes down and comes up by over 15 cm."""
    return float(_dips(g.joint("pelvis")[:, 1], 0.15))


def bows(g: Geometry) -> float:
    """How often the head goes down and comes up by over 10 cm."""
    return float(_dips(g.joint("head")[:, 1], 0.10))


def nods(g: Geometry) -> float:
    """Swings of the gaze up and down of over 0.12 rad."""
    return float(swings(np.arcsin(np.clip(g.gaze[:, 1], -1, 1)), 0.12))


def hops(g: Geometry) -> float:
    """How often both feet leave the floor by over 6 cm."""
    feet = np.minimum(g.joint("left_foot")[:, 1], g.joint("right_foot")[:, 1])
    return float(_rises(feet - np.percentile(feet, 10), 0.06, 0.03))


def footfalls(g: Geometry) -> float:
    """How often an ankle is taken along faster than 0.6 m/s after it rested: steps, counted for both feet."""
    paces = (_pace(g.joint(f"{side}_ankle") * [1, 0, 1]) for side in SIDES)
    return float(sum(_rises(pace, 0.6, 0.25) for pace in paces))


def punches(g: Geometry) -> float:
    """How often a wrist goes away from its shoulder faster than 1.5 m/s."""
    return float(sum(_rises(_outward(g, side), 1.5, 0.3) for side in SIDES))


def raises(g: Geometry) -> float:
    """How often the higher wrist goes above the head joint."""
    higher = np.maximum(g.joint("left_wrist")[:, 1], g.joint("right_wrist")[:, 1])
    return float(_rises(higher - g.joint("head")[:, 1], 0.0, -0.15))


def hand_height(g: Geometry) -> float:
    """Mean height of the higher wrist above the head joint [m], below it negative."""
    higher = np.maximum(g.joint("left_wrist")[:, 1], g.joint("right_wrist")[:, 1])
    return float((higher - g.joint("head")[:, 1]).mean())


def wave_pace(g: Geometry) -> float:
    """Mean speed of the higher wrist about its elbow, while it is above it [m/s]."""
    side = max(SIDES, key=lambda one: float(g.joint(f"{one}_wrist")[:, 1].mean()))
    away = g.joint(f"{side}_wrist") - g.joint(f"{side}_elbow")
    up = away[1:, 1] > 0
    return float(_pace(away)[up].mean()) if up.any() else 0.0


def head_height(g: Geometry) -> float:
    """Mean height of the head joint above the floor, as a share of the legs and trunk stretched out."""
    chain = ("left_ankle", "left_knee", "left_hip", "spine1", "spine2", "spine3", "neck", "head")
    bones = [np.linalg.norm(g.joint(a)[0] - g.joint(b)[0]) for a, b in zip(chain, chain[1:], strict=False)]
    return float(g.joint("head")[:, 1].mean() / sum(bones))


def _pace(path: np.ndarray) -> np.ndarray:
    """(T-1,) speed along a path (T, 3) [m/s]."""
    return np.linalg.norm(np.diff(path, axis=0), axis=-1) * RATE


def _outward(g: Geometry, side: str) -> np.ndarray:
    """(T-1,) speed of the wrist away from its shoulder [m/s]."""
    return np.diff(np.linalg.norm(g.joint(f"{side}_wrist") - g.joint(f"{side}_shoulder"), axis=-1)) * RATE


def _dips(height: np.ndarray, depth: float) -> int:
    """How often `height` falls by over `depth` and rises again as much."""
    count, down, turn = 0, False, height[0]
    for value in height:
        turn = min(turn, value) if down else max(turn, value)
        if abs(value - turn) > depth:
            count, down, turn = count + down, not down, value
    return count


def _rises(signal: np.ndarray, above: float, below: float) -> int:
    """How often `signal` goes above a bound after it was below the lower one (or from the start)."""
    count, armed = 0, True
    for value in signal:
        if armed and value > above:
            count, armed = count + 1, False
        elif value < below:
            armed = True
    return count
