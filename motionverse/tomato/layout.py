"""Which of the 669 numbers of a frame is what: one table, from which every slice and mask is computed."""

from dataclasses import dataclass

import numpy as np

from motionverse.errors import MotionError
from motionverse.motion import FACE_WIDTH
from motionverse.parts import CELL_PART, FACE_CELL, PART_NAMES
from motionverse.skeleton import WHOLE_BODY

_JOINTS = tuple(range(len(WHOLE_BODY)))


@dataclass(frozen=True)
class Field:
    """A run of features: `width` numbers for each of `cells` (mask cells: joints of WHOLE_BODY, or the face).

    unit: of the numbers; floor: the smallest spread, in that unit, that normalisation treats as signal.
    """

    name: str
    cells: tuple[int, ...]
    width: int
    unit: str
    floor: float

    @property
    def size(self) -> int:
        return len(self.cells) * self.width


FIELDS = (
    Field("yaw_rate", (0,), 1, "rad/s", 0.05),
    Field("planar_velocity", (0,), 2, "m/s", 0.02),
    Field("height", (0,), 1, "m", 0.01),
    Field("positions", _JOINTS[1:], 3, "m", 0.01),
    Field("rotations", _JOINTS[1:], 6, "1", 0.01),
    Field("velocities", _JOINTS, 3, "m/s", 0.02),
    Field("face", (FACE_CELL,), FACE_WIDTH, "1", 0.01),
)


def _slices() -> dict[str, slice]:
    stops = np.cumsum([f.size for f in FIELDS]).tolist()
    return {f.name: slice(stop - f.size, stop) for f, stop in zip(FIELDS, stops, strict=True)}


SLICES = _slices()  # field name -> its columns
WIDTH = FIELDS[-1].size + SLICES[FIELDS[-1].name].start
FEATURE_CELL = np.concatenate([np.repeat(f.cells, f.width) for f in FIELDS])  # (669,) the mask cell of each feature
FEATURE_PART = CELL_PART[FEATURE_CELL]  # (669,) index into PART_NAMES


def part_features(part: str) -> np.ndarray:
    """Indices of the features of a body part, in layout order. MotionError for a name that is not a part."""
    if part not in PART_NAMES:
        raise MotionError(f"part {part!r}: unknown; there are {', '.join(PART_NAMES)}")
    return np.flatnonzero(PART_NAMES.index(part) == FEATURE_PART)
