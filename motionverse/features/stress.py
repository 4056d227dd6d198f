"""When speech is stressed: its loudest voiced instants, the higher in pitch the more so."""

import numpy as np

from motionverse.features.track import Track

SMOOTH = 0.06  # [s] spread of the Gaussian that energy is seen through: a syllable's vowel is one hill
REACH = 0.2  # [s] to each side in which a stress is the loudest
QUIET = 1.2  # [ln of rms] under the loud (10 dB); what is quieter is not stressed
LOUD = 95.0  # percentile of voiced energy
LEAST = 0.1  # weight of the weakest
PITCH = 0.5  # weight of an octave's excursion against a step of energy by e


def stresses(track: Track) -> tuple[np.ndarray, np.ndarray]:
    """Stressed instants (K,) [s] of a track of speech (motionverse.features.speech), on its clock, and how plainly each is one:
    weights (K,) in (0, 1]."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import argrelmax

    step = float(np.median(np.diff(track.times)))
    energy, pitch, voicing = (track.values[:, track.names.index(name)] for name in ("energy", "pitch", "voicing"))
    voiced = voicing > 0.5
    if not voiced.any():
        return np.zeros(0), np.zeros(0)
    energy = gaussian_filter1d(energy.astype(np.float64), SMOOTH / step)
    loud = float(np.percentile(energy[voiced], LOUD))
    raised = energy + PITCH * (pitch - np.median(pitch[voiced])) / np.log(2)
    found = argrelmax(raised, order=round(REACH / step))[0]
    near = np.array([voiced[max(k - 3, 0) : k + 4].any() for k in found], bool)
    found = found[near & (energy[found] > loud - QUIET)]
    return track.times[found], np.clip(1 + (raised[found] - loud) / QUIET, LEAST, 1.0)
