"""Features that run along time as a model reads them: one table of streams, all at one rate, in seconds from a window's start.

A Track keeps what was measured at the rate of its own; `signal` reads it off at the instants k / rate of a window, wherever
that starts. Values are as measured: whoever trains on them standardises.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionverse.errors import MotionError
from motionverse.features import keypoints2d, music, speech
from motionverse.features.track import Track

Values = tuple[np.ndarray, np.ndarray]  # (S, width) float32, and their instants (S,) float32 [s]


@dataclass(frozen=True)
class Signal:
    """A stream: its channels' names (new ones come last: weights made for fewer hear the first), what makes its Tracks, `read`
    (Track, instants (S,) [s]) -> (S, width), `load` of a sound file (None: it is not sound), and how often [Hz] it is read."""

    channels: tuple[str, ...]
    encoder: str
    read: Callable[[Track, np.ndarray], np.ndarray]
    load: Callable[[str | Path], Track] | None = None
    rate: float = 15.0

    @property
    def width(self) -> int:
        """How many channels."""
        return len(self.channels)


SIGNALS: Mapping[str, Signal] = {
    "music": Signal(music.CHANNELS, music.ENCODER, music.features, music.load),
    "speech": Signal(speech.CHANNELS, speech.ENCODER, speech.features, speech.load),
    "keypoints": Signal(keypoints2d.CHANNELS, keypoints2d.ENCODER, keypoints2d.features),
}


def known(name: str) -> Signal:
    """The stream of that name. Raises MotionError for another."""
    if name not in SIGNALS:
        raise MotionError(f"signal {name!r} is unknown; there are {', '.join(SIGNALS)}")
    return SIGNALS[name]


def instants(name: str, seconds: float) -> np.ndarray:
    """The instants k / rate (S,) [s] of a window of `seconds`; at least one."""
    rate = known(name).rate
    return np.arange(max(1, int(np.ceil(seconds * rate - 1e-6)))) / rate


def signal(name: str, track: Track, start: float, seconds: float) -> Values:
    """A stream over a window that starts at `start` [s] of the Track: values (S, width) float32 and times (S,) float32 [s], from
    the window's start. Instants before the Track's first row and after its last, by more than a step, are left out: S may be 0.

    Raises MotionError for an unknown name and for a Track of another kind."""
    kind, times = known(name), instants(name, seconds)
    if track.encoder != kind.encoder:
        raise MotionError(f"{name}: a track made by {track.encoder}, where {kind.encoder} is read; make it anew")
    step = 1 / kind.rate
    there = (times + start >= track.times[0] - step) & (times + start <= track.times[-1] + step)
    times = times[there]
    return kind.read(track, times + start), times.astype(np.float32)
