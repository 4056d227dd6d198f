"""Speech as a gesture model hears it: log-mel bands, energy, pitch and voicing, 100 times a second, and what is stressed.

Band limits and frame lengths are the speech field's usual ones (25 ms windows every 10 ms at 16 kHz, 40 mel bands); pitch is YIN's
(de Cheveigne and Kawahara 2002) between 65 and 500 Hz, taken as heard where its period repeats well.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from motionverse.features import sound
from motionverse.features.cache import Cache
from motionverse.features.stress import stresses
from motionverse.features.track import Track
from motionverse.formats.audio import Sound

ENCODER = "speech43-2"
SAMPLING = 16000  # Hz
HOP = 160  # samples: 100 rows a second
WINDOW = 400
BANDS = 40
LOWEST, HIGHEST = 65.0, 500.0  # Hz
PERIODIC = 0.5  # correlation of two neighbouring periods above which a frame is voiced
SILENCE = 1e-3  # rms of a frame, against full scale, under which nothing is voiced
FLOOR = 1e-6  # of energies, before the logarithm
SHORTEST = 0.1  # [s]
NAMES = (*(f"mel_{k}" for k in range(BANDS)), "energy", "pitch", "voicing")
CHANNELS = (*NAMES, "stress", "stress_phase_cos", "stress_phase_sin")


def track(heard: Sound) -> Track:
    """Rows every 10 ms, channels NAMES: mel bands [ln of power], energy [ln of rms], pitch [ln Hz, between voiced frames
    interpolated, their median where there is none], voicing in [0, 1]; with the event "stress". Raises MotionError under 0.1 s
    of sound."""
    librosa = sound.librosa()
    samples = sound.resampled(heard, SAMPLING, SHORTEST)
    mel = librosa.feature.melspectrogram(
        y=samples, sr=SAMPLING, n_fft=512, win_length=WINDOW, hop_length=HOP, n_mels=BANDS
    )
    energy = librosa.feature.rms(y=samples, frame_length=WINDOW, hop_length=HOP)[0]
    pitch = librosa.yin(samples, fmin=LOWEST, fmax=HIGHEST, sr=SAMPLING, frame_length=1024, hop_length=HOP)
    count = min(mel.shape[1], len(energy), len(pitch))
    voiced = _voicing(samples, pitch[:count]) * (energy[:count] > SILENCE)
    values = np.stack(
        [*np.log(mel[:, :count] + FLOOR), np.log(energy[:count] + FLOOR), _carried(pitch[:count], voiced), voiced], -1
    )
    made = Track(np.arange(count) * HOP / SAMPLING, values.astype(np.float32), NAMES, ENCODER, {})
    return replace(made, events={"stress": stresses(made)[0]})


def features(speech: Track, times: np.ndarray) -> np.ndarray:
    """(M, 46) float32 at the instants times (M,) [s], named by CHANNELS: as measured, stresses marked, cosine and sine of the place
    between two of them."""
    marks = speech.marks("stress", times)[:, None]
    return np.concatenate([speech.at(times), marks, speech.phase("stress", times)], 1)


def load(path: str | Path, cache: Cache | None = None) -> Track:
    """The track of a speech file, out of the cache where it is there. Raises MotionError naming the file."""
    return sound.load(path, ENCODER, track, cache)


def _voicing(samples: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """(N,) how alike two neighbouring periods of `pitch` (N,) [Hz] are, about each row's instant: their correlation, in [0, 1]."""
    longest = int(SAMPLING / LOWEST) + 1
    padded = np.pad(samples, longest)
    found = np.zeros(len(pitch))
    for row, hertz in enumerate(pitch):
        period = int(round(SAMPLING / hertz))
        middle = longest + row * HOP
        a, b = padded[middle - period : middle], padded[middle : middle + period]
        if len(b) == period:
            found[row] = a @ b / max(float(np.sqrt((a @ a) * (b @ b))), 1e-9)
    return np.clip(found, 0, 1)


def _carried(pitch: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """ln Hz (N,), read between voiced frames by interpolation."""
    heard = np.flatnonzero(voiced > PERIODIC)
    if not len(heard):
        return np.full(len(pitch), np.log(np.median(pitch)))
    return np.interp(np.arange(len(pitch)), heard, np.log(pitch[heard]))
