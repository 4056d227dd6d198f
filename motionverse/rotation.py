"""SO(3) as pure functions over arrays of any leading axes.

Rotation matrices (..., 3, 3) act on column vectors; quaternions are (w, x, y, z); angles are radians.
Nothing here knows a skeleton. Sources: Zhou et al. 2019 (6D), Shepperd 1978 (matrix to quaternion), Shoemake 1985 (slerp).
"""

import math
from collections.abc import Callable

import numpy as np

from motionverse.errors import MotionError
from motionverse.memory import keep_freed

keep_freed()  # everything that computes stands on this module

Array = np.ndarray
Shape = tuple[int, ...]
BLOCK = 8192  # rotations that are worked on at a time

_KNOWN = 512
_ROUND = np.longdouble("6.28318530717958647692528676655900577") / _KNOWN
_STEP = float(np.float32(_ROUND))
_STEP_REST = float(_ROUND - _STEP)
_COSINES, _SINES = ((turn(np.arange(_KNOWN) * _ROUND)).astype(np.float64) for turn in (np.cos, np.sin))


def identity(*shape: int) -> Array:
    """Identity rotations (*shape, 3, 3)."""
    return np.broadcast_to(np.eye(3), (*shape, 3, 3)).copy()


def from_rotvec(v: Array) -> Array:
    """Rotation vectors (..., 3) [rad] to matrices (..., 3, 3): Rodrigues' formula by way of the quaternion."""
    v = np.asarray(v, np.float64)
    half = np.linalg.norm(v, axis=-1, keepdims=True) / 2
    # sin(x)/x without a division by zero: numpy's sinc is sin(pi x)/(pi x)
    return from_quat(np.concatenate([np.cos(half), v * np.sinc(half / np.pi) / 2], -1))


def to_rotvec(rotation: Array) -> Array:
    """Matrices (..., 3, 3) to rotation vectors (..., 3) [rad], angle in [0, pi]."""
    q = to_quat(rotation)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)


def from_quat(q: Array) -> Array:
    """Quaternions (..., 4) wxyz, normalised here, to matrices (..., 3, 3)."""

    def turned(planes: Array) -> Array:
        planes /= np.sqrt(_squared(planes))
        return matrix_planes(planes)

    return _by_planes(turned, np.asarray(q, np.float64), (4,), (3, 3))


def matrix_planes(q: Array) -> Array:
    """Unit quaternions (4, ...), a component a plane, to matrices (3, 3, ...) likewise."""
    w, x, y, z = q
    x2, y2, z2 = q[1:] + q[1:]
    wx, wy, wz = w * x2, w * y2, w * z2
    xx, yy, zz, xy, xz, yz = x * x2, y * y2, z * z2, x * y2, x * z2, y * z2
    out = np.empty((3, 3, *q.shape[1:]), q.dtype)
    np.subtract(1.0, yy + zz, out=out[0, 0])
    np.subtract(xy, wz, out=out[0, 1])
    np.add(xz, wy, out=out[0, 2])
    np.add(xy, wz, out=out[1, 0])
    np.subtract(1.0, xx + zz, out=out[1, 1])
    np.subtract(yz, wx, out=out[1, 2])
    np.subtract(xz, wy, out=out[2, 0])
    np.add(yz, wx, out=out[2, 1])
    np.subtract(1.0, xx + yy, out=out[2, 2])
    return out


def to_quat(rotation: Array) -> Array:
    """Matrices (..., 3, 3) to unit quaternions (..., 4) wxyz; the largest component is positive (Shepperd's choice)."""
    return _by_planes(quat_planes, np.asarray(rotation, np.float64), (3, 3), (4,))


def quat_planes(r: Array) -> Array:
    """Matrices (3, 3, ...), an element a plane, to unit quaternions (4, ...) likewise, the largest component positive."""
    q = np.empty((4, *r.shape[2:]))
    np.add(r[0, 0], r[1, 1], out=q[0])
    q[0] += r[2, 2]
    # below a quarter turn w is the largest; the few beyond are done one by one
    far = np.flatnonzero(q[0].ravel() <= 1.0)
    q[0] += 1.0
    np.subtract(r[2, 1], r[1, 2], out=q[1])
    np.subtract(r[0, 2], r[2, 0], out=q[2])
    np.subtract(r[1, 0], r[0, 1], out=q[3])
    if len(far):
        q.reshape(4, -1)[:, far] = _far_quats(r.reshape(9, -1)[:, far])
    q /= np.sqrt(_squared(q))
    return q


