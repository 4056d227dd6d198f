"""HumanML3D features: 263 numbers a frame of 22 joints at 20 fps (251 of KIT-ML's 21 at 12.5), as text-to-motion models know them.

Guo et al. 2022, "Generating diverse and natural 3D human motions from text"; github.com/EricGuo5513/HumanML3D,
motion_representation.ipynb and common/skeleton.py. Per frame, in this order (J joints):

    turn         1        minus half of the heading's change to the next frame [rad a frame]
    drift        2        x and z of the root's way to the next frame, in the next frame's heading [m a frame]
    height       1        of the root [m]
    positions    (J-1) 3  of the other joints from the point under the root, in the heading frame [m]
    rotations    (J-1) 6  the least turns that bring unit bones onto the joints' bones, along five chains: first two columns
    velocities   J 3      every joint's way to the next frame, in the heading frame [m a frame]
    contacts     4        left ankle, left foot, right ankle, right foot: way to the next frame under sqrt(0.002) m

The heading is that of the shoulders minus that of the hips, smoothed over 20 frames: the released code takes the hips the other
way round, and lets the arms' chains begin at the root's rotation; the field's numbers were made so (issues 55, 107, 119 there), and
so are these. Where the heading passes 180 degrees the released code turns the wrong way for one frame; this one does not.
The rotations are made from positions and know no twist, and depend on where the motion began to face; so files are read by their
positions, and rotations fitted to these (motionverse.body_fit; "ik"). Lost on the way: hands, face, twists, proportions, where the
motion stood, the last frame, and what 20 fps cannot hold.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motionverse import body_fit, kinematics, rotation
from motionverse.canonical import Transform
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.formats import joint_sets
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton

FPS = 20.0
WIDTHS = {263: joint_sets.SETS["smpl22"], 251: joint_sets.SETS["kit21"]}
NAMES = WHOLE_BODY.names[:BODY_JOINTS]
CONTACT = 0.002  # [m^2 a frame^2]
SMOOTHING = 20  # [frames] of the heading
_FEET = [WHOLE_BODY.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot")]
_HEADS = [WHOLE_BODY.index(name) for name in ("left_hip", "right_hip", "spine1", "left_collar", "right_collar")]
_PARENTS = np.array(WHOLE_BODY.parents[:BODY_JOINTS])
# the directions of the 22 bones in the pose that rotations are counted from: arms down, feet and head ahead
_BONES = np.array(
    [[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0],
     [0, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 1], *[[0, -1, 0]] * 6], np.float64
)  # fmt: skip


def slices(joints: int = BODY_JOINTS) -> dict[str, slice]:
    """Columns of each field for a number of joints, in the order above."""
    widths = {
        "turn": 1, "drift": 2, "height": 1, "positions": 3 * (joints - 1), "rotations": 6 * (joints - 1),
        "velocities": 3 * joints, "contacts": 4,
    }  # fmt: skip
    ends = np.cumsum(list(widths.values())).tolist()
    return {name: slice(end - wide, end) for (name, wide), end in zip(widths.items(), ends, strict=True)}


def encode(positions: np.ndarray) -> tuple[np.ndarray, Transform]:
    """Features (T - 1, 263) float64 of joints (T, 22, 3) [m], Y up, at 20 fps; and where the motion stood.

    The lowest point is put on the floor. Raises MotionError for other shapes and for fewer than two frames.
    """
    positions = np.asarray(positions, np.float64)
    if positions.ndim != 3 or positions.shape[1:] != (BODY_JOINTS, 3) or len(positions) < 2:
        raise MotionError(f"HumanML3D: joints {positions.shape}; must be (T, {BODY_JOINTS}, 3) with T >= 2")
    begin = float(_heading(positions[:1], 1.0)[0])
    shift = positions[0, 0] * [1, 0, 1] + [0, positions[..., 1].min(), 0]
    positions = (positions - shift) @ rotation.about_y(begin)  # facing +Z at first: rotations depend on it
    heading = _heading(positions)
    back = rotation.about_y(-heading)
    under = positions - positions[:, :1] * [1, 0, 1]
    way = np.diff(positions, axis=0)
    turn = np.diff(heading)
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    touches = (way[:, _FEET] ** 2).sum(-1) < CONTACT
    fields = (
        -turn[:, None] / 2,
        (back[1:] @ way[:, 0, :, None])[:, [0, 2], 0],
        positions[:-1, 0, 1:2],
        (under @ np.swapaxes(back, -1, -2))[:-1, 1:],
        rotation.to_sixd(_chained(_swings(positions), back))[:-1, 1:],
        way @ np.swapaxes(back[:-1], -1, -2),
        touches,
    )
    features = np.concatenate([np.reshape(part, (len(way), -1)) for part in fields], -1).astype(np.float64)
    return features, Transform(begin + float(heading[0]), (float(shift[0]), float(shift[1]), float(shift[2])))


def decode(features: np.ndarray) -> np.ndarray:
    """Joints (T, J, 3) [m], Y up, of features (T, 263) or (T, 251), by their positions: from the origin on, facing +Z.

    Raises MotionError for other widths.
    """
    columns, angle, root = _root(features)
    positions = np.asarray(features, np.float64)[:, columns["positions"]].reshape(len(root), -1, 3)
    positions = positions @ np.swapaxes(rotation.about_y(-2 * angle), -1, -2) + root[:, None] * [1, 0, 1]
    return np.concatenate([root[:, None], positions], 1)


def motion(features: np.ndarray, fps: float = FPS) -> Motion:
    """The motion of features (T, 263) on WHOLE_BODY in their own proportions: positions taken, rotations fitted to them."""
    return body_fit.fit(decode(features), NAMES, fps)


def stored_rotations(features: np.ndarray, fps: float = FPS) -> Motion:
    """The same by the features' rotations in place of their positions: what is lost that way is measured, and is not less."""
    columns, angle, root = _root(features)
    joints = decode(features)
    held = rotation.from_sixd(np.asarray(features)[:, columns["rotations"]].reshape(len(root), -1, 6))
    swings = rotation.identity(len(root), BODY_JOINTS)
    for j in range(1, BODY_JOINTS):
        before = rotation.about_y(2 * angle) if j in _HEADS else swings[:, _PARENTS[j]]
        swings[:, j] = before @ held[:, j - 1]
    bones = np.linalg.norm(joints[:, 1:] - joints[:, _PARENTS[1:]], axis=-1)
    rest = WHOLE_BODY.offsets[:BODY_JOINTS].copy()
    rest[1:] *= (np.median(bones, 0) / np.linalg.norm(rest[1:], axis=-1))[:, None]
    world = rotation.identity(len(root), BODY_JOINTS)
    for j in range(BODY_JOINTS):
        children = [c for c in WHOLE_BODY.children[j] if c < BODY_JOINTS]
        if len(children) == 1:
            (c,) = children
            world[:, j] = swings[:, c] @ rotation.between(rest[c], _BONES[c])
        elif children:
            world[:, j] = _least_squares(rest[children], (swings[:, children] @ _BONES[children, :, None])[..., 0])
        else:
            world[:, j] = world[:, _PARENTS[j]]
    skeleton = Skeleton(NAMES, tuple(_PARENTS.tolist()), rest)
    return Motion(kinematics.to_local(skeleton, world), root, fps, skeleton, rotation_source="ik")


