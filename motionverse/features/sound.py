"""What the features of sound share: the library that computes them, and reading a file once."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from motionverse.errors import MotionError
from motionverse.features.cache import Cache
from motionverse.features.track import Track
from motionverse.formats import audio


def librosa() -> ModuleType:
    """The one place that imports it. Raises MotionError where it is not installed."""
    try:
        import librosa
    except ImportError as error:
        raise MotionError("features of sound need librosa; pip install 'large-motion-model[audio]'") from error
    return librosa


def resampled(sound: audio.Sound, rate: int, shortest: float) -> np.ndarray:
    """Samples (N,) at `rate` [Hz]. Raises MotionError for under `shortest` [s] of sound."""
    if sound.seconds < shortest:
        raise MotionError(f"{sound.seconds:.2f} s of sound; at least {shortest} s are needed")
    return librosa().resample(sound.samples, orig_sr=sound.rate, target_sr=rate)


def load(path: str | Path, encoder: str, track: Callable[[audio.Sound], Track], cache: Cache | None) -> Track:
    """The track of a sound file, out of the cache where it is there. Raises MotionError naming the file."""

    def make(place: Path) -> Track:
        try:
            return track(audio.load(place))
        except MotionError as error:
            raise error if str(place) in str(error) else MotionError(f"{place}: {error}") from None

    return make(Path(path)) if cache is None else cache.track(path, encoder, make)
