"""Mean and spread of the TOMATO features, streamed under cell masks, mergeable; and the normalisation they define.

Each feature has its own mean; the spread it is divided by is shared by all features of one field in one body part
(e.g. the velocities of the left arm), so that equal errors in metres or radians weigh the same wherever they are in it,
and that a joint which hardly moves is not blown up to unit variance. No spread goes below its field's floor
(tomato.FIELDS). What no clip ever showed has mean 0 and spread 1. Source of the update: Chan, Golub, LeVeque 1979.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from motionverse.errors import MotionError
from motionverse.parts import CELLS, PART_NAMES
from motionverse.tomato import FEATURE_CELL, FEATURE_PART, FIELDS, WIDTH

_ARRAYS = ("count", "mean", "squares")
_FIELD = np.repeat(np.arange(len(FIELDS)), [f.size for f in FIELDS])  # (669,) index into FIELDS
_FLOOR = np.array([f.floor for f in FIELDS])[_FIELD]
_GROUP = _FIELD * len(PART_NAMES) + FEATURE_PART  # (669,) features with one number share one spread


def _zeros() -> np.ndarray:
    return np.zeros(WIDTH)


def feature_mask(cells: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Presence of every feature, broadcastable over `features` (..., T, 669).

    cells: (53,) or (..., 53) once for all T frames, or (..., T, 53) frame by frame; True where there is something.
    Raises MotionError for any other width.
    """
    cells = np.asarray(cells, bool)
    if cells.shape[-1] != CELLS:
        raise MotionError(f"cell mask {cells.shape}; must end in {CELLS} cells")
    mask = cells[..., FEATURE_CELL]
    return mask[..., None, :] if mask.ndim == np.ndim(features) - 1 else mask


@dataclass
class Stats:
    """Running moments: count of frames, mean and sum of squared deviations, each (669,) float64, in the features' units."""

    count: np.ndarray = field(default_factory=_zeros)
    mean: np.ndarray = field(default_factory=_zeros)
    squares: np.ndarray = field(default_factory=_zeros)

    def update(self, features: np.ndarray, cells: np.ndarray | None = None) -> None:
        """Take in features (..., T, 669); only those whose cell is present count (None: all)."""
        mask = np.ones((1, WIDTH), bool) if cells is None else feature_mask(cells, features)
        mask = np.broadcast_to(mask, np.shape(features)).reshape(-1, WIDTH)
        values = np.where(mask, np.reshape(features, (-1, WIDTH)).astype(np.float64), 0.0)
        count = mask.sum(0).astype(np.float64)
        mean = values.sum(0) / np.maximum(count, 1)
        squares = (np.where(mask, values - mean, 0.0) ** 2).sum(0)
        merged = self.merge(Stats(count, mean, squares))
        self.count, self.mean, self.squares = merged.count, merged.mean, merged.squares

    def merge(self, other: "Stats") -> "Stats":
        """The statistics of both bodies of data together, whatever the order."""
        total = self.count + other.count
        share = other.count / np.maximum(total, 1)
        gap = other.mean - self.mean
        squares = self.squares + other.squares + gap**2 * self.count * share
        return Stats(total, self.mean + gap * share, squares)

    @property
    def std(self) -> np.ndarray:
        """(669,) standard deviation of each feature by itself; 0 where nothing was seen."""
        return np.sqrt(self.squares / np.maximum(self.count, 1))

    @property
    def scale(self) -> np.ndarray:
        """(669,) what normalisation divides by: std pooled over field and part, floored; 1 where nothing was seen."""
        count = np.bincount(_GROUP, self.count)
        spread = np.sqrt(np.bincount(_GROUP, self.squares) / np.maximum(count, 1))
        return np.where(count[_GROUP] > 0, np.maximum(spread[_GROUP], _FLOOR), 1.0)

    def normalise(self, features: np.ndarray, cells: np.ndarray | None = None) -> np.ndarray:
        """(features - mean) / scale as float32 (..., T, 669); zero where the cell is absent, whatever was there."""
        mean, scale = self.mean.astype(np.float32), self.scale.astype(np.float32)
        normal = (np.asarray(features, np.float32) - mean) / scale
        return normal if cells is None else np.where(feature_mask(cells, features), normal, np.float32(0))

    def denormalise(self, normal: np.ndarray, cells: np.ndarray | None = None) -> np.ndarray:
        """The inverse of `normalise`, float32; zero where the cell is absent."""
        mean, scale = self.mean.astype(np.float32), self.scale.astype(np.float32)
        features = np.asarray(normal, np.float32) * scale + mean
        return features if cells is None else np.where(feature_mask(cells, features), features, np.float32(0))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays to be stored: count, mean, squares, each (669,) float64."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Stats":
        """Back from `to_arrays`. MotionError where an array is missing, of another width, or not finite."""
        for name in _ARRAYS:
            if name not in arrays or np.shape(arrays[name]) != (WIDTH,) or not np.isfinite(arrays[name]).all():
                raise MotionError(
                    f"statistics: {name!r} must be {WIDTH} finite numbers; rebuild the store or the weights"
                )
        return cls(*(np.array(arrays[name], np.float64) for name in _ARRAYS))
