"""A motion's time bent so that its beats fall on those of a sound: smooth, monotone, and nowhere by more than was allowed.

Which beat falls on which is found by dynamic programming (as in dynamic time warping, Sakoe and Chiba 1978, but over beats alone);
between them time runs along a natural cubic smoothing spline (Reinsch 1967), so that velocity and acceleration stay continuous.
Poses are never changed: the same ones are met earlier or later.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from motionverse.motion import Motion
from motionverse.pairs.beats import Beats
from motionverse.resample import at_times

SLOWEST, FASTEST = 0.75, 1.33  # seconds of the motion in a second of the sound, at any instant
SKIPS = 4  # beats of the motion at most from one that is met to the next
ELASTIC = 4.0  # cost of a second at a stretch of e, in plain beats
STIFF = (2e-5, 1e-4, 5e-4, 2.5e-3)  # [s^3] of the spline, the next where the one before bends time too far


@dataclass(frozen=True, eq=False)
class Accent:
    """Time that lingers at beats (K,) [s], rising, and hurries between them: by `depth` (under 1) slower and faster than even time,
    which it meets at every beat and is beyond the first and the last."""

    beats: np.ndarray
    depth: float

    def __call__(self, times: np.ndarray) -> np.ndarray:
        """Instants of even time (M,) [s] at instants times (M,) [s]."""
        return times - self._ahead(times)

    def inverse(self, even: np.ndarray) -> np.ndarray:
        """Instants (M,) [s] at instants of even time (M,) [s]."""
        times = np.asarray(even, float)
        for _ in range(60):  # each brings it nearer by `depth` at least
            times = even + self._ahead(times)
        return times

    def rates(self, times: np.ndarray) -> np.ndarray:
        """Seconds of even time in a second, (M,), at instants times (M,) [s]."""
        phase, length = self._phase(times)
        return np.where(length > 0, 1 - self.depth * np.cos(2 * np.pi * phase), 1.0)

    def _ahead(self, times: np.ndarray) -> np.ndarray:
        phase, length = self._phase(times)
        return self.depth * length / (2 * np.pi) * np.sin(2 * np.pi * phase)

    def _phase(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(place between two beats in [0, 1), seconds between them), 0 and 0 beyond the ends."""
        place = np.clip(np.searchsorted(self.beats, times, side="right") - 1, 0, len(self.beats) - 2)
        length = self.beats[place + 1] - self.beats[place]
        inside = (times >= self.beats[0]) & (times < self.beats[-1])
        return np.where(inside, (times - self.beats[place]) / length, 0.0), np.where(inside, length, 0.0)


@dataclass(frozen=True, eq=False)
class Warp:
    """Instants at (N,) [s] of a sound, rising, beside instants own (N,) [s] of the motion; in between a cubic, beyond the ends
    straight on; accent: what the sound's time goes through first."""

    at: np.ndarray
    own: np.ndarray
    accent: Accent | None = None

    def start(self) -> float:
        """Where in the sound the motion's first instant falls [s]."""
        return self._heard(float(self.at[0] - self.own[0] / self._slopes[0]))

    def end(self, last: float) -> float:
        """Where in the sound the motion's instant `last` [s] falls [s]."""
        return self._heard(float(self.at[-1] + (last - self.own[-1]) / self._slopes[1]))

    def _heard(self, even: float) -> float:
        return even if self.accent is None else float(self.accent.inverse(np.array([even]))[0])

    def __call__(self, times: np.ndarray) -> np.ndarray:
        """Instants of the motion [s] at instants times (M,) [s] of the sound."""
        times = times if self.accent is None else self.accent(times)
        inside = self._spline(np.clip(times, self.at[0], self.at[-1]))
        before, after = np.minimum(times - self.at[0], 0), np.maximum(times - self.at[-1], 0)
        return inside + self._slopes[0] * before + self._slopes[1] * after

    def rates(self, times: np.ndarray) -> np.ndarray:
        """Seconds of the motion in a second of the sound, (M,), at instants times (M,) [s] of the sound."""
        even = times if self.accent is None else self.accent(times)
        plain = self._spline(np.clip(even, self.at[0], self.at[-1]), 1)
        return plain if self.accent is None else plain * self.accent.rates(times)

    def times(self, motion: Motion) -> np.ndarray:
        """(T',) instants [s] of the sound, at the motion's frame rate, over which the whole motion runs."""
        start, end = self.start(), self.end(float(motion.times[-1]))
        return start + np.arange(int((end - start) * motion.fps + 1e-6) + 1) / motion.fps

    def apply(self, motion: Motion) -> Motion:
        """The motion beside the sound; its first frame is the instant `start()` of the sound."""
        return at_times(motion, self(self.times(motion)))

    @functools.cached_property
    def _spline(self) -> Any:
        from scipy.interpolate import CubicSpline

        return CubicSpline(self.at, self.own, bc_type="natural")

    @functools.cached_property
    def _slopes(self) -> np.ndarray:
        return self._spline(self.at[[0, -1]], 1)


