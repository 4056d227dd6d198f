"""A Motion as named arrays and back: what joints .npz and .json hold.

names (J strings), parents (J, -1 for the root), offsets (J, 3) [m], fps, rotations (T, J, 4) quaternions wxyz relative to the
parent, joints (T, J, 3) world positions [m], Y up (joint 0 is the root); optional observed (J,), face (T, 50) with face_source
(motionverse.face), rotation_source, end_names and end_offsets. Files with points and no rotations are read too: see
from_fields.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from motionverse import body_fit, rotation
from motionverse.errors import MotionError
from motionverse.face import FLAME
from motionverse.formats import points
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton

LARGEST = 1e30  # numbers beyond it are damage, and their squares no numbers any more
# other names under which files in circulation keep the same thing
_ALIASES = {
    "names": ("names", "joint_names"),
    "fps": ("fps", "mocap_framerate", "mocap_frame_rate", "framerate", "frame_rate"),
    "joints": ("joints", "positions", "joint_positions"),
    "rotations": ("rotations", "quaternions"),
}


def to_fields(motion: Motion) -> dict[str, Any]:
    """The fields of `motion`, as arrays (float64, bool, str) and numbers."""
    skeleton = motion.skeleton
    fields: dict[str, Any] = {
        "names": np.array(skeleton.names),
        "parents": np.array(skeleton.parents),
        "offsets": skeleton.offsets,
        "fps": motion.fps,
        "rotations": rotation.to_quat(motion.rotations),
        "joints": motion.joints(),
        "rotation_source": motion.rotation_source,
    }
    if skeleton.ends:
        fields["end_names"] = np.array(list(skeleton.ends))
        fields["end_offsets"] = np.array(list(skeleton.ends.values()), np.float64)
    if motion.observed is not None:
        fields["observed"] = np.asarray(motion.observed, bool)
    if motion.face is not None:
        fields["face"], fields["face_source"] = np.asarray(motion.face, np.float64), motion.face_source
    return fields


def from_fields(given: Mapping[str, Any], path: object, fps: float | None = None) -> Motion:
    """The Motion that fields mean; fps: overrides the file's, and is needed where it has none.

    Points without rotations get them (rotation_source "ik"): by the smallest turns that bring the bones of the file's own
    `offsets` along them, or else on WHOLE_BODY (motionverse.body_fit) where the names are among its names, or there are
    no names and 22 or 52 points. Raises MotionError where something needed is missing or broken.
    """
    fields = {
        name: next((given[a] for a in _ALIASES.get(name, (name,)) if a in given), None) for name in (*given, *_ALIASES)
    }
    if _are_words(fields["joints"]):
        fields["names"], fields["joints"] = fields["joints"], given.get("positions")
    if fields["joints"] is None:
        raise MotionError(
            f"{path}: no joints (T, J, 3); there are: {', '.join(map(str, [*given][:12])) or 'no fields'}"
        )
    joints = numbers(fields["joints"], "joints", path)
    if joints.ndim != 3 or joints.shape[2] != 3 or not len(joints):
        raise MotionError(f"{path}: joints {joints.shape}; must be (T, J, 3)")
    rate = rate_of(fields["fps"], path, fps)
    names = _names(fields["names"], joints.shape[1], path)
    try:
        if fields["rotations"] is None:
            return _from_points(joints, names, fields, rate, path)
        return _from_rotations(joints, names, fields, rate, path)
    except MotionError as error:
        raise error if str(error).startswith(str(path)) else MotionError(f"{path}: {error}") from None


def _are_words(value: Any) -> bool:
    """Whether `joints` is a list of names, as some writers have it."""
    return value is not None and all(isinstance(part, str) for part in np.asarray(value, object).flat)


def rate_of(stated: Any, path: object, fps: float | None = None) -> float:
    """Frames a second: `fps` if given, else what the file states; MotionError if neither."""
    if fps is not None:
        return float(fps)
    if stated is None:
        raise MotionError(f"{path}: the file states no frame rate; give one (fps)")
    value = numbers(stated, "frame rate", path)
    if value.size != 1:
        raise MotionError(f"{path}: frame rate has {value.size} values; must be one number")
    return float(value.reshape(()))


def numbers(value: Any, name: str, path: object) -> np.ndarray:
    """`value` as a float64 array of finite numbers (LARGEST at most), or MotionError."""
    try:
        array = np.asarray(value)
        array = array.astype(np.float64) if array.dtype.kind in "fiub" else np.array([np.nan])
    except (ValueError, TypeError, MemoryError):
        array = np.array([np.nan])
    if not (np.abs(array) <= LARGEST).all():
        where = f" at frame {int(np.argwhere(~(np.abs(array) <= LARGEST))[0, 0])}" if array.ndim > 1 else ""
        raise MotionError(f"{path}: {name} is not all finite numbers{where}; repair or cut it first")
    return array


def _names(given: Any, count: int, path: object) -> tuple[str, ...]:
    if given is None:
        if count in (BODY_JOINTS, len(WHOLE_BODY)):
            return WHOLE_BODY.names[:count]
        raise MotionError(f"{path}: {count} joints without names; only 22 or 52 joints in SMPL-H order go without")
    names = tuple(str(name) for name in np.asarray(given, object).reshape(-1))
    if len(names) != count:
        raise MotionError(f"{path}: {len(names)} names for {count} joints")
    return names


def _tree(names: tuple[str, ...], fields: Mapping[str, Any], path: object) -> Skeleton | None:
    """The skeleton the file states, or None."""
    if fields.get("offsets") is None or fields.get("parents") is None:
        return None
    parents = numbers(fields["parents"], "parents", path).reshape(-1).astype(int)
    ends: dict[str, np.ndarray] = {}
    if fields.get("end_names") is not None and fields.get("end_offsets") is not None:
        tips, of = (
            numbers(fields["end_offsets"], "end_offsets", path),
            np.asarray(fields["end_names"], object).reshape(-1),
        )
        if tips.shape != (len(of), 3) or not {str(name) for name in of} <= set(names):
            raise MotionError(
                f"{path}: end_offsets {tips.shape} of {len(of)} end_names; must be (E, 3) of E of the joints"
            )
        ends = {str(name): tip for name, tip in zip(of, tips, strict=True)}
    return Skeleton(names, tuple(parents), numbers(fields["offsets"], "offsets", path), ends)


def _from_rotations(
    joints: np.ndarray, names: tuple[str, ...], fields: Mapping[str, Any], rate: float, path: object
) -> Motion:
    skeleton = _tree(names, fields, path)
    if skeleton is None:
        if names != WHOLE_BODY.names:
            raise MotionError(f"{path}: rotations without parents and offsets; the skeleton is needed too")
        skeleton = WHOLE_BODY
    quats = numbers(fields["rotations"], "rotations", path)
    if quats.shape != (*joints.shape[:2], 4) or not np.linalg.norm(quats, axis=-1).all():
        raise MotionError(
            f"{path}: rotations {quats.shape}; must be quaternions {(*joints.shape[:2], 4)}, wxyz, none of them zero"
        )
    observed, face = fields.get("observed"), fields.get("face")
    return Motion(
        rotations=rotation.from_quat(quats),
        root=joints[:, 0],
        fps=rate,
        skeleton=skeleton,
        face=None if face is None else numbers(face, "face", path),
        observed=None if observed is None else np.asarray(observed, bool),
        rotation_source="ik" if str(fields.get("rotation_source")) == "ik" else "captured",
        face_source=FLAME if fields.get("face_source") is None else str(fields["face_source"]),
    )


def _from_points(
    joints: np.ndarray, names: tuple[str, ...], fields: Mapping[str, Any], rate: float, path: object
) -> Motion:
    stated = _tree(names, fields, path)
    if stated is not None:
        return points.fit(joints, stated, rate)
    missing = [name for name in names if not WHOLE_BODY.has(name)]
    if missing:
        what = f"joint {missing[0]!r} is not WHOLE_BODY's"
        raise MotionError(f"{path}: points alone, and {what}; give offsets (J, 3) of the rest pose")
    return body_fit.fit(joints, names, rate)
