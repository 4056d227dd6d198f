"""Inverse kinematics in closed form: a limb of two bones put where it should end, and rotations from where points lie."""

import numpy as np

from motionverse import rotation

_SOFT = 1e-4  # [m] kept between the two bones' reach and the goal, so that the middle joint is always defined
BENT = 0.4  # sine of the bend from which on it tells the plane of a limb (about 24 degrees)


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


def square(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(..., 3, 3) right-handed frames, columns: first, second made orthogonal to it, their cross product.

    Where one has no length, or both lie on a line, as where points coincide, any direction that fits stands for it.
    """
    a = _unit(first)
    a = np.where(_short(a), [1.0, 0.0, 0.0], a)
    b = _unit(second - (second * a).sum(-1, keepdims=True) * a)
    if _short(b).any():
        other = np.eye(3)[np.abs(a).argmin(-1)]
        b = np.where(_short(b), _unit(other - (other * a).sum(-1, keepdims=True) * a), b)
    return np.stack([a, b, np.cross(a, b)], -1)


def hinge(
    upper: np.ndarray,
    lower: np.ndarray,
    untwisted: np.ndarray,
    rest: tuple[np.ndarray, np.ndarray],
    axis: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (T, 3, 3) of a limb's two bones, joined by a hinge, that lie along upper and lower (T, 3).

    untwisted: (T, 3, 3) a rotation that lays the upper bone along `upper`, whatever its twist; rest: both bones (3,) in
    the rest pose; axis: (3,) the hinge there, about which the limb bends the positive way.
    How the upper bone is twisted shows in the plane of the bend. Frames that are bent too little get the twist that lies
    between those of the frames around them, so that it neither flips nor jitters while the limb is straight.
    """
    upper, lower, first, second = (_unit(v) for v in (upper, lower, *rest))
    bend = _bend((upper * lower).sum(-1), first, second, axis)
    local = square(np.broadcast_to(first, upper.shape), np.cross(first, (bend @ second)))
    seen = square(upper, np.cross(upper, lower)) @ np.swapaxes(local, -1, -2)
    side = square(first, axis)[:, 1]
    before, after = untwisted @ side, seen @ side
    twist = np.arctan2((np.cross(before, after) * upper).sum(-1), (before * after).sum(-1))
    bent = np.linalg.norm(np.cross(upper, lower), axis=-1) > BENT
    frames = np.arange(len(upper))
    twist = np.interp(frames, frames[bent], np.unwrap(twist[bent])) if bent.any() else np.zeros(len(upper))
    world = rotation.from_rotvec(upper * twist[:, None]) @ untwisted
    return world, turn_to(world @ bend, second, lower)


def _bend(cosine: np.ndarray, first: np.ndarray, second: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) about a hinge after which bones that rest along first and second (3,) meet at that cosine (T,)."""
    along = (axis @ second) * axis
    across = second - along
    a, b = first @ across, first @ np.cross(axis, across)
    reach = np.clip((cosine - first @ along) / max(float(np.hypot(a, b)), 1e-9), -1.0, 1.0)
    return rotation.from_rotvec((np.arctan2(b, a) + np.arccos(reach))[:, None] * axis)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


def _short(v: np.ndarray) -> np.ndarray:
    """(..., 1) True where what `_unit` returned is no unit vector."""
    return np.linalg.norm(v, axis=-1, keepdims=True) < 0.5


def turn_onto(
    rest: np.ndarray, points: np.ndarray, origin: np.ndarray | None = None, prior: np.ndarray | None = None
) -> np.ndarray:
    """Rotations (T, 3, 3) that bring rest (K, 3) onto points (T, K, 3) about `origin` (T, 3), in the least-squares sense.

    origin None: about the mean of both; prior: rotations (T, 3, 3) that say the rest where `rest` lies on one line.
    Kabsch 1976.
    """
    if origin is None:
        rest, points = rest - rest.mean(0), points - points.mean(1, keepdims=True)
    else:
        points = points - origin[:, None]
    size = np.linalg.norm(rest, axis=-1).max()
    if np.linalg.matrix_rank(rest / max(size, 1e-9), tol=0.05) < 2:
        start = rotation.identity(len(points)) if prior is None else prior
        longest = int(np.argmax(np.linalg.norm(rest, axis=-1)))
        return turn_to(start, rest[longest], points[:, longest])
    u, _, vt = np.linalg.svd(np.einsum("tki,kj->tij", points, rest))
    sign = np.ones((len(points), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    return (u * sign[:, None, :]) @ vt
