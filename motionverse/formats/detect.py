"""How large is one unit of a file, and which way is up? Few formats say; the body in the file does.

Scale: the stature of the skeleton, as if it stood upright, is measured along its bones (head to pelvis to sole), and the
unit that makes it the most plausible human stature is chosen among those in use. Up: where the head is from the feet,
over the frames of the motion, and failing that in the rest pose. Both are guesses from the body and can be overridden.
"""

import re
from collections.abc import Iterable

import numpy as np

from motionverse import kinematics
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

# metres in one unit: metre, CMU/Acclaim (an inch over 0.45), inch, centimetre, millimetre
UNITS = (1.0, 0.0254 / 0.45, 0.0254, 0.01, 0.001)
ADULT = 1.65  # [m] the stature that the choice of a unit aims at
STATURES = (0.9, 2.6)  # [m] beyond these no unit fits and the body is scaled to ADULT
MAX_PATH = 1e5  # [m] a root farther from the origin than this is a mistake in the file
UPS = "XYZ"

# basis changes that bring the named axis (and its opposite) to +Y and keep the frame right-handed
_TO_Y = {
    "X": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    "Y": np.eye(3),
    "Z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "-X": np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]),
    "-Y": np.diag([1.0, -1, -1]),
    "-Z": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
}
_HEAD = re.compile(r"head|skull|face|neck", re.I)
_FOOT = re.compile(r"foot|toe|ankle|shin|calf|knee|tibia|lowerleg|lowleg", re.I)


def settle(
    motion: Motion,
    path: object,
    scale: float | None = None,
    up: str | None = None,
    unit: float | None = None,
    usual_up: str = "Y",
) -> Motion:
    """A motion in a file's own unit and axes, brought to metres and Y up.

    motion: lengths in file units, axes as in the file (right-handed); path: the file's name, for messages;
    scale: metres in one file unit, up: 'X', 'Y', 'Z' (or '-Y' ...): given, they are taken as they are; None: found out;
    unit: the file's own word on its unit [m], believed where it makes a plausible body; usual_up: the format's habit,
    used where the body does not tell. The rest pose turns with the world where it is upright along the same axis as the
    motion, so that it stands along Y too; otherwise the turn goes into the root's rotation alone.
    Raises MotionError for a scale or axis that cannot be, and for bodies of no size.
    """
    metres = check_scale(scale, path) if scale is not None else find_scale(motion.skeleton, path, unit)
    axis = check_up(up, path) if up is not None else find_up(motion, usual_up)
    skeleton = motion.skeleton
    turn = _TO_Y[axis]
    rotations, root = motion.rotations, motion.root * metres
    offsets, ends = skeleton.offsets * metres, {name: np.asarray(end) * metres for name, end in skeleton.ends.items()}
    if axis != "Y":
        root = root @ turn.T
        if rest_up(skeleton) == axis:
            rotations = turn @ rotations @ turn.T
            offsets, ends = offsets @ turn.T, {name: turn @ end for name, end in ends.items()}
        else:
            rotations = rotations.copy()
            rotations[:, 0] = turn @ rotations[:, 0]
    if np.abs(root).max() > MAX_PATH:
        far = np.abs(root).max()
        raise MotionError(
            f"{path}: the root is {far:.3g} m from the origin; check the file or give its scale (metres per unit)"
        )
    return motion.with_(
        rotations=rotations, root=root, skeleton=Skeleton(skeleton.names, skeleton.parents, offsets, ends)
    )


def check_scale(scale: float, path: object) -> float:
    """`scale` [metres per file unit] if it is a positive number, else MotionError."""
    if not 0 < scale < 1e6:
        raise MotionError(f"{path}: scale {scale!r}; must be metres per file unit, e.g. 0.01 for centimetres")
    return float(scale)


def check_up(up: str, path: object) -> str:
    """`up` as one of X, Y, Z, -X, -Y, -Z, else MotionError."""
    axis = str(up).upper().removeprefix("+")
    if axis not in _TO_Y:
        raise MotionError(f"{path}: up {up!r}; must be the file's vertical axis, one of {', '.join(_TO_Y)}")
    return axis


def to_y(axis: str) -> np.ndarray:
    """(3, 3) the right-handed turn that brings an axis that `check_up` passed to +Y."""
    return _TO_Y[axis]


def find_scale(skeleton: Skeleton, path: object, unit: float | None = None) -> float:
    """Metres in one unit of `skeleton`'s offsets, by the most plausible stature; raises MotionError for no size at all."""
    tall = stature(skeleton)
    if not 1e-6 < tall < 1e9:
        raise MotionError(
            f"{path}: the skeleton measures {tall:.3g} units from head to foot; its OFFSETs cannot be a body's"
        )
    candidates = (unit,) if unit is not None and STATURES[0] <= tall * unit <= STATURES[1] else UNITS
    best = min(candidates, key=lambda metres: abs(np.log(tall * metres / ADULT)))
    return best if STATURES[0] <= tall * best <= STATURES[1] else ADULT / tall


