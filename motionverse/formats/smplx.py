"""AMASS .npz: SMPL-H (and SMPL, SMPL-X) pose parameters, in AMASS' own convention.

poses (T, 156) axis-angle [rad], 52 joints in WHOLE_BODY's order, relative to the parent in the SMPL rest pose (T-pose,
Y up, facing +Z: ours too); trans (T, 3) [m]; mocap_framerate; gender; betas (16). The world is Z up: poses[:, :3] turns the
body upright, and is all that differs from our root rotation.

What `trans` means. In SMPL the root turns about the pelvis, which in the rest pose is not at the origin but at J0(betas),
about (0, -0.22, 0.03) m for SMPL-H: the pelvis of the posed model is at J0 + trans, J0 not being turned with the body
(github.com/nghorbani/amass issues 2 and 9, github.com/eth-ait/aitviewer issue 5). J0 comes out of the licensed model, so
we state instead: `trans` IS the pelvis, read and written. A model with betas 0 driven by our files stands J0 away: 22 cm
along -Y and 3 cm higher, the same in every frame; an AMASS file read here likewise, the other way round. Neither the
motion nor, after motionverse.canonical, its place on the floor changes. Our files add `joints` (T, 52, 3) [m] Y up,
`joint_names`, and `offsets` (52, 3) [m], the bones that `joints` were made with (SMPL-H's with betas 0 differ).

Also read: poses of SMPL-X (165: jaw and eyes are dropped; expression's first 50 become the face), SMPL (72, its two hand
joints dropped), 66 or 63 + root_orient; `pose_body` and `pose_hand` in place of poses; mocap_frame_rate. Fingers that
never move in a clip of more than one frame were not captured and are so marked (`observed`).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from motionverse import kinematics, rotation
from motionverse.errors import MotionError
from motionverse.face import FLAME
from motionverse.files import atomic_path
from motionverse.formats import detect, fields, joints
from motionverse.motion import FACE_WIDTH, Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY

BETAS = 16
_HANDS = slice(BODY_JOINTS, len(WHOLE_BODY))
# joints to take, by the width of `poses`: SMPL-X has jaw and eyes (22, 23, 24) before the hands, SMPL two hand joints
_LAYOUTS = {
    156: list(range(52)),
    165: [*range(22), *range(25, 55)],
    72: list(range(22)),
    66: list(range(22)),
}
_Z_TO_Y = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def holds(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the arrays of an .npz are pose parameters."""
    return "poses" in arrays or "pose_body" in arrays


def read(path: str | Path, fps: float | None = None, scale: float | None = None, up: str | None = None) -> Motion:
    """The motion in an AMASS-like .npz, on WHOLE_BODY (with the file's own `offsets` where it has them), Y up.

    fps: in place of the file's rate; scale: metres in one unit of `trans` (1); up: 'Z' as AMASS says, or 'Y' where the body
    clearly stands along Y on a floor (AIST++, BEAT2), if not given. Raises MotionError for arrays that do not fit.
    """
    return from_arrays(joints.arrays(path), path, fps, scale, up)


def from_arrays(
    held: Mapping[str, np.ndarray], path: str | Path, fps: float | None, scale: float | None, up: str | None
) -> Motion:
    """As `read`, for arrays already loaded."""
    poses = _poses(held, path)
    frames = len(poses)
    trans = fields.numbers(held.get("trans", held.get("transl", np.zeros((frames, 3)))), "trans", path)
    if trans.shape != (frames, 3):
        raise MotionError(f"{path}: trans {trans.shape}; must be ({frames}, 3) like poses")
    rate = fields.rate_of(held.get("mocap_framerate", held.get("mocap_frame_rate", held.get("fps"))), path, fps)
    skeleton = WHOLE_BODY
    if "offsets" in held:
        offsets = fields.numbers(held["offsets"], "offsets", path)
        if offsets.shape != WHOLE_BODY.offsets.shape:
            raise MotionError(f"{path}: offsets {offsets.shape}; must be {WHOLE_BODY.offsets.shape}")
        skeleton = WHOLE_BODY.with_offsets(offsets)
    rotations = rotation.identity(frames, len(WHOLE_BODY))
    rotations[:, : poses.shape[1]] = rotation.from_rotvec(poses)
    try:
        motion = Motion(rotations, trans, rate, skeleton, _face(held, frames, path), _observed(held, poses))
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None
    scale = 1.0 if scale is None else detect.check_scale(scale, path)
    axis = up if up is not None else str(held.get("up", "")) or _up(motion)
    placed = motion.with_(root=motion.root * scale)
    return detect.settle(placed, path, 1.0, detect.check_up(axis, path))


