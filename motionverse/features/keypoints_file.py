"""A person's 2-D keypoints from a file, as detectors' users have them: .npz, .json, or a folder of OpenPose's frames.

Fields of a .npz, and of the object in a .json:

    positions   (T, K, 2) [pixels], x to the right and y down
    confidence  (T, K) in [0, 1], 0: not seen; left out: everything is
    names       the name of a set (keypoints2d.SETS: coco17, body25, ...), or K names
    fps         of the rows
    size        [width, height] of the picture [pixels]
    normalised  true where positions are shares of width and height, as MediaPipe's landmarks are; left out: pixels

A folder holds one `*_keypoints.json` a frame (OpenPose, doc/02_output.md, BODY_25); it says neither fps nor size. Of several
people the most surely seen one is followed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Keypoints
from motionverse.errors import MotionError
from motionverse.features.keypoints2d import BODY_25, named, to_points
from motionverse.files import from_json, text
from motionverse.formats import joints
from motionverse.terminal import nearest

NEEDED = ("positions", "names", "fps", "size")
FIELDS = (*NEEDED, "confidence", "normalised")
FASTEST = 1000.0  # [fps] more is taken for a mistake


def read(path: str | Path, fps: float | None = None, size: tuple[int, int] | None = None) -> Keypoints:
    """The keypoints in a file or folder, as keypoints2d.POINTS; fps and size [pixels] are taken in place of the file's.

    Raises MotionError naming the file, what is wrong with it and the fix.
    """
    path = Path(path)
    told = {name: value for name, value in (("fps", fps), ("size", size)) if value is not None}
    if path.is_dir():
        return _read(path, {**_frames(path), "names": "body25", **told})
    if not path.is_file():
        raise MotionError(f"{path}: no such file of keypoints, or folder of OpenPose's *_keypoints.json")
    if path.suffix.lower() == ".npz":
        return _read(path, {**joints.arrays(path), **told})
    if path.suffix.lower() != ".json":
        raise MotionError(
            f"{path}: keypoints are read from .npz, .json, a folder of OpenPose's *_keypoints.json, or a film"
        )
    held = from_json(text(path), path)
    if not isinstance(held, dict):
        raise MotionError(f"{path}: {type(held).__name__} where an object with {', '.join(NEEDED)} is expected")
    return _read(path, {**held, **told})


def _read(path: Path, held: Mapping[str, Any]) -> Keypoints:
    for name in held:
        if name not in FIELDS:
            near = nearest(str(name), list(FIELDS))
            meant = f"; did you mean {near}?" if near else ""
            raise MotionError(f"{path}: unknown field {name!r}; the fields are {', '.join(FIELDS)}{meant}")
    if missing := [name for name in NEEDED if name not in held]:
        also = f", or say it (--keypoints-{missing[0]})" if missing[0] in ("fps", "size") else ""
        raise MotionError(f"{path}: no {missing[0]} in it; the fields are {', '.join(FIELDS)}: add it{also}")
    rate, size = _numbers(path, held, "fps", ()), _numbers(path, held, "size", (2,))
    if not 0 < rate <= FASTEST:
        raise MotionError(f"{path}: fps {rate:g}; it must be over 0 and at most {FASTEST:g}")
    if not (size >= 1).all():
        raise MotionError(f"{path}: size {size[0]:g} x {size[1]:g}; give the picture's width and height in pixels")
    positions = _numbers(path, held, "positions", (None, None, 2))
    everything = np.ones(positions.shape[:2])
    confidence = _numbers(path, held, "confidence", positions.shape[:2]) if "confidence" in held else everything
    _check(path, positions, confidence)
    if bool(np.asarray(held.get("normalised", False)).all()):
        positions = positions * size
    positions = np.where(confidence[..., None] > 0, positions, 0.0)
    names = _names(path, held["names"])
    try:
        return to_points(named(positions, confidence, names, float(rate), (int(size[0]), int(size[1]))))
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None


def _numbers(path: Path, held: Mapping[str, Any], name: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """A field as float64, None in `shape` being any length over 0; what is null is NaN."""
    try:
        found = np.asarray(held[name], np.float64)
    except (TypeError, ValueError):
        raise MotionError(f"{path}: {name} is no array of numbers, every row as long as the others") from None
    fits = found.ndim == len(shape) and all(n == m or m is None and n for n, m in zip(found.shape, shape, strict=True))
    if not fits:
        wanted = ", ".join("TK"[k] if n is None else str(n) for k, n in enumerate(shape))
        raise MotionError(f"{path}: {name} {found.shape}; must be ({wanted})")
    return found


def _names(path: Path, held: Any) -> str | tuple[str, ...]:
    names = np.asarray(held)
    if names.dtype.kind != "U" or names.ndim > 1:
        raise MotionError(f"{path}: names is neither the name of a set nor a list of names")
    return str(names) if names.ndim == 0 else tuple(names.tolist())


def _check(path: Path, positions: np.ndarray, confidence: np.ndarray) -> None:
    """Raises MotionError for places that are no numbers where a point is said to be seen, and for confidence beyond 0 and 1."""
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise MotionError(f"{path}: a confidence is {confidence.min():g} to {confidence.max():g}; it must be in [0, 1]")
    lost = ~np.isfinite(positions).all(-1) & (confidence > 0)
    if lost.any():
        row, point = np.argwhere(lost)[0]
        raise MotionError(
            f"{path}: frame {row}, point {point} is seen ({confidence[row, point]:g}) at no place (NaN); "
            "give a place, or confidence 0"
        )


def _counted(file: Path) -> list[tuple[int, str]]:
    """What files are sorted by: 2 before 10, however many zeros stand before either."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", file.name)]


def _frames(folder: Path) -> dict[str, np.ndarray]:
    """Positions (T, 25, 2) and confidence (T, 25) of the person followed through OpenPose's files, in the order of their names."""
    files = sorted(folder.glob("*_keypoints.json"), key=_counted)
    if not files:
        raise MotionError(f"{folder}: no *_keypoints.json in this folder; give OpenPose's --write_json folder")
    rows, last = np.zeros((len(files), len(BODY_25), 3)), None
    for k, file in enumerate(files):
        people = _people(file)
        if len(people):
            last = rows[k] = people[_followed(people, last)]
    return {"positions": rows[..., :2], "confidence": rows[..., 2].clip(0, 1)}


def _people(file: Path) -> np.ndarray:
    """(N, 25, 3) of a frame: x, y, confidence."""
    held = from_json(text(file), file)
    try:
        found = [np.asarray(one["pose_keypoints_2d"], np.float64) for one in held["people"]]
        return np.array([one.reshape(len(BODY_25), 3) for one in found]).reshape(-1, len(BODY_25), 3)
    except (KeyError, TypeError, ValueError):
        raise MotionError(f"{file}: no people with pose_keypoints_2d of 25 points (BODY_25) in it") from None


def _followed(people: np.ndarray, last: np.ndarray | None) -> int:
    """Who of people (N, 25, 3) was last (25, 3) seen; at first whoever is seen most surely."""
    if last is None:
        return int(people[..., 2].sum(1).argmax())
    both = (people[..., 2] > 0) & (last[:, 2] > 0)
    apart = (np.linalg.norm(people[..., :2] - last[:, :2], axis=-1) * both).sum(1) / both.sum(1).clip(1)
    return int(np.where(both.any(1), apart, np.inf).argmin())
