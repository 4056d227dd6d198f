"""Random windows a second out of a store, against one npz and one json a clip, and through worker processes."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.npz_json import Folder, written
from benchmarks.data.timing import best_rates
from motionverse.dataset import WindowDataset, stats_of
from motionverse.store import Store

BATCH = 32
CLIPS = 64  # windows are drawn from so many clips of a store at most
RATE, LENGTH = 30.0, 5.0  # frames a second, seconds
OTHER_RATE = 24.0  # a rate that is nobody's own: both sides resample


def figures(store: Store, folder: Path, seconds: float) -> dict[str, Any]:
    """Rates and ratios of windows of LENGTH."""
    clips = min(CLIPS, len(store))
    size = written(store, folder, clips, RATE)
    frames = sum(record.frames for record in store.records[:clips])
    result: dict[str, Any] = {
        "windows": f"{LENGTH:g} s out of {clips} clips of {frames / clips:.0f} frames on average",
        "npz + json, bytes/frame": size / frames,
    }
    return {**result, **_against_npz(store, folder, clips, seconds), **_workers(store, seconds)}


def _against_npz(store: Store, folder: Path, clips: int, seconds: float) -> dict[str, Any]:
    stats, rng = stats_of(store), np.random.default_rng(0)
    seeds = iter(range(1 << 60))
    theirs, theirs_other = Folder(folder, stats, RATE, LENGTH), Folder(folder, stats, OTHER_RATE, LENGTH)

    def ours(dataset: WindowDataset, fps: float) -> Any:
        return lambda: bool(dataset.window(int(rng.integers(clips)), next(seeds), fps, LENGTH).name)

    def npz(read: Any) -> Any:
        return lambda: bool(len(read(int(rng.integers(clips)))))

    held, free = WindowDataset(store, stats, kept=(RATE,)), WindowDataset(store, stats)
    nothing = WindowDataset(store, stats, memory=0)
    for index in range(clips):  # every clip's first touch (its checksum, its reading) is not counted, on neither side
        for seed in range(8):
            held.window(index, seed, RATE, LENGTH)
            free.window(index, seed, RATE, LENGTH)
        theirs.features(index)
        theirs.poses(index)
    rates = best_rates(
        {
            "store, clip encoded once": ours(held, RATE),
            "npz of features": npz(theirs.features),
            "store, window encoded": ours(free, RATE),
            "store, window encoded, nothing held in memory": ours(nothing, RATE),
            "npz of poses": npz(theirs.poses),
            "npz of points": npz(theirs.points),
            "store, resampled": ours(free, OTHER_RATE),
            "npz of poses, resampled": npz(theirs_other.resampled),
        },
        seconds,
    )
    result: dict[str, Any] = {f"{name}, windows/s": rate for name, rate in rates.items()}
    for mine, other in (
        ("store, clip encoded once", "npz of features"),
        ("store, window encoded", "npz of points"),
        ("store, window encoded", "npz of poses"),
        ("store, window encoded, nothing held in memory", "npz of poses"),
        ("store, resampled", "npz of poses, resampled"),
    ):
        result[f"{mine}, times {other}"] = rates[mine] / rates[other]
    return result


def _workers(store: Store, seconds: float) -> dict[str, Any]:
    """Windows a second through 1 and 2 worker processes, collated, by both ways of cutting."""
    result: dict[str, Any] = {}
    for way, kept in (("window encoded", ()), ("clip encoded once", (RATE,))):
        dataset = WindowDataset(store, stats_of(store), seconds=LENGTH, kept=kept)
        rates = [0.0, 0.0]
        for _ in range(2):  # in turns
            for k in range(2):
                rates[k] = max(rates[k], _rate(dataset, k + 1, seconds / 2))
        for count, rate in enumerate(rates, 1):
            result[f"{way}, {count} worker{'s'[: count - 1]}, collated, windows/s"] = rate
        result[f"{way}, 2 workers over 1"] = rates[1] / rates[0]
    return result


def _rate(dataset: WindowDataset, workers: int, seconds: float) -> float:
    """Windows a second once every worker holds every clip; its start and first touch of the clips are not counted."""
    import time

    import torch
    from torch.utils.data import DataLoader

    from motionverse.batch import collate

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(dataset))[:CLIPS]
    # each clip eight times (mirrored and not), and each batch of them once for every worker in turn
    warm = np.repeat(np.resize(np.repeat(chosen, 8), (-(-len(chosen) * 8 // BATCH), BATCH)), workers, axis=0).ravel()
    drawn = np.concatenate([warm, rng.choice(chosen, 400_000)])
    keys = [(int(index), seed, RATE, LENGTH) for seed, index in enumerate(drawn)]
    loader = DataLoader(dataset, BATCH, sampler=keys, num_workers=workers, collate_fn=collate)  # type: ignore[arg-type]
    batches = iter(loader)
    for _ in range(len(warm) // BATCH + 1):
        next(batches)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        count += len(next(batches))
    rate = count / (time.perf_counter() - start)
    del batches
    return rate
