"""`lmm evaluate ablation`: the same training in several settings and seeds, each judged by one board, as a table with intervals.

A queue that goes on where it was broken off: a run trains on from its checkpoint, a board goes on from its cells, and a finished
run is a line in a file that is kept. The table is made of that file alone.
"""

import argparse
import itertools
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lmm.evaluate.checks import interval, number
from lmm.evaluate.rows import TRUTH
from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_writable
from motionverse.terminal import Parser, run

SHOWN = {  # task -> columns of the table
    "text": ("r@1", "fid", "predicates"),
    "prediction": ("mpjpe_80_mm", "mpjpe_400_mm", "mpjpe_1000_mm"),
}
MODEL = "model"  # what every run's weights are called in its rows
_EXAMPLES = """examples:
  lmm evaluate ablation configs/ablation.yaml --store store --rows docs/ablation.jsonl --markdown docs/ablation.md
  lmm evaluate ablation configs/ablation.yaml --store store --rows docs/ablation.jsonl --runs 1
  lmm evaluate ablation configs/ablation.yaml --rows docs/ablation.jsonl --table"""


@dataclass
class AblationConfig:
    """Paths as seen from this file; settings: name -> what differs from the recipe, as `lmm train` takes it."""

    recipe: str = ""
    board: str = ""
    seeds: list[int] = field(default_factory=list)
    settings: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """One run: a setting and a seed."""

    setting: str
    seed: int

    @property
    def name(self) -> str:
        """As a folder is called."""
        return f"{'-'.join(self.setting.replace(',', '').split())}-{self.seed}"


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code (0, or 2 for bad input)."""
    made = Parser(prog="lmm evaluate ablation", description=__doc__, epilog=_EXAMPLES)
    made.add_argument("config", type=Path, metavar="CONFIG.yaml", help="recipe, board, seeds and settings")
    made.add_argument("--store", metavar="DIR", help="what is trained on and judged with")
    made.add_argument("--rows", required=True, type=Path, metavar="FILE.jsonl", help="finished runs, one a line")
    made.add_argument("--folder", type=Path, default=Path("runs/ablation"), metavar="DIR",
                      help="of unfinished runs and of the board's cells (default runs/ablation)")  # fmt: skip
    made.add_argument("--runs", type=int, metavar="N", help="stop after so many (default: when all are finished)")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown")
    made.add_argument("--table", action="store_true", help="run nothing; the table of what is finished")
    made.add_argument("--json", action="store_true", help="the table as JSON on stdout")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=ablate)
    return run(made, list(arguments))


def ablate(chosen: argparse.Namespace) -> None:
    """Run what is not finished; print; write."""
    from lmm import config

    stated = config.read(chosen.config, AblationConfig)
    if not (stated.seeds and stated.settings):
        raise MotionError(f"{chosen.config}: no seeds or no settings; state both")
    for path in (chosen.rows, chosen.markdown):
        if path:
            check_writable(path)
    if not chosen.table:
        if not chosen.store:
            raise MotionError("--store: name the store to train on, or --table for what is finished")
        _queue(stated, chosen)
    told = table(stated, rows(chosen.rows))
    if chosen.markdown:
        with atomic_path(chosen.markdown) as temporary:
            temporary.write_text(markdown(told), encoding="utf-8")
    print(json.dumps(told, indent=1) if chosen.json else markdown(told))


def trials(stated: AblationConfig) -> Iterator[Trial]:
    """All runs: every setting with the first seed, then with the next."""
    return (Trial(setting, seed) for seed in stated.seeds for setting in stated.settings)


def rows(path: Path) -> list[dict[str, Any]]:
    """Finished runs. Raises MotionError for a line that is none."""
    if not path.is_file():
        return []
    try:
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [row for row in found if (row["setting"], row["seed"], row["rows"])]
    except (ValueError, KeyError, TypeError):
        raise MotionError(f"{path}: a line is no finished run; restore the file, or name another") from None


def _queue(stated: AblationConfig, chosen: argparse.Namespace) -> None:
    finished = rows(chosen.rows)
    done = {(row["setting"], row["seed"]) for row in finished}
    waiting = [trial for trial in trials(stated) if (trial.setting, trial.seed) not in done]
    for trial in waiting[: chosen.runs]:
        finished.append(_finish(stated, chosen, trial))
        with atomic_path(chosen.rows) as temporary:
            temporary.write_text("".join(json.dumps(row) + "\n" for row in finished), encoding="utf-8")


def _finish(stated: AblationConfig, chosen: argparse.Namespace, trial: Trial) -> dict[str, Any]:
    """Train a run and judge it. Its checkpoints are removed once it is."""
    from lmm import zoo
    from lmm.train import checkpoint
    from lmm.train import recipe as recipes
    from lmm.train.loop import train

    at, folder = chosen.config.parent, chosen.folder / trial.name
    changes = [*stated.settings[trial.setting], f"run.seed={trial.seed}", f"run.folder={folder}"]
    recipe = recipes.read(at / stated.recipe, [*changes, f"data.store={chosen.store}"])
    published = chosen.folder / "weights" / trial.name
    if not (published / "sums.json").is_file():
        train(recipe, quiet=True)
        last = checkpoint.last(folder)
        if last is None or checkpoint.read(last)[0].step < recipe.run.steps:
            raise MotionError(
                f"{folder}: broken off before step {recipe.run.steps}; the same command goes on from there"
            )
        zoo.publish(folder, published)
        shutil.rmtree(folder)
    told = {"setting": trial.setting, "seed": trial.seed, "changes": stated.settings[trial.setting]}
    return told | {"steps": recipe.run.steps} | judged(at / stated.board, chosen.store, published, chosen.folder)


def judged(board: Path, store: str, published: Path, folder: Path) -> dict[str, Any]:
    """What a board finds of published weights, and of ground truth: hashes, and task -> row -> column -> mean over repetitions."""
    from lmm import config, weights
    from lmm.evaluate import processes
    from lmm.evaluate.board import BoardConfig

    cache = folder / "board"
    cache.mkdir(parents=True, exist_ok=True)
    asked = processes.Stated(config.read(board, BoardConfig), store, (str(published),), cache)
    opened = asked.board()
    kept = {who.name for who in opened.models if who.made_of} | {TRUTH}
    cells = [cell for cell in opened.wanted if cell.who.name in kept]
    for _ in processes.compute(asked, opened, [cell for cell in cells if opened.known(cell) is None], 1):
        pass
    values: dict[str, dict[str, dict[str, list[float]]]] = {}  # task -> row -> column -> over repetitions
    for cell in cells:
        row = values.setdefault(cell.task, {}).setdefault(cell.who.name.replace(published.name, MODEL), {})
        for column, value in (opened.known(cell) or {}).items():
            row.setdefault(column, []).append(value)
    found = {
        task: {name: {column: number(float(np.mean(v))) for column, v in row.items()} for name, row in lines.items()}
        for task, lines in values.items()
    }
    hashes = {"board": opened.config_hash, "store": opened.store_hash, "space": opened.space_hash}
    return {**hashes, "weights": weights.check(published), "rows": found}


def table(stated: AblationConfig, finished: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean over seeds and half the 95 % interval, [mean, half, seeds] by column. `beside`: rows that are the same for
    all runs (ground truth, baselines); `settings`: row at a rate -> setting; `differences`: row -> a setting from the one stated
    before it, seed by seed.
    """
    names = dict.fromkeys(name for one in finished for task in one["rows"].values() for name in task)
    runs = [name for name in names if name.split(" at ")[0] == MODEL]
    return {
        "beside": {name: _over([_columns(one, name) for one in finished[:1]]) for name in names if name not in runs},
        "settings": {
            name: {s: _over([_columns(one, name) for one in _of(finished, s).values()]) for s in stated.settings}
            for name in runs
        },
        "differences": {
            name: {
                f"{after} - {before}": _over(_differences(_of(finished, before), _of(finished, after), name))
                for before, after in itertools.pairwise(stated.settings)
            }
            for name in runs
        },
    }


