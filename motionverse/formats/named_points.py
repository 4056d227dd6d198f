"""Points whose names are known, on any scale and with any axis up, as a Motion: what .npy, .csv and .c3d have in common.

The unit is the one in use (motionverse.formats.detect) that makes the limbs most nearly as long as an adult's; up is where the
head, or the neck, is from the feet, and where a body lies or tumbles a guess that a MotionWarning tells of; rotations are fitted
(motionverse.body_fit), or made on the skeleton that the file states.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from motionverse import body_fit
from motionverse.body_fit import Landmark
from motionverse.errors import MotionError, MotionWarning
from motionverse.formats import detect, fields
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY

_REST = WHOLE_BODY.rest_positions()
_MEASURED = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
)
_TOP = ("head", "head_middle", "head_top", "nose", "neck", "left_shoulder", "right_shoulder", "spine3", "spine2")
_BOTTOM = ("left_ankle", "right_ankle", "left_foot", "right_foot", "left_knee", "right_knee")
FLOOR = (-0.05, 0.25)  # [m] over y = 0, between which the lowest point of a body on a floor at 0 is
LYING = 0.7  # [m] a body that lies is nowhere higher, arms and knees included
LIKELY = (0.4, 1.7)  # limbs over an adult's: children and giants; beyond it, no unit fits


def motion(
    points: np.ndarray,
    names: Sequence[str | None],
    fps: float,
    path: object,
    scale: float | None = None,
    up: str | None = None,
    landmarks: Mapping[str, Landmark] | None = None,
) -> Motion:
    """The motion of points (T, P, 3) in any unit, NaN where one is lost, one name (or None) a point; rotation_source "ik".

    scale: metres in one unit, up: the vertical axis; None: found out. Raises MotionError where too few points are there,
    for points of no size, and for a scale or axis that cannot be.
    """
    kept = [k for k, name in enumerate(names) if name is not None]
    twice = [name for name in names if name is not None and list(names).count(name) > 1]
    if twice:
        raise MotionError(f"{path}: two points are called {twice[0]}; leave one out")
    points, plain = np.asarray(points, np.float64)[:, kept], [str(names[k]) for k in kept]
    points = np.where(np.abs(points) <= fields.LARGEST, points, np.nan)
    metres = find_scale(points, plain, path) if scale is None else detect.check_scale(scale, path)
    axis = _found_up(points, plain, metres, path) if up is None else detect.check_up(up, path)
    placed = metres * points @ detect.to_y(axis).T
    far = float(np.nanmax(np.abs(placed))) if np.isfinite(placed).any() else 0.0
    if far > detect.MAX_PATH:
        raise MotionError(f"{path}: a point is {far:.3g} m from the origin; check the file or give its scale")
    try:
        return body_fit.fit(placed, plain, fps, landmarks)
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None


def find_scale(points: np.ndarray, names: Sequence[str], path: object) -> float:
    """Metres in one unit of points (T, P, 3), by the lengths of the limbs; 1 where no limb is seen.

    Raises MotionError where the limbs have no length.
    """
    ratios = []
    for a, b in _MEASURED:
        if a in names and b in names:
            length = np.linalg.norm(points[:, names.index(a)] - points[:, names.index(b)], axis=-1)
            length = length[np.isfinite(length)]
            if len(length):
                rest = np.linalg.norm(_REST[WHOLE_BODY.index(a)] - _REST[WHOLE_BODY.index(b)])
                ratios.append(float(np.median(length) / rest))
    if not ratios:
        return 1.0
    ratio = float(np.median(ratios))
    if not 1e-6 < ratio < 1e9:
        raise MotionError(f"{path}: limbs {ratio:.3g} times an adult's; these points cannot be a body's")
    best = min(detect.UNITS, key=lambda metres: abs(np.log(ratio * metres)))
    return best if LIKELY[0] <= ratio * best <= LIKELY[1] else 1.0 / ratio


def _found_up(points: np.ndarray, names: Sequence[str], metres: float, path: object) -> str:
    """The vertical axis of points (T, P, 3) that nobody states; a MotionWarning where the body does not show it."""
    axis, shown = find_up(points, names, metres=metres)
    if not shown:
        told = f"which way is up does not show, the body lies or tumbles; read with {axis} up, say it (--up {axis})"
        warnings.warn(MotionWarning(f"{path}: {told}"), stacklevel=4)
    return axis


def find_up(points: np.ndarray, names: Sequence[str], usual: str = "Y", metres: float = 1.0) -> tuple[str, bool]:
    """The axis ('X' ... '-Z') that points (T, P, 3) have above, and whether the body shows it.

    It does where it stands: where its upper end is over its lower one. Guesses: one that seems to stand along an axis on no
    floor, and is low on a floor at 0 along `usual` or Z, lies there; for others, the axis along which the lowest point keeps its
    height, as it does on a floor; else `usual`. metres: in one unit of the points.
    """
    ends = [
        _middle([points[:, names.index(name)] for name in some if name in names], points) for some in (_TOP, _BOTTOM)
    ]
    body = ends[0] - ends[1]
    body = body[np.isfinite(body).all(-1)]
    if not len(body):
        return usual, False
    mean = (body / np.maximum(np.linalg.norm(body, axis=-1, keepdims=True), 1e-9)).mean(0)
    k = int(np.argmax(np.abs(mean)))
    stands = detect.UPS[k] if mean[k] > 0 else f"-{detect.UPS[k]}"
    upright = abs(mean[k]) >= 0.75
    if upright and (stands == usual or _on_floor(points, stands, metres)):
        return stands, True
    lies = [axis for axis in (usual, "Z") if _on_floor(points, axis, metres, LYING)]
    if lies or upright:
        return (lies[0], False) if lies else (stands, bool(abs(mean[k]) >= 0.9))
    spread = {}
    for axis in (*detect.UPS, *(f"-{axis}" for axis in detect.UPS)):
        low, _ = _reach(points, axis)
        spread[axis] = float(np.subtract(*np.percentile(low, [80, 20])))
    first, second = sorted(spread, key=lambda axis: spread[axis])[:2]
    if spread[first] < 0.5 * spread[second]:
        return first, False
    return stands if abs(mean[k]) >= 0.5 else usual, False


def _reach(points: np.ndarray, axis: str) -> tuple[np.ndarray, np.ndarray]:
    """Height of the lowest and of the highest of points (T, P, 3) along an axis, of the frames in which any is there."""
    height = points[..., detect.UPS.index(axis[-1])] * (-1.0 if axis[0] == "-" else 1.0)
    there = np.isfinite(height)
    low, high = np.where(there, height, np.inf).min(1), np.where(there, height, -np.inf).max(1)
    return low[there.any(1)], high[there.any(1)]


def _on_floor(points: np.ndarray, axis: str, metres: float, most: float = np.inf) -> bool:
    """Whether a body is on a floor at 0 along an axis, and nowhere over it higher than `most` [m]."""
    low, high = _reach(points, axis)
    return (
        FLOOR[0] < metres * float(np.percentile(low, 10)) < FLOOR[1] and metres * float(np.percentile(high, 90)) < most
    )


def _middle(some: Sequence[np.ndarray], points: np.ndarray) -> np.ndarray:
    """(T, 3) mean of the points that are there; NaN where none is."""
    if not some:
        return np.full((len(points), 3), np.nan)
    held = np.stack(some)
    there = np.isfinite(held).all(-1, keepdims=True)
    return np.where(there, held, 0).sum(0) / np.where(there.any(0), there.sum(0), np.nan)


def is_mirrored(positions: np.ndarray, names: Sequence[str | None]) -> bool:
    """Whether points (T, J, 3), Y up, are a mirror image: the feet point to where a body with such hips has its back.

    So it is where two axes were swapped on the way. False where the hips, ankles or feet are not among the names.
    """
    if any(f"{side}_{part}" not in names for side in ("left", "right") for part in ("hip", "ankle", "foot")):
        return False

    def at(name: str) -> np.ndarray:
        return positions[:, list(names).index(name)] * [1.0, 0.0, 1.0]

    facing = np.cross([0.0, 1.0, 0.0], at("right_hip") - at("left_hip"))
    feet = sum(at(f"{side}_foot") - at(f"{side}_ankle") for side in ("left", "right"))
    return bool(np.median((facing * feet).sum(-1)) < 0)
