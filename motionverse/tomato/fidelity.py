"""How faithful the representation is to a motion: there and back, and at one rate against another."""

from collections import defaultdict
from collections.abc import Iterable
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
    """Largest error of decode(encode(motion)) over frames and captured joints: of position [mm] and local rotation [degrees]."""
    back = decode(*encode(motion))
    seen = motion.present
    apart = np.linalg.norm(back.joints() - motion.joints(), axis=-1)[:, seen]
    turned = rotation.geodesic(back.rotations, motion.rotations)[:, seen]
    return float(1e3 * apart.max()), float(np.degrees(turned.max()))


def commutation(motion: Motion, fps: float, filtered: bool = True) -> dict[str, tuple[float, float]]:
    """RMS of encode(resample(m, fps)) - resample(encode(m), fps), and of the features themselves, per field.

    filtered: low-pass the motion to 0.16 x the lower rate first (without it, what the lower rate cannot hold is in the figure).
    0.3 s are cut at both ends; fields that are all zero are left out. Raises MotionError for motions of under 1 s.
    """
    if motion.seconds < 1:
        raise MotionError(f"commutation: {motion.seconds:.2f} s; needs at least 1 s, as {EDGE} s are cut at both ends")
    if filtered:
        motion = resample.low_pass(motion, BAND * min(fps, motion.fps))
    there = motion.resample(fps)
    kept = (there.times >= EDGE) & (there.times <= motion.times[-1] - EDGE)
    direct = encode(there)[0][kept].astype(np.float64)
    through = CubicSpline(motion.times, encode(motion)[0].astype(np.float64))(there.times[kept])
    figures = {}
    for f in FIELDS:
        columns = SLICES[f.name]
        size = float(np.sqrt((direct[:, columns] ** 2).mean()))
        if size > 0:
            figures[f.name] = (float(np.sqrt(((direct - through)[:, columns] ** 2).mean())), size)
    return figures


def _summary(rows: list[tuple[float, float, str]]) -> dict[str, float | str]:
    error, size = (np.array([row[k] for row in rows]) for k in (0, 1))
    percent = 100 * error / size
    worst = int(np.argmax(percent))
    return {
        "pooled": float(100 * np.sqrt((error**2).sum() / (size**2).sum())),
        "median": float(np.median(percent)),
        "within_1": float((percent <= 1).mean()),
        "worst": float(percent[worst]),
        "worst_clip": rows[worst][2],
    }


def survey(clips: Iterable[tuple[str, Motion]]) -> dict[str, Any]:
    """Both measures over named motions: JSON-ready.

    round_trip: largest [mm] and [degrees] and the clips they come from; commutation["filtered" or "unfiltered"][fps][field]:
    error over size in percent, pooled over clips, of the median and the worst clip, and the share of clips within 1 %.
    Motions of under 1 s take part in the round trip alone. Raises MotionError where there is no motion.
    """
    trips: list[tuple[float, float, str]] = []
    rows: dict[tuple[str, str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for name, motion in clips:
        trips.append((*round_trip(motion), name))
        for kind, fps in [(k, f) for k in ("filtered", "unfiltered") for f in RATES if motion.seconds >= 1]:
            for field, pair in commutation(motion, fps, kind == "filtered").items():
                rows[kind, f"{fps:g}", field].append((*pair, name))
    if not trips:
        raise MotionError("fidelity: no motion to look at; the store is empty")
    table: dict[str, Any] = {}
    for (kind, rate, field), found in rows.items():
        table.setdefault(kind, {}).setdefault(rate, {})[field] = _summary(found)
    far, bent = max(trips, key=lambda t: t[0]), max(trips, key=lambda t: t[1])
    trip = {"mm": far[0], "mm_clip": far[2], "degrees": bent[1], "degrees_clip": bent[2]}
    return {"clips": len(trips), "round_trip": trip, "commutation": table}
