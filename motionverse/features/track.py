"""The contract of every feature that runs along time: rows with their instants in seconds, and how to see them at others."""

from dataclasses import dataclass, replace

import numpy as np

from motionverse.errors import MotionError


@dataclass(frozen=True, eq=False)
class Track:
    """A feature along time.

    times (N,) [s], rising; values (N, C) float32; names (C,) of the channels; encoder: what made it, its version included;
    events: name -> instants [s] of what happens rather than lasts (beats, onsets).
    Raises MotionError for shapes that disagree and for values that are not finite.
    """

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...]
    encoder: str
    events: dict[str, np.ndarray]

    def __post_init__(self) -> None:
        if np.shape(self.values) != (len(self.times), len(self.names)) or not len(self.times):
            raise MotionError(
                f"{self.encoder}: values {np.shape(self.values)} for {len(self.times)} instants, {len(self.names)} channels"
            )
        if not np.isfinite(self.values).all():
            raise MotionError(f"{self.encoder}: a value is NaN or infinite")

    @property
    def nbytes(self) -> int:
        return self.times.nbytes + self.values.nbytes

    def at(self, times: np.ndarray) -> np.ndarray:
        """(M, C) float32 at the instants times (M,) [s], linear between rows, the first and last row beyond the ends."""
        times = np.asarray(times, float)
        after = np.clip(np.searchsorted(self.times, times), 1, max(1, len(self.times) - 1))
        if len(self.times) == 1:
            return np.repeat(self.values, len(times), 0)
        before = after - 1
        share = np.clip((times - self.times[before]) / (self.times[after] - self.times[before]), 0, 1)[:, None]
        return ((1 - share) * self.values[before] + share * self.values[after]).astype(np.float32)

    def later(self, by: float) -> "Track":
        """The same, everything `by` seconds later."""
        events = {name: instants + by for name, instants in self.events.items()}
        return replace(self, times=self.times + by, events=events)

    def marks(self, event: str, times: np.ndarray) -> np.ndarray:
        """(M,) float32: 1 at the instant nearest to each event, 0 elsewhere; events beyond half a step of the ends are left out."""
        times = np.asarray(times, float)
        marked = np.zeros(len(times), np.float32)
        found = self.events[event]
        if len(times) < 2 or not len(found):
            return marked
        half = 0.5 * float(np.median(np.diff(times)))
        found = found[(found >= times[0] - half) & (found < times[-1] + half)]
        marked[np.abs(times[None] - found[:, None]).argmin(1)] = 1
        return marked

    def phase(self, event: str, times: np.ndarray) -> np.ndarray:
        """(M, 2) float32 cosine and sine of the place between two events, 0 at an event and a full turn at the next.

        Before the first and after the last event the nearest interval goes on; zeros where there are fewer than two events.
        """
        found, times = self.events[event], np.asarray(times, float)
        if len(found) < 2 or not len(times):
            return np.zeros((len(times), 2), np.float32)
        first, last = found[1] - found[0], found[-1] - found[-2]
        before = -np.arange(np.ceil(max(0.0, found[0] - times.min()) / first), 0, -1) * first + found[0]
        after = np.arange(1, 1 + np.ceil(max(0.0, times.max() - found[-1]) / last)) * last + found[-1]
        whole = np.concatenate([before, found, after])
        turns = 2 * np.pi * np.interp(times, whole, np.arange(len(whole)))
        return np.stack([np.cos(turns), np.sin(turns)], -1).astype(np.float32)