def prepared(motion: Motion) -> Motion:
    """`motion` as HumanML3D would have it: any skeleton brought to WHOLE_BODY in its own proportions, at 20 fps.

    Every body of the data set has the same bones too. Raises MotionError for a skeleton without legs, and for less than 0.1 s.
    """
    same = motion.skeleton.names == WHOLE_BODY.names and np.allclose(
        motion.skeleton.offsets[1:], WHOLE_BODY.offsets[1:]
    )
    brought = (motion if same else retarget(motion)[0]).resample(FPS)
    if len(brought) < 2:
        raise MotionError(
            f"the motion lasts {motion.seconds:.3f} s; HumanML3D features need 0.1 s, two frames at 20 fps"
        )
    return brought


def write(motion: Motion, path: str | Path) -> Motion:
    """Write (T - 1, 263) float32 as .npy, not normalised; returns the frames written. Raises MotionError as `prepared` does."""
    made = prepared(motion)
    features, _ = encode(made.joints()[:, :BODY_JOINTS])
    with atomic_path(path) as temporary:
        np.save(temporary, features.astype(np.float32))
    return made.frames_slice(0, len(features))


def names_for(width: int) -> Sequence[str | None]:
    """The joints of features so many wide. Raises MotionError for other widths."""
    if width not in WIDTHS:
        raise MotionError(f"HumanML3D: {width} numbers a frame; must be 263 (HumanML3D) or 251 (KIT-ML)")
    return WIDTHS[width]