def stature(skeleton: Skeleton) -> float:
    """Height in file units of the body stretched out: along the bones from the top of the head to the sole.

    Where no joint is called head or foot, three quarters of the longest way from leaf to leaf (fingertip to toe).
    """
    heads, feet = _named(skeleton, _HEAD), _named(skeleton, _FOOT)
    down = _from_root(skeleton)
    if heads and feet:
        lengths = [_way(skeleton, down, head, foot) for head in _spread(heads) for foot in _spread(feet)]
        if max(lengths) > 0:
            return max(lengths)
    leaves = [j for j, children in enumerate(skeleton.children) if not children]
    ways = (_way(skeleton, down, a, b) for a in _spread(leaves) for b in _spread(leaves))
    return 0.75 * max(*ways, float(down.max()))


def find_up(motion: Motion, usual: str = "Y") -> str:
    """The axis ('X' ... '-Z') along which the head stands over the feet, over (some of) the frames of the motion.

    A body that lies, or tumbles, or has no head or feet by name, does not tell: then the rest pose, then `usual`. One that
    lies still from the first frame to the last would tell wrong: where the rest pose stands along another axis, and the
    body is on a floor at 0 along that one, the rest pose is believed.
    """
    skeleton = motion.skeleton
    heads, feet = _named(skeleton, _HEAD), _named(skeleton, _FOOT)
    if not heads or not feet:
        return usual
    some = np.unique(np.linspace(0, len(motion) - 1, 48).astype(int))
    positions, _ = kinematics.forward(skeleton, motion.rotations[some], motion.root[some])
    body = positions[:, heads].mean(1) - positions[:, feet].mean(1)
    mean = (body / np.maximum(np.linalg.norm(body, axis=-1, keepdims=True), 1e-9)).mean(0)
    seen, rest = _axis(mean, 0.75), rest_up(skeleton)
    # rest poses along X are no standing figures: they are rigs whose bones all lie along their own X
    if seen and rest and seen != rest and "X" not in rest and _on_floor(positions @ _TO_Y[rest].T, stature(skeleton)):
        return rest
    return seen or rest or _axis(mean, 0.5) or usual


def _on_floor(positions: np.ndarray, tall: float) -> bool:
    """Whether a body `tall` units high, at (T, J, 3) with Y up, touches a floor at 0 (joints lie a little above it)."""
    low = float(np.percentile(positions[..., 1].min(1), 10)) / tall
    return -0.03 < low < 0.18


def rest_up(skeleton: Skeleton) -> str | None:
    """The axis along which the head stands over the feet in the rest pose; None where it does not tell."""
    heads, feet = _named(skeleton, _HEAD), _named(skeleton, _FOOT)
    if not heads or not feet:
        return None
    rest = skeleton.rest_positions()
    body = rest[heads].mean(0) - rest[feet].mean(0)
    return _axis(body / max(float(np.linalg.norm(body)), 1e-9), 0.9)


def _axis(direction: np.ndarray, least: float) -> str | None:
    k = int(np.argmax(np.abs(direction)))
    if abs(direction[k]) < least:
        return None
    return UPS[k] if direction[k] > 0 else f"-{UPS[k]}"


def _named(skeleton: Skeleton, pattern: re.Pattern[str]) -> list[int]:
    return [j for j, name in enumerate(skeleton.names) if pattern.search(name)]


def _spread(leaves: list[int], most: int = 40) -> Iterable[int]:
    """About `most` of many joints, so that odd files stay quick."""
    return leaves[:: max(1, len(leaves) // most)]


def _from_root(skeleton: Skeleton) -> np.ndarray:
    """(J,) length of the way from the root to each joint, end sites of leaves included."""
    lengths = skeleton.bone_lengths()
    down = lengths.copy()
    for j, parent in enumerate(skeleton.parents):
        if parent >= 0:
            down[j] += down[parent]
    for name, end in skeleton.ends.items():
        down[skeleton.index(name)] += float(np.linalg.norm(end))
    return down


def _way(skeleton: Skeleton, down: np.ndarray, a: int, b: int) -> float:
    """Length of the way along the bones from the tip of joint a to the tip of joint b."""
    above, joint = set(), a
    while joint >= 0:
        above.add(joint)
        joint = skeleton.parents[joint]
    joint = b
    while joint not in above:
        joint = skeleton.parents[joint]
    if joint in (a, b):  # one lies above the other: their distance is not a stature
        return 0.0
    return float(down[a] + down[b] - 2 * down[joint])
