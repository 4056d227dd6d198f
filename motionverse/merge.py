"""Stores as wholes: more clips into one, several into one, only what a licence allows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_outside
from motionverse.licence import LICENCES, UNKNOWN, allows
from motionverse.skeleton import WHOLE_BODY
from motionverse.split import SPLITS

if TYPE_CHECKING:
    from motionverse.build import BuildReport, ClipRow
    from motionverse.clip import Clip
    from motionverse.stats import Stats
    from motionverse.store import Store

Progress = Callable[[int, int, str], None]


@dataclass
class Merged:
    """What a merge did: clips and seconds kept; clips left out, by licence and by source."""

    clips: int = 0
    seconds: float = 0.0
    by_licence: Counter[str] = field(default_factory=Counter)
    by_source: Counter[str] = field(default_factory=Counter)


def append(path: str | Path, clips: "Iterable[Clip]", sounds: bool = False) -> int:
    """Add clips to the store at `path`, its statistics too; returns how many. A reader sees the old store or the new one.

    clips: as a build prepares them (motionverse.build.prepare); sounds: copy their sound files into the store.
    Raises MotionError for a name that the store has already and for a clip that was not prepared, and then nothing is added.
    """
    from motionverse.build import moments
    from motionverse.stats import Stats
    from motionverse.store import Appender

    with Appender(path, sounds=sounds) as appender:
        arrays = appender.store.stats_arrays()
        stats = None if arrays is None else Stats.from_arrays(arrays)
        for clip in clips:
            _check_prepared(clip)
            appender.add(clip)
            if stats is not None and clip.split == "train":
                stats = stats.merge(moments(clip.motion))
        count = len(appender)
        appender.close(stats)
    return count


def _check_prepared(clip: "Clip") -> None:
    """Raises MotionError for a clip that a build would not have written as it is."""
    if clip.motion.skeleton.names != WHOLE_BODY.names or clip.split not in SPLITS:
        raise MotionError(
            f"{clip.name}: on {len(clip.motion.skeleton)} joints of its own, or on no side of the split; "
            "append what motionverse.build.prepare(clip)[0] makes of it"
        )


def merge(
    out: str | Path,
    stores: Sequence[str | Path],
    licence: str = UNKNOWN,
    sources: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Merged:
    """Write one store at `out` with the clips of several, in their order; equal to one built of all of them at once.

    licence: the widest class of motionverse.licence that gets in; sources: only these.
    Statistics are merged; of a store that loses training clips, or that has none where another has, they are computed again
    from its clips. Where every store has the report of its build beside it, so has what is made of them, added up: clips that
    the licence leaves out count as refused, as in a build. Raises MotionError for a name that is in two stores, and where no
    clip is left.
    """
    from motionverse.store import Store, Writer

    check_outside(out, stores)
    held = [Store(path) for path in stores]
    kept = [_kept(store, licence, sources) for store in held]
    _check_names(held, kept)
    told = Merged()
    for store, keep in zip(held, kept, strict=True):
        for name, counter in (("licence", told.by_licence), ("source", told.by_source)):
            labels = store.records.labels(name)
            counter.update(labels.names[code] for code in labels.codes[~keep])
    total = int(sum(keep.sum() for keep in kept))
    if not total:
        raise MotionError(f"{out}: no clip is left to write; choose another licence or source")
    with Writer(out, overwrite=overwrite) as writer:
        for store, keep in zip(held, kept, strict=True):
            for index in np.flatnonzero(keep):
                record = writer.add_encoded(store.encoded(int(index)), store.fetch)
                told.clips, told.seconds = told.clips + 1, told.seconds + record.seconds
                if progress is not None:
                    progress(told.clips, total, record.name)
        writer.close(_stats(held, kept))
    _report(Path(out), held, kept, licence, sources)
    return told


def _kept(store: "Store", licence: str, sources: Sequence[str] | None) -> np.ndarray:
    """(n,) bool: the clips that are wanted."""
    keep = store.records.labels("licence").equal(*(key for key in LICENCES if allows(licence, key)))
    if sources:
        keep &= store.records.labels("source").equal(*sources)
    return keep


def _check_names(stores: "Sequence[Store]", kept: Sequence[np.ndarray]) -> None:
    """Before anything is written: no two clips have one name."""
    keys = np.concatenate([store.records.numbers("name")[keep] for store, keep in zip(stores, kept, strict=True)])
    places = [(store, int(index)) for store, keep in zip(stores, kept, strict=True) for index in np.flatnonzero(keep)]
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if twice.size:
        (first, _), (second, index) = (places[int(order[twice[0] + k])] for k in (0, 1))
        raise MotionError(
            f"{second.where}: clip {second.records[index].name!r} is in {first.where} too; names must differ, leave one out"
        )


def _stats(stores: "Sequence[Store]", kept: Sequence[np.ndarray]) -> "Stats | None":
    """The statistics of the training clips that are kept; None where no store has any."""
    from motionverse.build import moments
    from motionverse.stats import Stats

    arrays = [store.stats_arrays() for store in stores]
    if all(each is None for each in arrays):
        return None
    stats = Stats()
    for store, keep, each in zip(stores, kept, arrays, strict=True):
        train = store.records.labels("split").equal("train")
        if each is not None and keep[train].all():
            stats = stats.merge(Stats.from_arrays(each))
            continue
        for index in np.flatnonzero(keep & train):
            stats = stats.merge(moments(store.motion(int(index))))
    return stats


def _report(
    out: Path, stores: "Sequence[Store]", kept: Sequence[np.ndarray], licence: str, sources: Sequence[str] | None
) -> None:
    """Write the report of a merged store beside it, of those of its parts; none, and no older one, where a part has none."""
    from motionverse.build import Account, BuildReport
    from motionverse.build.report import each_row, write_rows
    from motionverse.store import Store

    told = [_report_of(store) for store in stores]
    place, rows_place = BuildReport.path(out), BuildReport.rows_of(out)
    if any(report is None for report in told):
        place.unlink(missing_ok=True)
        rows_place.unlink(missing_ok=True)
        return
    wall = sum(report.wall_seconds for report in told if report is not None)
    made = BuildReport(licence=licence, engine="merge", parts=len(stores), wall_seconds=wall, rows_path=rows_place)
    with atomic_path(rows_place) as temporary, temporary.open("w", encoding="utf-8") as lines:
        for store, keep in zip(stores, kept, strict=True):
            left_out = (store.records[int(index)] for index in np.flatnonzero(~keep))
            gone = {record.name: record.licence for record in left_out}
            for row in each_row(BuildReport.rows_of(store.path)):
                if not sources or row.source in sources:
                    row = _left_out(row, gone[row.name], licence) if row.name in gone and not row.error else row
                    account = made.accounts.setdefault(row.source, Account(row.source))
                    account.planned += 1
                    account.add(row)
                    write_rows(lines, [row])
    merged = Store(out)
    for record in merged.records:
        made.accounts.setdefault(record.source, Account(record.source)).store(record)
    frames = sum(account.written for account in made.accounts.values())
    made.bytes_per_frame = sum(row.bytes for row in merged.manifest.shards) / frames
    made.save(place)


def _report_of(store: "Store") -> "BuildReport | None":
    """The report of the build of a store on this machine, None where it or its rows are not there."""
    from motionverse.build import BuildReport
    from motionverse.store.files import Folder

    if not isinstance(store.files, Folder) or not BuildReport.rows_of(store.path).exists():
        return None
    return BuildReport.read(BuildReport.path(store.path))


def _left_out(row: "ClipRow", key: str, licence: str) -> "ClipRow":
    """The row of a clip that is left out for its licence, as a build of this licence would have it."""
    from motionverse.build import ClipRow, Frames

    why = f"its licence class is {LICENCES[key].kind}; asked for is {licence}"
    read = Frames(row.frames.read, row.frames.fps)
    return ClipRow(row.source, row.name, error=why, reason=f"licence {key}", frames=read)
