"""`lmm evaluate steps`: how good motions are with few denoiser calls and with many, and what they cost, ground truth beside them.

Predicates, R-precision, FID, KID, foot skate and jitter over the sampler's steps, with 95 % intervals over repetitions. Seconds
are wall time a motion, also as a multiple of the baseline's: the first model at its defaults in the same run. They hang on
the machine and on what else runs there, so the JSON has them apart from what comes out the same everywhere.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_writable
from motionverse.terminal import Bar, Parser, run, show_table

if TYPE_CHECKING:
    from lmm.evaluate.steps import Answer, Setting

STEPS = (2, 4, 6, 8, 20, 50)
REPETITIONS = 5
SHOWN = ("predicates", "r@3", "fid", "kid", "skate_m_s", "jitter_m_s2")
DRAWN = {"predicates": "predicates held", "fid": "FID"}
_EXAMPLES = """examples:
  lmm evaluate steps --store store
  lmm evaluate steps --store store --model nano --model runs/mine --steps 4,10,25 --json steps.json --picture steps.png
  lmm evaluate steps --store store --samplers dpm,ddim"""


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code (0, or 2 for bad input)."""
    made = Parser(prog="lmm evaluate steps", description=__doc__, epilog=_EXAMPLES)
    made.add_argument("--store", required=True, metavar="DIR", help="the store whose test clips are looked at")
    made.add_argument(
        "--model", action="append", metavar="NAME|DIR", help="published name or folder; may be repeated (default nano)"
    )
    made.add_argument(
        "--steps", type=_numbers, default=STEPS, metavar="K,K", help="denoiser calls (default 2,4,...,50)"
    )
    made.add_argument("--samplers", type=_samplers, default=("dpm",), metavar="NAME,NAME", help="dpm (default), ddim")
    made.add_argument("--prompts", type=int, default=1, metavar="N", help="motions a predicate (default 1)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the report, and the times, as JSON")
    made.add_argument("--picture", type=Path, metavar="FILE.png", help="draw quality over steps and over time")
    made.add_argument(
        "--space", default="embedder", metavar="NAME|DIR", help="motion-text space (default: the published)"
    )
    made.add_argument("--quiet", action="store_true", help="no progress bar")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=evaluate)
    return run(made, list(arguments))


def _numbers(said: str) -> tuple[int, ...]:
    words = said.split(",")
    if not all(word.strip().isdigit() and int(word) for word in words):
        raise argparse.ArgumentTypeError(f"{said!r}; must be numbers from 1 on with commas between them, as 4,10")
    return tuple(sorted({int(word) for word in words}))


def _samplers(said: str) -> tuple[str, ...]:
    from lmm.diffusion.sampler import SAMPLERS

    wrong = [word for word in said.split(",") if word not in SAMPLERS]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r}; must be of {', '.join(SAMPLERS)}, with commas between them")
    return tuple(dict.fromkeys(said.split(",")))


def evaluate(chosen: argparse.Namespace) -> None:
    """Measure, print, write, draw."""
    from lmm.evaluate import steps
    from lmm.generate import load
    from lmm.model.embedder import Embedder
    from motionverse.store import Store

    if not 1 <= chosen.prompts <= 100:
        raise MotionError(f"--prompts {chosen.prompts}; allowed are 1 to 100")
    for path in (chosen.json, chosen.picture):
        if path:
            check_writable(path)
    store, space = Store(chosen.store), Embedder.load(chosen.space)
    generators = {one.published.name: one for one in map(load, chosen.model or ["nano"])}
    for name, one in generators.items():
        if one.published.recipe.network == "gpt":
            raise MotionError(f"--model {name}: it draws codes one after the other; steps are a diffusion model's")
    baseline = steps.Setting(next(iter(generators)))
    settings = [steps.Setting(m, s, k) for m in generators for s in chosen.samplers for k in chosen.steps]
    asked = list(dict.fromkeys([*settings, baseline]))
    bar, total, answers = Bar("steps", chosen.quiet), REPETITIONS * (len(asked) + 1), []
    for answer in steps.run(generators, asked, store, space, chosen.prompts, REPETITIONS):
        answers.append(answer)
        bar(len(answers), total, str(answer.setting or "ground truth"))
    told = {
        "models": {name: one.published.weights_hash for name, one in generators.items()},
        "store": hashlib.sha256(store.files.manifest()).hexdigest(),
        "space": space.version,
        **report(answers),
    }
    spent = times(answers, baseline)
    if chosen.json:
        with atomic_path(chosen.json) as temporary:
            temporary.write_text(json.dumps({"report": told, "times": spent}, indent=1) + "\n", encoding="utf-8")
    if chosen.picture:
        draw(told, spent, chosen.picture)
    show(told, spent)


