"""Hidden frames from the given ones, nothing learned: hold, constant velocity, spherical-linear, cubic.

Each takes a motion and given (T,) bool, and returns the motion with the frames that are not given made anew; given frames stay as
they are. None looks at a hidden frame. Raises MotionError where no frame is given.
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.interpolate import CubicSpline

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion

Completer = Callable[[Motion, np.ndarray], Motion]


def hold(motion: Motion, given: np.ndarray) -> Motion:
    """The last given pose, held; before the first, the first: "zero velocity" of Martinez et al., CVPR 2017."""
    before, _ = _neighbours(given)
    return _filled(motion, given, motion.rotations[before], motion.root[before])


def constant_velocity(motion: Motion, given: np.ndarray) -> Motion:
    """The last given pose goes on as fast as it got there from the given frame before it: each joint's turn, the root's step.

    Where only one frame is given in a row, it is held.
    """
    before, _ = _neighbours(given)
    earlier = np.where(given[np.maximum(before - 1, 0)], np.maximum(before - 1, 0), before)
    ahead = np.maximum(np.arange(len(given)) - before, 0)[:, None]
    turn = rotation.to_rotvec(np.swapaxes(motion.rotations[earlier], -1, -2) @ motion.rotations[before])
    rotations = motion.rotations[before] @ rotation.from_rotvec(ahead[..., None] * turn)
    root = motion.root[before] + ahead * (motion.root[before] - motion.root[earlier])
    return _filled(motion, given, rotations, root)


def linear(motion: Motion, given: np.ndarray) -> Motion:
    """From the given frame before to the one after: rotations by the shortest arc (slerp, Shoemake 1985), the root straight."""
    before, after = _neighbours(given)
    share = (np.arange(len(given)) - before) / np.maximum(after - before, 1)
    rotations = rotation.slerp(motion.rotations[before], motion.rotations[after], share[:, None])
    root = motion.root[before] + share[:, None] * (motion.root[after] - motion.root[before])
    return _filled(motion, given, rotations, root)


def cubic(motion: Motion, given: np.ndarray) -> Motion:
    """Cubic splines (C2) through all given frames: quaternions' components, normalised after it, and the root.

    Outside the first and the last given frame these are held.
    """
    known = np.flatnonzero(given)
    if len(known) < 2:
        return hold(motion, given)
    q = rotation.to_quat(motion.rotations[known])
    flips = np.where((q[1:] * q[:-1]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    q[1:] *= np.cumprod(flips, axis=0)
    channels = np.concatenate([q.reshape(len(q), -1), motion.root[known]], -1)
    ends = "natural" if len(known) < 4 else "not-a-knot"
    found = CubicSpline(known, channels, bc_type=ends)(np.clip(np.arange(len(given)), known[0], known[-1]))
    rotations = rotation.from_quat(found[:, :-3].reshape(len(given), -1, 4))
    return _filled(motion, given, rotations, found[:, -3:])


GO_ON = ("hold", "constant velocity")  # what needs nothing after the hidden frames
BASELINES: Mapping[str, Completer] = {
    "hold": hold,
    "constant velocity": constant_velocity,
    "linear": linear,
    "cubic": cubic,
}


def _neighbours(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each frame the given one at or before it, and at or after it; at an end that is not given, the nearest for both."""
    known = np.flatnonzero(given)
    if not len(known):
        raise MotionError("baseline: no frame is given; give some, e.g. a prefix")
    frames = np.arange(len(given))
    before = known[np.maximum(np.searchsorted(known, frames, side="right") - 1, 0)]
    after = known[np.minimum(np.searchsorted(known, frames), len(known) - 1)]
    return before, after


def _filled(motion: Motion, given: np.ndarray, rotations: np.ndarray, root: np.ndarray) -> Motion:
    """The motion with its hidden frames replaced; a face is of the real motion, and goes."""
    return motion.with_(
        rotations=np.where(given[:, None, None, None], motion.rotations, rotations),
        root=np.where(given[:, None], motion.root, root),
        face=None,
    )
