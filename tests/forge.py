"""Forged data for the tests: smooth motions from a seed, and walks whose geometry is known."""

import numpy as np

from motionverse import kinematics, rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton


def smooth(rng: np.random.Generator, times: np.ndarray, channels: int, size: float, hz: float = 1.5) -> np.ndarray:
    """(T, channels) sums of a few random sinusoids up to `hz`, a function of time (the same at any frame rate)."""
    waves = 4
    frequency = rng.uniform(0.1, hz, (waves, channels))
    phase = rng.uniform(0, 2 * np.pi, (waves, channels))
    weight = rng.normal(0, size / np.sqrt(waves), (waves, channels))
    return (weight * np.sin(2 * np.pi * frequency * times[:, None, None] + phase)).sum(1)


def motion(
    seconds: float = 2.0, fps: float = 30.0, seed: int = 0, skeleton: Skeleton = WHOLE_BODY, size: float = 0.3
) -> Motion:
    """A random smooth motion: upright pelvis that turns and wanders, every joint swinging by about `size` rad."""
    rng = np.random.default_rng(seed)
    times = np.arange(max(1, round(seconds * fps))) / fps
    joints = len(skeleton)
    rotations = rotation.from_rotvec(smooth(rng, times, joints * 3, size).reshape(-1, joints, 3))
    heading = rng.uniform(-3, 3) + smooth(rng, times, 1, 0.8, 0.3)[:, 0]
    rotations[:, 0] = rotation.about_y(heading) @ rotations[:, 0]
    root = smooth(rng, times, 3, 0.4, 0.5) * [1, 0.1, 1] + [0, skeleton.standing_height(), 0]
    return Motion(rotations, root, fps, skeleton)


def walk(
    seconds: float = 2.0, fps: float = 30.0, speed: float = 1.2, turn: float = 0.0, raise_hand: str | None = None
) -> Motion:
    """A schematic walk along the heading (+Z at the start) at `speed` [m/s], turning left by `turn` [rad/s].

    Strides of 1 s; the standing leg turns back as fast as the pelvis goes forward, so that its foot about stays where
    it is. `raise_hand` "left" or "right" holds that arm up.
    """
    times = np.arange(max(1, round(seconds * fps))) / fps
    rotations = rotation.identity(len(times), len(WHOLE_BODY))
    swing = speed / 3.6 * (4 * np.abs((times + 0.25) % 1 - 0.5) - 1)  # a triangle wave of slope speed / leg length
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rotations[:, WHOLE_BODY.index(f"{side}_hip")] = rotation.about("X", sign * swing)
        rotations[:, WHOLE_BODY.index(f"{side}_knee")] = rotation.about("X", np.maximum(0, -sign * swing))
        lift = 1.3 if raise_hand == side else -1.3
        rotations[:, WHOLE_BODY.index(f"{side}_shoulder")] = rotation.about("Z", np.full(len(times), sign * lift))
    heading = turn * times
    rotations[:, 0] = rotation.about_y(heading)
    step = speed / fps * np.stack([np.sin(heading), np.zeros_like(heading), np.cos(heading)], -1)
    root = np.cumsum(step, 0) - step[0]
    made = Motion(rotations, root, fps)
    lowest = kinematics.forward(WHOLE_BODY, rotations, root)[0][..., 1].min(1)
    return made.with_(root=root - np.stack([0 * lowest, lowest, 0 * lowest], -1))