def check_scale(features: np.ndarray, path: object) -> None:
    """MotionError for features that are still normalised, as models put them out: their pelvis is not above the floor."""
    height, touch = features[:, 3], features[:, -4:]
    if np.median(height) < 0.02 or touch.min() < -0.5 or touch.max() > 1.5:
        raise MotionError(
            f"{path}: the root is {np.median(height):.2f} m high and contacts go from {touch.min():.1f} to {touch.max():.1f}: "
            "normalised features; multiply by Std.npy and add Mean.npy first"
        )


def _root(features: np.ndarray) -> tuple[dict[str, slice], np.ndarray, np.ndarray]:
    """Columns, half of the heading (T,) turned back [rad], and the root's path (T, 3) [m]."""
    features = np.asarray(features, np.float64)
    columns = slices(len(names_for(features.shape[-1] if features.ndim == 2 else 0)))
    angle = np.concatenate([[0.0], np.cumsum(features[:-1, 0])])
    steps = np.zeros((len(features), 3))
    steps[1:, [0, 2]] = features[:-1, columns["drift"]]
    root = np.cumsum((rotation.about_y(-2 * angle) @ steps[..., None])[..., 0], 0)
    root[:, 1] = features[:, 3]
    return columns, angle, root


def _heading(positions: np.ndarray, hips: float = -1.0) -> np.ndarray:
    """(T,) [rad] about Y from +Z, smoothed, as the released code has it; hips: how their line counts beside the shoulders'."""
    from scipy.ndimage import gaussian_filter1d

    left_hip, right_hip, left, right = (
        positions[:, WHOLE_BODY.index(n)] for n in ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
    )
    across = (left - right) + hips * (left_hip - right_hip)
    across = across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    ahead = gaussian_filter1d(np.cross(across, [0.0, 1.0, 0.0]), SMOOTHING, axis=0, mode="nearest")
    return np.arctan2(ahead[:, 0], ahead[:, 2])


def _swings(positions: np.ndarray) -> np.ndarray:
    """(T, 22, 3, 3) the least turns that bring unit bones onto the bones of joints (T, 22, 3)."""
    bones = positions - positions[:, _PARENTS.clip(0)]
    return rotation.between(_BONES, bones)


def _chained(swings: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Swings relative to the bone before along each chain, to the turn `back` (T, 3, 3) where a chain begins."""
    before = swings[:, _PARENTS.clip(0)]
    before[:, _HEADS] = back[:, None]
    return np.swapaxes(before, -1, -2) @ swings


def _least_squares(rest: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(T, 3, 3) turns that bring directions rest (K, 3) to seen (T, K, 3) (Kabsch 1976)."""
    rest = rest / np.linalg.norm(rest, axis=-1, keepdims=True)
    u, _, vt = np.linalg.svd(np.einsum("tki,kj->tij", seen, rest))
    sign = np.ones((len(seen), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    return (u * sign[:, None, :]) @ vt
