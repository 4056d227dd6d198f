"""How far our features of sound are from librosa called directly on the same files.

    python -m tools.feature_agreement FOLDER [--files N] [--seconds S]

FOLDER holds music/ and speech/. The direct way is librosa's own from the file on, its reader included. Where that reader
(libsndfile) cannot finish a file, or decodes it at another rate, both ways share ours, and the table says so. Printed by file:
the largest difference of each group of channels; onsets and beats at the same 1/60 s, of all that either way has; tempo by
both. Of speech: frames voiced as pYIN (Mauch and Dixon 2014) says, and the median difference of pitch where both hear one.
"""

import argparse
import warnings
from pathlib import Path
from typing import Any

import librosa
import numpy as np

from motionverse.features import music, speech
from motionverse.formats import audio
from motionverse.terminal import show_table

RATE = music.RATE * music.HOP
SUFFIXES = (".opus", ".ogg", ".wav", ".flac", ".mp3")


def heard(path: Path, rate: int, seconds: float) -> tuple[audio.Sound, np.ndarray, str]:
    """The first seconds of a file by our reader; samples at `rate` [Hz] by librosa's; and who read these."""
    ours = audio.load(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # it says at length that it tries its second reader
            read, theirs = librosa.load(path, sr=None)
    except Exception:  # libsndfile's or audioread's own kinds: which, depends on what is installed
        read, theirs = ours.samples, None
    shared = theirs != ours.rate
    samples = ours.slice(0, seconds).samples if shared else read[: round(seconds * ours.rate)]
    resampled = librosa.resample(samples, orig_sr=ours.rate, target_sr=rate)
    return ours.slice(0, seconds), resampled, "ours" if shared else "librosa"


def of_music(path: Path, seconds: float) -> dict[str, Any]:
    """One row of the table of music."""
    sound, samples, reader = heard(path, RATE, seconds)
    strength = librosa.onset.onset_strength(y=samples, sr=RATE, hop_length=512)
    mfcc = librosa.feature.mfcc(y=samples, sr=RATE, n_mfcc=20, hop_length=512)
    chroma = librosa.feature.chroma_cens(y=samples, sr=RATE, hop_length=512, n_chroma=12)
    onsets = librosa.onset.onset_detect(onset_envelope=strength, sr=RATE, hop_length=512)
    tempo, beats = librosa.beat.beat_track(onset_envelope=strength, sr=RATE, hop_length=512)
    made = music.track(sound)
    seen = music.features(made, np.arange(len(strength)) / 60)
    marks = {"onsets": (seen[:, 33], onsets), "beats": (seen[:, 34], beats)}
    return {
        "music": path.stem[:40],
        "seconds": sound.seconds,
        "reader": reader,
        "strength": float(np.abs(seen[:, 0] - strength).max()),
        "mfcc": float(np.abs(seen[:, 1:21] - mfcc.T).max()),
        "chroma": float(np.abs(seen[:, 21:33] - chroma.T).max()),
        **{name: shared(np.flatnonzero(ours), theirs) for name, (ours, theirs) in marks.items()},
        "tempo": music.tempo(made),
        "librosa's": float(np.atleast_1d(tempo)[0]),
    }


def shared(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Frames that both have, of those that either has."""
    return f"{len(np.intersect1d(ours, theirs))}/{len(np.union1d(ours, theirs))}"


def of_speech(path: Path, seconds: float) -> dict[str, Any]:
    """One row of the table of speech."""
    sound, samples, reader = heard(path, speech.SAMPLING, seconds)
    mel = librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=40)
    energy = librosa.feature.rms(y=samples, frame_length=400, hop_length=160)[0]
    hertz, voiced, _ = librosa.pyin(samples, fmin=65, fmax=500, sr=16000, frame_length=1024, hop_length=160)
    seen = speech.track(sound).values
    ours = seen[:, 42] > speech.PERIODIC
    both, count = ours & voiced[: len(ours)], len(seen)
    return {
        "speech": path.stem[:40],
        "seconds": sound.seconds,
        "reader": reader,
        "mel": float(np.abs(seen[:, :40].T - np.log(mel[:, :count] + speech.FLOOR)).max()),
        "energy": float(np.abs(seen[:, 40] - np.log(energy[:count] + speech.FLOOR)).max()),
        "voiced": f"{ours.mean():.0%}",
        "by pYIN": f"{voiced.mean():.0%}",
        "as pYIN": f"{(ours == voiced[:count]).mean():.0%}",
        "cents": float(1200 * np.median(np.abs(seen[both, 41] / np.log(2) - np.log2(hertz[:count][both])))),
    }


def chosen(folder: Path, kind: str, files: int) -> list[Path]:
    """At most `files` sound files of a kind, evenly over the folder's. Raises SystemExit where there are none."""
    found = sorted(path for path in (folder / kind).glob("*") if path.suffix in SUFFIXES)
    if not found:
        raise SystemExit(f"{folder / kind}: no sound files there ({' '.join(SUFFIXES)})")
    return found[:: -(-len(found) // files)]


def main(folder: Path, files: int, seconds: float) -> None:
    """Print both tables."""
    for kind, row in (("music", of_music), ("speech", of_speech)):
        rows = [row(path, seconds) for path in chosen(folder, kind, files)]
        small = ("strength", "mfcc", "chroma", "mel", "energy")
        show_table([{name: f"{v:.1e}" if name in small else v for name, v in one.items()} for one in rows])


if __name__ == "__main__":
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("--files", type=int, default=24, metavar="N", help="of each kind at most (default 24)")
    made.add_argument("--seconds", type=float, default=60.0, metavar="S", help="of each file at most (default 60)")
    given = made.parse_args()
    main(given.folder, given.files, given.seconds)
