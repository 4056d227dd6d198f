"""Where every frame went: rows of a build's report, added up by source, and the proof that nothing is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from motionverse.build.corridor import Frames

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What the build did to one clip. error_mm: mean and maximum retarget error; cut [s]: lost to jumps and rest poses;
    error: why it was left out, or ""; reason: that in a word (a check of motionverse.lint, "short", "jumps", "unreadable",
    "fault" for an error nobody foresaw, "licence KEY"); frames: what became of the frames that were read."""

    source: str
    name: str
    split: str = ""
    seconds: float = 0.0
    action: str = ""
    scale: float = 0.0
    error_mm: Pair = (0.0, 0.0)
    direction_deg: Pair = (0.0, 0.0)
    cut: float = 0.0
    error: str = ""
    reason: str = ""
    frames: Frames = field(default_factory=Frames)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "ClipRow":
        """The inverse of `to_json`. Raises TypeError or KeyError for anything else."""
        pairs = {name: tuple(row[name]) for name in ("error_mm", "direction_deg")}
        return cls(**{**row, **pairs, "frames": Frames(**row["frames"])})


@dataclass
class Account:
    """One source: clips planned, read and refused, and frames read = written + resampled + jumps + rest_pose + refused.

    planned: clips that were found; written and clips are counted in the store, all else in the rows; refused: reason ->
    (clips, frames). Frames at the source's rate, but `written`.
    """

    source: str
    planned: int = 0
    clips: int = 0
    seconds: float = 0.0
    read: int = 0
    read_seconds: float = 0.0
    written: int = 0
    resampled: int = 0
    jumps: int = 0
    rest_pose: int = 0
    retarget_mm: float = 0.0  # sum over clips
    sides: dict[str, int] = field(default_factory=dict)  # split -> clips
    refused: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, row: ClipRow) -> None:
        """Take in what the build says of a clip."""
        frames = row.frames
        self.read, self.read_seconds = self.read + frames.read, self.read_seconds + frames.seconds
        if row.error:
            clips, lost = self.refused.get(row.reason, (0, 0))
            self.refused[row.reason] = (clips + 1, lost + frames.read)
            return
        self.resampled += frames.resampled
        self.jumps, self.rest_pose = self.jumps + frames.jumps, self.rest_pose + frames.rest_pose
        self.retarget_mm += row.error_mm[0]

    def store(self, record: Any) -> None:
        """Take in a clip as it lies in the store (a ClipRecord)."""
        self.clips, self.written = self.clips + 1, self.written + record.frames
        self.seconds += record.seconds
        self.sides[record.split] = self.sides.get(record.split, 0) + 1

    @property
    def refused_frames(self) -> int:
        return sum(frames for _, frames in self.refused.values())

    @property
    def left_out(self) -> int:
        """Clips that were refused, for whatever reason."""
        return sum(clips for clips, _ in self.refused.values())

    @property
    def missing(self) -> tuple[int, int]:
        """(clips, frames) that were found or read and are neither written nor accounted for; (0, 0) in a sound build."""
        gone = self.resampled + self.jumps + self.rest_pose + self.refused_frames
        return self.planned - self.clips - self.left_out, self.read - self.written - gone

    def frames_row(self) -> dict[str, Any]:
        """The frames as one row of a table."""
        return {
            "source": self.source, "read_s": round(self.read_seconds, 1), "read": self.read, "written": self.written,
            "resampled": self.resampled, "jumps": self.jumps, "rest_pose": self.rest_pose,
            "refused": self.refused_frames, "missing": self.missing[1],
        }  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Plain values, with what is missing."""
        clips, frames = self.missing
        return {**asdict(self), "missing": {"clips": clips, "frames": frames}}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Account":
        """The inverse of `to_json`. Raises TypeError, KeyError or ValueError for anything else."""
        made = cls(**{name: value for name, value in row.items() if name != "missing"})
        made.refused = {reason: (int(clips), int(frames)) for reason, (clips, frames) in made.refused.items()}
        return made


def unbalanced(accounts: Iterable[Account]) -> str:
    """What does not add up, in a line; "" where everything does."""
    told = []
    for account in accounts:
        clips, frames = account.missing
        if clips < 0 or frames < 0:  # a store that was appended to since
            told.append(f"{account.source}: {-clips} clips and {-frames} frames are there that the build did not write")
        elif clips or frames:
            told.append(f"{account.source}: {clips} clips and {frames} frames are missing")
    return "; ".join(told)
