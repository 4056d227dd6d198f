"""The sound of a film: AAC beside its pictures, sample 0 at the first of them."""

from typing import Any

import numpy as np

from motionverse.formats.audio import Sound, resampled

RATE = 48000  # Hz
BLOCK = 1024  # samples of one AAC frame


class Soundtrack:
    """Writes a sound into an open container as the pictures go on, so that players find both in one place.

    To be made before anything is written; the sound ends with the film, at `seconds`.
    """

    def __init__(self, container: Any, sound: Sound, seconds: float) -> None:
        self.container, self.stream = container, container.add_stream("aac", rate=RATE, layout="mono")
        self.stream.bit_rate = 128_000
        self.samples, self.written = resampled(sound, RATE)[: round(seconds * RATE)], 0

    def until(self, seconds: float) -> None:
        """Write what is heard before `seconds` and is not written yet, in whole blocks."""
        while self.written < min(seconds * RATE, len(self.samples)):
            self._write(self.samples[self.written : self.written + BLOCK])

    def close(self) -> None:
        """Write the rest."""
        self.until(np.inf)
        self.container.mux(self.stream.encode())

    def _write(self, samples: np.ndarray) -> None:
        from av.audio.frame import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = RATE, self.written
        self.written += len(samples)
        self.container.mux(self.stream.encode(frame))