def _of(finished: Sequence[Mapping[str, Any]], setting: str) -> dict[int, Mapping[str, Any]]:
    """A setting's runs by seed."""
    return {one["seed"]: one for one in finished if one["setting"] == setting}


def _columns(one: Mapping[str, Any], row: str) -> dict[str, float]:
    """A run's shown columns of a row, called by task and column."""
    found = {f"{task} {c}": one["rows"].get(task, {}).get(row, {}).get(c) for task, cs in SHOWN.items() for c in cs}
    return {name: value for name, value in found.items() if value is not None}


def _differences(
    before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]], row: str
) -> list[dict[str, float]]:
    """What changes from one setting to the other in each seed that both have: the same weights to begin with, the same clips."""
    pairs = [(_columns(before[seed], row), _columns(after[seed], row)) for seed in sorted(before.keys() & after.keys())]
    return [{name: b[name] - a[name] for name in a if name in b} for a, b in pairs]


def _over(runs: Sequence[Mapping[str, float]]) -> dict[str, list[float | None]]:
    """Columns of several runs as [mean, half the interval, runs]."""
    columns = dict.fromkeys(name for one in runs for name in one)
    values = {name: [one[name] for one in runs if name in one] for name in columns}
    return {name: [*map(number, interval(found)), len(found)] for name, found in values.items()}


def markdown(told: Mapping[str, Any]) -> str:
    """The table as people read it: one block a sampling rate, ground truth first; then what each setting changes."""
    lines = []
    for row, settings in told["settings"].items():
        lines += _block(f"### {row}", {**told["beside"], **settings}, set(told["beside"]))
        lines += _block(f"### {row}, differences seed by seed", told["differences"][row], set())
    return "\n".join(lines)


def _block(title: str, found: Mapping[str, Mapping[str, Any]], bare: Collection[str]) -> list[str]:
    """A titled table; rows in `bare` are no runs, and have no number of seeds."""
    columns = [f"{task} {column}" for task, names in SHOWN.items() for column in names]
    lines = [title, "", "| | seeds | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for name, values in found.items():
        seeds = max((int(value[2]) for value in values.values()), default=0)
        cells = [_cell(values.get(column)) for column in columns]
        lines.append(f"| {name} | {'' if name in bare else seeds} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _cell(value: Sequence[float | None] | None) -> str:
    if value is None or value[0] is None:
        return ""
    return f"{value[0]:.3g}" if value[1] is None else f"{value[0]:.3g} ± {value[1]:.2g}"
