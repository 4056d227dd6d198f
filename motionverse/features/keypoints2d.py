"""2-D keypoints: the detectors' sets brought to one, and made from motion itself by cameras placed at random.

The one set (POINTS) is what COCO's 17, OpenPose's BODY_25 and MediaPipe's 33 have in common, and the toes that two of them
have: a point that a detector lacks has confidence 0. Orders: COCO keypoint detection (cocodataset.org), BODY_25 (OpenPose,
doc/02_output.md), MediaPipe Pose landmarks (developers' guide). A point's channels are its place on the picture, measured
from its middle in halves of its height (x right, y up), and its confidence: no pixel counts, any aspect ratio.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from motionverse import kinematics
from motionverse.clip import Camera, Keypoints
from motionverse.errors import MotionError
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY

ENCODER = "keypoints15-2"
_SIDES = ("left", "right")
POINTS = (
    "nose",
    *(f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe") for side in _SIDES),
)
CHANNELS = tuple(f"{point}_{channel}" for point in POINTS for channel in ("x", "y", "confidence"))
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
COCO_17 = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", *(f"{side}_{joint}" for joint in _LIMBS for side in _SIDES),
)  # fmt: skip
BODY_25 = (
    "nose", "neck", *(f"right_{joint}" for joint in _LIMBS[:3]), *(f"left_{joint}" for joint in _LIMBS[:3]), "mid_hip",
    *(f"right_{joint}" for joint in _LIMBS[3:]), *(f"left_{joint}" for joint in _LIMBS[3:]),
    "right_eye", "left_eye", "right_ear", "left_ear",
    "left_toe", "left_small_toe", "left_heel", "right_toe", "right_small_toe", "right_heel",
)  # fmt: skip
MEDIAPIPE_33 = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", *(f"{side}_{joint}" for joint in _LIMBS[:3] for side in _SIDES),
    "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb",
    *(f"{side}_{joint}" for joint in _LIMBS[3:] for side in _SIDES),
    "left_heel", "right_heel", "left_toe", "right_toe",
)  # fmt: skip
SETS: Mapping[str, tuple[str, ...]] = {
    "coco17": COCO_17,
    "body25": BODY_25,
    "mediapipe33": MEDIAPIPE_33,
    "points15": POINTS,
}
_JOINT = {"nose": "head"} | {f"{side}_{point}": f"{side}_{joint}" for side in _SIDES for point, joint in
                             (*((j, j) for j in _LIMBS), ("toe", "foot"))}  # fmt: skip
_NOSE = np.array([0.0, 0.06, 0.12])  # [m] from the head joint of the rest pose
FARTHEST = 0.05  # [m] in front of the camera, at least, for a point to be on its picture


def partner(point: str) -> str:
    """The point on the other side; of one in the middle, itself."""
    side, _, joint = point.partition("_")
    return f"{_SIDES[1 - _SIDES.index(side)]}_{joint}" if side in _SIDES else point


_PARTNER = [POINTS.index(partner(point)) for point in POINTS]


def named(
    positions: np.ndarray, confidence: np.ndarray, names: str | Sequence[str], fps: float, size: tuple[int, int]
) -> Keypoints:
    """A detector's output as Keypoints. positions (T, K, 2) [pixels]; confidence (T, K); names: a key of SETS, or the K names.

    Raises MotionError for an unknown set and for shapes that disagree.
    """
    if isinstance(names, str):
        if names not in SETS:
            raise MotionError(f"keypoints: unknown set {names!r}; use one of {', '.join(SETS)}, or give the names")
        names = SETS[names]
    return Keypoints(np.asarray(positions, float), np.asarray(confidence, float), tuple(names), fps, size)


def to_points(keypoints: Keypoints) -> Keypoints:
    """The same keypoints as the one set POINTS, confidence 0 (and place 0) where theirs has no such point."""
    frames = len(keypoints.positions)
    positions, confidence = np.zeros((frames, len(POINTS), 2)), np.zeros((frames, len(POINTS)))
    for k, point in enumerate(POINTS):
        if point in keypoints.names:
            theirs = keypoints.names.index(point)
            positions[:, k], confidence[:, k] = keypoints.positions[:, theirs], keypoints.confidence[:, theirs]
    if not confidence.any():
        raise MotionError(
            f"keypoints: none of {', '.join(POINTS[:4])} ... is seen; the points are {', '.join(keypoints.names[:4])} ..."
        )
    return Keypoints(positions, confidence, POINTS, keypoints.fps, keypoints.size, keypoints.view, keypoints.camera)


def track(keypoints: Keypoints) -> Track:
    """Channels CHANNELS, one row a frame. Points that are not seen are zero. Raises MotionError for a picture without a size."""
    width, height = keypoints.size
    if width <= 0 or height <= 0:
        raise MotionError("keypoints: the picture's size is not known; give it in pixels, as size=(width, height)")
    points = keypoints if keypoints.names == POINTS else to_points(keypoints)
    centred = (points.positions - [width / 2, height / 2]) / (height / 2) * [1.0, -1.0]
    seen = points.confidence > 0
    values = np.concatenate([centred * seen[..., None], points.confidence[..., None]], -1)
    times = np.arange(len(values)) / keypoints.fps
    return Track(times, values.reshape(len(values), -1).astype(np.float32), CHANNELS, ENCODER, {})


def features(seen: Track, times: np.ndarray) -> np.ndarray:
    """(M, 45) float32 at the instants times (M,) [s]: linear between rows, the nearer row's where a point is unseen in one of
    the two (half way between a place and no place lies nothing)."""
    times = np.asarray(times, float)
    nearest = np.clip(np.searchsorted((seen.times[1:] + seen.times[:-1]) / 2, times), 0, len(seen.times) - 1)
    near = seen.values[nearest].reshape(len(times), len(POINTS), 3)
    unseen = Track(seen.times, (seen.values[:, 2::3] == 0).astype(np.float32), POINTS, seen.encoder, {}).at(times)
    between = seen.at(times).reshape(near.shape)
    return np.where(unseen[..., None] > 0, near, between).reshape(len(times), len(CHANNELS))


def mirrored(values: np.ndarray) -> np.ndarray:
    """Channels (..., 45) of the mirrored body seen by the mirrored camera: left and right exchanged, x of the other sign."""
    points = values.reshape(*values.shape[:-1], len(POINTS), 3)[..., _PARTNER, :] * np.array(
        [-1.0, 1.0, 1.0], np.float32
    )
    return points.reshape(values.shape)


def seen_from(motion: Motion, camera: Camera, size: tuple[int, int] = (640, 480)) -> Keypoints:
    """The one set as a pinhole camera sees a motion on WHOLE_BODY: confidence 1 on the picture, 0 beside and behind it.

    Points whose joint was not captured, nor the one it hangs on, have confidence 0. The camera's
    `translation` is in the motion's world; nothing hides anything. Raises MotionError for another skeleton.
    """
    if motion.skeleton.names != WHOLE_BODY.names:
        raise MotionError("keypoints from motion: bring it to WHOLE_BODY first (motionverse convert --whole-body)")
    positions, on = projected(places(motion), camera, size)
    on &= captured(motion.present)
    return Keypoints(
        np.where(on[..., None], positions, 0.0), on.astype(float), POINTS, motion.fps, size, "forged", camera
    )


def projected(points: np.ndarray, camera: Camera, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Points (T, K, 3) [m] on a pinhole camera's picture: positions (T, K, 2) [pixels] and whether they are on it (T, K)."""
    inside = points @ np.swapaxes(camera.rotation, -1, -2) + _rows(camera.translation)
    depth = inside[..., 2:]
    flat = inside @ np.asarray(camera.matrix, float).T
    positions = flat[..., :2] / np.where(depth > FARTHEST, depth, 1.0)
    return positions, (depth[..., 0] > FARTHEST) & (positions >= 0).all(-1) & (positions < size).all(-1)


