"""How faithful TOMATO is on the clips of a store: python tools/representation.py STORE [--commute N|all] [--workers N] [--json].

Prints, by source, the largest error of decode(encode(clip)) with the retarget's own error beside it (from the build's
STORE.report.jsonl, where that is), and for each frame rate and field how far encoding and resampling are from commuting,
in percent of the field's RMS, over N clips drawn by --seed (see motionverse.tomato.fidelity).
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.build import BuildReport, ClipRow, read_rows
from motionverse.errors import MotionError
from motionverse.store import Store
from motionverse.terminal import Bar
from motionverse.tomato import fidelity


def main() -> None:
    parser = argparse.ArgumentParser(description="Round-trip error and commutation of TOMATO on the clips of a store.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--commute", default="60", metavar="N", help="clips of the commuting test, or all (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of those clips")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        report = survey(args)
    except MotionError as error:
        print(f"representation: {error}", file=sys.stderr)
        sys.exit(2)
    print(json.dumps(report, indent=1) if args.json else page(report))


def survey(args: argparse.Namespace) -> dict[str, Any]:
    """Both measures over a store, and its sources with the retarget's errors; MotionError for a store or count that is none."""
    if args.commute != "all" and not args.commute.isdecimal():
        raise MotionError(f"--commute {args.commute}: must be a number of clips, or all")
    store, began, bar = Store(args.store), time.perf_counter(), Bar("clips")
    long = [k for k, record in enumerate(store.records) if record.seconds >= 1]
    drawn = np.random.default_rng(args.seed).permutation(long).tolist()
    commute = set(drawn if args.commute == "all" else drawn[: int(args.commute)])
    clips, measured = [(k, record.name) for k, record in enumerate(store.records)], []
    for clip in fidelity.survey(clips, store.motion, commute, args.workers):
        measured.append(clip)
        bar(len(measured), len(clips), clip.name)
    told = {row.name: row for row in read_rows(BuildReport.rows_of(args.store))}
    rows: dict[str, list[tuple[fidelity.Measured, ClipRow | None]]] = defaultdict(list)
    for record, clip in zip(store.records, measured, strict=True):
        rows[record.source].append((clip, told.get(clip.name)))
    sources = [{"source": name, **errors(found)} for name, found in rows.items()]
    return {**fidelity.summary(measured), "sources": sources, "seconds": round(time.perf_counter() - began, 1)}


def errors(rows: list[tuple[fidelity.Measured, ClipRow | None]]) -> dict[str, Any]:
    """Largest errors of the round trip; mean and largest of the retarget (joints against the scaled source; limb angles)."""
    out: dict[str, Any] = {
        "clips": len(rows),
        "mm": max(m.mm for m, _ in rows),
        "degrees": max(m.degrees for m, _ in rows),
    }
    retargets = [row for _, row in rows if row]
    if retargets:
        for name, pairs in (("mm", [r.error_mm for r in retargets]), ("degrees", [r.direction_deg for r in retargets])):
            out["retarget_" + name] = [float(np.mean(pairs, 0)[0]), float(np.max(pairs, 0)[1])]
    return out


def page(report: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = ["source              clips  decode(encode) max  retarget mean / max: joints mm, limbs degrees"]
    for row in report["sources"]:
        told = [f"{row[k][0]:7.1f} / {row[k][1]:6.1f}" for k in ("retarget_mm", "retarget_degrees") if k in row]
        figures = f"{row['clips']:5} {row['mm']:9.5f} mm {row['degrees']:8.6f} deg"
        lines.append(f"{row['source']:18} {figures} {' '.join(told)}")
    trip = report["round_trip"]
    lines.append(f"all: {report['clips']} clips within {trip['mm']:.5f} mm ({trip['mm_clip']})")
    lines.append(f"and {trip['degrees']:.6f} degrees ({trip['degrees_clip']}); {report['seconds']:.0f} s")
    for kind, rates in report["commutation"].items():
        clips = max(s["clips"] for fields in rates.values() for s in fields.values())
        lines.append(f"\ncommutation, {kind}, {clips} clips: % of RMS pooled / median / worst, share within 1 %")
        for fps, fields in sorted(rates.items(), key=lambda item: float(item[0])):
            for field, s in fields.items():
                figures = f"{s['pooled']:7.3f} / {s['median']:7.3f} / {s['worst']:7.3f}   {s['within_1']:6.1%}"
                lines.append(f"{fps:>5} fps  {field:16} {figures}   {s['worst_clip']}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