def _far_quats(r: Array) -> Array:
    """(4, N) multiples of the quaternions of any matrices (9, N): the row of 4 q q^T with the largest diagonal."""
    rxx, rxy, rxz, ryx, ryy, ryz, rzx, rzy, rzz = r
    wx, wy, wz = rzy - ryz, rxz - rzx, ryx - rxy
    xy, xz, yz = rxy + ryx, rxz + rzx, ryz + rzy
    ww, xx, yy, zz = 1 + rxx + ryy + rzz, 1 + rxx - ryy - rzz, 1 - rxx + ryy - rzz, 1 - rxx - ryy + rzz
    rows = np.stack([ww, wx, wy, wz, wx, xx, xy, xz, wy, xy, yy, yz, wz, xz, yz, zz]).reshape(4, 4, -1)
    best = np.argmax(np.stack([ww, xx, yy, zz]), 0)
    return np.take_along_axis(rows, best[None, None], axis=0)[0]


def _squared(planes: Array) -> Array:
    """The sum of the squares of the planes (K, ...)."""
    return np.einsum("k...,k...->...", planes, planes)


def _by_planes(turn: Callable[[Array], Array], values: Array, taken: Shape, given: Shape) -> Array:
    """`turn` of values (..., *taken), given and taken as contiguous planes (*taken, n), an element a plane: (..., *given).

    A block at a time, so that what `turn` makes on the way stays in the cache.
    """
    leading = values.shape[: values.ndim - len(taken)]
    flat, out = values.reshape(-1, math.prod(taken)), np.empty((math.prod(leading), math.prod(given)))
    for start in range(0, len(flat), BLOCK):
        block = slice(start, start + BLOCK)
        planes = np.array(flat[block].T, order="C").reshape(*taken, -1)
        out[block] = turn(planes).reshape(out.shape[1], -1).T
    return out.reshape(*leading, *given)


def continuous(q: Array) -> Array:
    """Quaternions (T, ..., 4) with q and -q, which are one rotation, chosen so that each stays close to the frame before."""
    out = np.array(q, np.float64)
    out[1:] *= np.cumprod(np.where((q[1:] * q[:-1]).sum(-1, keepdims=True) < 0, -1.0, 1.0), axis=0)
    return out


def from_sixd(d: Array) -> Array:
    """6D (..., 6) = the first two columns, one after the other, to matrices by Gram-Schmidt (Zhou et al. 2019)."""
    d = np.asarray(d, np.float64)
    a, b = d[..., :3], d[..., 3:]
    x = a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-12)
    b = b - (x * b).sum(-1, keepdims=True) * x
    y = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-12)
    return np.stack([x, y, np.cross(x, y)], -1)


def to_sixd(rotation: Array) -> Array:
    """Matrices (..., 3, 3) to 6D (..., 6): the first column, then the second."""
    r = np.asarray(rotation)
    return np.concatenate([r[..., :, 0], r[..., :, 1]], -1)


def about(axis: str, angle: Array | float) -> Array:
    """Rotation by `angle` (...) [rad] about a coordinate axis 'X', 'Y' or 'Z'."""
    angle = np.asarray(angle, np.float64)
    c, s, out = np.cos(angle), np.sin(angle), identity(*angle.shape)
    i, j = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}[axis]
    out[..., i, i] = out[..., j, j] = c
    out[..., i, j], out[..., j, i] = -s, s
    return out


def about_y(angle: Array | float) -> Array:
    """Rotation by `angle` (...) [rad] about Y: the heading."""
    return about("Y", angle)


def check_order(order: str) -> str:
    """An Euler order such as 'ZXY' in upper case, or MotionError."""
    if len(order) != 3 or sorted(order.upper()) != ["X", "Y", "Z"]:
        raise MotionError(f"Euler order {order!r}: must name X, Y and Z once each, e.g. 'ZXY'")
    return order.upper()


def from_euler(angles: Array, order: str) -> Array:
    """Intrinsic Euler angles (..., 3) [rad], listed as `order` names them ('ZXY': R = Rz Rx Ry), to matrices."""
    order = check_order(order)
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0  # an odd order is an even one seen in a mirror: the angles change sign

    def turned(planes: Array) -> Array:
        cosines, sines = _cos_sin(planes)
        (ca, cb, cc), (sa, sb, sc) = cosines, sign * sines
        out, ac, as_ = np.empty((3, 3, planes.shape[-1])), ca * cc, sa * cc
        ca_s, sa_s = ca * sc, sa * sc
        out[i, i], out[i, j], out[i, k] = cb * cc, -cb * sc, sb
        out[j, i], out[j, j], out[j, k] = ca_s + as_ * sb, ac - sa_s * sb, -sa * cb
        out[k, i], out[k, j], out[k, k] = sa_s - ac * sb, as_ + ca_s * sb, ca * cb
        return out

    return _by_planes(turned, np.asarray(angles, np.float64), (3,), (3, 3))


