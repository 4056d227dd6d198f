"""A build at several sizes, and what that says about 100 million frames.

    python tools/benchmark.py scale DATA --out FOLDER [--frames 100000 300000 1000000] [--workers 2] [--captions FOLDER]

Where there are too few frames, clips come again mirrored and at other rates: an enlargement to measure with, from which
nothing can be learned. CPU seconds are of all processes together; wall seconds depend on who else uses the machine.
"""

import argparse
import functools
import math
import multiprocessing
import resource
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import build
from motionverse.clip import Clip
from motionverse.sources import table
from motionverse.sources.source import Entry, Source

RATES = (1.0, 0.9, 0.8, 0.7)  # of a clip's own; each also mirrored
LARGE = 100_000_000


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Build every size and fit lines through what it took."""
    parser = argparse.ArgumentParser(prog="benchmark.py scale", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for the stores, which are removed again")
    parser.add_argument("--frames", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", default="local")
    parser.add_argument("--captions", type=Path)
    options = parser.parse_args(arguments)
    share, rows = 0.02, []
    one = functools.partial(measured, options)
    per_share = one(share)["frames"] / share  # a small one first, to learn how many frames a clip has
    for frames in options.frames:
        share = frames / per_share
        rows.append(one(share))
        per_share = rows[-1]["frames"] / share
    return {"sizes": rows, **extrapolated(rows)}


def enlarged(source: Source, share: float) -> Source:
    """A source that gives `share` of the clips of another, drawn by chance; above 1 with every clip in several variants."""
    return replace(source, find=functools.partial(_find, source, share), read=functools.partial(_read, source))


def _find(source: Source, share: float, folder: Path, captions: Path | None) -> list[Entry]:
    entries = source.find(folder, captions)
    variants = [
        replace(e, name=f"{e.name}~{k}", facts={**e.facts, "~": k}) for k in range(math.ceil(share)) for e in entries
    ]
    chosen = np.random.default_rng(0).permutation(len(variants))[: max(1, round(share * len(entries)))]
    return [variants[k] for k in sorted(chosen)]


def _read(source: Source, entry: Entry) -> Clip:
    facts = dict(entry.facts)
    variant = facts.pop("~")
    clip = source.read(replace(entry, facts=facts))
    motion = clip.motion.mirror() if variant % 2 else clip.motion
    rate = RATES[variant // 2 % len(RATES)]
    motion = motion.resample(motion.fps * rate) if rate != 1 else motion
    return clip.with_(motion=motion, keypoints=(), audio=(), words=())


def measured(options: argparse.Namespace, share: float) -> dict[str, Any]:
    """What a build of `share` of the corpora took, in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_build, args=(options, share, theirs))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    return result


def _build(options: argparse.Namespace, share: float, pipe: Any) -> None:
    names = [name for name in table.SOURCES if (options.data / name).is_dir()]
    sources = [enlarged(table.source(name), share) for name in names]
    computed = began = time.perf_counter()

    def progress(*_: object) -> None:
        nonlocal computed
        computed = time.perf_counter()

    store, settings = options.out / "scale-store", {"engine": options.engine, "progress": progress}
    report = build.build(options.data, store, sources, options.workers, options.captions, True, **settings)
    ended = time.perf_counter()
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    frames = sum(account.written for account in report.accounts.values())
    disk = sum(path.stat().st_size for path in store.iterdir())
    pipe.send({
        "frames": frames, "clips": sum(account.clips for account in report.accounts.values()),
        "wall_s": ended - began, "assembly_s": ended - computed,
        "cpu_s": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
        "peak_mb": own.ru_maxrss / 1024, "worker_peak_mb": workers.ru_maxrss / 1024,
        "bytes_a_frame": report.bytes_per_frame, "bytes_a_frame_on_disk": disk / frames,
    })  # fmt: skip


def extrapolated(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Slopes of the logarithms, and a straight line continued to 100 million frames; nothing for a single size."""
    if len(rows) < 2:
        return {}
    frames = np.array([row["frames"] for row in rows])

    def slope(name: str) -> float:
        return float(np.polyfit(np.log(frames), np.log([row[name] for row in rows]), 1)[0])

    def line(name: str) -> float:
        return float(np.polyval(np.polyfit(frames, [row[name] for row in rows], 1), LARGE))

    return {
        "slope of CPU seconds (1 = linear)": slope("cpu_s"),
        "slope of peak memory of the building process": slope("peak_mb"),
        f"at {LARGE:,} frames, if the lines go on": {
            "gigabytes on disk": rows[-1]["bytes_a_frame_on_disk"] * LARGE / 1e9, "core hours": line("cpu_s") / 3600,
            "minutes putting together": line("assembly_s") / 60, "gigabytes of memory": line("peak_mb") / 1024,
        },
    }  # fmt: skip
