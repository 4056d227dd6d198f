"""Sound files as one channel of samples: wav, flac, ogg, opus, mp3, m4a, and the sound of a video."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError

LONGEST = 4 * 3600.0  # [s] more is taken for a mistake


@dataclass(frozen=True, eq=False)
class Sound:
    """samples (N,) float32 in [-1, 1], channels mixed to one; rate [Hz]."""

    samples: np.ndarray
    rate: int

    def __post_init__(self) -> None:
        if np.ndim(self.samples) != 1 or not len(self.samples) or self.rate <= 0:
            raise MotionError(
                f"sound: samples {np.shape(self.samples)} at {self.rate} Hz; must be (N,), N > 0, rate > 0"
            )
        if not np.isfinite(self.samples).all():
            raise MotionError("sound: a sample is NaN or infinite; repair the file")

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def slice(self, start: float, end: float) -> "Sound":
        """The part from `start` to `end` [s]."""
        return Sound(self.samples[round(start * self.rate) : round(end * self.rate)], self.rate)


def load(path: str | Path, until: float = LONGEST) -> Sound:
    """The sound in a file (of a video: its first audio stream), at the file's own rate; what is after `until` [s] is not read.

    Raises MotionError naming the file and the fix.
    """
    path = Path(path)
    if not path.is_file():
        raise MotionError(f"{path}: no such sound file")
    try:
        import av
        from av.error import FFmpegError
    except ImportError as error:
        raise MotionError("reading sound needs PyAV; pip install 'large-motion-model[audio]'") from error
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise MotionError(f"{path}: has no sound")
            return _decoded(container, container.streams.audio[0], until)
    except FFmpegError as error:
        raise MotionError(f"{path}: not a sound file that can be read; convert it to wav, flac, ogg or mp3") from error
    except MotionError as error:
        raise error if str(path) in str(error) else MotionError(f"{path}: {error}") from None


def mixed(sounds: Sequence[Sound]) -> Sound:
    """Sounds that begin together as one, as long as the longest, at the highest of their rates; quieter where it would clip."""
    rate = max(sound.rate for sound in sounds)
    each = [resampled(sound, rate) for sound in sounds]
    whole = np.zeros(max(map(len, each)), np.float32)
    for samples in each:
        whole[: len(samples)] += samples
    return Sound(whole / max(1.0, float(np.abs(whole).max())), rate)


def resampled(sound: Sound, rate: int) -> np.ndarray:
    """Samples (N,) at `rate` [Hz]."""
    if sound.rate == rate:
        return sound.samples
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

    frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples[None], np.float32), "fltp", "mono")
    frame.sample_rate = sound.rate
    through = AudioResampler(format="fltp", layout="mono", rate=rate)
    return np.concatenate([part.to_ndarray()[0] for given in (frame, None) for part in through.resample(given)])


def _decoded(container: Any, stream: Any, until: float) -> Sound:
    from av.audio.resampler import AudioResampler

    rate = int(stream.rate)
    mono = AudioResampler(format="fltp", layout="mono", rate=rate)
    parts, count = [], 0
    for frame in container.decode(stream):
        parts += [part.to_ndarray()[0] for part in mono.resample(frame)]
        count += len(parts[-1]) if parts else 0
        if count > until * rate:
            if until < LONGEST:
                break
            raise MotionError(f"over {LONGEST:.0f} s of sound; cut the file")
    parts += [part.to_ndarray()[0] for part in mono.resample(None)]
    return Sound(np.concatenate(parts) if parts else np.zeros(0, np.float32), rate)
