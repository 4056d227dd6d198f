"""BVH to features against plain per-joint numpy; store bytes a frame; random windows a second.

    python tools/benchmark.py data [--bvh FILE] [--store STORE] [--seconds S] [--json]

--bvh: a file to read (retargeted to WHOLE_BODY and written anew first, so that both sides read the same skeleton; the time
with retargeting, from the file as it is, is printed beside); without it a forged minute at 30 fps. --store: a store to draw
windows from; without it a forged one. --seconds: how long each figure is measured.

The plain side does the same steps in the way most code in circulation does: `float` over the words of each line, then one
joint after another over all frames at once: three axis matrices a joint, kinematics, a cubic spline a joint for the
velocities. Both sides' features are compared, and must agree, before anything is timed.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import formats, rotation, tomato
from motionverse.canonical import canonical
from motionverse.clip import Clip
from motionverse.dataset import WindowDataset, stats_of
from motionverse.formats import bvh
from motionverse.motion import FACE_WIDTH, Motion
from motionverse.parts import CELLS
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store, Writer

BATCH = 32
CLIPS = 64  # windows are drawn from so many clips of a store at most
WINDOW = (30.0, 5.0)  # frames a second, seconds
BUDGET = {"body": 250, "body and hands": 450, "body, hands and face": 550}  # bytes a frame


def run(arguments: list[str]) -> dict[str, Any]:
    """All figures, flat; keys say the unit."""
    parser = argparse.ArgumentParser(prog="benchmark.py data")
    parser.add_argument("--bvh", type=Path)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        result = _reading(options.bvh, Path(folder), options.seconds)
        result |= _bytes(Path(folder))
        store = options.store or _forged_store(Path(folder) / "store")
        return result | _windows(Store(store), options.seconds)


def forged(seconds: float, fps: float = 30.0, seed: int = 0) -> Motion:
    """A body that sways: every joint follows a few random sinusoids."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * fps)) / fps
    waves = np.sin(2 * np.pi * rng.uniform(0.1, 1.5, (3, 156)) * times[:, None, None] + rng.uniform(0, 6, (3, 156)))
    rotations = rotation.from_rotvec(0.2 * waves.sum(1).reshape(len(times), 52, 3))
    root = 0.1 * waves[:, 0, :3] + [0, WHOLE_BODY.standing_height(), 0]
    return Motion(rotations, root, fps)


# BVH to features


def _reading(given: Path | None, folder: Path, seconds: float) -> dict[str, Any]:
    path, source = folder / "clip.bvh", forged(60.0) if given is None else formats.load(given)
    motion = source if given is None else retarget(source)[0]
    motion.save(path)
    ours, plain = _features(path), plain_features(path)
    apart = float(np.abs(ours - plain).max())
    if apart > 1e-3:
        raise AssertionError(f"the two sides disagree by {apart}")
    fast, slow = _alternating(lambda: _features(path), lambda: plain_features(path), seconds)
    parse_fast, parse_slow = _alternating(lambda: bvh.read(path), lambda: plain_pose(*plain_parse(path)), seconds)
    frames = len(motion)
    result = {
        "BVH to features, frames": frames,
        "BVH to features, frames/s": frames / fast,
        "BVH to features, plain, frames/s": frames / slow,
        "BVH to features, times as fast": slow / fast,
        "of which BVH to rotations, frames/s": frames / parse_fast,
        "of which BVH to rotations, plain, frames/s": frames / parse_slow,
        "of which BVH to rotations, times as fast": parse_slow / parse_fast,
        "largest difference of the features": apart,
    }
    if given is not None:
        whole = _best(lambda: tomato.encode(canonical(retarget(formats.load(given))[0])[0]), seconds)
        result["file to features with retargeting, frames/s"] = len(source) / whole
    return result


def _features(path: Path) -> np.ndarray:
    return tomato.encode(bvh.read(path))[0]


def _best(work: Callable[[], Any], seconds: float) -> float:
    return _alternating(work, lambda: None, seconds)[0]


