"""Measures of feet, floor and gravity. Each gives Values (T, K), or None where the take cannot be asked."""

import numpy as np

from motionverse.lint.take import FLOOR_SHARE, Take
from motionverse.lint.values import SIDES, Values, around, constant, durations, names_of, runs, whole

AIRBORNE = 0.10  # [m] the lowest joint over the floor
PLANTED = 0.05  # [m] GMD (Karunratanakul et al. 2023): a foot that low should not slide
SLIDING = 0.15  # [m/s] HuMoR (Rempe et al. 2021): a foot slower than that stands
GRAVITY = 9.81  # [m/s^2]
FLIGHT = 0.20  # [s] shorter flights say little about gravity
FLIGHT_HEIGHT = 0.06  # [m] of both feet over where they stand
FLIGHT_RESIDUAL = 0.006  # [m] a fall is a parabola within this


def foot_skate(take: Take) -> Values | None:
    """Distance [m] that a planted foot slides within one second: ankle and toe under 5 cm over where they stand, the slower
    of the two counted while it moves faster than 0.15 m/s."""
    if not take.has_legs or len(take.joints) < 3:
        return None
    columns, names = [], []
    for side, _ in SIDES:
        parts = [f"{side}_ankle"] + ([f"{side}_foot"] if take.has(f"{side}_foot") else [])
        paths = np.stack([take.at(part) for part in parts])
        height = paths[..., 1] - np.quantile(paths[..., 1], FLOOR_SHARE, axis=1, keepdims=True)
        speed = np.linalg.norm(np.gradient(paths[..., ::2], axis=1), axis=-1).min(0) * take.fps
        slides = (height < PLANTED).all(0) & (speed > SLIDING)
        columns.append(np.where(slides, around(np.where(slides, speed, 0.0), take.fps), 0.0))
        names.append(take.skeleton.names[take.roles[parts[-1]]])
    return Values(np.stack(columns, -1), tuple(names))


def floating(take: Take) -> Values | None:
    """How long the whole body stays over 10 cm above the floor [s]."""
    if not take.on_floor:
        return None
    return whole(durations(take.lowest - take.floor > AIRBORNE, take.fps))


def penetration(take: Take) -> Values | None:
    """How deep a joint is under the floor [m]."""
    if not take.on_floor:
        return None
    return Values(np.maximum(take.floor - take.points[:, take.seen, 1], 0), names_of(take, take.seen))


def off_floor(take: Take) -> Values | None:
    """How far the floor is from height 0 [m]."""
    return constant(take, abs(take.floor)) if take.on_floor else None


def _centre(take: Take) -> np.ndarray:
    """(T,) height [m] of about where the centre of mass is: segments' middles by their share (Dempster 1955, rounded)."""
    share = {"hip": 0.20, "knee": 0.12, "ankle": 0.06, "shoulder": 0.08, "elbow": 0.03, "wrist": 0.02}
    total, weight = np.zeros(len(take.points)), 0.0
    for role, part in [(f"{side}_{name}", s) for side, _ in SIDES for name, s in share.items()]:
        if take.has(role):
            total, weight = total + part * take.at(role)[:, 1], weight + part
    return total / weight


def falls(take: Take) -> list[float]:
    """Accelerations [m/s^2] of the body's centre in its flights: both feet up, for 0.2 s or more, on a parabola."""
    feet = [f"{side}_{'foot' if take.has(f'{side}_foot') else 'ankle'}" for side, _ in SIDES] + [
        "left_ankle",
        "right_ankle",
    ]
    paths = np.stack([take.at(foot)[:, 1] for foot in feet])
    standing = np.quantile(paths, 0.1, axis=1, keepdims=True)
    height, found = _centre(take), []
    for start, stop in runs(np.min(paths - standing, axis=0) > FLIGHT_HEIGHT):
        if stop - start < max(FLIGHT * take.fps, 6):
            continue
        times = np.arange(stop - start) / take.fps
        curve = np.polyfit(times, height[start:stop], 2)
        residual = np.abs(np.polyval(curve, times) - height[start:stop]).max()
        rise = -curve[0] * (times[-1] / 2) ** 2
        if residual < FLIGHT_RESIDUAL and rise > 4 * FLIGHT_RESIDUAL:
            found.append(float(-2 * curve[0]))
    return found


def gravity(take: Take) -> Values | None:
    """How many times faster than 9.81 m/s^2 people in flight fall, or how many times slower; None where nobody flies.

    A take labelled with k times its frame rate falls k^2 times too fast, one that is k times too large k times.
    """
    found = falls(take) if take.has_legs else []
    if not found:
        return None
    ratio = float(np.median(found)) / GRAVITY
    return constant(take, max(ratio, 1 / ratio))
