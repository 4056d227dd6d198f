"""What a measure gives, and the small arithmetic that measures share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from motionverse.lint.take import Take

SIDES = (("left", 1.0), ("right", -1.0))


@dataclass(frozen=True)
class Values:
    """values (T, K), and the K joint names the columns stand for ("" for the whole body)."""

    values: np.ndarray
    joints: tuple[str, ...] = ("",)


def whole(values: ArrayLike) -> Values:
    return Values(np.asarray(values, np.float64)[:, None])


def constant(take: Take, value: float) -> Values:
    return whole(np.full(len(take.joints), value))


def names_of(take: Take, joints: np.ndarray) -> tuple[str, ...]:
    return tuple(take.skeleton.names[j] for j in joints)


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) of each stretch of True in a (T,) mask."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def durations(mask: np.ndarray, fps: float) -> np.ndarray:
    """(T,) length [s] of the stretch of True that a frame lies in, 0 elsewhere."""
    out = np.zeros(len(mask))
    for start, stop in runs(mask):
        out[start:stop] = (stop - start) / fps
    return out


def around(rate: np.ndarray, fps: float) -> np.ndarray:
    """(T,) integral of a rate (T,) over the second around each frame."""
    half = max(round(fps / 2), 1)
    total = np.concatenate([[0.0], np.cumsum(rate)]) / fps
    frames = np.arange(len(rate))
    return total[np.minimum(frames + half, len(rate))] - total[np.maximum(frames - half, 0)]


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
