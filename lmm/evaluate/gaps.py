"""In-betweening over gaps of several lengths in the same windows: from where on is a model worth more than interpolation?

The error is the mean distance of joints in the world. A model that draws one of many ways through a gap pays for each that the
person did not take, so beside the mean over samples stands the best of them, and a model may be a row with one denoiser call
(BoardConfig.calls), whose answer is the mean of all ways: what the error rewards, if not what looks best.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lmm.evaluate import completing, rows
from lmm.evaluate.completing import Windows
from lmm.evaluate.rows import Who
from lmm.tasks import Given
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS
from motionverse.store import Store

GAPS = "gaps"  # the task's name
BETWEEN = ("hold", "linear", "cubic")  # of lmm.baselines.interpolation
_INSIDE = 0.01  # [s] more than the frames before and after a gap are given, so that the last of them lie at its edges


@dataclass
class GapsConfig:
    """Gaps [s] in the middle of windows of so many seconds; samples: of each model, in each window."""

    lengths: list[float] = field(default_factory=list)
    seconds: float = 3.0
    samples: int = 1


def column(length: float, best: bool = False) -> str:
    """What the error over gaps of a length [s] is called."""
    return f"{'best_' if best else ''}gap_{1000 * length:.0f}_mm"


def lengths(columns: Sequence[str]) -> list[float]:
    """Gaps [s] whose errors are among columns."""
    return [int(name[4:-3]) / 1000 for name in columns if name.startswith("gap_")]


class Gaps:
    """The task. size: windows of a repetition, frame rate."""

    def __init__(
        self, store: Store, config: GapsConfig, sources: Sequence[str], size: tuple[int, float], seed: int
    ) -> None:
        self.store, self.config, self.sources = store, config, tuple(sources)
        self.size, self.seed = size, seed
        self._clips: list[int] | None = None
        self._last: tuple[int, dict[float, Windows]] | None = None

    def columns(self, who: Who, repetition: int) -> dict[str, float]:
        """A row in a repetition: for each length the error [mm], and that of the best sample."""
        found: dict[str, float] = {}
        for length, windows in self._drawn(repetition).items():
            count = len(windows.motions)
            samples = self.config.samples if who.streams else 1  # the others draw nothing
            assert who.complete is not None
            apart = []
            for sample in range(samples):
                first = (repetition * samples + sample) * count
                apart.append(errors(windows, who.complete(windows, range(first, first + count))))
            found[column(length)] = float(np.mean(apart))
            if self.config.samples > 1:
                found[column(length, best=True)] = float(np.min(apart, 0).mean())
        return found

    def _drawn(self, repetition: int) -> dict[float, Windows]:
        """The same windows for every length."""
        config, (count, fps) = self.config, self.size
        if self._clips is None:
            self._clips = completing.candidates(self.store, config.seconds, self.sources)
        if self._last is None or self._last[0] != repetition:
            seed, drawn = self.seed + repetition, {}
            for length in config.lengths:
                drawn[length] = completing.draw(
                    self.store, self._clips, count, config.seconds, fps, given(config.seconds, length), seed
                )
            self._last = repetition, drawn
        return self._last[1]


def given(seconds: float, length: float) -> Given:
    """All but a gap of `length` [s] in the middle of a window."""
    return Given({"ends": {"seconds": (seconds - length) / 2 + _INSIDE}})


def errors(windows: Windows, made: Sequence[Motion]) -> np.ndarray:
    """(N,) mean distance [mm] of joints in the world, in the frames that are hidden of each window."""
    hidden = windows.hidden
    pairs = zip(made, windows.motions, strict=True)
    apart = [(ours.joints() - real.joints())[hidden][:, :BODY_JOINTS] for ours, real in pairs]
    return 1000 * np.linalg.norm(np.array(apart), axis=-1).mean((1, 2))


def rows_of(models: Sequence[Who]) -> list[Who]:
    """Ground truth, interpolation, and who completes between both ends."""
    truth = rows.references()[0]
    return [truth, *rows.baselines(BETWEEN), *(who for who in models if who.completes(("ends",)))]