def write(motion: Motion, path: str | Path) -> None:
    """Write an AMASS-compatible .npz with `joints`, `joint_names` and `offsets` beside it.

    Raises MotionError for a motion that is not on WHOLE_BODY's joints.
    """
    if motion.skeleton.names != WHOLE_BODY.names or motion.skeleton.parents != WHOLE_BODY.parents:
        raise MotionError(
            f"{path}: AMASS .npz holds WHOLE_BODY motions, this one has {len(motion.skeleton)} joints of its own; "
            "convert it first (motionverse convert --whole-body) or write NAME.joints.npz"
        )
    turned = motion.rotations.copy()
    turned[:, 0] = _Z_TO_Y.T @ turned[:, 0]
    held: dict[str, object] = {
        "poses": rotation.to_rotvec(turned).reshape(len(motion), -1),
        "trans": motion.root @ _Z_TO_Y,
        "mocap_framerate": np.float64(motion.fps),
        "gender": np.array("neutral"),
        "betas": np.zeros(BETAS),
        "up": np.array("Z"),
        "joints": motion.joints().astype(np.float32),
        "joint_names": np.array(motion.skeleton.names),
        "offsets": motion.skeleton.offsets,
        "observed": motion.present,
    }
    if motion.face is not None and motion.face_source == FLAME:  # ARKit's shapes are no expressions of SMPL-X
        held["expression"] = np.asarray(motion.face, np.float32)
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **held)  # type: ignore[arg-type]


def _poses(held: Mapping[str, np.ndarray], path: str | Path) -> np.ndarray:
    """(T, 22 or 52, 3) axis-angle in WHOLE_BODY's order."""
    if "poses" in held:
        poses = fields.numbers(held["poses"], "poses", path)
        if poses.ndim == 2 and poses.shape[1] == 63 and "root_orient" in held:
            poses = np.concatenate([fields.numbers(held["root_orient"], "root_orient", path), poses], 1)
    else:
        names = [n for n in ("root_orient", "pose_body", "pose_hand") if n in held]
        parts = [fields.numbers(held[n], n, path) for n in names]
        if names[0] != "root_orient" or any(p.ndim != 2 or len(p) != len(parts[0]) for p in parts):
            raise MotionError(f"{path}: pose_body needs root_orient beside it, with as many frames")
        poses = np.concatenate(parts, 1)
    poses = poses.reshape(len(poses), -1) if poses.ndim == 3 else poses
    if poses.ndim != 2 or not len(poses) or poses.shape[1] not in _LAYOUTS:
        raise MotionError(
            f"{path}: poses {poses.shape}; must be (T, W) with T >= 1 and W one of {', '.join(map(str, _LAYOUTS))}"
        )
    return poses.reshape(len(poses), -1, 3)[:, _LAYOUTS[poses.shape[1]]]


def _face(held: Mapping[str, np.ndarray], frames: int, path: str | Path) -> np.ndarray | None:
    face = next((held[n] for n in ("expression", "expressions") if n in held), None)
    if face is None or face.ndim != 2 or len(face) != frames or face.shape[1] < FACE_WIDTH:
        return None
    return fields.numbers(face, "expression", path)[:, :FACE_WIDTH]


def _observed(held: Mapping[str, np.ndarray], poses: np.ndarray) -> np.ndarray | None:
    observed = np.asarray(held.get("observed", np.ones(len(WHOLE_BODY))), bool)
    hands = poses[:, _HANDS]
    if poses.shape[1] == BODY_JOINTS:
        observed[_HANDS] = False
    elif len(poses) > 1 and "observed" not in held:
        observed[_HANDS] = np.repeat(np.ptp(hands, axis=0).reshape(2, -1).max(1) > 1e-6, 15)
    return None if observed.all() else observed


def _up(motion: Motion) -> str:
    """'Z', unless the body stands along Y with its feet on a floor at y = 0, give or take J0."""
    some = np.unique(np.linspace(0, len(motion) - 1, 48).astype(int))
    places, _ = kinematics.forward(motion.skeleton, motion.rotations[some], motion.root[some])
    feet = [motion.skeleton.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot")]
    body = places[:, motion.skeleton.index("head")] - places[:, feet].mean(1)
    mean = (body / np.linalg.norm(body, axis=-1, keepdims=True)).mean(0)
    floor = float(np.median(places[..., 1].min(1)))
    return "Y" if mean[1] > 0.75 and mean[2] < 0.5 and abs(floor) < 0.6 else "Z"