def _alternating(first: Callable[[], Any], second: Callable[[], Any], seconds: float) -> tuple[float, float]:
    """The best wall time [s] of each, run in turns for about `seconds` (noise of the machine hits both alike)."""
    best, end = [np.inf, np.inf], time.perf_counter() + seconds
    while time.perf_counter() < end or not np.isfinite(best).all():
        for k, work in enumerate((first, second)):
            start = time.perf_counter()
            work()
            best[k] = min(best[k], time.perf_counter() - start)
    return best[0], best[1]


# The plain side


def plain_parse(path: Path) -> tuple[list[str], list[int], list[list[float]], list[list[str]], np.ndarray, float]:
    """Names, parents, offsets, channels, rows and frame time of a well-formed BVH."""
    lines = path.read_text().splitlines()
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[list[str]] = []
    open_joints: list[int] = []
    at_end = False
    start = 0
    for number, line in enumerate(lines):
        words = line.split()
        if words[0] in ("ROOT", "JOINT"):
            parents.append(open_joints[-1] if open_joints else -1)
            names.append(words[1])
            open_joints.append(len(names) - 1)
        elif words[0] == "End":
            at_end = True
        elif words[0] == "OFFSET" and not at_end:
            offsets.append([float(w) for w in words[1:]])
        elif words[0] == "CHANNELS":
            channels.append(words[2:])
        elif words[0] == "}":
            if not at_end:
                open_joints.pop()
            at_end = False
        elif words[0] == "Frame":
            start = number + 1
            break
    rows = np.array([[float(w) for w in line.split()] for line in lines[start:]])
    return names, parents, offsets, channels, rows, float(lines[start - 1].split()[2])


def plain_pose(
    names: list[str],
    parents: list[int],
    offsets: list[list[float]],
    channels: list[list[str]],
    rows: np.ndarray,
    frame_time: float,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, str | None], np.ndarray, float]:
    """Local rotations and offsets [m] by joint name, parents by name, the root's path [m], frames a second."""
    column, turns, bones = 0, {}, {}
    root = np.zeros((len(rows), 3))
    for j, name in enumerate(names):
        turn = np.tile(np.eye(3), (len(rows), 1, 1))
        for channel in channels[j]:
            if channel.endswith("position"):
                root[:, "XYZ".index(channel[0])] = rows[:, column] * 0.01
            else:
                turn = turn @ _axis_matrices(channel[0], np.radians(rows[:, column]))
            column += 1
        turns[name], bones[name] = turn, np.array(offsets[j]) * 0.01
    return (
        turns,
        bones,
        {n: names[p] if p >= 0 else None for n, p in zip(names, parents, strict=True)},
        root,
        1 / frame_time,
    )


def _axis_matrices(axis: str, angle: np.ndarray) -> np.ndarray:
    c, s, one, zero = np.cos(angle), np.sin(angle), np.ones_like(angle), np.zeros_like(angle)
    rows = {
        "X": [[one, zero, zero], [zero, c, -s], [zero, s, c]],
        "Y": [[c, zero, s], [zero, one, zero], [-s, zero, c]],
        "Z": [[c, -s, zero], [s, c, zero], [zero, zero, one]],
    }[axis]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def plain_features(path: Path) -> np.ndarray:
    """(T, 669) TOMATO features of a WHOLE_BODY BVH in centimetres."""
    from scipy.interpolate import CubicSpline
    from scipy.spatial.transform import Rotation

    turns, bones, parent, root, fps = plain_pose(*plain_parse(path))
    times = np.arange(len(root)) / fps
    world: dict[str, np.ndarray] = {}
    spins: dict[str, np.ndarray] = {}
    places: dict[str, np.ndarray] = {}
    moves: dict[str, np.ndarray] = {}
    for name in WHOLE_BODY.names:
        above = parent[name]
        q = Rotation.from_matrix(turns[name]).as_quat(scalar_first=True)
        for t in range(1, len(q)):
            if q[t] @ q[t - 1] < 0:
                q[t] = -q[t]
        dq = CubicSpline(times, q).derivative()(times)
        spin = 2 * (q[:, :1] * dq[:, 1:] - dq[:, :1] * q[:, 1:] - np.cross(dq[:, 1:], q[:, 1:]))
        if above is None:
            world[name], spins[name], places[name] = turns[name], spin, root
            moves[name] = CubicSpline(times, root).derivative()(times)
            yaw = np.unwrap(2 * np.arctan2(q[:, 2], q[:, 0]))
        else:
            world[name] = world[above] @ turns[name]
            spins[name] = spins[above] + np.einsum("tij,tj->ti", world[above], spin)
            bone = np.einsum("tij,j->ti", world[above], bones[name])
            places[name] = places[above] + bone
            moves[name] = moves[above] + np.cross(spins[above], bone)
    facing = np.swapaxes(_axis_matrices("Y", yaw), -1, -2)
    pelvis = np.einsum("tij,tj->ti", facing, moves["pelvis"])
    columns = [CubicSpline(times, yaw).derivative()(times)[:, None], pelvis[:, ::2], root[:, 1:2]]
    joints = WHOLE_BODY.names[1:]
    columns += [np.einsum("tij,tj->ti", facing, places[name] - root * [1, 0, 1]) for name in joints]
    columns += [np.concatenate([turns[name][:, :, 0], turns[name][:, :, 1]], -1) for name in joints]
    columns += [np.einsum("tij,tj->ti", facing, moves[name]) for name in WHOLE_BODY.names]
    columns += [np.zeros((len(root), FACE_WIDTH))]
    return np.concatenate(columns, -1).astype(np.float32)


