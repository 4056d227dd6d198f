"""A body's 15 points as a detector would report them, forged: seen by a camera placed at random, beside the truth, partly missed.

The errors are those that MediaPipe Pose made on five of our films of known motion, rendered with the free body: points that
stay beside the joints that we mean by them (a nose or a wrist by four hundredths of the body's height, an ankle by one); an
error that wanders within some tenths of a second, of which the confidence tells little; left and right arm exchanged for
spells (a tenth of the time in two films of five). Other detectors lose points, have none for toes (COCO's 17), or see a
body whose legs are below the picture's edge. How much of each differs from window to window; one in five is seen as it is.
"""

import numpy as np

from motionverse.clip import Keypoints
from motionverse.features import keypoints2d
from motionverse.features.keypoints2d import POINTS
from motionverse.features.track import Track

SIZES = ((640, 480), (854, 480), (480, 480))  # pictures [pixels]
CLOSE = 0.15  # share of windows in which the camera looks at the upper body, so that legs may leave the picture
CLEAN = 0.2  # share of windows seen as they are
STATURE = 1.7  # [m] that errors are hundredths of
ERRORS = {
    "nose": (3.2, 1.2), "shoulder": (2.3, 1.1), "elbow": (2.8, 1.9), "wrist": (2.9, 2.3),
    "hip": (2.0, 1.3), "knee": (0.9, 1.0), "ankle": (0.8, 1.3), "toe": (1.4, 1.4),
}  # fmt: skip  # standard deviations of the error that stays and of the one that wanders [hundredths of the stature], an axis
BETTER, WORSE = 0.25, 1.6  # a window's detector makes these errors times a number between, log-uniform
WANDER = 0.2  # [s] between two independent errors; the white part of the error is as WHITE of the wandering one
WHITE = 0.3
SPELL = 0.3  # [s] that a point stays lost, or arms exchanged
LOST = 0.15  # the share of points that are lost is drawn up to this, in half of the windows
EXCHANGED = 0.3  # the same of the time that arms are exchanged, in SWAPPING of the windows
SWAPPING = 0.4
TOELESS = 0.3  # share of windows of a detector that has no toes
_STAYS, _WANDERS = np.array([ERRORS[point.split("_")[-1]] for point in POINTS]).T / 100
_UPPER = np.array([point.endswith(("nose", "_shoulder", "_elbow", "_wrist", "_hip")) for point in POINTS])
_EXCHANGED = np.array(
    [
        POINTS.index(keypoints2d.partner(point)) if point.endswith(("_shoulder", "_elbow", "_wrist")) else k
        for k, point in enumerate(POINTS)
    ]
)
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
        depth = float((camera.rotation @ places[:, captured].mean((0, 1)) + camera.translation)[2])
        tall = STATURE * camera.matrix[1, 1] / depth  # pixels
        positions, confidence = _mistaken(positions, confidence, fps, tall, rng)
    positions = np.where(confidence[..., None] > 0, positions, 0.0)
    return keypoints2d.track(Keypoints(positions, confidence, POINTS, fps, size))


def _mistaken(
    positions: np.ndarray, confidence: np.ndarray, fps: float, tall: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (T, 15, 2) of a body `tall` [pixels] beside where they are, and confidence (T, 15), lower, 0 where lost."""
    times = np.arange(len(positions)) / fps
    stays, wanders = rng.normal(size=positions.shape[1:]), _wandering(times, positions.shape[1:], rng)
    wanders += WHITE * rng.normal(size=positions.shape)
    size = tall * float(np.exp(rng.uniform(np.log(BETTER), np.log(WORSE))))
    error = size * (_STAYS[:, None] * stays + _WANDERS[:, None] * wanders)
    sure = rng.uniform(0.7, 1.0) - 0.1 * np.abs(wanders).sum(-1) * rng.random(confidence.shape)
    lost = _spells(times, confidence.shape[1], rng.uniform(-LOST, LOST), rng)
    lost[:, _TOES] |= rng.random() < TOELESS
    confidence = confidence * sure.clip(0.05, 1.0) * ~lost
    positions = positions + error
    turned = _spells(times, 1, EXCHANGED * rng.random() if rng.random() < SWAPPING else 0.0, rng)
    order = np.where(turned, _EXCHANGED, np.arange(len(POINTS)))
    return np.take_along_axis(positions, order[..., None], 1), np.take_along_axis(confidence, order, 1)


def _wandering(times: np.ndarray, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """(T, ...) noise of about unit spread on straight lines between independent values WANDER apart."""
    place = times / WANDER + rng.random()
    knots = rng.normal(size=(int(place[-1]) + 2, *shape))
    whole = place.astype(int)
    share = (place - whole).reshape(-1, *(1 for _ in shape))
    return 1.22 * ((1 - share) * knots[whole] + share * knots[whole + 1])


def _spells(times: np.ndarray, count: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """(T, count) bool, True for about a `share` of the time, SPELL [s] at once."""
    place = (times / SPELL + rng.random()).astype(int)
    return (rng.random((place[-1] + 1, count)) < share)[place]