def match(own: Beats, heard: Beats) -> tuple[np.ndarray, np.ndarray]:
    """Which beats of a motion fall on which of a sound: indices (M,) into both, rising.

    The plainest beats on the plainest, at the least stretch; a beat of either that meets none is left out. Between two that meet,
    the stretch keeps within SLOWEST and FASTEST.
    """
    gain = own.weights[:, None] * (1 + heard.weights[None]) / 2
    best, came = gain.copy(), np.full((*gain.shape, 2), -1)
    apart = heard.instants[None] - heard.instants[:, None]
    for here in range(1, len(own)):
        for before in range(max(here - SKIPS, 0), here):
            taken = own.instants[here] - own.instants[before]
            bent = np.log(np.maximum(taken, 1e-6) / np.maximum(apart, 1e-6))
            allowed = (apart > 0) & (bent >= np.log(SLOWEST)) & (bent <= np.log(FASTEST))
            total = np.where(allowed, best[before][:, None] - ELASTIC * taken * bent**2, -np.inf) + gain[here]
            which = total.argmax(0)
            value = total[which, np.arange(len(heard))]
            better = value > best[here]
            best[here][better] = value[better]
            came[here][better] = np.stack([np.full(len(heard), before), which], 1)[better]
    return _back(best, came)


def _back(best: np.ndarray, came: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    place, path = np.unravel_index(best.argmax(), best.shape), []
    while place[0] >= 0:
        path.append(place)
        place = tuple(came[place])
    rows = np.array(path[::-1], int)
    return rows[:, 0], rows[:, 1]


def fitted(at: np.ndarray, own: np.ndarray) -> Warp | None:
    """The warp that brings instants own (M,) [s] of a motion nearest to instants at (M,) [s] of a sound and
    keeps within SLOWEST and FASTEST everywhere; None where no spline of STIFF does."""
    for stiff in STIFF:
        warp = Warp(at, _smoothed(at, own, stiff))
        rates = warp.rates(np.linspace(at[0], at[-1], 16 * len(at)))
        if rates.min() >= SLOWEST and rates.max() <= FASTEST:
            return warp
    return None


def _smoothed(x: np.ndarray, y: np.ndarray, stiff: float) -> np.ndarray:
    """Values (M,) at x of the natural cubic spline g of the least sum of (y - g)^2 plus `stiff` times the integral of g''^2."""
    if len(x) < 3:
        return y
    steps = np.diff(x)
    q = np.zeros((len(x), len(x) - 2))
    rows = np.arange(len(x) - 2)
    q[rows, rows], q[rows + 2, rows] = 1 / steps[:-1], 1 / steps[1:]
    q[rows + 1, rows] = -1 / steps[:-1] - 1 / steps[1:]
    r = np.diag((steps[:-1] + steps[1:]) / 3) + np.diag(steps[1:-1] / 6, 1) + np.diag(steps[1:-1] / 6, -1)
    return y - stiff * q @ np.linalg.solve(r + stiff * q.T @ q, q.T @ y)
