"""A motion to its features and back: the forward way by spline derivatives, the way back by their exact inverse.

What was not captured is zero. The pelvis' pitch and roll are not among the numbers: `decode` recovers them by a rigid fit
of the pelvis' three children (Kabsch 1976).
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from motionverse import rotation
from motionverse.derivative import EXACT, derivative, integral
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.tomato.layout import FIELDS, SLICES, WIDTH
from motionverse.tomato.velocity import Curve

_UPSIDE_DOWN = 0.05  # length of a quaternion's (w, y) below which its twist means nothing (within 6 degrees of it)


@dataclass(frozen=True, eq=False)
class Frame:
    """What the features leave out, so that `decode` can put a motion back where it was.

    offsets: (52, 3) bone offsets [m]; heading [rad] and position (3,) [m] of the pelvis at the first frame (its height
    comes from the features); fps; observed: (52,) bool or None; face: whether the face columns mean anything, and
    face_source what (motionverse.face).
    """

    offsets: np.ndarray = field(default_factory=lambda: WHOLE_BODY.offsets)
    heading: float = 0.0
    position: np.ndarray = field(default_factory=lambda: np.zeros(3))
    fps: float = 30.0
    observed: np.ndarray | None = None
    face: bool = False
    rotation_source: str = "captured"
    face_source: str = "flame"


def heading(pelvis: np.ndarray) -> np.ndarray:
    """Heading (T,) [rad], continuous in time, of pelvis rotations (T, 3, 3): the twist about Y, held while upside down."""
    return _heading(rotation.to_quat(pelvis))


def _heading(q: np.ndarray) -> np.ndarray:
    known = np.hypot(q[:, 0], q[:, 2]) >= _UPSIDE_DOWN
    if not known.any():
        return np.zeros(len(q))
    last = np.maximum.accumulate(np.where(known, np.arange(len(q)), np.argmax(known)))
    return np.unwrap(2 * np.arctan2(q[last, 2], q[last, 0]))


def _turned(vectors: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Vectors (T, ..., 3) turned about Y by angle (T,) [rad]."""
    shape = (-1,) + (1,) * (vectors.ndim - 2)
    c, s = np.cos(angle).reshape(shape), np.sin(angle).reshape(shape)
    out = np.empty_like(vectors)
    out[..., 0] = c * vectors[..., 0] + s * vectors[..., 2]
    out[..., 1] = vectors[..., 1]
    out[..., 2] = c * vectors[..., 2] - s * vectors[..., 0]
    return out


@lru_cache(maxsize=512)
def _captured(observed: bytes, offsets: bytes) -> tuple[np.ndarray, Skeleton]:
    """The captured joints with all that they hang on, a level of the tree after the other, and the tree they make."""
    keep = np.frombuffer(observed, bool).copy()
    keep[[0, *WHOLE_BODY.children[0]]] = True  # the pelvis' tilt is found from its children
    for j in reversed(range(len(WHOLE_BODY))):
        if keep[j] and j:
            keep[WHOLE_BODY.parents[j]] = True
    joints = np.array([j for level in ([0], *WHOLE_BODY.levels) for j in level if keep[j]])
    place = {int(j): k for k, j in enumerate(joints)}
    names = tuple(WHOLE_BODY.names[j] for j in joints)
    parents = (-1, *(place[WHOLE_BODY.parents[j]] for j in joints[1:]))
    return joints, Skeleton(names, parents, np.frombuffer(offsets).reshape(-1, 3)[joints])


def _check_skeleton(motion: Motion) -> None:
    names = motion.skeleton.names
    if names is not WHOLE_BODY.names and (names, motion.skeleton.parents) != (WHOLE_BODY.names, WHOLE_BODY.parents):
        raise MotionError(
            f"encode: a skeleton of {len(names)} joints rooted at {names[0]!r}; retarget it to WHOLE_BODY first"
        )


