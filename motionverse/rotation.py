"""SO(3) as pure functions over arrays of any leading axes.

Rotation matrices (..., 3, 3) act on column vectors; quaternions are (w, x, y, z); angles are radians.
Nothing here knows a skeleton. Sources: Zhou et al. 2019 (6D), Shepperd 1978 (matrix to quaternion), Shoemake 1985 (slerp).
"""

import numpy as np

from motionverse.errors import MotionError

Array = np.ndarray


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
    q = np.asarray(q, np.float64)
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    w, x, y, z = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    out = np.empty((*q.shape[:-1], 3, 3))
    out[..., 0, 0] = 1 - 2 * (y * y + z * z)
    out[..., 0, 1] = 2 * (x * y - w * z)
    out[..., 0, 2] = 2 * (x * z + w * y)
    out[..., 1, 0] = 2 * (x * y + w * z)
    out[..., 1, 1] = 1 - 2 * (x * x + z * z)
    out[..., 1, 2] = 2 * (y * z - w * x)
    out[..., 2, 0] = 2 * (x * z - w * y)
    out[..., 2, 1] = 2 * (y * z + w * x)
    out[..., 2, 2] = 1 - 2 * (x * x + y * y)
    return out


def to_quat(rotation: Array) -> Array:
    """Matrices (..., 3, 3) to unit quaternions (..., 4) wxyz; the largest component is positive (Shepperd's choice)."""
    r = np.asarray(rotation, np.float64)
    xx, yy, zz = r[..., 0, 0], r[..., 1, 1], r[..., 2, 2]
    # four times the square of each component, so that the largest can be divided by safely
    squares = np.stack([1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz], -1)
    wx, wy, wz = r[..., 2, 1] - r[..., 1, 2], r[..., 0, 2] - r[..., 2, 0], r[..., 1, 0] - r[..., 0, 1]
    xy, xz, yz = r[..., 0, 1] + r[..., 1, 0], r[..., 0, 2] + r[..., 2, 0], r[..., 1, 2] + r[..., 2, 1]
    ww, xx, yy, zz = (squares[..., k] for k in range(4))
    rows = np.stack([ww, wx, wy, wz, wx, xx, xy, xz, wy, xy, yy, yz, wz, xz, yz, zz], -1)  # 4 q q^T, row by row
    best = np.argmax(squares, -1)[..., None, None]
    q = np.take_along_axis(rows.reshape(*rows.shape[:-1], 4, 4), best, axis=-2)[..., 0, :]
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


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
    angles, order = np.asarray(angles, np.float64), check_order(order)
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0  # an odd order is an even one seen in a mirror: the angles change sign
    (ca, cb, cc), (sa, sb, sc) = np.moveaxis(np.cos(angles), -1, 0), np.moveaxis(sign * np.sin(angles), -1, 0)
    out = np.empty((*angles.shape[:-1], 3, 3))
    out[..., i, i], out[..., i, j], out[..., i, k] = cb * cc, -cb * sc, sb
    out[..., j, i], out[..., j, j], out[..., j, k] = ca * sc + sa * sb * cc, ca * cc - sa * sb * sc, -sa * cb
    out[..., k, i], out[..., k, j], out[..., k, k] = sa * sc - ca * sb * cc, sa * cc + ca * sb * sc, ca * cb
    return out


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
