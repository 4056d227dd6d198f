"""What came of pairing: counts by split, how the pairs fit, what was refused."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from motionverse.clip import Clip
from motionverse.split import SPLITS


@dataclass(frozen=True)
class Fit:
    """How pairs turned out: mean distance [s] from a beat of the motion to the nearest of the sound, and what chance gives;
    stretch: mean of |ln| of how much faster or slower the motion goes."""

    miss: float
    chance: float
    stretch: float


@dataclass
class Told:
    """What came of one kind: pairs and seconds by split, names of recordings and of clips by split, refusals by reason, fits."""

    kind: str
    pairs: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SPLITS, 0.0))
    recordings: dict[str, set[str]] = field(default_factory=lambda: {side: set() for side in SPLITS})
    clips: dict[str, set[str]] = field(default_factory=lambda: {side: set() for side in SPLITS})
    refused: Counter[str] = field(default_factory=Counter)
    fits: list[Fit] = field(default_factory=list)

    def add(self, clip: Clip, origin: str, fit: Fit) -> None:
        """Count a pair; origin: name of the clip that it was made of."""
        self.pairs[clip.split] += 1
        self.seconds[clip.split] += clip.motion.seconds
        self.recordings[clip.split].add(clip.audio[0].name)
        self.clips[clip.split].add(origin)
        self.fits.append(fit)

    def fit(self) -> Fit | None:
        """The mean over pairs; None where there is none."""
        if not self.fits:
            return None
        return Fit(*np.mean([(one.miss, one.chance, one.stretch) for one in self.fits], 0).tolist())

    def table(self) -> list[dict[str, Any]]:
        """One row a split."""
        return [
            {
                "kind": self.kind, "split": side, "pairs": self.pairs[side], "minutes": round(self.seconds[side] / 60, 1),
                "clips": len(self.clips[side]), "recordings": len(self.recordings[side]),
            }
            for side in SPLITS
        ]  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        fit = self.fit()
        return {
            "kind": self.kind,
            "splits": self.table(),
            "fit": vars(fit) if fit else None,
            "refused": dict(self.refused),
        }
