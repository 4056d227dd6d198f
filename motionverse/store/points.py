"""2-D keypoints at rest: positions in int16 steps of a power of two of a pixel, confidence in bytes.

The step is the finest that holds the largest position, at most 1/8 pixel: 1/16 for a picture 1920 wide, an error of 1/32
pixel where detectors err by more than one. Positions that need a coarser step, or are infinite, stay float32. A position that
is not a number is kept as such. Confidence within [0, 1] takes a byte, 0 meaning 0 alone; any other is float32. A camera
that moves lies with the points in float32, one that stands still in the clip's record, exactly.
"""

import math
from collections.abc import Sequence

import numpy as np

from motionverse.clip import Camera, Keypoints
from motionverse.store.layout import PointsRecord

_MOST = 32767
_NOTHING = -32768  # the int16 that stands for "not a number"
_COARSEST = 1 / 8  # [pixels]


def encode(points: Keypoints) -> tuple[PointsRecord, bytes]:
    """Keypoints as a record and bytes: positions | confidence | the moving camera's rotation | its translation, by rows."""
    positions, confidence = np.asarray(points.positions, float), np.asarray(points.confidence, float)
    step = _step(positions)
    bytewise = bool(np.isfinite(confidence).all() and (confidence >= 0).all() and (confidence <= 1).all())
    camera, moving = points.camera, points.camera is not None and np.ndim(points.camera.rotation) == 3
    record = PointsRecord(
        names=tuple(points.names),
        fps=float(points.fps),
        rows=len(positions),
        step=step,
        bytewise=bytewise,
        size=(int(points.size[0]), int(points.size[1])),
        view=points.view,
        camera=None if camera is None else _camera_row(camera, moving),
        moving=moving,
    )
    parts = [_packed(positions, step), _confidence(confidence, bytewise)]
    if camera is not None and moving:
        parts += [np.asarray(part).astype("<f4").tobytes() for part in (camera.rotation, camera.translation)]
    return record, b"".join(parts)


def decode(record: PointsRecord, parts: Sequence[bytes], rows: int) -> Keypoints:
    """`rows` rows back. parts: their bytes in each section of `record.sections`."""
    points = len(record.names)
    stored = np.frombuffer(parts[0], "<i2" if record.step else "<f4").reshape(rows, points, 2)
    positions = stored.astype(np.float64)
    if record.step:
        positions = np.where(stored == _NOTHING, np.nan, positions * record.step)
    seen = np.frombuffer(parts[1], "u1" if record.bytewise else "<f4").reshape(rows, points)
    confidence = seen / 255.0 if record.bytewise else seen.astype(np.float64)
    camera = None
    if record.camera is not None:
        held = dict(record.camera)
        if record.moving:
            held["rotation"] = np.frombuffer(parts[2], "<f4").reshape(rows, 3, 3)
            held["translation"] = np.frombuffer(parts[3], "<f4").reshape(rows, 3)
        arrays = (np.asarray(held[name], np.float64) for name in ("matrix", "rotation", "translation"))
        camera = Camera(*arrays, distortion=tuple(held["distortion"]))
    return Keypoints(positions, confidence, record.names, record.fps, record.size, record.view, camera)


def _step(positions: np.ndarray) -> float:
    """Pixels in one unit of int16, a power of two; 0.0 where float32 is needed."""
    if np.isinf(positions).any():
        return 0.0
    most = float(np.nanmax(np.abs(positions), initial=0.0)) if positions.size else 0.0
    step = 2.0 ** max(math.ceil(math.log2(most / _MOST)), -14) if most > 0 else 2.0**-14
    return step if step <= _COARSEST else 0.0


def _packed(positions: np.ndarray, step: float) -> bytes:
    if not step:
        return positions.astype("<f4").tobytes()
    gone = np.isnan(positions)
    return np.where(gone, _NOTHING, np.rint(np.where(gone, 0.0, positions) / step)).astype("<i2").tobytes()


def _confidence(confidence: np.ndarray, bytewise: bool) -> bytes:
    if not bytewise:
        return confidence.astype("<f4").tobytes()
    return np.where(confidence > 0, np.maximum(np.rint(confidence * 255), 1), 0).astype("u1").tobytes()


def _camera_row(camera: Camera, moving: bool) -> dict[str, object]:
    still = {} if moving else {"rotation": camera.rotation, "translation": camera.translation}
    arrays = {name: np.asarray(value, float).tolist() for name, value in {"matrix": camera.matrix, **still}.items()}
    return {**arrays, "distortion": [float(value) for value in camera.distortion]}
