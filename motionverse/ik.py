"""Inverse kinematics: in closed form a limb of two bones put where it should end, and rotations from where points lie; by damped
steps any joints of a tree put where they should be."""

import numpy as np

from motionverse import kinematics, rotation
from motionverse.skeleton import Skeleton

_SOFT = 1e-4  # [m] kept between the two bones' reach and the goal, so that the middle joint is always defined
ROUNDS = 40  # damped steps at most
NEAR = 1e-5  # [m] from its goal at which a joint has met it
_DAMPING = 1e-3  # [m^2] of the first step; times 10 after a step that made it worse, a quarter after one that helped
_STEP = 0.5  # [rad] that a joint turns in one step at most
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


def meet(
    skeleton: Skeleton,
    rotations: np.ndarray,
    root: np.ndarray,
    goals: np.ndarray,
    held: np.ndarray,
    free: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Local rotations (T, J, 3, 3) and root (T, 3) [m] turned by as little as may be so that held joints meet their goals.

    goals: (T, J, 3) world places [m]; held: (T, J) bool, where they count; free: (T, J) bool, joints that may turn. A free joint 0
    tilts without turning about Y and rises or sinks; it goes nowhere else. Each frame by itself: damped least-norm steps
    (Nakamura and Hanafusa 1986; Levenberg's damping). What cannot be reached is met as nearly as it was found.
    """
    rotations, root = rotations.copy(), root.copy()
    ends = np.flatnonzero(held.any(0))
    above = _above(skeleton)[ends]
    turning = np.flatnonzero(above.any(0) & free.any(0))
    damping = np.full(len(root), _DAMPING)
    left = np.arange(len(root))
    for _ in range(ROUNDS):
        places, world = kinematics.forward(skeleton, rotations[left], root[left])
        off = np.where(held[left][:, ends, None], goals[left][:, ends] - places[:, ends], 0.0)
        error = np.linalg.norm(off, axis=-1)
        open_ = error.max(-1, initial=0.0) > NEAR
        if not open_.any():
            break
        left, places, world, off, error = (
            left[open_],
            places[open_],
            world[open_],
            off[open_],
            (error**2).sum(-1)[open_],
        )
        tilting = _tilting(rotations[left, 0]) if free[:, 0].any() else None
        slopes = _slopes(places, held[left], free[left], ends, turning, above, tilting)
        flat = slopes.reshape(len(left), 3 * len(ends), -1)
        normal = flat @ np.swapaxes(flat, -1, -2) + damping[left, None, None] * np.eye(flat.shape[1])
        step = np.swapaxes(flat, -1, -2) @ np.linalg.solve(normal, off.reshape(len(left), -1, 1))
        tried = _turned(skeleton, rotations[left], root[left], world, turning, step[..., 0], tilting)
        away = goals[left][:, ends] - kinematics.positions(skeleton, *tried)[:, ends]
        better = (np.where(held[left][:, ends, None], away, 0.0) ** 2).sum((-1, -2)) < error
        rotations[left[better]], root[left[better]] = tried[0][better], tried[1][better]
        damping[left] *= np.where(better, 0.25, 10.0)
    return rotations, root


def _above(skeleton: Skeleton) -> np.ndarray:
    """(J, J) bool: whether the second joint carries the first, itself left out."""
    found = np.zeros((len(skeleton), len(skeleton)), bool)
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            found[joint] = found[parent]
            found[joint, parent] = True
    return found


def _tilting(pelvis: np.ndarray) -> np.ndarray:
    """(T, 2) [rad/rad] the turn about Y that goes with one about X, and with one about Z, so that rotations (T, 3, 3) keep their
    heading, the twist about Y."""
    w, x, y, z = rotation.to_quat(pelvis).T
    along = np.maximum(w**2 + y**2, 0.05)  # it means nothing upside down
    return np.stack([(w * z - x * y) / along, -(w * x + y * z) / along], -1)


def _slopes(
    places: np.ndarray,
    held: np.ndarray,
    free: np.ndarray,
    ends: np.ndarray,
    turning: np.ndarray,
    above: np.ndarray,
    tilting: np.ndarray | None,
) -> np.ndarray:
    """(T, E, 3, 3 K + 1) how far ends (E,) move for each turn about the world's axes of the turning joints (K,), and for a rise."""
    arm = places[:, ends, None] - places[:, None, turning]
    counts = held[:, ends, None] & free[:, None, turning] & above[:, turning]
    out = np.zeros((*arm.shape[:2], 3, arm.shape[2], 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):  # w x arm
        out[..., i, :, j] = np.where(counts, arm[..., k], 0.0)
        out[..., i, :, k] = np.where(counts, -arm[..., j], 0.0)
    if tilting is not None:
        out[..., 0, ::2] += tilting[:, None, None] * out[..., 0, 1:2]
        out[..., 0, 1] = 0.0
    rise = np.zeros((*out.shape[:3], 1))
    rise[:, :, 1, 0] = held[:, ends] & free[:, :1]
    return np.concatenate([out.reshape(*out.shape[:3], -1), rise], -1)


def _turned(
    skeleton: Skeleton,
    rotations: np.ndarray,
    root: np.ndarray,
    world: np.ndarray,
    turning: np.ndarray,
    step: np.ndarray,
    tilting: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Rotations and root after a step (T, 3 K + 1): turns about the world's axes, and a rise [m]."""
    turns = step[:, :-1].reshape(len(step), -1, 3)
    if tilting is not None:
        turns[:, 0, 1] = (tilting * turns[:, 0, ::2]).sum(-1)
    most = np.linalg.norm(turns, axis=-1).max(-1, initial=0.0)
    share = np.minimum(1.0, _STEP / np.maximum(most, 1e-12))[:, None]
    turns = turns * share[..., None]
    parents = np.asarray(skeleton.parents)[turning]
    carrier = np.where((parents < 0)[:, None, None], np.eye(3), world[:, np.maximum(parents, 0)])
    out, moved = rotations.copy(), root.copy()
    local = rotation.from_rotvec((np.swapaxes(carrier, -1, -2) @ turns[..., None])[..., 0])
    out[:, turning] = local @ rotations[:, turning]
    if tilting is not None:
        twist = rotation.twist_about_y(out[:, 0]) - rotation.twist_about_y(rotations[:, 0])
        out[:, 0] = rotation.about_y(-twist) @ out[:, 0]
    moved[:, 1] += (share * step[:, -1:])[:, 0]
    return out, moved
