"""Poses of many clips, ten a second, and the windows of them that go on as some given frames do.

A pose is seen from the pelvis, in its heading: places of the 22 body joints over the floor, and how fast they go. A window's cost
is the mean over given frames and joints of squared distances [m^2]; velocities count by what they cover in SECONDS.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS
from motionverse.tomato import heading

RATE = 10.0  # [Hz] of the poses
SECONDS = 0.2  # that a velocity is worth
LEVER = 0.3  # [m] that a radian of the heading is worth: about how far hands and feet are from the pelvis
SHORT = 256  # windows whose poses are nearest, of which the path decides


@dataclass(frozen=True, eq=False)
class Poses:
    """rows (N, 132) float32: places and velocities; path (N, 3): x, z [m] and heading [rad] of the pelvis in the world."""

    rows: np.ndarray
    path: np.ndarray

    @classmethod
    def of(cls, motion: Motion, frames: np.ndarray) -> "Poses":
        """Of these frames, each of which needs the next one beside it for its velocities; the last one has the one before."""
        last = len(motion) - 1
        now = np.minimum(frames, max(last - 1, 0))
        rows = np.concatenate([frames, now, np.minimum(now + 1, last)])
        seen = motion.with_(rotations=motion.rotations[rows], root=motion.root[rows], face=None)
        places, start, stop = seen.joints()[:, :BODY_JOINTS].reshape(3, len(frames), BODY_JOINTS, 3)
        angle = heading(motion.rotations[:, 0])[frames]
        back = rotation.about_y(-angle)[:, None]
        away = places - places[:, :1] * [1, 0, 1]
        speeds = (stop - start) * motion.fps * SECONDS
        rows = np.stack([(back @ part[..., None])[..., 0] for part in (away, speeds)], 1)
        return cls(rows.reshape(len(frames), -1).astype(np.float32), np.column_stack([places[:, 0, [0, 2]], angle]))


class Bank:
    """Poses of clips, side by side; `nearest` finds windows in them."""

    def __init__(self, clips: Iterable[tuple[int, Motion]]) -> None:
        """clips: (index, motion) in any order."""
        parts, self._clips, self._starts, length = [], [], [], 0
        for index, motion in clips:
            frames = np.unique(np.rint(np.arange(0, motion.seconds, 1 / RATE) * motion.fps).astype(int))
            parts.append(Poses.of(motion, frames[frames < len(motion)]))
            self._clips.append(index)
            self._starts.append(length)
            length += len(parts[-1].rows)
        self._rows = np.concatenate([part.rows for part in parts])
        self._path = np.concatenate([part.path for part in parts])
        stops = np.repeat([*self._starts[1:], length], np.diff([*self._starts, length]))
        self._left = stops - np.arange(length)  # poses of its clip from this one on

    def nearest(
        self, wanted: Sequence[Poses], given: np.ndarray, steps: np.ndarray, length: int
    ) -> list[tuple[int, float]]:
        """For each wanted the (clip, start [s]) of the window of `length` poses that is nearest to it at its poses `steps` (S,).

        wanted: S given poses each; given (S, 132) bool: which of their numbers are given. Raises MotionError where no clip is so
        long.
        """
        starts = np.flatnonzero(self._left > length)
        if not len(starts):
            raise MotionError(f"retrieval: no training clip of {length / RATE:g} s; build a larger store")
        weights = given / np.maximum(given.sum() / 3, 1).astype(np.float32)
        cost = np.zeros((len(self._rows), len(wanted)), np.float32)
        for k, (step, weight) in enumerate(zip(steps, weights, strict=True)):
            asked = np.stack([poses.rows[k] for poses in wanted], 1)
            own = np.einsum("nd,nd,d->n", self._rows, self._rows, weight)
            cost[: len(cost) - step] += (own[:, None] - 2 * (self._rows @ (weight[:, None] * asked)))[step:]
        return [self._best(cost[starts, k], starts, poses, steps) for k, poses in enumerate(wanted)]

    def _best(self, cost: np.ndarray, starts: np.ndarray, wanted: Poses, steps: np.ndarray) -> tuple[int, float]:
        """Of the windows at `starts`, of these costs of their poses, the one that goes the same way too."""
        short = np.argsort(cost, kind="stable")[:SHORT]
        best = int(starts[short[np.argmin(cost[short] + self._strays(starts[short], wanted.path, steps))]])
        clip = int(np.searchsorted(self._starts, best, side="right")) - 1
        return self._clips[clip], (best - self._starts[clip]) / RATE

    def _strays(self, starts: np.ndarray, path: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """(n,) mean squared distance [m^2] of the pelvis and its heading, on the way from the first given frame."""
        there = _way(self._path[starts[:, None] + steps])
        here = _way(path[None])
        turn = (there[..., 2] - here[..., 2] + np.pi) % (2 * np.pi) - np.pi
        return (((there - here)[..., :2] ** 2).sum(-1) + (LEVER * turn) ** 2).mean(-1)


def _way(path: np.ndarray) -> np.ndarray:
    """Paths (n, S, 3) of x, z and heading as seen from their first frame."""
    off = path - path[:, :1]
    angle = path[:, :1, 2]
    x, z = off[..., 0], off[..., 1]
    return np.stack([np.cos(angle) * x - np.sin(angle) * z, np.sin(angle) * x + np.cos(angle) * z, off[..., 2]], -1)