def _cos_sin(angles: Array) -> tuple[Array, Array]:
    """Cosines and sines to the last bits in half numpy's time: by the nearest of 512 known angles, and a polynomial from there."""
    if not np.abs(angles).max(initial=0) < 1e4:  # the steps below lose digits; not finite: numpy's business too
        return np.cos(angles), np.sin(angles)
    steps = np.rint(angles * (_KNOWN / (2 * np.pi)))
    rest = angles - steps * _STEP  # exact: the step has few digits
    rest -= steps * _STEP_REST
    place = steps.astype(np.int64) & (_KNOWN - 1)
    known_c, known_s = _COSINES[place], _SINES[place]
    square = rest * rest
    rest *= 1 - square * (1 / 6 - square / 120)  # its sine
    square *= 0.5 - square / 24  # one less its cosine
    return known_c - (known_c * square + known_s * rest), known_s + (known_c * rest - known_s * square)


def to_euler(rotation: Array, order: str) -> Array:
    """Matrices to intrinsic Euler angles (..., 3) [rad] listed as `order` names them; the middle one in [-pi/2, pi/2].

    At the singularity the third angle is set to zero, so that the product still gives the rotation back.
    """
    r, order = np.asarray(rotation, np.float64), check_order(order)
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    middle = np.arcsin(np.clip(sign * r[..., i, k], -1, 1))
    locked = np.abs(r[..., i, k]) > 1 - 1e-12
    free, stuck = np.arctan2(-sign * r[..., j, k], r[..., k, k]), np.arctan2(sign * r[..., k, j], r[..., j, j])
    first = np.where(locked, stuck, free)
    third = np.where(locked, 0.0, np.arctan2(-sign * r[..., i, j], r[..., i, i]))
    return np.stack([first, middle, third], -1)


def slerp(a: Array, b: Array, t: Array | float) -> Array:
    """The shortest turn from rotation `a` to `b` (..., 3, 3), at t (...) in [0, 1]."""
    p, q, t = to_quat(a), to_quat(b), np.asarray(t, np.float64)[..., None]
    dot = (p * q).sum(-1, keepdims=True)
    q, dot = np.where(dot < 0, -q, q), np.minimum(np.abs(dot), 1.0)
    angle = np.arccos(dot)
    sine = np.sin(angle)
    near = sine < 1e-6  # nearly the same rotation: the chord is the arc
    safe = np.where(near, 1.0, sine)
    start, end = np.where(near, 1 - t, np.sin((1 - t) * angle) / safe), np.where(near, t, np.sin(t * angle) / safe)
    return from_quat(start * p + end * q)


def geodesic(a: Array, b: Array) -> Array:
    """Angle (...) [rad] between rotations; precise for tiny angles too (by the chord, not the arc cosine)."""
    chord = np.linalg.norm(np.asarray(a) - np.asarray(b), axis=(-2, -1))  # = 2 sqrt(2) sin(angle / 2)
    return 2 * np.arcsin(np.clip(chord / (2 * np.sqrt(2)), 0, 1))


def twist_about_y(rotation: Array) -> Array:
    """Angle (...) in [-pi, pi] of the twist about Y in the swing-twist split: the heading of a body whose rest faces +Z.

    Undefined only where the body is upside down (w = y = 0); there 0 comes out and the caller holds the last value.
    """
    q = to_quat(rotation)
    return 2 * np.arctan2(np.where(q[..., 0] < 0, -q[..., 2], q[..., 2]), np.abs(q[..., 0]))


def between(u: Array, v: Array) -> Array:
    """The shortest rotation (..., 3, 3) that takes direction u (..., 3) to direction v (..., 3)."""
    u = u / np.maximum(np.linalg.norm(u, axis=-1, keepdims=True), 1e-12)
    v = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
    u, v = np.broadcast_arrays(u, v)
    w = 1 + (u * v).sum(-1, keepdims=True)
    axis = np.cross(u, v)
    # opposite directions: any half turn about a normal of u will do
    other = np.cross(u, np.where(np.abs(u[..., :1]) < 0.9, [1.0, 0, 0], [0, 1.0, 0]))
    flip = w < 1e-9
    return from_quat(np.concatenate([np.where(flip, 0.0, w), np.where(flip, other, axis)], -1))
