"""A motion as a metric with a rate of its own sees it: resampled, without what resampling adds after the last frame."""

import math

from motionverse.motion import Motion


def seen(motion: Motion, rate: float) -> Motion:
    """`motion` at `rate` [Hz], up to its own last frame: after that, resampling holds the pose, a stop that nobody made."""
    frames = math.floor((len(motion) - 1) / motion.fps * rate + 1e-6) + 1
    return motion.resample(rate).frames_slice(0, frames)
