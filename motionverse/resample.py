"""Any frame rate to any other, on true timestamps.

Rotations are interpolated by cubic splines through continuous quaternions and renormalised (the fourth-order relative of
slerp; slerp itself has corners, which show up in every velocity), positions by cubic splines; going down, the signal is
first band-limited by a zero-phase filter, so that what the new rate cannot hold does not fold back.
"""

import functools

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import MAX_FPS, Motion

KEEP = 0.9  # share of the new Nyquist frequency that the band limit lets through
ORDER = 6  # of the band limit, run forwards and backwards
MOST_JOINT_FRAMES = 1_000_000  # joints times frames that any motion may become; longer ones GROWTH times their own
GROWTH = 16


def _channels(motion: Motion) -> np.ndarray:
    """(T, C): quaternions made continuous in time, then the root, then the face."""
    q = rotation.continuous(rotation.to_quat(motion.rotations))
    parts = [q.reshape(len(motion), -1), motion.root]
    return np.concatenate(parts + ([] if motion.face is None else [motion.face]), -1)


def _motion(motion: Motion, channels: np.ndarray, fps: float) -> Motion:
    joints = len(motion.skeleton)
    q, root = channels[:, : 4 * joints].reshape(-1, joints, 4), channels[:, 4 * joints : 4 * joints + 3]
    face = None if motion.face is None else channels[:, 4 * joints + 3 :]
    return motion.with_(rotations=rotation.from_quat(q), root=root, face=face, fps=fps)


@functools.lru_cache(256)
def _low_pass(fps: float, hz: float) -> np.ndarray:
    """The band limit as second-order sections: designing it costs a short clip as much as applying it."""
    from scipy.signal import butter

    return np.asarray(butter(ORDER, hz, fs=fps, output="sos"))


def _filtered(channels: np.ndarray, fps: float, hz: float) -> np.ndarray:
    from scipy.signal import sosfiltfilt

    if hz >= 0.499 * fps or len(channels) < 4:
        return channels
    # odd extension keeps level and slope at the ends; two periods of the cut-off are enough for the transient
    pad = min(len(channels) - 1, int(np.ceil(2 * fps / hz)))
    return sosfiltfilt(_low_pass(fps, hz), channels, axis=0, padtype="odd", padlen=pad)


def low_pass(motion: Motion, hz: float) -> Motion:
    """What `motion` does below `hz` [Hz] (zero-phase Butterworth, forwards and backwards)."""
    if hz <= 0:
        raise MotionError(f"low_pass: {hz} Hz; must be above 0")
    return _motion(motion, _filtered(_channels(motion), motion.fps, hz), motion.fps)


def _interpolated(channels: np.ndarray, fps: float, times: np.ndarray) -> np.ndarray:
    from scipy.interpolate import CubicSpline

    if len(channels) == 1:
        return np.repeat(channels, len(times), 0)
    ends = "natural" if len(channels) < 4 else "not-a-knot"
    last = (len(channels) - 1) / fps
    return CubicSpline(np.arange(len(channels)) / fps, channels, bc_type=ends)(np.clip(times, 0, last))


def at_times(motion: Motion, times: np.ndarray, fps: float | None = None) -> Motion:
    """Poses at the given instants [s] (clamped to the first and last frame); `fps` labels the result."""
    return _motion(
        motion, _interpolated(_channels(motion), motion.fps, np.asarray(times, np.float64)), fps or motion.fps
    )


def through(motion: Motion, known: np.ndarray, times: np.ndarray, fps: float) -> Motion:
    """Poses at instants [s] of the cubic spline through the frames of `motion` that are known (T,) bool; no other is looked at.

    A line through two, a pose held where only one is known; instants outside them go on along the spline. `fps` labels the result.
    """
    from scipy.interpolate import CubicSpline

    at = np.flatnonzero(known)
    held = motion.with_(
        rotations=motion.rotations[at], root=motion.root[at], face=None if motion.face is None else motion.face[at]
    )
    channels = _channels(held)
    if len(at) == 1:
        return _motion(held, np.repeat(channels, len(times), 0), fps)
    ends = "natural" if len(at) < 4 else "not-a-knot"
    return _motion(held, CubicSpline(at / motion.fps, channels, bc_type=ends)(times), fps)


def resample(motion: Motion, fps: float) -> Motion:
    """`motion` at `fps` frames a second: frame k is the instant k / fps, the length in seconds is kept.

    Instants after the last source frame (at most one source frame long) hold it. Raises MotionError for rates out of range,
    and for a motion at an absurdly slow rate of its own (1e-9 fps: a frame lasts 30 years), which would fill any memory.
    """
    if not 0 < fps <= MAX_FPS:
        raise MotionError(f"resample: {fps} fps; must be above 0 and at most {MAX_FPS:g}")
    if fps == motion.fps:
        return motion
    most = max(MOST_JOINT_FRAMES // len(motion.skeleton), GROWTH * len(motion))
    if motion.seconds * fps >= most + 1:
        raise MotionError(
            f"resample: {len(motion)} frames of {1 / motion.fps:.3g} s are {motion.seconds * fps:.3g} at {fps:g} fps, at most "
            f"{most} are made; correct the file's frame rate"
        )
    frames = max(1, int(np.floor(motion.seconds * fps + 1e-6)))
    channels = _channels(motion)
    if fps < motion.fps:
        channels = _filtered(channels, motion.fps, KEEP * fps / 2)
    return _motion(motion, _interpolated(channels, motion.fps, np.arange(frames) / fps), float(fps))
