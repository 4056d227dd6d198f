"""Beat consistency: do gestures fall on what is stressed in speech?

Definition: Liu et al., BEAT, ECCV 2022 (BeatAlign, after Li et al. 2021), in the form of the public evaluation of EMAGE
(Liu et al., CVPR 2024): the mean over upper-body joints and onsets of speech of exp(-d^2 / 2 sigma^2), d to the joint's nearest
beat; a beat is a local minimum of speed that is not rest.
"""

import numpy as np

from lmm.evaluate.metrics.beat_alignment import closeness
from lmm.evaluate.metrics.seen import seen
from motionverse.errors import MotionError
from motionverse.motion import Motion

RATE = 30.0  # Hz
REACH = 7  # frames to each side in which a beat is the slowest: 0.23 s
SIGMA = 0.3  # s
MOVING = 0.1  # of the joint's mean speed in real motion, below which it rests
UPPER_BODY = (
    "spine1 spine2 spine3 neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist"
).split()


def upper_body_speeds(motion: Motion) -> np.ndarray:
    """(T, 13) speeds [m/s] of UPPER_BODY relative to the pelvis, seen at 30 Hz. Raises MotionError under two such frames."""
    taken = seen(motion, RATE)
    if len(taken) < 2:
        raise MotionError(f"beat consistency: a motion of {motion.seconds:.3f} s; two frames of 30 Hz are needed")
    joints = taken.joints()[:, [taken.skeleton.index(name) for name in UPPER_BODY]] - taken.root[:, None]
    return np.linalg.norm(np.gradient(joints, 1 / RATE, axis=0), axis=-1)


def beat_consistency(motion: Motion, onsets: np.ndarray, usual: np.ndarray) -> float:
    """0 to 1 for a motion, onsets (B,) [s] of its speech from the motion's start, and the joints' usual speeds (13,) [m/s].

    usual: the mean of `upper_body_speeds` over real motion. A joint without beats counts as 0; onsets outside the motion
    do not count. Raises MotionError where none is inside, and for usual speeds that are not above 0.
    """
    from scipy.signal import argrelmin

    usual, onsets = np.asarray(usual, np.float64), np.asarray(onsets, np.float64)
    if usual.shape != (len(UPPER_BODY),) or not (usual > 0).all():
        raise MotionError(
            f"beat consistency: usual speeds {usual.shape}; must be ({len(UPPER_BODY)},), each above 0 m/s"
        )
    onsets = onsets[(onsets >= 0) & (onsets < motion.seconds)]
    if not len(onsets):
        raise MotionError(
            f"beat consistency: no onset within the motion's {motion.seconds:.2f} s; check the speech's offset"
        )
    found = []
    for speed in (upper_body_speeds(motion) / usual).T:
        slow = argrelmin(speed, order=REACH)[0]
        beats = slow[speed[slow] > MOVING] / RATE
        found.append(closeness(onsets, beats, SIGMA).mean() if len(beats) else 0.0)
    return float(np.mean(found))
