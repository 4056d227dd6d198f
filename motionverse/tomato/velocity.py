"""Joint velocities of a motion between its samples' poses: the derivative of the cubic spline that resampling follows.

The spline goes through continuous quaternions and the root path (as in motionverse.resample), and the joints' velocities
follow by rigid-body kinematics. A spline through joint positions would be another curve: bones change length along it,
and an arm that swings fast is 2-4 % off between 12.5 and 30 frames a second, against 1 % here (measured on mocap).

Inside, elements are planes, frames last, and a block of frames is worked on at a time, as in motionverse.kinematics.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from motionverse import kinematics, rotation
from motionverse.derivative import derivative_rows
from motionverse.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Curve:
    """A motion on `skeleton` as what varies smoothly: rows (4 J + 3, T) of continuous unit quaternions wxyz, all w first, and
    the root's position [m]; rates: their derivative per second."""

    skeleton: Skeleton
    rows: np.ndarray
    rates: np.ndarray

    @classmethod
    def through(cls, skeleton: Skeleton, quaternions: np.ndarray, root: np.ndarray, fps: float) -> "Curve":
        """The spline through unit quaternions (T, J, 4) of any signs and the root's positions (T, 3) at `fps`."""
        joints = len(skeleton)
        rows = np.empty((4 * joints + 3, len(root)))
        q = rows[: 4 * joints].reshape(4, joints, -1)
        q[:] = np.moveaxis(quaternions, 0, -1).swapaxes(0, 1)
        rows[4 * joints :] = root.T
        _made_continuous(q)
        return cls(skeleton, rows, derivative_rows(rows, fps))

    @property
    def quaternions(self) -> np.ndarray:
        """(4, J, T)"""
        return self.rows[:-3].reshape(4, len(self.skeleton), -1)

    @property
    def root(self) -> np.ndarray:
        """(3, T) [m]"""
        return self.rows[-3:]

    def blocks(self) -> Iterator[slice]:
        """Frames to be given to `poses`, one after another."""
        frames = self.rows.shape[1]
        return (slice(a, min(a + kinematics.BLOCK, frames)) for a in range(0, frames, kinematics.BLOCK))

    def poses(self, frames: slice, turn: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Local rotations (3, 3, J, T'), positions (3, J, T') [m] and velocities (3, J, T') [m/s] at the frames of a slice.

        turn: (T,) [rad] about Y that takes each frame's body and its velocities out of the world; None leaves them there.
        """
        tree, joints = self.skeleton, len(self.skeleton)
        q, dq = (v[: 4 * joints, frames].reshape(4, joints, -1) for v in (self.rows, self.rates))
        local, spin = rotation.matrix_planes(q), _spin(q, dq)
        start, places, moves = local, np.empty_like(spin), np.empty_like(spin)
        places[:, 0], moves[:, 0] = self.rows[-3:, frames], self.rates[-3:, frames]
        if turn is not None:
            about, start = rotation.about_y(turn[frames]).transpose(1, 2, 0), local.copy()
            for values in (start, spin, places, moves):
                values[..., 0, :] = np.einsum("ijt,j...t->i...t", about, values[..., 0, :])
        world = kinematics.turned(tree, start, bearing=True)
        spin[:, 1:] = kinematics.carried(world, tree, spin[:, 1:])
        spin = np.take(kinematics.summed(tree, spin), tree.parents[1:], axis=1)
        places[:, 1:] = kinematics.carried(world, tree, tree.offsets.T[:, 1:, None])
        _cross(spin, places[:, 1:], out=moves[:, 1:])
        return local, kinematics.summed(tree, places), kinematics.summed(tree, moves)


def _made_continuous(q: np.ndarray) -> None:
    """As rotation.continuous, of quaternions (4, J, T), in place."""
    apart = np.einsum("cjt,cjt->jt", q[..., 1:], q[..., :-1]) < 0
    turned = np.flatnonzero(apart.any(1))  # few joints ever turn so far
    if len(turned):
        q[:, turned, 1:] *= np.where(np.logical_xor.accumulate(apart[turned], axis=1), -1.0, 1.0)


def _spin(q: np.ndarray, dq: np.ndarray) -> np.ndarray:
    """Angular velocity (3, J, T) [rad/s] in the parent's frame: the vector part of 2 q' conj(q)."""
    twice, out = dq + dq, np.empty((3, *q.shape[1:]))
    _cross(q[1:], twice[1:], out=out)
    out += q[0] * twice[1:]
    out -= twice[0] * q[1:]
    return out


def _cross(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """The cross product of vectors (3, ...) into `out`."""
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        np.multiply(a[j], b[k], out=out[i])
        out[i] -= a[k] * b[j]
