"""A build from beginning to end: plan, compute what is not there yet, put together, move into place."""

import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from motionverse.build import part, work
from motionverse.build.account import Account
from motionverse.build.engine import engine as engine_of
from motionverse.build.folder import BuildFolder
from motionverse.build.plan import CLIPS, Chunk, digest, plan, unread
from motionverse.build.report import BuildReport, write_rows
from motionverse.errors import MotionError
from motionverse.files import check_outside
from motionverse.licence import UNKNOWN
from motionverse.sources.source import Source
from motionverse.stats import Stats
from motionverse.store.writer import Writer

Progress = Callable[[int, int, str], None]
Notice = Callable[[str], None]


def build(
    root: str | Path,
    out: str | Path,
    sources: Sequence[str | Source] | None = None,
    workers: int = 2,
    captions: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    *,
    licence: str = UNKNOWN,
    engine: str = "local",
    notice: Notice | None = None,
    chunk: int = CLIPS,
    sounds: bool = False,
) -> BuildReport:
    """Build a store at `out` from the corpora under `root` and return what happened to every clip and frame.

    root: a folder with one folder a source, named as the source, or the folder of the one source named. sources: names
    from motionverse.sources.table, or sources of your own; None: every source that has a folder under `root`. captions:
    folder of caption files. workers: processes. licence: the widest class of motionverse.licence that gets in.
    engine: "local" or "ray". progress(clips done, clips, words) is called before the first and after every part, notice
    with lines about what is resumed and which folders are not read. chunk: clips computed together. sounds: copy
    the clips' sound files into the store, so that it can travel; without it they stay where they are, and are known by SHA-256.

    A build that was killed goes on where it was when it is called again; the store is the same byte for byte.
    Raises MotionError where nothing is found, `out` cannot be written, or a worker dies.
    """
    began, folder = time.perf_counter(), BuildFolder(Path(out))
    run = engine_of(engine)
    check_outside(out, (root, captions))
    with folder.opened():
        if not folder.finished:
            folder.check_place(overwrite)
        root, captions = Path(root).absolute(), Path(captions).absolute() if captions else None
        chunks = plan(root, sources, captions, licence, chunk)
        if sources is None and notice and (others := unread(root, captions)):
            notice(f"not read: {', '.join(others)} (no source has that name; `motionverse sources` lists them)")
        fingerprint = digest([sounds, *(one.key for one in chunks)])
        if folder.finished == fingerprint:
            return _finished(folder, notice)
        folder.check_place(overwrite)
        ready = folder.claim(chunks, overwrite)
        report = BuildReport({}, licence, engine, workers, len(chunks), len(ready))
        if ready and notice:
            notice(f"resuming: {len(ready)} of {len(chunks)} parts done")
        _compute(run, folder, chunks, ready, workers, progress)
        _assemble(folder, chunks, report, sounds)
        if report.missing:
            raise RuntimeError(f"{folder.out}: {report.missing}")  # a fault of ours; no store is better than half a one
        report.wall_seconds, report.rows_path = time.perf_counter() - began, BuildReport.rows_of(folder.out)
        report.save(folder.report)
        folder.finish(fingerprint)
    return report


def _finished(folder: BuildFolder, notice: Notice | None) -> BuildReport:
    """A build that was killed while its result was being moved into place, which is done by now."""
    if notice:
        notice("resuming: all parts were done, and are now in place")
    report = BuildReport.read(BuildReport.path(folder.out))
    assert report is not None
    return report


def _compute(
    run: Callable, folder: BuildFolder, chunks: list[Chunk], ready: set[str], workers: int, progress: Progress | None
) -> None:
    done, total = sum(len(chunk.entries) for chunk in chunks if chunk.key in ready), sum(len(c.entries) for c in chunks)
    if progress:
        progress(done, total, "")
    todo = [chunk for chunk in chunks if chunk.key not in ready]
    with contextlib.closing(run(functools.partial(work.make, folder.path), todo, workers)) as finished:
        for chunk in finished:
            done += len(chunk.entries)
            if progress:
                progress(done, total, chunk.names[-1])


def _assemble(folder: BuildFolder, chunks: list[Chunk], report: BuildReport, sounds: bool) -> None:
    """All parts, in order, into a store and a file of rows in the build folder. One part is in memory at a time."""
    stats, size, frames, first = Stats(), 0, 0, ""
    with Writer(folder.store, sounds=sounds) as writer, folder.rows.open("w", encoding="utf-8") as rows:
        for chunk in chunks:
            made = part.Part.read(chunk.part_in(folder.path))
            account = report.accounts.setdefault(chunk.source.name, Account(chunk.source.name))
            account.planned += len(chunk.entries)
            for row in made.rows:
                account.add(row)
                first = first or row.error
            write_rows(rows, made.rows)
            for clip in made.clips():
                record = writer.add_encoded(clip)
                account.store(record)
                size, frames = size + len(clip.data), frames + record.frames
            stats = stats.merge(made.stats)
        if not len(writer):
            writer.abandon()
            folder.drop()
            raise MotionError(f"{folder.out}: no clip could be used; first reason: {first}")
        writer.close(stats)
    report.bytes_per_frame = size / frames
