"""Music as the dance field sees it: 35 numbers an instant, at any rate, and the phase between beats.

The 35 are those of FACT / AIST++ (Li et al., arXiv 2101.08779), in their order: onset strength (1), MFCC (20), chroma (12),
onsets (1) and beats (1) as marks. They are computed once at 60 Hz, as there (a sampling rate of 60 x 512 Hz, hop 512), and
seen at other instants: what lasts is interpolated, what happens stays an event in seconds. The phase between beats is ours.
"""

from pathlib import Path

import numpy as np

from motionverse.features import sound
from motionverse.features.cache import Cache
from motionverse.features.track import Track
from motionverse.formats.audio import Sound

ENCODER = "music35-1"
RATE = 60  # Hz
HOP = 512
MFCC, CHROMA = 20, 12
SHORTEST = 0.5  # [s]
NAMES = ("onset_strength", *(f"mfcc_{k}" for k in range(MFCC)), *(f"chroma_{k}" for k in range(CHROMA)))
CHANNELS = (*NAMES, "onset", "beat", "beat_phase_cos", "beat_phase_sin")


def track(heard: Sound) -> Track:
    """Onset strength, MFCC and chroma at 60 Hz, with the events "onset" and "beat". Raises MotionError under 0.5 s of sound."""
    librosa = sound.librosa()
    rate = RATE * HOP
    samples = sound.resampled(heard, rate, SHORTEST)
    strength = librosa.onset.onset_strength(y=samples, sr=rate, hop_length=HOP)
    mfcc = librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=MFCC, hop_length=HOP)
    chroma = librosa.feature.chroma_cens(y=samples, sr=rate, hop_length=HOP, n_chroma=CHROMA)
    onsets = librosa.onset.onset_detect(onset_envelope=strength, sr=rate, hop_length=HOP)
    _, beats = librosa.beat.beat_track(onset_envelope=strength, sr=rate, hop_length=HOP)
    count = min(len(strength), mfcc.shape[1], chroma.shape[1])
    values = np.concatenate([strength[None, :count], mfcc[:, :count], chroma[:, :count]]).T
    events = {"onset": np.asarray(onsets) / RATE, "beat": np.asarray(beats) / RATE}
    return Track(np.arange(count) / RATE, values.astype(np.float32), NAMES, ENCODER, events)


def features(music: Track, times: np.ndarray) -> np.ndarray:
    """(M, 37) float32 at the instants times (M,) [s], named by CHANNELS: the field's 35, cosine and sine of the beat phase."""
    marks = [music.marks(event, times)[:, None] for event in ("onset", "beat")]
    return np.concatenate([music.at(times), *marks, music.phase("beat", times)], 1)


def tempo(music: Track) -> float:
    """Beats a minute by the median interval; NaN with fewer than two beats."""
    beats = music.events["beat"]
    return float(60 / np.median(np.diff(beats))) if len(beats) > 1 else float("nan")


def load(path: str | Path, cache: Cache | None = None) -> Track:
    """The track of a music file, out of the cache where it is there. Raises MotionError naming the file."""
    return sound.load(path, ENCODER, track, cache)
