"""Building a store out of files: clips, frames and bytes, against one loop that does the same steps a clip at a time."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.forged import clip, sway
from motionverse import rotation
from motionverse.build import build, moments, prepare
from motionverse.motion import FACE_WIDTH
from motionverse.skeleton import BODY_JOINTS
from motionverse.sources import table
from motionverse.stats import Stats
from motionverse.store import Store, Writer

FILES, SECONDS = 24, 8.0  # forged files, and how long each is
BUDGET = {"body": 250, "body and hands": 450, "body, hands and face": 550}  # bytes a frame


def figures(folder: Path) -> dict[str, Any]:
    """Clips and frames a second through the corridor with 1 and 2 worker processes, and through the plain loop."""
    files = folder / "files"
    files.mkdir(parents=True)
    for k in range(FILES):
        sway(SECONDS, seed=k).save(files / f"{k}.bvh")
    taken = {f"{n} process{'es' * (n > 1)}": np.inf for n in (1, 2)} | {"plain loop": np.inf}
    for turn in range(2):  # in turns, the best of each
        for workers, name in enumerate(list(taken)[:2], 1):
            start = time.perf_counter()
            build(files, folder / f"store-{turn}-{workers}", ["folder"], workers=workers)
            taken[name] = min(taken[name], time.perf_counter() - start)
        start = time.perf_counter()
        _plain(files, folder / f"npz-{turn}")
        taken["plain loop"] = min(taken["plain loop"], time.perf_counter() - start)
    store = Store(folder / "store-0-1")
    frames = sum(record.frames for record in store.records)
    result: dict[str, Any] = {"files": f"{FILES} BVH of {SECONDS:g} s at 30 fps, {len(store)} clips kept"}
    for name, seconds in taken.items():
        result[f"build, {name}, clips/s"] = len(store) / seconds
        result[f"build, {name}, frames/s"] = frames / seconds
    for name in list(taken)[:2]:
        result[f"build, {name}, times plain loop"] = taken["plain loop"] / taken[name]
    result["plain loop, bytes/frame"] = _size(folder / "npz-0") / frames
    return {**result, **_bytes(folder)}


def _plain(files: Path, out: Path) -> None:
    """The corridor's own steps, one clip after another, each to a compressed npz and a json; statistics at the end."""
    out.mkdir()
    source, stats = table.source("folder"), Stats()
    for k, entry in enumerate(source.entries(files, None)):
        done, told, _ = prepare(source.read(entry))
        motion = done.motion
        vectors = rotation.to_rotvec(motion.rotations)
        np.savez_compressed(out / f"{k}.npz", root=motion.root.astype("f4"), rotations=vectors.astype("f4"))
        meta = {"name": entry.name, "fps": motion.fps, "frames": len(motion), "retarget_mm": told.error_mm}
        (out / f"{k}.json").write_text(json.dumps(meta))
        stats = stats.merge(moments(motion))
    arrays: dict[str, Any] = stats.to_arrays()
    np.savez(out / "stats.npz", **arrays)


def _bytes(folder: Path) -> dict[str, Any]:
    """Bytes a frame at rest, all files of the store counted, beside what they may be at most."""
    result: dict[str, Any] = {}
    for name, most in BUDGET.items():
        motion = sway(20.0)
        if name == "body":
            motion = motion.with_(observed=np.arange(52) < BODY_JOINTS)
        if name.endswith("face"):
            motion = motion.with_(face=np.zeros((len(motion), FACE_WIDTH)))
        path = folder / name.replace(" ", "-")
        with Writer(path) as writer:
            for k in range(20):
                writer.add(clip(motion, k))
        result[f"store, {name}, bytes/frame (at most {most})"] = _size(path) / (20 * len(motion))
    return result


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
