"""The one corridor from files to a store: source -> whole body -> standing place -> checks -> split -> writer, statistics.

A clip that cannot be used is left out and named in the report; the build goes on. Statistics are over training clips only,
at several frame rates, because features are always computed at the rate that a model asks for.
"""

import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from motionverse import resample, split, tomato
from motionverse.canonical import canonical
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.lint import Refused, gate
from motionverse.motion import Motion
from motionverse.parts import CELLS
from motionverse.retarget import Report, retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import table
from motionverse.sources.source import Entry
from motionverse.stats import Stats
from motionverse.store.writer import Writer

MAX_FPS = 60.0  # faster captures are resampled down to this
SHORTEST = 0.5  # [s]
FASTEST = 30.0  # [m/s] no joint of a person moves faster
JUMP_SPEED, JUMP_ACCELERATION = 18.0, 800.0  # [m/s], [m/s^2] together: a joint that is thrown about by a converter
JUMP_MARGIN = 0.05  # [s] cut on either side of a jump
T_POSE = 0.94  # cosine: within 20 degrees of the T-pose
STATS_FPS = (15.0, 20.0, 30.0)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ClipRow:
    """What the build did to one clip. error_mm: mean and maximum retarget error; cut [s]: lost to jumps;
    error: why it was left out, or ""; reason: that in a word (a check of motionverse.lint, "short", "jumps", "unreadable")."""

    source: str
    name: str
    split: str = ""
    seconds: float = 0.0
    action: str = ""
    scale: float = 0.0
    error_mm: tuple[float, float] = (0.0, 0.0)
    direction_deg: tuple[float, float] = (0.0, 0.0)
    cut: float = 0.0
    error: str = ""
    reason: str = ""


