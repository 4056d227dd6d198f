"""C3D: labelled markers of an optical laboratory, read; Plug-in-Gait sets become a body, and so do points named as joints.

The format: c3d.org's manual; read by the package c3d (extra `c3d`), which is pure Python, so that a damaged file cannot take the
process down. Labels lose the subject before the colon; of several subjects the first that is whole is read. A residual below 0
is a marker that was not seen. The unit is POINT:UNITS, or what makes a person of the markers; the rate POINT:RATE; up is where
the shoulders are from the ankles. Analog channels and events are left out.
"""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import detect, fields, joint_sets, named_points, plug_in_gait
from motionverse.formats.bvh_text import read_bytes
from motionverse.motion import Motion

UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "inch": 0.0254, "inches": 0.0254, "dm": 0.1, "ft": 0.3048,
         "millimeters": 0.001, "millimetres": 0.001, "centimeters": 0.01, "meters": 1.0, "metres": 1.0}  # fmt: skip
_LIMBS = {"ASI": "hip", "KNE": "knee", "ANK": "ankle", "SHO": "shoulder", "ELB": "elbow", "WRA": "wrist"}
_SHOWN = 12  # labels that a message lists
_FARTHEST = 1e9  # file units: beyond it are no places


def read(
    path: str | Path,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    joints: str | Sequence[str] | None = None,
) -> Motion:
    """The motion of the markers in a .c3d. joints: what the points are, in place of their labels, as joint_sets.named has it.

    Raises MotionError for broken files, where the package is not there, and, with the labels, for other marker sets.
    """
    path = Path(path)
    points, labels, stated, rate = markers(path)
    rate = fields.rate_of(rate, path, fps)
    scale = UNITS.get(stated.strip().lower()) if scale is None else detect.check_scale(scale, path)
    if joints is not None:
        return named_points.motion(points, joint_sets.named(joints, len(labels), path), rate, path, scale, up)
    held = _subject(points, labels)
    if all(name in held for name in plug_in_gait.NEEDED):
        if scale is None:
            scale = _scale(held, path)
        body = plug_in_gait.body({name: scale * values for name, values in held.items()})
        places, landmarks = np.stack(list(body.values()), 1), plug_in_gait.HEAD
        return named_points.motion(places, list(body), rate, path, 1.0, up, landmarks)
    try:
        names = joint_sets.ours([name.rpartition(":")[2] for name in labels], path)
    except MotionError:
        missing = [name for name in plug_in_gait.NEEDED if name not in held]
        told = ", ".join(labels[:_SHOWN]) + (f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else "")
        raise MotionError(
            f"{path}: no Plug-in-Gait set: {', '.join(missing[:4])} not among {len(labels)} markers ({told}); say which are "
            "joints: --joints left_hip,right_hip,-,..., '-' for the rest"
        ) from None
    return named_points.motion(points, names, rate, path, scale, up)


def markers(path: Path) -> tuple[np.ndarray, list[str], str, float | None]:
    """Points (T, P, 3) in the file's unit, NaN where not seen; P labels; the unit's name; frames a second or None.

    Raises MotionError for a file that is broken or holds no points, and where the package c3d is not installed.
    """
    try:
        import c3d
    except ImportError as error:
        raise MotionError(
            f"{path}: C3D needs the package c3d ({error}); pip install 'large-motion-model[c3d]'"
        ) from error
    data = read_bytes(path)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            reader = c3d.Reader(io.BytesIO(data))
            labels, unit, rate = _labels(reader), _text(reader, "POINT:UNITS"), float(reader.point_rate)
            frames = [points for _, points, _ in reader.read_frames()] if reader.point_used > 0 else []
    except Exception as error:  # the package raises whatever its parsing runs into: no list of kinds would hold
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole C3D file ({type(error).__name__}: {why}); export it again") from None
    if not frames:
        raise MotionError(f"{path}: no marker in any frame; a C3D of forces or signals alone is no motion")
    held = np.array(frames, np.float64)
    labels = labels[: held.shape[1]] + [f"*{k}" for k in range(len(labels), held.shape[1])]
    points, seen = held[..., :3], (held[..., 3] >= 0) & (np.abs(held[..., :3]) < _FARTHEST).all(-1)
    return np.where(seen[..., None], points, np.nan), labels, unit, rate if 0 < rate < 1e5 else None


def _labels(reader: Any) -> list[str]:
    """All labels: more than 255 go on in LABELS2, LABELS3, ..."""
    found, number = [], 1
    while (held := reader.get(f"POINT:LABELS{number if number > 1 else ''}")) is not None:
        found += [str(label).strip() for label in np.asarray(held.string_array).reshape(-1)]
        number += 1
    return found


def _text(reader: Any, name: str) -> str:
    held = reader.get(name)
    return "" if held is None else str(held.string_value).strip("\0 ")


def _subject(points: np.ndarray, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """Markers by plain name of the first subject that has the needed ones, else of the one that has most of them."""
    people: dict[str, dict[str, np.ndarray]] = {}
    for k, label in enumerate(labels):
        who, _, name = label.rpartition(":")
        name = name.strip().upper()
        people.setdefault(who, {}).setdefault(plug_in_gait.WAIST.get(name, name), points[:, k])
    return max(people.values(), key=lambda held: sum(name in held for name in plug_in_gait.NEEDED), default={})


def _scale(held: dict[str, np.ndarray], path: Path) -> float:
    """Metres in one unit of markers that state none, as if they were the joints that they lie on."""
    names = {f"{letter}{marker}": f"{side}_{joint}" for side, letter in (("left", "L"), ("right", "R"))
             for marker, joint in _LIMBS.items() if f"{letter}{marker}" in held}  # fmt: skip
    return named_points.find_scale(np.stack([held[name] for name in names], 1), list(names.values()), path)
