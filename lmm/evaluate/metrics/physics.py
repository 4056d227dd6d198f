"""What no reference is needed for: feet and floor as motionverse.contact, shaking as motionverse.lint measure them; jerk."""

import numpy as np

from lmm.evaluate.metrics.jerk import mean_jerk
from motionverse import contact
from motionverse.lint import Take, movement
from motionverse.motion import Motion


def physics(motion: Motion) -> dict[str, float]:
    """A motion on its floor, in numbers that any skeleton and frame rate share but `jerk`, which is of the rate.

    skate_m_s: speed of feet near the floor (Zhang et al. 2018); float_cm, penetration_cm: of the lowest joint over and under the
    floor (PhysDiff, Yuan et al. 2023); jitter_m_s2: shaking of the captured joints that does not stop, their mean (the
    lint's measure); jerk_m_s3: mean over frames and captured joints.
    """
    floor = contact.floating(motion)
    shaking = movement.jitter(Take.of(motion))
    return {
        "skate_m_s": contact.foot_skate(motion)["speed"],
        "float_cm": 100 * floor["height"],
        "penetration_cm": 100 * floor["penetration"],
        "jitter_m_s2": float("nan") if shaking is None else float(np.mean(shaking.values)),
        "jerk_m_s3": mean_jerk(motion.joints()[:, motion.present], motion.fps),
    }
