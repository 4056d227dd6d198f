"""Rotations in 48 bits: the three smallest components of the unit quaternion, 15 bits each, and which one is left out.

The largest component is made positive and dropped; the others lie in [-1/sqrt 2, 1/sqrt 2] and are stored as whole steps of
sqrt 2 / 32766, zero among them, so that the identity is exact. Three little-endian uint16 words hold them in their lower
15 bits; the top bits of the first two words name the dropped component. The rotation error is at most 0.0087 degrees
(all three components off by half a step, the dropped one at its least, 1/2).
"""

import numpy as np

from motionverse import rotation

WORD = np.dtype("<u2")
WORDS = 3  # a rotation
_HALF = 16383  # steps from zero to either bound
_STEP = np.sqrt(0.5) / _HALF
_OTHERS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])


def pack(rotations: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) to words (..., 3) uint16."""
    q = rotation.to_quat(rotations)
    largest = np.argmax(np.abs(q), axis=-1)
    q = q * np.where(np.take_along_axis(q, largest[..., None], -1) < 0, -1.0, 1.0)
    steps = np.rint(np.take_along_axis(q, _OTHERS[largest], -1) / _STEP).clip(-_HALF, _HALF)
    words = (steps + _HALF).astype(WORD)
    words[..., 0] |= ((largest & 1) << 15).astype(WORD)
    words[..., 1] |= ((largest >> 1) << 15).astype(WORD)
    return words


def unpack(words: np.ndarray) -> np.ndarray:
    """Words (..., 3) uint16 to rotation matrices (..., 3, 3) float64, orthonormal to rounding."""
    # one component a plane, so that every step below runs over contiguous memory
    planes = np.ascontiguousarray(np.moveaxis(words, -1, 0))
    high, low = planes[1] >> 15, planes[0] >> 15
    a, b, c = ((planes & 0x7FFF).astype(np.float64) - _HALF) * _STEP
    largest = np.sqrt(1.0 - (a * a + b * b + c * c))
    # the dropped component goes back into its place and pushes those after it one further
    is_w, before_y = (high | low) == 0, high == 0
    w = np.where(is_w, largest, a)
    x = np.where(is_w, a, np.where(before_y, largest, b))
    y = np.where(before_y, b, np.where(low == 0, largest, c))
    z = np.where((high & low) == 1, largest, c)
    return _matrices(w, x, y, z)


def _matrices(w: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Components (...) of quaternions of unit length to matrices (..., 3, 3): rotation.from_quat without normalising."""
    x2, y2, z2 = x + x, y + y, z + z
    xx, yy, zz, xy, xz, yz = x * x2, y * y2, z * z2, x * y2, x * z2, y * z2
    wx, wy, wz = w * x2, w * y2, w * z2
    out = np.empty((*w.shape, 3, 3))
    for (row, column), value in (
        ((0, 0), 1.0 - (yy + zz)), ((0, 1), xy - wz), ((0, 2), xz + wy),
        ((1, 0), xy + wz), ((1, 1), 1.0 - (xx + zz)), ((1, 2), yz - wx),
        ((2, 0), xz - wy), ((2, 1), yz + wx), ((2, 2), 1.0 - (xx + yy)),
    ):  # fmt: skip
        out[..., row, column] = value
    return out
