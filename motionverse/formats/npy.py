"""One array in a .npy: joints (T, J, 3), or HumanML3D's features (T, 263) and KIT-ML's (T, 251).

An array says neither its rate nor its joints. NAME.npy.json beside it does: {"names": [...] or a set's name, "fps": 30}, and
with parents (J) and offsets (J, 3) [m] the skeleton too; what is written has one. Without it the caller says (fps, joints), or
the joints are guessed by their number and the body that they make, and those of HumanML3D (22) and KIT-ML (21) have these sets'
rates. Units and up are found out from the body, as motionverse.formats.named_points says; NaN: a point that is lost.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path, from_json, text
from motionverse.formats import fields, humanml3d, joint_sets, named_points, points
from motionverse.formats.bvh_text import read_bytes
from motionverse.formats.joints import BROKEN, adjusted
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton


def read(
    path: str | Path,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    joints: str | Sequence[str] | None = None,
) -> Motion:
    """The motion in a .npy. joints: names of the points, or of a set (joint_sets.SETS). Raises MotionError for other shapes."""
    path = Path(path)
    array, beside = load(path), _beside(path)
    if array.ndim == 2 and array.shape[1] in humanml3d.WIDTHS and len(array):
        return from_features(array, path, fps, scale, up)
    if array.ndim != 3 or array.shape[2] != 3 or not len(array) or not array.shape[1]:
        raise MotionError(
            f"{path}: an array {array.shape}; must be joints (T, J, 3), or features (T, 263) of HumanML3D or (T, 251) of KIT-ML"
        )
    skeleton = None if joints is not None else _skeleton(beside, array.shape[1], path)
    if skeleton is not None:
        rate = fields.rate_of(beside.get("fps"), path, fps)
        return adjusted(points.fit(fields.numbers(array, "joints", path), skeleton, rate), path, scale, up)
    names, usual = _names(array, joints if joints is not None else beside.get("names"), path)
    rate = fields.rate_of(beside.get("fps", usual), path, fps)
    return named_points.motion(_turned_back(array, names), names, rate, path, scale, up)


def from_features(array: np.ndarray, path: Path, fps: float | None, scale: float | None, up: str | None) -> Motion:
    """The motion of features (T, 263) or (T, 251), at 20 and 12.5 fps if no rate is given."""
    features = fields.numbers(array, "features", path)
    names = humanml3d.names_for(features.shape[1])
    humanml3d.check_scale(features, path)
    places = humanml3d.decode(features)
    rate = fields.rate_of(joint_sets.RATES["smpl22" if len(names) == 22 else "kit21"], path, fps)
    if len(names) == 22 and scale is None:
        scale = 1.0
    return named_points.motion(_turned_back(places, tuple(names)), names, rate, path, scale, up or "Y")


def write(motion: Motion, path: str | Path) -> None:
    """Write joints (T, J, 3) float32 [m], Y up, and NAME.npy.json with names, fps and the skeleton. Rotations are lost."""
    skeleton = motion.skeleton
    about = {
        "about": "joints (T, J, 3) in metres, Y up; frame k is at k / fps seconds",
        "fps": motion.fps,
        "names": list(skeleton.names),
        "parents": list(skeleton.parents),
        "offsets": skeleton.offsets.round(6).tolist(),
    }
    path = Path(path)
    with atomic_path(path) as temporary, atomic_path(_sidecar(path)) as told:
        np.save(temporary, motion.joints().astype(np.float32))
        told.write_text(json.dumps(about, allow_nan=False) + "\n", encoding="utf-8")


def load(path: Path) -> np.ndarray:
    """The numbers of a .npy as float64, NaN for absurd ones. Raises MotionError for one that is broken or holds other things."""
    read_bytes(path)
    try:
        with np.errstate(over="ignore"):  # of a shape's product; mapped, a header cannot ask for more than the file has
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, *BROKEN) as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole .npy file of numbers ({why}); make or download it again") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise MotionError(f"{path}: not a .npy of numbers; save the joints as one array of floats")
    with np.errstate(invalid="ignore"):
        array = array.astype(np.float64)
    return np.where(np.abs(array) <= fields.LARGEST, array, np.nan)


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _beside(path: Path) -> Mapping[str, Any]:
    """What the file beside says; nothing where there is none."""
    told = _sidecar(path)
    if not told.is_file():
        return {}
    held = from_json(text(told), told)
    if not isinstance(held, dict):
        raise MotionError(f'{path}: {told.name} beside it must be {{"names": [...], "fps": 30}}')
    return held


def _skeleton(beside: Mapping[str, Any], count: int, path: Path) -> Skeleton | None:
    """The skeleton that the file beside states, or None."""
    names, parents, offsets = (beside.get(key) for key in ("names", "parents", "offsets"))
    if not isinstance(names, list) or parents is None or offsets is None:
        return None
    parents, offsets = fields.numbers(parents, "parents", path), fields.numbers(offsets, "offsets", path)
    if len(names) != count or parents.shape != (count,) or offsets.shape != (count, 3):
        raise MotionError(f"{path}: {_sidecar(path).name} beside it is of {len(names)} joints, the array of {count}")
    try:
        return Skeleton(tuple(str(name) for name in names), tuple(parents.astype(int).tolist()), offsets)
    except MotionError as error:
        raise MotionError(f"{path}: {_sidecar(path).name}: {error}") from None


def _names(array: np.ndarray, given: Any, path: Path) -> tuple[joint_sets.Names, float | None]:
    """Names of the points, and the rate that such arrays usually have."""
    if given is None:
        known = joint_sets.guess(array, path)
        return joint_sets.SETS[known], joint_sets.RATES.get(known)
    if not isinstance(given, str):
        given = [str(name) for name in np.asarray(given, object).reshape(-1)]
    return joint_sets.named(given, array.shape[1], path), None


def _turned_back(places: np.ndarray, names: joint_sets.Names) -> np.ndarray:
    """KIT-ML's points where they are the mirror image of what their names say, turned back."""
    mirrored = names == joint_sets.KIT and named_points.is_mirrored(places, names)
    return places * [-1.0, 1.0, 1.0] if mirrored else places