def encode(motion: Motion) -> tuple[np.ndarray, Frame]:
    """Features (T, 669) float32 of a motion on WHOLE_BODY's tree (any proportions), and the Frame that places them.

    Columns of joints outside `motion.observed` are zero (unless something captured hangs on them or the pelvis' tilt
    needs them), and so is a face that is not there. Raises MotionError for any other tree.
    """
    _check_skeleton(motion)
    joints, tree = _captured(motion.present.tobytes(), motion.skeleton.offsets.tobytes())
    first = slice(0, len(joints)) if joints.max() == len(joints) - 1 else joints  # a slice is no copy
    q = rotation.to_quat(motion.rotations[:, first])[:, joints if isinstance(first, slice) else slice(None)]
    curve = Curve.through(tree, q, motion.root, motion.fps)
    yaw = _heading(curve.quaternions[:, 0].T)
    out = _features(curve, yaw, joints, motion.fps)
    if motion.face is not None:
        out[:, SLICES["face"]] = motion.face
    frame = Frame(
        motion.skeleton.offsets,
        float(yaw[0]),
        motion.root[0].copy(),
        motion.fps,
        motion.observed,
        motion.face is not None,
        motion.rotation_source,
        motion.face_source,
    )
    return out, frame


def encode_captured(
    quaternions: np.ndarray,
    joints: np.ndarray,
    root: np.ndarray,
    fps: float,
    skeleton: Skeleton,
    face: np.ndarray | None,
) -> np.ndarray:
    """The features of `encode` (T, 669) from what a random window has before it becomes a Motion, in half the time.

    quaternions: (T, K, 4) wxyz, of any length, of the captured `joints` (K,), in rising order; root: (T, 3) [m]; skeleton:
    WHOLE_BODY's tree; face: (T, 50) or None.
    """
    present = np.zeros(len(skeleton), bool)
    present[joints] = True
    captured, tree = _captured(present.tobytes(), skeleton.offsets.tobytes())
    unit = quaternions / np.sqrt(np.einsum("tkc,tkc->tk", quaternions, quaternions))[..., None]
    if len(captured) == len(joints):
        q = unit[:, np.searchsorted(joints, captured)]
    else:  # what was not captured, but carries what was, rests
        whole = np.zeros((len(root), len(skeleton), 4))
        whole[..., 0], whole[:, joints] = 1.0, unit
        q = whole[:, captured]
    curve = Curve.through(tree, q, root, fps)
    out = _features(curve, _heading(curve.quaternions[:, 0].T), captured, fps)
    if face is not None:
        out[:, SLICES["face"]] = face
    return out


def _features(curve: Curve, yaw: np.ndarray, joints: np.ndarray, fps: float) -> np.ndarray:
    """Features (T, 669) of a curve through the captured `joints`, whose heading is `yaw` (T,); no face."""
    out, rest = np.zeros((len(yaw), WIDTH), np.float32), joints[1:]
    yaw_rate = derivative(yaw, fps)
    for frames in curve.blocks():
        local, places, moves = curve.poses(frames, -yaw)
        rows = np.zeros((WIDTH, places.shape[-1]), np.float32)  # a feature a row; turned over at the end
        rows[SLICES["yaw_rate"]] = yaw_rate[frames]
        rows[SLICES["planar_velocity"]] = moves[::2, 0]
        rows[SLICES["height"]] = places[1, 0]
        places[::2, 1:] -= places[::2, :1]  # from the pelvis' projection on the floor
        _cells(rows, "positions")[rest - 1] = places[:, 1:].transpose(1, 0, 2)
        sixd = _cells(rows, "rotations").reshape(-1, 2, 3, rows.shape[1])
        sixd[rest - 1] = local[:, :2, 1:].transpose(2, 1, 0, 3)
        _cells(rows, "velocities")[joints] = moves.transpose(1, 0, 2)
        out[frames] = rows.T
    return out


