"""How faithful the representation is to a motion: there and back, and at one rate against another."""

import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from motionverse import resample, rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.tomato.code import decode, encode
from motionverse.tomato.layout import FIELDS, SLICES

RATES = (12.5, 20.0, 24.0, 30.0, 60.0, 120.0)  # frames a second
BAND = 0.16  # of the lower of two rates [Hz]: what both can hold to well under 1 %
EDGE = 0.3  # s at each end that no filter or spline knows well


def round_trip(motion: Motion) -> tuple[float, float]:
    """Largest error of decode(encode(motion)) over frames and captured joints: of position [mm] and local rotation [degrees].

    0 where no joint was captured (a face alone).
    """
    back = decode(*encode(motion))
    seen = motion.present
    apart = np.linalg.norm(back.joints() - motion.joints(), axis=-1)[:, seen]
    turned = rotation.geodesic(back.rotations, motion.rotations)[:, seen]
    return float(1e3 * apart.max(initial=0.0)), float(np.degrees(turned.max(initial=0.0)))


def commutation(motion: Motion, fps: float, filtered: bool = True) -> dict[str, tuple[float, float]]:
    """RMS of encode(resample(m, fps)) - resample(encode(m), fps), and of the features themselves, per field.

    filtered: low-pass the motion to 0.16 x the lower rate first (without it, what the lower rate cannot hold is in the figure).
    0.3 s are cut at both ends; fields that are all zero are left out. Raises MotionError for motions of under 1 s.
    """
    if motion.seconds < 1:
        raise MotionError(f"commutation: {motion.seconds:.2f} s; needs at least 1 s, as {EDGE} s are cut at both ends")
    return _apart(_Encoded(resample.low_pass(motion, BAND * min(fps, motion.fps)) if filtered else motion), fps)


class _Encoded:
    """A motion with its features as splines; columns that are zero throughout (joints that were not captured) have none."""

    def __init__(self, motion: Motion) -> None:
        features = encode(motion)[0]
        self.motion, self.columns = motion, np.flatnonzero(features.any(0))
        self.spline = CubicSpline(motion.times, features[:, self.columns].astype(np.float64))


def _apart(source: _Encoded, fps: float) -> dict[str, tuple[float, float]]:
    there = source.motion.resample(fps)
    kept = (there.times >= EDGE) & (there.times <= source.motion.times[-1] - EDGE)
    direct = encode(there)[0][kept].astype(np.float64)
    error = direct.copy()
    error[:, source.columns] -= source.spline(there.times[kept])
    figures = {}
    for f in FIELDS:
        columns = SLICES[f.name]
        size = float(np.sqrt((direct[:, columns] ** 2).mean()))
        if size > 0:
            figures[f.name] = (float(np.sqrt((error[:, columns] ** 2).mean())), size)
    return figures


@dataclass(frozen=True)
class Measured:
    """One clip: errors of the round trip [mm] and [degrees], (error, size) of commutation by (kind, fps, field), and how far
    the pelvis leans from upright at most [degrees]: beyond 90 it has no heading to speak of, at 180 none at all."""

    name: str
    mm: float
    degrees: float
    commutation: dict[tuple[str, str, str], tuple[float, float]]
    tilt: float = 0.0


def measure(name: str, motion: Motion, commute: bool = True) -> Measured:
    """The round trip of a motion and, where it lasts 1 s and `commute` asks for it, commutation at all RATES.

    Kinds of commutation: "filtered" and "unfiltered".
    """
    found: dict[tuple[str, str, str], tuple[float, float]] = {}
    if commute and motion.seconds >= 1:
        whole, by_band = _Encoded(motion), {}
        for fps in RATES:
            band = BAND * min(fps, motion.fps)
            if band not in by_band:
                by_band[band] = _Encoded(resample.low_pass(motion, band))
            for kind, source in (("filtered", by_band[band]), ("unfiltered", whole)):
                found |= {(kind, f"{fps:g}", field): pair for field, pair in _apart(source, fps).items()}
    tilt = np.degrees(np.arccos(np.clip(motion.rotations[:, 0, 1, 1], -1, 1)).max())
    return Measured(name, *round_trip(motion), found, float(tilt))


def survey(
    clips: Iterable[tuple[int, str]], load: Callable[[int], Motion], commute: Collection[int] = (), workers: int = 1
) -> Iterator[Measured]:
    """`measure` of load(index) for every (index, name) of `clips`, in order, by `workers` processes.

    commute: indices of the motions whose commutation is measured too; it takes 15 times as long as the round trip.
    """
    jobs = [(index, name, index in commute) for index, name in clips]
    if workers <= 1 or len(jobs) < 2:
        yield from (measure(name, load(index), wanted) for index, name, wanted in jobs)
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    with ProcessPoolExecutor(workers, context, _begin, (load,)) as pool:
        yield from pool.map(_work, jobs, chunksize=4)


_load: Callable[[int], Motion]  # in a worker process: where its motions come from


def _begin(load: Callable[[int], Motion]) -> None:
    global _load
    _load = load


def _work(job: tuple[int, str, bool]) -> Measured:
    index, name, commute = job
    return measure(name, _load(index), commute)


def _summary(rows: list[tuple[float, float, str]]) -> dict[str, float | int | str]:
    error, size = (np.array([row[k] for row in rows]) for k in (0, 1))
    percent = 100 * error / size
    worst = int(np.argmax(percent))
    return {
        "clips": len(rows),
        "pooled": float(100 * np.sqrt((error**2).sum() / (size**2).sum())),
        "median": float(np.median(percent)),
        "within_1": float((percent <= 1).mean()),
        "worst": float(percent[worst]),
        "worst_clip": rows[worst][2],
    }


def summary(measured: Iterable[Measured]) -> dict[str, Any]:
    """What `measure` found for many motions, JSON-ready.

    round_trip: largest [mm] and [degrees] and the clips they come from; commutation["filtered" or "unfiltered"][fps][field]:
    error over size in percent, pooled over clips, of the median and the worst clip, and the share of clips within 1 %. Clips
    that turn upside down have kinds of their own ("filtered, upside down").
    Raises MotionError where there is no motion.
    """
    clips = list(measured)
    if not clips:
        raise MotionError("fidelity: no motion to look at; the store is empty")
    rows: dict[tuple[str, str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for clip in clips:
        for (kind, rate, field), pair in clip.commutation.items():
            apart = f"{kind}, upside down" if clip.tilt > 90 else kind
            rows[apart, rate, field].append((*pair, clip.name))
    table: dict[str, Any] = {}
    for (kind, rate, field), found in sorted(rows.items(), key=lambda row: row[0][0]):
        table.setdefault(kind, {}).setdefault(rate, {})[field] = _summary(found)
    far, bent = max(clips, key=lambda c: c.mm), max(clips, key=lambda c: c.degrees)
    trip = {"mm": far.mm, "mm_clip": far.name, "degrees": bent.degrees, "degrees_clip": bent.name}
    commuted = sum(bool(clip.commutation) for clip in clips)
    return {"clips": len(clips), "round_trip": trip, "commuted": commuted, "commutation": table}