@dataclass
class BuildReport:
    """One row a clip, and how long it took [s]; saved as JSON beside the store."""

    rows: list[ClipRow] = field(default_factory=list)
    wall_seconds: float = 0.0
    bytes_per_frame: float = 0.0

    @property
    def errors(self) -> list[ClipRow]:
        """The clips that were left out."""
        return [row for row in self.rows if row.error]

    @property
    def refused(self) -> dict[str, int]:
        """Clips left out, by reason: what was read is what was written and these."""
        return dict(Counter(row.reason or "unreadable" for row in self.errors).most_common())

    def table(self) -> list[dict[str, object]]:
        """One row a source: clips, minutes, clips by split, left out, mean retarget error [mm]."""
        rows = []
        for source in dict.fromkeys(row.source for row in self.rows):
            mine = [row for row in self.rows if row.source == source]
            kept = [row for row in mine if not row.error]
            sides = Counter(row.split for row in kept)
            rows.append({
                "source": source, "clips": len(kept), "minutes": round(sum(row.seconds for row in kept) / 60, 2),
                **{side: sides[side] for side in (split.TRAIN, split.VALIDATION, split.TEST)}, "left_out": len(mine) - len(kept),
                "retarget_mm": round(float(np.mean([row.error_mm[0] for row in kept])), 1) if kept else 0.0,
            })  # fmt: skip
        return rows

    @staticmethod
    def path(store: Path) -> Path:
        """Where the report of a store lies."""
        return store.with_name(store.name + ".report.json")

    @staticmethod
    def read_rows(path: Path) -> list[ClipRow]:
        """The rows of a saved report, none where there is no file. MotionError for a file that is something else."""
        if not path.exists():
            return []
        try:
            return [ClipRow(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise MotionError(f"{path}: not the report of a build; build the store again, or remove it") from error

    def save(self, path: Path) -> None:
        """Write as JSON."""
        with atomic_path(path) as temporary:
            whole = {"table": self.table(), "refused": self.refused, **asdict(self)}
            temporary.write_text(json.dumps(whole, indent=1, ensure_ascii=False), encoding="utf-8")


def build(
    root: str | Path,
    out: str | Path,
    sources: Sequence[str] | None = None,
    workers: int = 2,
    captions: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a store at `out` from the corpora under `root` and return what happened to every clip.

    root: a folder with one folder a source, named as the source, or the folder of the one source named. sources: names
    from motionverse.sources.table; None: every source that has a folder under `root`. captions: folder of caption files.
    workers: processes. progress(done, total, name) is called after every clip.
    Raises MotionError where nothing is found, or `out` cannot be written.
    """
    start, report, stats = time.perf_counter(), BuildReport(), Stats()
    jobs = _jobs(Path(root), sources, Path(captions) if captions else None)
    frames = size = 0
    with Writer(out, overwrite=overwrite) as writer:
        for done, (clip, moments, row) in enumerate(_results(jobs, workers), start=1):
            if clip is not None:
                record = writer.add(clip)
                frames, size = frames + record.frames, size + record.length
            if moments is not None:
                stats = stats.merge(moments)
            report.rows.append(row)
            if progress is not None:
                progress(done, len(jobs), row.name)
        if not len(writer):
            raise MotionError(f"{root}: no clip could be used; first reason: {report.errors[0].error}")
        writer.close(stats)
    report.wall_seconds, report.bytes_per_frame = time.perf_counter() - start, size / frames
    report.save(BuildReport.path(Path(out)))
    return report


def _jobs(root: Path, names: Sequence[str] | None, captions: Path | None) -> list[tuple[str, Entry]]:
    if names is None:
        names = [name for name in table.SOURCES if (root / name).is_dir()]
        if not names:
            known = ", ".join(table.SOURCES)
            raise MotionError(
                f"{root}: no folder is named after a source ({known}); name the source that this folder is"
            )
    return [(name, entry) for name in names for entry in table.source(name).entries(root, captions)]


def _results(jobs: list[tuple[str, Entry]], workers: int) -> Iterator[tuple[Clip | None, Stats | None, ClipRow]]:
    """The results in the order of the jobs, computed by `workers` processes."""
    if workers <= 1 or len(jobs) < 2:
        yield from map(_work, jobs)
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_work, jobs, chunksize=4)


def _work(job: tuple[str, Entry]) -> tuple[Clip | None, Stats | None, ClipRow]:
    name, entry = job
    try:
        clip = table.source(name).read(entry)
        clip, told, cut = prepare(clip.with_(name=f"{name}/{entry.name}"))
    except MotionError as error:
        return None, None, ClipRow(name, entry.name, error=str(error), reason=getattr(error, "reason", "unreadable"))
    seconds, errors = clip.motion.seconds, (told.error_mm, told.direction_deg)
    row = ClipRow(name, clip.name, clip.split, seconds, clip.action, told.scale, *errors, cut)
    return clip, moments(clip.motion) if clip.split == split.TRAIN else None, row


def prepare(clip: Clip) -> tuple[Clip, Report, float]:
    """A source's clip as it is stored; the retarget's report; and the seconds that were cut from it.

    At most 60 fps, WHOLE_BODY, without jumps, floor at 0, first frame at the origin facing +Z; with the data set's own
    split, or else ours.
    Raises MotionError for what cannot be used.
    """
    motion = clip.motion
    if motion.seconds < SHORTEST:
        raise Refused("short", f"{motion.seconds:.2f} s long; clips shorter than {SHORTEST} s are left out")
    if motion.fps > MAX_FPS * 1.01:
        motion = resample.resample(motion, MAX_FPS)
    made, report = retarget(motion)
    if motion.observed is not None and motion.skeleton.names == WHOLE_BODY.names:
        made = made.with_(observed=made.present & motion.present)  # half a body, fitted to points, stays half a body
    start, stop = clean_stretch(made)
    start = min(max(start, rest_frames(made)), stop - round(SHORTEST * made.fps))
    kept = canonical(made.frames_slice(start, stop))[0]
    captions = _moved(clip.captions, start / made.fps, kept.seconds, made.seconds)
    done = clip.with_(motion=made).cut(start, stop).with_(motion=kept, captions=captions, split=split.assign(clip))
    gate(kept)
    return done, report, made.seconds - kept.seconds


def rest_frames(motion: Motion) -> int:
    """How many frames the motion begins by standing in a T-pose: arms straight out to the sides, legs straight down.

    Capture sessions begin so; no action does. motion: on WHOLE_BODY.
    """
    joints, facing = motion.joints(), np.swapaxes(motion.rotations[:, 0], -1, -2)

    def along(a: str, b: str) -> np.ndarray:
        bone = joints[:, WHOLE_BODY.index(b)] - joints[:, WHOLE_BODY.index(a)]
        return (facing @ bone[..., None])[..., 0] / np.linalg.norm(bone, axis=-1, keepdims=True)

    resting = np.ones(len(motion), bool)
    for side, outward in (("left", 1.0), ("right", -1.0)):
        resting &= outward * along(f"{side}_shoulder", f"{side}_wrist")[:, 0] > T_POSE
        resting &= along(f"{side}_hip", f"{side}_ankle")[:, 1] < -T_POSE
    return len(motion) if resting.all() else int(np.argmin(resting))


def clean_stretch(motion: Motion) -> tuple[int, int]:
    """The longest run of frames (start, stop) in which no joint jumps.

    Raises MotionError where that is less than half of the clip or half a second, or where nothing ever moves.
    """
    joints = motion.joints()[:, :BODY_JOINTS]
    velocity = np.diff(joints, axis=0) * motion.fps
    speed = np.linalg.norm(velocity, axis=-1).max(1, initial=0)
    if speed.max(initial=0) < 1e-4:
        raise Refused("still", "nothing moves in it")
    change = np.diff(velocity, axis=0, prepend=velocity[:1], append=velocity[-1:]) * motion.fps
    harsh = np.linalg.norm(change, axis=-1).max(1) > JUMP_ACCELERATION
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


def _moved(captions: Sequence[Caption], start: float, seconds: float, whole: float) -> tuple[Caption, ...]:
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
    """Feature moments of a clip at the rates of STATS_FPS that do not exceed its own."""
    stats, cells = Stats(), np.zeros(CELLS, bool)
    cells[: CELLS - 1] = motion.present
    cells[CELLS - 1] = motion.face is not None
    for fps in STATS_FPS:
        if fps <= motion.fps * 1.01:
            features, _ = tomato.encode(motion.resample(fps))
            stats.update(features, cells)
    return stats
