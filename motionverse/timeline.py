"""A clip as a function of time: prepared once, then evaluated at any instants in a fraction of a millisecond.

The same resampling as motionverse.resample (continuous quaternions and the root path through cubic splines, the same band
limit on the way down), arranged for random windows: spline coefficients of the captured joints alone are kept in float32,
and a window touches only the coefficients around it. Past its ends a clip goes on by odd reflection, which keeps level
and slope. Source of the coefficients: Unser, Aldroubi, Eden 1993 (B-spline signal processing).
"""

import functools
from dataclasses import dataclass

import numpy as np

from motionverse import face as faces
from motionverse import rotation
from motionverse.motion import Motion
from motionverse.resample import KEEP, ORDER
from motionverse.skeleton import Skeleton

_MARGIN = 16  # native frames kept past either end of a clip
_TRANSIENT = 2.0  # periods of the cut-off after which a filter has forgotten where a window was cut
_FORGOTTEN = 24  # frames after which spline coefficients have forgotten where a clip was cut: 0.27 ** 24 is 2e-14
_CUTS = 64  # cut-offs an octave that are told apart (within 0.6 %), so that few filters serve every rate


@dataclass(frozen=True, eq=False)
class Timeline:
    """coefficients: (M + T + M, 4 K + 3 (+ 50)) float32 of quaternions, root [m] and face; frames T at `fps`, the native rate;
    joints (K,): those captured."""

    coefficients: np.ndarray
    frames: int
    fps: float
    joints: np.ndarray
    skeleton: Skeleton
    observed: np.ndarray | None
    face: bool
    rotation_source: str
    face_source: str

    @classmethod
    def of(cls, motion: Motion) -> "Timeline":
        """Prepare a motion. Cost: a few microseconds a frame."""
        from scipy.ndimage import spline_filter1d

        joints = np.flatnonzero(motion.present)
        q = rotation.continuous(rotation.to_quat(motion.rotations[:, joints]))
        parts = [q.reshape(len(q), 4 * len(joints)), motion.root, *([] if motion.face is None else [motion.face])]
        channels = np.pad(np.concatenate(parts, -1), ((_MARGIN, _MARGIN), (0, 0)), "reflect", reflect_type="odd")
        coefficients = spline_filter1d(channels, 3, axis=0).astype(np.float32)
        face, source = motion.face is not None, (motion.rotation_source, motion.face_source)
        return cls(coefficients, len(motion), motion.fps, joints, motion.skeleton, motion.observed, face, *source)

    @property
    def last(self) -> float:
        """The instant [s] of the last frame."""
        return (self.frames - 1) / self.fps

    @property
    def nbytes(self) -> int:
        return self.coefficients.nbytes

    def at(self, start: float, fps: float, frames: int, mirrored: bool = False) -> Motion:
        """The motion at start + k / fps [s], k < frames, instants held to the clip's; band-limited where fps is below native."""
        cut = self.stretch(start, fps, frames, mirrored)
        rotations = rotation.from_quat(cut.quaternions)
        if len(cut.joints) < len(cut.skeleton):
            whole = np.zeros((frames, len(cut.skeleton), 9))
            whole[..., ::4] = 1.0  # joints that were not captured rest: the identity
            whole[:, cut.joints] = rotations.reshape(frames, -1, 9)
            rotations = whole.reshape(frames, -1, 3, 3)
        observed = self.observed
        if mirrored and observed is not None:
            observed = observed[self.skeleton.mirror]
        return Motion(
            rotations, cut.root, fps, cut.skeleton, cut.face, observed, self.rotation_source, self.face_source
        )

    def stretch(self, start: float, fps: float, frames: int, mirrored: bool = False) -> "Stretch":
        """What `at` makes a motion of."""
        times = np.clip(start + np.arange(frames) / fps, 0.0, self.last)
        values = self._values(times, fps)
        count = len(self.joints)
        q, root = values[:, : 4 * count].reshape(frames, count, 4), values[:, 4 * count : 4 * count + 3]
        joints, skeleton = self.joints, self.skeleton
        if mirrored:
            joints, order, skeleton = self._mirror
            # reflection at x = 0: turns about Y and Z change their sense
            q, root = q[:, order] * [1.0, 1.0, -1.0, -1.0], root * [-1.0, 1.0, 1.0]
        face = values[:, 4 * count + 3 :] if self.face else None
        if mirrored and face is not None:
            face = faces.mirrored(face, self.face_source)
        return Stretch(q, root, joints, skeleton, face)

    def _values(self, times: np.ndarray, fps: float) -> np.ndarray:
        """(len(times), C) the channels at instants [s] in rising order."""
        place = times * self.fps + _MARGIN
        cut = KEEP * fps / 2 / self.fps if fps < self.fps else 0.0  # cycles a native frame
        reach = _reach(cut)
        first, stop = max(int(place[0]) - reach, 0), min(int(place[-1]) + reach + 2, len(self.coefficients))
        near = self.coefficients[first:stop]
        if cut:
            near = _low_pass(near, cut)
        whole = np.minimum(place.astype(int), stop - 3)
        u, row = (place - whole)[:, None], whole - first
        v = 1.0 - u
        weights = (v**3, 4.0 - 3.0 * u * u * (1.0 + v), 4.0 - 3.0 * v * v * (1.0 + u), u**3)
        taps = [w * near[row + k] for k, w in enumerate(weights, -1)]
        return (taps[0] + taps[1] + taps[2] + taps[3]) / 6.0

    @functools.cached_property
    def _mirror(self) -> tuple[np.ndarray, np.ndarray, Skeleton]:
        """Captured joints of the mirrored clip, the place of each one's partner among `joints`, and the mirrored skeleton."""
        partner = self.skeleton.mirror
        joints = np.sort(partner[self.joints])
        offsets = self.skeleton.offsets[partner] * [-1.0, 1.0, 1.0]
        same = np.array_equal(offsets, self.skeleton.offsets)
        skeleton = self.skeleton if same else self.skeleton.with_offsets(offsets)
        return joints, np.searchsorted(self.joints, partner[joints]), skeleton


