"""PFC: physical foot contact score. A body that speeds up needs a foot that stands."""

import numpy as np

from lmm.evaluate.metrics.seen import seen
from motionverse.errors import MotionError
from motionverse.motion import Motion

RATE = 30.0  # Hz
LEFT, RIGHT = ("left_ankle", "left_foot"), ("right_ankle", "right_foot")


def pfc(motion: Motion) -> float:
    """Mean over frames of |a| / max |a| times the paces of both feet [cm^2, a pace in cm a thirtieth of a second]; less is better.

    Tseng et al., EDGE, CVPR 2023, in the unit of its public evaluation: a is the pelvis' acceleration
    with its downward part, gravity's, left out; a foot's pace is the slower of ankle and toes over the ground. Seen at 30 Hz. A
    body that is never pushed scores 0, so a frozen one does too: read it beside a measure of how much is danced.
    Raises MotionError under three such frames.
    """
    taken = seen(motion, RATE)
    if len(taken) < 3:
        raise MotionError(f"PFC: a motion of {motion.seconds:.3f} s; three frames of 30 Hz are needed")
    joints = taken.joints()
    push = np.diff(joints[:, 0], 2, axis=0) * RATE**2
    push[:, 1] = np.maximum(push[:, 1], 0)
    size = np.linalg.norm(push, axis=-1)
    steps = 100 * np.linalg.norm(
        np.diff(joints[1:, :, ::2], axis=0), axis=-1
    )  # those after each acceleration's middle frame
    paces = [steps[:, [taken.skeleton.index(name) for name in foot]].min(1) for foot in (LEFT, RIGHT)]
    return float((size * paces[0] * paces[1]).mean() / max(size.max(), 1e-9))