# The store


def _bytes(folder: Path) -> dict[str, Any]:
    """Bytes a frame at rest, all files of the store counted, beside what they may be at most."""
    result: dict[str, Any] = {}
    for name, most in BUDGET.items():
        motion = forged(20.0)
        if name == "body":
            motion = motion.with_(observed=np.arange(52) < BODY_JOINTS)
        if name.endswith("face"):
            motion = motion.with_(face=np.zeros((len(motion), FACE_WIDTH)))
        path = folder / name.replace(" ", "-")
        with Writer(path) as writer:
            for k in range(20):
                writer.add(_clip(motion, k))
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        result[f"store, {name}, bytes/frame (at most {most})"] = size / (20 * len(motion))
    return result


def _clip(motion: Motion, number: int) -> Clip:
    return Clip(motion, f"forged-{number}", "forged", "unknown", f"forged-{number}", split="train")


def _forged_store(path: Path) -> Path:
    stats = Stats()
    with Writer(path) as writer:
        for k in range(40):
            motion = forged(12.0, seed=k).with_(observed=np.arange(52) < BODY_JOINTS)
            stats.update(tomato.encode(motion)[0], np.append(motion.present, np.zeros(CELLS - 52, bool)))
            writer.add(_clip(motion, k))
        writer.close(stats)
    return path


def _windows(store: Store, seconds: float) -> dict[str, Any]:
    """Random windows a second through 1 and 2 worker processes, collated, by both ways of cutting."""
    fps, length = WINDOW
    result: dict[str, Any] = {}
    for way, kept in (("window resampled", ()), ("clip encoded once", (fps,))):
        dataset = WindowDataset(store, stats_of(store), seconds=length, kept=kept)
        rates = [_rate(dataset, workers, seconds) for workers in (1, 2)]
        for workers, rate in enumerate(rates, 1):
            result[f"random windows/s of {length:g} s at {fps:g} fps, {way}, {workers} worker{'s'[: workers - 1]}"] = (
                rate
            )
        result[f"{way}, 2 workers over 1"] = rates[1] / rates[0]
    return result


def _rate(dataset: WindowDataset, workers: int, seconds: float) -> float:
    """Windows a second once every worker holds every clip; its start and first touch of the clips are not counted."""
    import torch
    from torch.utils.data import DataLoader

    from motionverse.batch import collate

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(dataset))[:CLIPS]
    # each clip eight times (mirrored and not), and each batch of them once for every worker in turn
    warm = np.repeat(np.resize(np.repeat(chosen, 8), (-(-len(chosen) * 8 // BATCH), BATCH)), workers, axis=0).ravel()
    drawn = np.concatenate([warm, rng.choice(chosen, 400_000)])
    keys = [(int(index), seed, *WINDOW) for seed, index in enumerate(drawn)]
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
