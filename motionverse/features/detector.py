"""A body's 15 points as a detector would report them, forged: seen by a camera placed at random, shaken, and partly missed.

What real detectors do to a body, in the order of their error: points a little beside the joints that we mean by them, all
through a film; a jitter from picture to picture, of which the confidence tells something; points that are lost for a while;
feet that a detector has no points for (COCO's 17); legs below the picture's edge. How much of each differs from window to
window, and a part of the windows is seen as it is.
"""

import numpy as np

from motionverse.clip import Keypoints
from motionverse.features import keypoints2d
from motionverse.features.keypoints2d import POINTS
from motionverse.features.track import Track

SIZES = ((640, 480), (854, 480), (480, 480))  # pictures [pixels]
CLOSE = 0.15  # share of windows in which the camera looks at the upper body, so that legs may leave the picture
CLEAN = 0.2  # share of windows seen as they are
JITTER = (0.5, 5.0)  # [pixels] of a picture 480 high, log-uniform
LOST = 0.15  # the share of points that are lost is drawn up to this
SPELL = 0.25  # [s] that a lost point stays lost, at least
TOELESS = 0.3  # share of windows of a detector that has no toes
_UPPER = np.array([point.endswith(("nose", "_shoulder", "_elbow", "_wrist", "_hip")) for point in POINTS])
_TOES = [k for k, point in enumerate(POINTS) if point.endswith("_toe")]


def detected(places: np.ndarray, captured: np.ndarray, fps: float, rng: np.random.Generator) -> Track:
    """The Track of places (T, 15, 3) [m] at `fps`, of which `captured` (15,) are known, as a random camera's detector has it."""
    size = SIZES[int(rng.integers(len(SIZES)))]
    upper = captured & _UPPER
    near = bool(rng.random() < CLOSE and upper.any())
    camera = keypoints2d.camera_around(places[:, upper if near else captured], rng, size)
    positions, seen = keypoints2d.projected(places, camera, size)
    confidence = (seen & captured).astype(float)
    if rng.random() >= CLEAN:
        positions, confidence = _shaken(positions, confidence, fps, rng)
    positions = np.where(confidence[..., None] > 0, positions, 0.0)
    return keypoints2d.track(Keypoints(positions, confidence, POINTS, fps, size))


def _shaken(
    positions: np.ndarray, confidence: np.ndarray, fps: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (T, 15, 2) beside where they are, and confidence (T, 15) lower than it was, 0 where lost."""
    frames, points = confidence.shape
    size = float(np.exp(rng.uniform(*np.log(JITTER))))
    beside, shake = rng.normal(size=(1, points, 2)), rng.normal(size=(frames, points, 2))
    sure = np.clip(1.0 - 0.12 * np.abs(shake).sum(-1) - rng.uniform(0, 0.3), 0.05, 1.0)
    spells = int(frames / fps / SPELL) + 1
    lost = rng.random((spells, points)) < rng.uniform(0, LOST)
    lost = lost[(np.arange(frames) / fps / SPELL).astype(int)]
    lost[:, _TOES] |= rng.random() < TOELESS
    return positions + size * (1.5 * beside + shake), confidence * sure * ~lost