def report(answers: Sequence["Answer"]) -> dict[str, Any]:
    """What comes out the same on every run: ground truth's columns, and a row a setting."""
    from lmm.evaluate.checks import interval, number

    rows = []
    for setting in dict.fromkeys(answer.setting for answer in answers):
        columns = [answer.columns for answer in answers if answer.setting == setting]
        found = {}
        for name in columns[0]:
            values = [column[name] for column in columns]
            mean, half = interval(values)
            found[name] = {"mean": number(mean), "interval": number(half), "values": [number(v) for v in values]}
        rows.append({**_said(setting), "columns": found})
    return {"repetitions": 1 + max(answer.repetition for answer in answers), "rows": rows}


def times(answers: Sequence["Answer"], baseline: "Setting") -> dict[str, Any]:
    """Wall time of this run on this machine: medians over repetitions, of seconds a motion and of their ratio to the baseline's."""
    spent: dict[Any, list[float]] = {}
    for answer in answers:
        if answer.setting:
            spent.setdefault(answer.setting, []).append(answer.seconds)
    rows = [
        {
            **_said(setting),
            "seconds_a_motion": float(f"{np.median(values):.4g}"),
            "of_baseline": float(f"{np.median(np.divide(values, spent[baseline])):.4g}"),
        }
        for setting, values in spent.items()
    ]
    return {"baseline": str(baseline), "rows": rows}


def _said(setting: "Setting | None") -> dict[str, Any]:
    if setting is None:
        return {"model": "ground truth", "sampler": "", "steps": None}
    return {"model": setting.model, "sampler": setting.sampler, "steps": setting.steps}


def show(told: dict[str, Any], spent: dict[str, Any]) -> None:
    """The table, hashes and the baseline below it."""
    took = {(row["model"], row["sampler"], row["steps"]): row for row in spent["rows"]}
    lines = []
    for row in told["rows"]:
        time = took.get((row["model"], row["sampler"], row["steps"]), {})
        line = {"": row["model"], "sampler": row["sampler"], "steps": row["steps"] or ""}
        line |= {name: _cell(row["columns"][name]) for name in SHOWN}
        lines.append(line | {"s/motion": time.get("seconds_a_motion", ""), "of baseline": time.get("of_baseline", "")})
    show_table(lines)
    models = ", ".join(f"{name} {made_of}" for name, made_of in told["models"].items())
    print(f"means ± 95 % over {told['repetitions']} repetitions; seconds beside {spent['baseline']} in this run")
    print(f"weights: {models}; space {told['space'][:12]}; store {told['store'][:12]}")


def _cell(column: dict[str, Any]) -> str:
    if column["mean"] is None:
        return "-"
    return f"{column['mean']:.3g}" + ("" if column["interval"] is None else f" ±{column['interval']:.2g}")


def draw(told: dict[str, Any], spent: dict[str, Any], picture: Path) -> None:
    """Two panels, quality over steps and over seconds a motion, as a PNG: predicates on the left axis, FID on the right one;
    ground truth as dotted lines, intervals as bars."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    took = {(row["model"], row["sampler"], row["steps"]): row["seconds_a_motion"] for row in spent["rows"]}
    truth = next(row for row in told["rows"] if row["steps"] is None)
    figure = Figure(figsize=(9, 3.4))
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2)
    for axes, over in zip(panels, ("denoiser calls", "seconds a motion"), strict=True):
        sides = {"predicates": axes, "fid": axes.twinx()}
        for (name, side), colour in zip(sides.items(), ("tab:blue", "tab:orange"), strict=True):
            for (model, sampler), style in zip(_lines(told), ("-o", "--s", "-.^", ":v") * 8, strict=False):
                rows = [row for row in told["rows"] if (row["model"], row["sampler"]) == (model, sampler)]
                rows.sort(key=lambda row: row["steps"])
                at = [row["steps"] if over == "denoiser calls" else took[model, sampler, row["steps"]] for row in rows]
                mean, half = ([row["columns"][name][key] or 0.0 for row in rows] for key in ("mean", "interval"))
                side.errorbar(
                    at, mean, half, fmt=style, color=colour, markersize=4, capsize=2, label=f"{model}, {sampler}"
                )
            side.axhline(truth["columns"][name]["mean"], color=colour, linestyle=":", linewidth=1)
            side.set_ylabel(DRAWN[name] + " (dotted: ground truth)", color=colour)
        axes.set(xlabel=over, xscale="log")
        marks = sorted(
            {row["steps"] for row in told["rows"] if row["steps"]} if over == "denoiser calls" else took.values()
        )
        marks = [mark for k, mark in enumerate(marks) if not k or mark > 1.2 * marks[k - 1]]  # their labels touch else
        axes.set_xticks(marks, [f"{mark:.2g}" for mark in marks])
        axes.minorticks_off()
        axes.set_ylim(0, 1)
        if len(_lines(told)) > 1:
            axes.legend(fontsize=7)
    figure.tight_layout()
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=100, format="png")


def _lines(told: dict[str, Any]) -> list[tuple[str, str]]:
    """(model, sampler) of each line of the picture."""
    return list(dict.fromkeys((row["model"], row["sampler"]) for row in told["rows"] if row["steps"]))
