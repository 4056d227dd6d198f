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
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from motionverse import canonical, resample, split, tomato
from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.motion import Motion
from motionverse.parts import CELLS
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS
from motionverse.sources import table
from motionverse.sources.source import Entry
from motionverse.stats import Stats
from motionverse.store.writer import Writer

MAX_FPS = 60.0  # faster captures are resampled down to this
SHORTEST = 0.5  # [s]
FASTEST = 30.0  # [m/s] no joint of a person moves faster
STATS_FPS = (15.0, 20.0, 30.0)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ClipRow:
    """What the build did to one clip. error_mm: mean and maximum retarget error; error: why it was left out, or ""."""

    source: str
    name: str
    split: str = ""
    seconds: float = 0.0
    action: str = ""
    scale: float = 0.0
    error_mm: tuple[float, float] = (0.0, 0.0)
    direction_deg: tuple[float, float] = (0.0, 0.0)
    error: str = ""


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

    def save(self, path: Path) -> None:
        """Write as JSON."""
        with atomic_path(path) as temporary:
            whole = {"table": self.table(), **asdict(self)}
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
    report.save(Path(out).with_name(Path(out).name + ".report.json"))
    return report


def _jobs(root: Path, names: Sequence[str] | None, captions: Path | None) -> list[tuple[str, Entry]]:
    if names is None:
        names = [name for name in table.SOURCES if (root / name).is_dir()]
        if not names:
            known = ", ".join(table.SOURCES)
            raise MotionError(f"{root}: no folder is named after a source ({known}); name the source that this folder is")
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
        made, told = whole_body(clip.motion)
        check(made)
    except MotionError as error:
        return None, None, ClipRow(name, entry.name, error=str(error))
    clip = clip.with_(motion=made, name=f"{name}/{entry.name}", split=split.assign(clip))
    row = ClipRow(
        name, clip.name, clip.split, made.seconds, clip.action, told.scale, told.error_mm, told.direction_deg
    )
    return clip, moments(made) if clip.split == split.TRAIN else None, row


def whole_body(motion: Motion):
    """A source's motion as it is stored: at most 60 fps, WHOLE_BODY, floor at 0, first frame at the origin facing +Z."""
    if motion.seconds < SHORTEST:
        raise MotionError(f"{motion.seconds:.2f} s long; clips shorter than {SHORTEST} s are left out")
    if motion.fps > MAX_FPS * 1.01:
        motion = resample.resample(motion, MAX_FPS)
    made, report = retarget(motion)
    return canonical.canonical(made)[0], report


def check(motion: Motion) -> None:
    """Raises MotionError for what no person does: a joint faster than 30 m/s, or a body that never moves at all."""
    joints = motion.joints()[:, :BODY_JOINTS]
    speeds = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * motion.fps
    if len(speeds) and speeds.max() > FASTEST:
        frame, joint = np.unravel_index(int(speeds.argmax()), speeds.shape)
        name = motion.skeleton.names[joint]
        raise MotionError(f"{name} moves at {speeds.max():.0f} m/s at frame {frame}; no person is that fast")
    if len(speeds) and speeds.max() < 1e-4:
        raise MotionError("nothing moves in it")


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
