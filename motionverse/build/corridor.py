"""One clip through the corridor: from a source's own skeleton to what a store holds, and what became of its frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motionverse import resample, split, tomato
from motionverse.canonical import canonical
from motionverse.clip import Caption, Clip
from motionverse.face import FLAME
from motionverse.lint import Refused, Take, gate, watched
from motionverse.motion import Motion
from motionverse.parts import CELLS
from motionverse.retarget import Report, retarget
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats

MAX_FPS = 60.0  # faster captures are resampled down to this
SHORTEST = 0.5  # [s]
FASTEST = 30.0  # [m/s] no joint of a person moves faster
JUMP_SPEED, JUMP_ACCELERATION = 18.0, 800.0  # [m/s], [m/s^2] together: a joint that is thrown about by a converter
JUMP_MARGIN = 0.05  # [s] cut on either side of a jump
T_POSE = 0.94  # cosine: within 20 degrees of the T-pose
STATS_FPS = (15.0, 20.0, 30.0)


@dataclass(frozen=True, slots=True)
class Frames:
    """What became of the frames that a source handed over, each counted once: read = written + resampled + jumps + rest_pose.

    All but `written` are frames at the rate of the source, `fps`. resampled: dropped because 60 fps needs fewer; jumps and
    rest_pose: cut from the ends. Of a clip that was refused all but `read` are 0.
    """

    read: int = 0
    fps: float = 0.0
    written: int = 0
    resampled: int = 0
    jumps: int = 0
    rest_pose: int = 0

    @property
    def seconds(self) -> float:
        """What was read [s]."""
        return self.read / self.fps if self.fps else 0.0

    @property
    def cut(self) -> float:
        """What was cut off [s]."""
        return (self.jumps + self.rest_pose) / self.fps if self.fps else 0.0

    @classmethod
    def of(cls, motion: Motion, made: Motion, ends: tuple[int, int, int]) -> "Frames":
        """The count for frames begin..stop of `made` (`motion`, at 60 fps or less), of which begin - front were a rest pose.

        ends: front, begin, stop. A frame of the source belongs to the stretch in which its instant lies.
        """

        def at_source(frame: int) -> int:
            if frame == made.frames:
                return motion.frames
            return min(int(np.ceil(frame * motion.fps / made.fps - 1e-6)), motion.frames)

        front, begin, stop = map(at_source, ends)
        written = ends[2] - ends[1]
        jumps = front + motion.frames - stop
        return cls(motion.frames, motion.fps, written, stop - begin - written, jumps, begin - front)


def prepare(clip: Clip) -> tuple[Clip, Report, Frames]:
    """A source's clip as it is stored; the retarget's report; and what became of its frames.

    At most 60 fps, WHOLE_BODY, without jumps, floor at 0, first frame at the origin facing +Z; with the data set's own
    split, or else ours.
    Raises MotionError for what cannot be used.
    """
    motion = whole = clip.motion
    if motion.seconds < SHORTEST:
        raise Refused("short", f"{motion.seconds:.2f} s long; clips shorter than {SHORTEST} s are left out")
    if motion.fps > MAX_FPS * 1.01:
        motion = resample.resample(motion, MAX_FPS)
    made, report = retarget(motion)
    front, stop = clean_stretch(made)
    start = min(max(front, rest_frames(made)), stop - round(SHORTEST * made.fps))
    kept = canonical(made.frames_slice(start, stop))[0]
    captions = moved(clip.captions, start / made.fps, kept.seconds, made.seconds)
    done = clip.with_(motion=made).cut(start, stop).with_(motion=kept, captions=captions, split=split.assign(clip))
    gate(kept)
    return done, report, Frames.of(whole, made, (front, start, stop))


def rest_frames(motion: Motion) -> int:
    """How many frames the motion begins by standing in a T-pose: arms straight out to the sides, legs straight down.

    Capture sessions begin so; no action does. motion: on WHOLE_BODY; 0 where arms or legs were not captured.
    """
    joints, facing = motion.joints(), np.swapaxes(motion.rotations[:, 0], -1, -2)

    def along(a: str, b: str) -> np.ndarray:
        bone = joints[:, WHOLE_BODY.index(b)] - joints[:, WHOLE_BODY.index(a)]
        return (facing @ bone[..., None])[..., 0] / np.linalg.norm(bone, axis=-1, keepdims=True)

    limbs = [f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "hip", "knee")]
    resting = np.full(len(motion), bool(motion.present[[WHOLE_BODY.index(name) for name in limbs]].all()))
    for side, outward in (("left", 1.0), ("right", -1.0)):
        resting &= outward * along(f"{side}_shoulder", f"{side}_wrist")[:, 0] > T_POSE
        resting &= along(f"{side}_hip", f"{side}_ankle")[:, 1] < -T_POSE
    return len(motion) if resting.all() else int(np.argmin(resting))


def clean_stretch(motion: Motion) -> tuple[int, int]:
    """The longest run of frames (start, stop) in which no joint jumps.

    Raises MotionError where that is less than half of the clip or half a second, or where nothing ever moves.
    """
    joints = motion.joints()[:, watched(motion)]
    velocity = np.diff(joints, axis=0) * motion.fps
    speed = np.linalg.norm(velocity, axis=-1).max(1, initial=0)
    if speed.max(initial=0) < 1e-4 and Take.of(motion).moves.max() < 1e-4:
        raise Refused("still", "nothing moves in it")
    change = np.diff(velocity, axis=0, prepend=velocity[:1], append=velocity[-1:]) * motion.fps
    harsh = np.linalg.norm(change, axis=-1).max(1, initial=0) > JUMP_ACCELERATION
    jumps = (speed > FASTEST) | (speed > JUMP_SPEED) & (harsh[:-1] | harsh[1:])
    if not jumps.any():
        return 0, len(motion)
    margin = max(1, round(JUMP_MARGIN * motion.fps))
    wide = np.convolve(jumps, np.ones(2 * margin + 1, int), "same") > 0
    runs = np.flatnonzero(np.diff(np.concatenate([[True], wide, [True]]).astype(int))).reshape(-1, 2)
    start, stop = max(((int(a), int(b) + 1) for a, b in runs), key=lambda run: run[1] - run[0], default=(0, 0))
    if stop - start < max(0.5 * len(motion), SHORTEST * motion.fps):
        fast = f"joints jump in {int(jumps.sum())} frames, at up to {speed.max():.0f} m/s"
        raise Refused("jumps", f"{fast}; too little is left between")
    return start, stop


def moved(captions: Sequence[Caption], start: float, seconds: float, whole: float) -> tuple[Caption, ...]:
    """The captions of a clip that lost its first `start` [s] and has `seconds` of `whole` left.

    Sentences of people that lose more than a tenth of their window do not describe what is left, and go.
    """
    if seconds == whole:
        return tuple(captions)
    kept = []
    for caption in captions:
        first, last = caption.start - start, (whole if caption.end is None else caption.end) - start
        inside = min(last, seconds) - max(first, 0.0)
        if caption.origin != "human" or inside >= 0.9 * (last - first):
            end = None if caption.end is None else min(last, seconds)
            kept.append(replace(caption, start=max(first, 0.0), end=end))
    return tuple(kept)


def moments(motion: Motion) -> Stats:
    """Feature moments of a clip at the rates of STATS_FPS that do not exceed its own; of faces only FLAME's count."""
    stats, cells = Stats(), np.zeros(CELLS, bool)
    cells[: CELLS - 1] = motion.present
    cells[CELLS - 1] = motion.face is not None and motion.face_source == FLAME
    for fps in STATS_FPS:
        if fps <= motion.fps * 1.01:
            features, _ = tomato.encode(motion.resample(fps))
            stats.update(features, cells)
    return stats
