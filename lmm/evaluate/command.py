"""`lmm evaluate prompts`: the model judged by geometry, ground truth beside it, as a table, JSON and a picture sheet."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lmm.evaluate import prompts
from lmm.evaluate.novelty import Nearest
from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_writable
from motionverse.motion import Motion
from motionverse.store import Store
from motionverse.terminal import Bar, Parser, run, show_json

_EXAMPLES = """examples:
  lmm evaluate prompts --store store
  lmm evaluate prompts --model runs/mine --store store --seeds 16 -o report.json
  lmm evaluate prompts --only walk run bow walk:sad/happy --seeds 4
  lmm evaluate prompts --only release --store store
  lmm evaluate prompts --only speed counting --store store"""


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code (0, or 2 for bad input)."""
    return run(_parser(), list(arguments))


def _parser() -> argparse.ArgumentParser:
    made = Parser(prog="lmm evaluate prompts", description=prompts.__doc__, epilog=_EXAMPLES)
    made.add_argument("--model", default="nano", metavar="NAME|DIR", help="published name or folder (default nano)")
    made.add_argument("--store", metavar="DIR", help="a store for ground truth and novelty; none: the model alone")
    made.add_argument("--seeds", type=int, default=8, metavar="N", help="motions a prompt (default 8)")
    made.add_argument("--steps", type=int, metavar="K", help="sampling steps (default: the release's)")
    made.add_argument("--guidance", type=float, metavar="W", help="how hard the text pulls (default: the release's)")
    made.add_argument(
        "--only",
        nargs="+",
        default=(),
        metavar="NAME",
        help="these predicates, or themes, alone; release: those it was measured with",
    )
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the report as JSON too")
    made.add_argument("--json", action="store_true", help="print the report as JSON")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=evaluate)
    return made


def evaluate(chosen: argparse.Namespace) -> None:
    """Generate, judge, print."""
    from lmm.generate import Request, load

    _check(chosen)
    generator = load(chosen.model)
    store = Store(chosen.store) if chosen.store else None

    def make(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        asked = Request(tuple(texts), tuple(seeds), seconds, steps=chosen.steps, guidance=chosen.guidance)
        return list(generator.run(asked).motions)

    rows, motions = [], []
    only = [name for given in chosen.only for name in prompts.groups().get(given, [given])]
    bar, total = Bar("prompts", chosen.json), len(set(only)) or len(prompts.names())
    sources = {row["source"] for row in generator.published.licences}
    for row, made in prompts.run(make, store, chosen.seeds, only, sources):
        rows.append(row)
        motions += made
        bar(len(rows), total, row.name)
    report: dict[str, Any] = {"model": generator.published.name, "model_hash": generator.published.weights_hash}
    report |= prompts.summary(rows)
    if store:
        report["novelty_m"] = novelty(store, motions)
    if chosen.out:
        with atomic_path(chosen.out) as temporary:
            temporary.write_text(json.dumps(report, indent=2), encoding="utf-8")
    if chosen.json:
        return show_json(report)
    print(prompts.table(rows), *_closing(report), sep="\n")
    return None


def _check(chosen: argparse.Namespace) -> None:
    known = [*prompts.groups(), *prompts.names()]
    wrong = sorted(set(chosen.only) - set(known))
    if wrong:
        raise MotionError(f"--only {wrong[0]}: no such predicate; there are {', '.join(known)}")
    if not 1 <= chosen.seeds <= 1000:
        raise MotionError(f"--seeds {chosen.seeds}; allowed are 1 to 1000")
    if chosen.out:
        check_writable(chosen.out)


def novelty(store: Store, motions: Sequence[Motion]) -> dict[str, float]:
    """Median distance [m] to the nearest training window: of the samples, and of the held-out real clips."""
    records = store.records
    train = [i for i, record in enumerate(records) if record.split == "train"]
    test = [i for i, record in enumerate(records) if record.split == "test"]
    if not train or not test or not motions:
        return {}
    print("nearest training clips ...", file=sys.stderr)
    nearest = Nearest(motion for i in train for motion in (store.motion(i), store.motion(i).mirror()))
    return {
        "samples": float(np.median([nearest.distance(motion) for motion in motions])),
        "test_clips": float(np.median([nearest.distance(store.motion(i)) for i in test])),
    }


def _closing(report: dict[str, Any]) -> list[str]:
    lines = [
        f"overall {report['overall']:.0%} (wordings of the grammar {report['grammar']:.0%}, never seen {report['file']:.0%});"
        f" worst {report['worst']} {report['worst_rate']:.0%}; ground truth {report['truth']:.0%}",
        f"foot skate {report['skate_m_per_s']:.3f} m/s, float {100 * report['float_m']:.1f} cm (means over all samples);"
        f" ground truth {report['truth_skate_m_per_s']:.3f} m/s, {100 * report['truth_float_m']:.1f} cm",
    ]
    if report.get("novelty_m"):
        near = {name: 100 * value for name, value in report["novelty_m"].items()}
        words = f"samples {near['samples']:.1f} cm, held-out real clips {near['test_clips']:.1f} cm"
        lines.append(f"distance to the nearest training window: {words} (medians)")
    return lines