def _cells(rows: np.ndarray, name: str) -> np.ndarray:
    """A field of features (669, T) as a view (cells, width, T)."""
    width = next(f.width for f in FIELDS if f.name == name)
    return rows[SLICES[name]].reshape(-1, width, rows.shape[1])


def _columns(features: np.ndarray, name: str) -> np.ndarray:
    """A field as a view (T, cells, width)."""
    width = next(f.width for f in FIELDS if f.name == name)
    return features[:, SLICES[name]].reshape(len(features), -1, width)


def root_path(features: np.ndarray, frame: Frame, damping: float = EXACT) -> tuple[np.ndarray, np.ndarray]:
    """Heading (T,) [rad] and pelvis position (T, 3) [m] in the world, integrated in float64.

    The sums are the exact inverse of the spline derivative that `encode` takes; `damping` as in derivative.integral.
    """
    yaw = frame.heading + integral(features[:, SLICES["yaw_rate"]], frame.fps, damping)[:, 0]
    planar = np.zeros((len(features), 3))
    planar[:, ::2] = features[:, SLICES["planar_velocity"]]
    position = integral(_turned(planar, yaw), frame.fps, damping) + frame.position
    position[:, 1:2] = features[:, SLICES["height"]]
    return yaw, position


def _tilt(children: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Pelvis rotations (T, 3, 3) in the heading frame, without twist, that best take `rest` (3, 3) to `children` (T, 3, 3).

    Rows are left hip, right hip and spine1 from the pelvis. The identity is mixed in by a hair so that a fit that the
    points leave open (two of them missing) stays upright.
    """
    spread = np.einsum("tki,kj->tij", children, rest) + 1e-8 * np.eye(3)
    u, _, vt = np.linalg.svd(spread)
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    fit = u @ vt
    q = rotation.to_quat(fit)
    # where encode held the heading the twist stays; the margin keeps rounding from choosing
    twisted = np.hypot(q[:, 0], q[:, 2]) > 2 * _UPSIDE_DOWN
    return rotation.about_y(np.where(twisted, -2 * np.arctan2(q[:, 2], q[:, 0]), 0.0)) @ fit


def decode(features: np.ndarray, frame: Frame, damping: float = EXACT) -> Motion:
    """The motion (T frames) that features (T, 669) describe, on WHOLE_BODY with the Frame's bones, where the Frame says.

    Exact for features from `encode`. Generated features are taken as well: rotations by Gram-Schmidt, joints whose
    rotation columns are zero (never captured) at rest, joint positions and velocities unused but for the pelvis' tilt;
    give damping=derivative.SMOOTH for them. Raises MotionError for a wrong shape or values that are not finite.
    """
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or features.shape[1] != WIDTH or not len(features):
        raise MotionError(f"decode: features {features.shape}; must be (T, {WIDTH}) with T >= 1")
    if not np.isfinite(features).all():
        frame_at = int(np.argmin(np.isfinite(features).all(1)))
        raise MotionError(f"decode: NaN or infinity at frame {frame_at}; features must be finite")
    yaw, position = root_path(features, frame, damping)
    sixd = _columns(features, "rotations")
    absent = (sixd[..., :3] ** 2).sum(-1) < 1e-12
    rotations = rotation.identity(len(features), len(WHOLE_BODY))
    rotations[:, 1:] = np.where(absent[..., None, None], np.eye(3), rotation.from_sixd(sixd))
    skeleton = WHOLE_BODY.with_offsets(frame.offsets)
    near = np.array(WHOLE_BODY.children[0])
    children = _columns(features, "positions")[:, near - 1]
    missing = (children == 0).all(-1)
    children = children - features[:, None, SLICES["height"]] * [0, 1, 0]
    rotations[:, 0] = rotation.about_y(yaw) @ _tilt(np.where(missing[..., None], 0, children), skeleton.offsets[near])
    face = features[:, SLICES["face"]] if frame.face else None
    sources = frame.rotation_source, frame.face_source
    return Motion(rotations, position, frame.fps, skeleton, face, frame.observed, *sources)
