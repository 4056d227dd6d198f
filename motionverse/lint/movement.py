"""Measures of how things move: noise, stillness, speed, jumps. Each gives Values (T, K), or None where it cannot be asked."""

import numpy as np

from motionverse import rotation
from motionverse.lint.take import Take
from motionverse.lint.values import Values, constant, durations, names_of, unit, whole

NOISE_WINDOW = 0.5  # [s]
CALM = 0.2  # share of the windows
UNIT_NOISE = 129.3  # median of minus the product of neighbouring fourth differences of unit white noise in space
STILL = 1e-3  # [m/s] people sway faster than that
JUMP = 60.0  # [degree] from the middle of the neighbours


def jitter(take: Take) -> Values | None:
    """Shaking [m/s^2] of a joint that does not stop in the calmest fifth of the take: noise, not movement."""
    rows = _noise(take)
    if rows is None:
        return None
    floor = np.quantile(rows[1], CALM, axis=0)
    return Values(np.repeat(floor[None], len(take.joints), 0), names_of(take, take.seen))


def burst(take: Take) -> Values | None:
    """Shaking [m/s^2] of a joint over half a second."""
    rows = _noise(take)
    if rows is None:
        return None
    starts, noise = rows
    wide, out = _window(take), np.zeros((len(take.joints), len(take.seen)))
    for a, row in zip(starts, noise, strict=True):
        out[a : a + wide + 4] = np.maximum(out[a : a + wide + 4], row)
    return Values(out, names_of(take, take.seen))


def _window(take: Take) -> int:
    return max(8, round(NOISE_WINDOW * take.fps))


def _noise(take: Take) -> tuple[np.ndarray, np.ndarray] | None:
    """First frames (W,) and noise (W, K) [m/s^2] of windows of half a second: standard deviation of white noise times fps^2.

    Smooth movement cancels in a fourth difference, and what is left of fast movement keeps its sign from frame to frame; noise
    turns it around (neighbouring fourth differences of white noise correlate by -0.8). The median over the window passes by
    single glitches. Times fps^2, because people's own high frequencies then measure alike at 16 and at 60 fps.
    """
    wide = _window(take)
    fourth = np.diff(take.points[:, take.seen], 4, axis=0)
    turns = -(fourth[1:] * fourth[:-1]).sum(-1)
    if len(turns) < wide or not turns.size:
        return None
    starts = np.arange(0, len(turns) - wide + 1, wide // 2)
    typical = np.stack([np.median(turns[a : a + wide], 0) for a in starts])
    return starts, np.sqrt(np.maximum(typical, 0) / UNIT_NOISE) * take.fps**2


def frozen(take: Take) -> Values:
    """How long no joint moves faster than 1 mm/s [s]."""
    return whole(durations(take.moves < STILL, take.fps))


def still(take: Take) -> Values:
    """Share of the frames in which nothing moves [%]."""
    return constant(take, 100 * float((take.moves < STILL).mean()))


def speed(take: Take) -> Values:
    """Speed of a joint [m/s]."""
    return Values(take.speed[:, take.seen], names_of(take, take.seen))


def joint_jump(take: Take) -> Values | None:
    """Angle [deg] between a joint's turn and the middle of its neighbours in time: an outlier's whole error, half a step.

    Points have no turns: then the angle of each bone's direction.
    """
    if len(take.joints) < 3:
        return None
    if take.rotations is None:
        return _bone_jump(take)
    q = rotation.to_quat(take.rotations[:, take.seen])
    before, after = q[:-2], q[2:] * np.where((q[:-2] * q[2:]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    apart = np.zeros(q.shape[:2])
    apart[1:-1] = 2 * np.degrees(np.arccos(np.clip(np.abs((q[1:-1] * unit(before + after)).sum(-1)), 0, 1)))
    return Values(apart, names_of(take, take.seen))


def glitches(take: Take) -> Values | None:
    """Share of the frames [%] in which a joint jumps by more than 60 degrees."""
    jumps = joint_jump(take)
    return None if jumps is None else constant(take, 100 * float((jumps.values > JUMP).any(1).mean()))


def _bone_jump(take: Take) -> Values | None:
    parents = np.asarray(take.skeleton.parents)
    bones = np.flatnonzero((parents >= 0) & take.present)
    way = take.points[:, bones] - take.points[:, parents[bones]]
    length = np.linalg.norm(way, axis=-1)
    way = way / np.maximum(length, 1e-9)[..., None]
    middle = unit(way[:-2] + way[2:])
    angle = np.zeros(way.shape[:2])
    angle[1:-1] = np.degrees(np.arccos(np.clip((way[1:-1] * middle).sum(-1), -1, 1)))
    return Values(np.where(np.median(length, 0) < 0.03, 0.0, angle), names_of(take, bones)) if len(bones) else None


def root_jump(take: Take) -> Values | None:
    """Distance [m] of the root from the middle of its neighbours in time: an outlier's whole error, half a step."""
    if len(take.joints) < 3:
        return None
    path, apart = take.points[:, 0], np.zeros(len(take.points))
    apart[1:-1] = np.linalg.norm(path[1:-1] - (path[2:] + path[:-2]) / 2, axis=-1)
    return Values(apart[:, None], take.skeleton.names[:1])
