"""What a worker does: a chunk in, a part out."""

from pathlib import Path

from motionverse import split
from motionverse.build import part
from motionverse.build.account import ClipRow
from motionverse.build.corridor import Frames, moments, prepare
from motionverse.build.plan import Chunk, program
from motionverse.errors import MotionError
from motionverse.licence import LICENCES, allows
from motionverse.lint import Refused
from motionverse.sources.source import Entry
from motionverse.stats import Stats
from motionverse.store.encoding import Encoded, encode_clip
from motionverse.terminal import warnings_said


def make(folder: Path, chunk: Chunk) -> None:
    """Compute a chunk and write its part, unless it is there.

    Clips that cannot be used become rows with an error. Raises MotionError where the part cannot be written, or where
    this machine runs another version of the program than the one that planned.
    """
    if chunk.program != program():
        raise MotionError("a worker runs other code than the build that started it; install one version everywhere")
    path = chunk.part_in(folder)
    if path.exists():
        return
    rows: list[ClipRow] = []
    clips: list[Encoded] = []
    stats = Stats()
    with warnings_said("motionverse build"):
        for entry in chunk.entries:
            row, clip, some = through(chunk, entry)
            rows.append(row)
            if clip is not None:
                clips.append(clip)
            if some is not None:
                stats = stats.merge(some)
    part.write(path, rows, clips, stats)


def through(chunk: Chunk, entry: Entry) -> tuple[ClipRow, Encoded | None, Stats | None]:
    """One clip through the corridor: its row, the clip as a store holds it, and its moments where it is for training.

    Raises nothing: whatever goes wrong is in the row.
    """
    source, frames = chunk.source, Frames()
    try:
        clip = source.read(entry)
        frames = Frames(clip.motion.frames, clip.motion.fps)
        clip = clip.with_(name=f"{source.name}/{entry.name}")
        if not allows(chunk.licence, clip.licence):
            kind = LICENCES[clip.licence].kind
            raise Refused(f"licence {clip.licence}", f"its licence class is {kind}; asked for is {chunk.licence}")
        clip, told, frames = prepare(clip)
        encoded = encode_clip(clip)
        some = moments(clip.motion) if clip.split == split.TRAIN else None
    except MotionError as error:
        return _refused(chunk, entry, frames, str(error), getattr(error, "reason", "unreadable")), None, None
    except Exception as error:  # a fault of ours or a file nobody foresaw must not end a build of many hours
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return _refused(chunk, entry, frames, said, "fault"), None, None
    errors = (told.error_mm, told.direction_deg)
    seconds, action = clip.motion.seconds, clip.action
    row = ClipRow(source.name, clip.name, clip.split, seconds, action, told.scale, *errors, frames.cut, frames=frames)
    return row, encoded, some


def _refused(chunk: Chunk, entry: Entry, frames: Frames, error: str, reason: str) -> ClipRow:
    read = Frames(frames.read, frames.fps)
    return ClipRow(chunk.source.name, f"{chunk.source.name}/{entry.name}", error=error, reason=reason, frames=read)
