"""Motion .json: the fields of motionverse.formats.fields as lists, for people and for other languages.

Rounded to a micrometre and 1e-7 in quaternions. `about` says the units.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path, from_json, text
from motionverse.formats import fields, joints
from motionverse.motion import Motion

ABOUT = "motion: metres, Y up, right-handed; rotations are quaternions wxyz relative to the parent; frame k is at k / fps seconds"
_DIGITS = {"rotations": 7}


def read(path: str | Path, fps: float | None = None, scale: float | None = None, up: str | None = None) -> Motion:
    """The motion in a .json file. Metres and Y up are taken for granted; scale [m per unit] and up say otherwise."""
    if not (content := text(path)).strip():
        raise MotionError(f"{path}: the file is empty")
    held = from_json(content, path)
    if not isinstance(held, dict):
        raise MotionError(f"{path}: not a motion; an object with names, fps, rotations and joints is expected")
    return joints.adjusted(fields.from_fields(held, path, fps), path, scale, up)


def write(motion: Motion, path: str | Path) -> None:
    """Write the motion as one JSON object."""
    held: dict[str, Any] = {"about": ABOUT}
    for name, value in fields.to_fields(motion).items():
        if isinstance(value, np.ndarray):
            rounded = value.round(_DIGITS.get(name, 6)) if value.dtype.kind == "f" else value
            held[name] = (rounded + 0.0 if value.dtype.kind == "f" else rounded).tolist()  # + 0.0: no "-0.0"
        else:
            held[name] = value
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(held, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8")