def captured(present: np.ndarray) -> np.ndarray:
    """(15,) bool: the points whose place the captured joints of WHOLE_BODY, present (52,), decide."""
    joints = [WHOLE_BODY.index(_JOINT[point]) for point in POINTS]
    return np.array([present[j] or present[WHOLE_BODY.parents[j]] for j in joints])


def _rows(translation: np.ndarray) -> np.ndarray:
    """(3,) as it is, (T, 3) as (T, 1, 3)."""
    return translation if translation.ndim == 1 else translation[:, None]


def random_camera(motion: Motion, seed: int, size: tuple[int, int] = (640, 480)) -> Camera:
    """A camera anywhere around a motion, 0.6 to 2.2 m high, from which most of it is on the picture. The same for the same seed."""
    return camera_around(motion.joints(), np.random.default_rng(seed), size)


def camera_around(points: np.ndarray, rng: np.random.Generator, size: tuple[int, int]) -> Camera:
    """A camera as `random_camera` places it, around points (..., 3) [m]."""
    points = points.reshape(-1, 3)
    middle = (points.min(0) + points.max(0)) / 2
    reach = float(np.linalg.norm(points - middle, axis=-1).max())
    view = rng.uniform(0.5, 1.1)  # [rad] of the picture's height
    distance = reach / np.sin(view / 2) * rng.uniform(0.9, 1.4)
    heading, height = rng.uniform(-np.pi, np.pi), rng.uniform(0.6, 2.2)
    across = np.sqrt(max(distance**2 - (height - middle[1]) ** 2, 0.25))
    eye = np.array([middle[0] + across * np.sin(heading), height, middle[2] + across * np.cos(heading)])
    return looking(eye, middle + rng.normal(0, 0.05 * reach, 3), view, size)


def looking(eye: np.ndarray, target: np.ndarray, view: float, size: tuple[int, int]) -> Camera:
    """A level camera at `eye` [m] that looks at `target` [m]; view: angle [rad] of the picture's height."""
    away = np.asarray(target, float) - eye
    away = away / np.linalg.norm(away)
    right = np.cross(away, [0.0, 1.0, 0.0])
    right /= max(float(np.linalg.norm(right)), 1e-9)
    rotation = np.stack([right, np.cross(away, right), away])  # rows: right, down, away
    focal = size[1] / 2 / np.tan(view / 2)
    matrix = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1.0]])
    return Camera(matrix, rotation, -rotation @ eye)


def places(motion: Motion) -> np.ndarray:
    """(T, 15, 3) [m]: joints of WHOLE_BODY, the nose in front of the head's."""
    joints, turns = kinematics.forward(motion.skeleton, motion.rotations, motion.root)
    points = joints[:, [WHOLE_BODY.index(_JOINT[point]) for point in POINTS]]
    points[:, 0] += turns[:, WHOLE_BODY.index("head")] @ _NOSE
    return points
