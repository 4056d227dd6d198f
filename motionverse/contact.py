"""Feet on the floor: contact, sliding and floating, measured with the floor at y = 0 (see motionverse.canonical).

Heights are over the joint's own height in the rest pose standing on the floor (an ankle never comes down to 0), speeds per
second, so that no figure depends on the frame rate or on the proportions.
"""

import numpy as np

from motionverse.derivative import derivative
from motionverse.motion import Motion

FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
TOUCH_HEIGHT = 0.04  # m;   HuMoR (Rempe et al. 2021): toes within 4 cm, ankles within 8 cm (4 over our rest height)
TOUCH_SPEED = 0.15  # m/s; HuMoR: 0.5 cm a frame at 30 fps
SKID_HEIGHT = 0.05  # m;   GMD (Karunratanakul et al. 2023): a foot below 5 cm ...
SKID_SPEED = 0.5  # m/s; ... that moves more than 2.5 cm between frames at 20 fps
SLIDE_HEIGHT = 0.025  # m;   mode-adaptive networks (Zhang et al. 2018): speed weighted by 2 - 2^(h / 2.5 cm)
FLOAT_TOLERANCE = 0.005  # m;   PhysDiff (Yuan et al. 2023): within 5 mm of the floor is on it


def _feet(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Height over rest (T, 4) [m] and world velocity (T, 4, 3) [m/s] of FEET. MotionError where the skeleton lacks one."""
    joints = [motion.skeleton.index(name) for name in FEET]
    rest = motion.skeleton.rest_positions()[:, 1]
    positions = motion.joints()[:, joints]
    return positions[..., 1] - (rest[joints] - rest.min()), derivative(positions, motion.fps)


def feet(motion: Motion) -> np.ndarray:
    """Contact (T, 4) bool of left ankle, left foot, right ankle, right foot: within 4 cm of standing, slower than 0.15 m/s."""
    height, velocity = _feet(motion)
    return (height < TOUCH_HEIGHT) & (np.linalg.norm(velocity, axis=-1) < TOUCH_SPEED)


def foot_skate(motion: Motion) -> dict[str, float]:
    """How much feet slide while they should stand.

    speed [m/s]: mean over frames and toes of horizontal speed x clip(2 - 2^(h / 2.5 cm), 0, 1) (Zhang et al. 2018);
    ratio: share of frames in which a whole foot is under 5 cm and moves faster than 0.5 m/s (GMD's 2.5 cm at 20 fps);
    slide [cm]: mean horizontal path of a toe during one contact (`feet`); 0 where there is no contact.
    """
    height, velocity = _feet(motion)
    speed = np.linalg.norm(velocity[..., ::2], axis=-1)
    weight = np.clip(2 - 2 ** np.minimum(height / SLIDE_HEIGHT, 2.0), 0, 1)
    skids = (np.maximum(height[:, ::2], height[:, 1::2]) < SKID_HEIGHT) & (
        np.minimum(speed[:, ::2], speed[:, 1::2]) > SKID_SPEED
    )
    touch = (height < TOUCH_HEIGHT) & (np.linalg.norm(velocity, axis=-1) < TOUCH_SPEED)
    toes = touch[:, 1::2]
    starts = toes[:1].sum() + (toes[1:] & ~toes[:-1]).sum()
    path = (speed[:, 1::2] * toes).sum() / motion.fps
    return {
        "speed": float((speed * weight)[:, 1::2].mean()),
        "ratio": float(skids.any(1).mean()),
        "slide": float(100 * path / max(int(starts), 1)),
    }


def floating(motion: Motion) -> dict[str, float]:
    """How far the lowest captured joint is from the floor.

    height [m]: mean over frames of its height above 5 mm, 0 elsewhere; penetration [m]: likewise below -5 mm (positive
    down); ratio: share of frames in which the whole body is over 5 cm high. Jumps count as floating: compare with real clips.
    """
    lowest = motion.joints()[:, motion.present, 1].min(1)
    return {
        "height": float(np.where(lowest > FLOAT_TOLERANCE, lowest, 0).mean()),
        "penetration": float(np.where(lowest < -FLOAT_TOLERANCE, -lowest, 0).mean()),
        "ratio": float((lowest > SKID_HEIGHT).mean()),
    }
