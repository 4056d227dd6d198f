"""Streams that run along time, from files: a song, a talk, a body's points on a picture. Knows no tensor.

Of a long recording only the part that a motion can go with is listened to, and a little around it.
"""

import hashlib
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lmm import config, weights
from lmm.request import DEFAULT_SECONDS, SECONDS, TIMED
from lmm.train.recipe import Recipe
from motionverse.clip import Keypoints
from motionverse.errors import MotionError, MotionWarning
from motionverse.features import keypoints2d, keypoints_file, music, speech, video_pose
from motionverse.features.track import Track
from motionverse.formats import audio
from motionverse.formats.audio import Sound

Source = str | Path
SILENT = 1e-4  # root mean square against full scale under which nothing is heard
AROUND = 5.0  # [s] before and after, listened to for what beats and chroma take from there
_HEARD = {"music": music, "speech": speech}


@dataclass(frozen=True, eq=False)
class Recording:
    """A file of a stream from `start` [s] of it on: its track, 0 s being there; the seconds left of what was read (at most a little
    more than a motion can have); the sound."""

    stream: str
    path: Path
    start: float
    seconds: float
    track: Track
    sound: Sound | None = None

    @cached_property
    def sha256(self) -> str:
        """Of the file, of a folder's files in their order."""
        files = sorted(self.path.iterdir()) if self.path.is_dir() else [self.path]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()


def read(
    files: Mapping[str, Source],
    starts: Mapping[str, float],
    fps: float | None = None,
    size: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Recording]:
    """Recordings by stream (lmm.request.TIMED) from files by stream; starts: where in them a motion's first frame is [s], 0 where
    not said; fps and size [pixels] of keypoints whose file does not say them; progress(done, of about) of finding them in a film
    (motionverse.features.video_pose). Raises MotionError naming the file."""
    for name, start in starts.items():
        if name not in files:
            raise MotionError(
                f"{name} from {start:g} s on, but no {name} is given; give the file, or leave its start out"
            )
        if not (np.isfinite(start) and start >= 0):
            raise MotionError(f"{name}: start {start:g} s is out of range; 0 is the beginning of the file")
    found = {}
    for name in (name for name in TIMED if name in files):
        path, start = Path(files[name]), float(starts.get(name, 0.0))
        if name in _HEARD:
            found[name] = _heard(name, path, start)
        elif path.suffix.lower() in video_pose.SUFFIXES:
            found[name] = _seen(path, start, video_pose.keypoints(path, start, SECONDS[1] + 1, progress), start)
        else:
            found[name] = _seen(path, start, keypoints_file.read(path, fps, size))
    return found


def length(recordings: Mapping[str, Recording], seconds: float | None) -> float:
    """How long a motion with these recordings is [s]: as asked, or None: as the shortest of them, cut at what can be asked for."""
    shortest = min((one.seconds for one in recordings.values()), default=DEFAULT_SECONDS)
    if seconds is None:
        if shortest > SECONDS[1] + 0.05:
            _warn(f"{', '.join(recordings)}: longer than a motion's {SECONDS[1]:g} s; cut there")
        return min(shortest, SECONDS[1])
    for one in recordings.values():
        if one.seconds < seconds - 0.05:
            _warn(f"{one.path}: ends {one.seconds:.2f} s after its start; the motion goes on without {one.stream}")
    return seconds


def soundtrack(recordings: Mapping[str, Recording]) -> Sound | None:
    """What is heard of them, together."""
    sounds = [one.sound for one in recordings.values() if one.sound is not None]
    return audio.mixed(sounds) if sounds else None


def check_known(model: str, streams: Iterable[str]) -> None:
    """Raises MotionError for a stream that a model's weights do not know; they are not loaded."""
    known = config.read(weights.find(model) / weights.CONFIG, Recipe).model.streams
    for stream in streams:
        if stream not in known:
            raise rejected(stream, model, known)


def rejected(stream: str, model: str, known: Iterable[str]) -> MotionError:
    """What to say of a stream that a model does not know: what it knows, and who else knows this one."""
    others = []
    for name in weights.names():
        try:
            streams = config.read(weights.find(name) / weights.CONFIG, Recipe).model.streams
        except MotionError:
            continue
        others += [name] if stream in streams else []
    who = f"published weights that do: {', '.join(others)}" if others else "no published weights do"
    return MotionError(f"model {model}: its weights know {', '.join(known)}, and not {stream}; {who}")


def _heard(name: str, path: Path, start: float) -> Recording:
    whole = audio.load(path, start + SECONDS[1] + AROUND)
    left = _left(name, path, start, whole.seconds)
    sound = whole.slice(start, start + SECONDS[1])
    if float(np.sqrt(np.mean(np.square(sound.samples)))) < SILENT:
        raise MotionError(f"{path}: silent from {start:g} s on; give a file, or a start, with something to be heard")
    before = min(start, AROUND)
    try:
        track = _HEARD[name].track(whole.slice(start - before, start + SECONDS[1] + AROUND))
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None
    return Recording(name, path, start, left, track.later(-before), sound)


def _seen(path: Path, start: float, keypoints: Keypoints, since: float = 0.0) -> Recording:
    """Keypoints whose first row is the instant `since` [s] of the file."""
    left = _left("keypoints", path, start, since + len(keypoints.positions) / keypoints.fps)
    try:
        track = keypoints2d.track(keypoints)
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None
    return Recording("keypoints", path, start, left, track.later(since - start))


def _left(name: str, path: Path, start: float, seconds: float) -> float:
    if seconds - start < SECONDS[0]:
        where = f" from {start:g} s on" if start else ""
        raise MotionError(
            f"{path}: {max(seconds - start, 0):.2f} s of {name}{where}; a motion takes {SECONDS[0]:g} s at least"
        )
    return seconds - start


def _warn(said: str) -> None:
    warnings.warn(MotionWarning(said), stacklevel=3)