def needed(native: float, fps: float) -> int:
    """How many frames at the `native` rate on either side of a stretch its values at `fps` depend on, to float32."""
    return _reach(KEEP * fps / 2 / native if fps < native else 0.0) + _FORGOTTEN


def _reach(cut: float) -> int:
    return 1 + int(np.ceil(_TRANSIENT / cut)) if cut else 1


@dataclass(frozen=True, eq=False)
class Stretch:
    """A piece of a clip at some rate: quaternions (T, K, 4) wxyz of any length of the captured `joints` (K,), root (T, 3) [m],
    the (mirrored) skeleton, face (T, 50) or None."""

    quaternions: np.ndarray
    root: np.ndarray
    joints: np.ndarray
    skeleton: Skeleton
    face: np.ndarray | None


def _low_pass(values: np.ndarray, cut: float) -> np.ndarray:
    """Zero-phase low-pass along axis 0 below `cut` [cycles a sample], as motionverse.resample filters (scipy's sosfiltfilt
    with what depends on the cut-off alone held over)."""
    from scipy.signal import sosfilt

    pad = min(len(values) - 1, int(np.ceil(_TRANSIENT / cut)))
    sections, steady = _sections(round(_CUTS * float(np.log2(cut))))
    head, tail = 2 * values[:1] - values[pad:0:-1], 2 * values[-1:] - values[-2 : -2 - pad : -1]
    signal = np.concatenate([head, values, tail]).astype(np.float64)
    for _ in range(2):  # there and back
        signal = np.asarray(sosfilt(sections, signal, axis=0, zi=steady * signal[0])[0])[::-1]
    return signal[pad : pad + len(values)]


@functools.lru_cache(maxsize=1024)
def _sections(cut: int) -> tuple[np.ndarray, np.ndarray]:
    """Second-order sections of the cut-off 2 ** (cut / _CUTS) [cycles a sample], and their steady state (sections, 2, 1)."""
    from scipy.signal import butter, sosfilt_zi

    sections = np.asarray(butter(ORDER, 2.0 ** (cut / _CUTS), fs=1.0, output="sos"))
    return sections, sosfilt_zi(sections)[..., None]
