"""Window: one training sample, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

KINDS = ("captured", "ik")  # where rotations came from: Motion.rotation_source
TEXT_WIDTH = 384  # of the bundled encoder


@dataclass(frozen=True, eq=False)
class Window:
    """One sample.

    features (T, 669) float32, normalised, zero where absent; cells (53,) bool, what was captured; fps; start [s] in the clip;
    text (S, W) float32 token embeddings of `caption` (W = 384 of the bundled encoder), S = 0 where no caption speaks of the
    window; dataset: id of the source, 0 unknown; kind: index into KINDS; name of the clip; mirrored; signals: of the streams that
    were asked for and that the clip has (motionverse.features.signals), name -> values (R, W) float32 and their instants (R,)
    float32 [s] from the window's start.
    """

    features: np.ndarray
    cells: np.ndarray
    fps: float
    start: float
    text: np.ndarray
    caption: str
    dataset: int
    kind: int
    name: str
    mirrored: bool
    signals: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Length [s]: T / fps."""
        return len(self.features) / self.fps
