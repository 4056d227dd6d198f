"""`lmm evaluate board`: ground truth, controls, baselines and models side by side, as a table, JSON and Markdown."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_apart, check_writable
from motionverse.terminal import Bar, Parser, run

QUICK = {"windows": 16, "captions": 64, "actions": 32, "prompts": 1, "repetitions": 2}  # at most
_EXAMPLES = """examples:
  lmm evaluate board configs/eval/nano.yaml --store store --json board.json --markdown board.md
  lmm evaluate board configs/eval/quick.yaml --store store --model nano --model runs/mine
  lmm evaluate board configs/eval/nano.yaml --store store --quick --workers 2
  lmm evaluate configs/eval/release.yaml --store store --model runs/mine --pictures board   # all ten tasks
  lmm evaluate configs/eval/nano.yaml --store store --pictures board        # the same as with `board`"""


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code (0, or 2 for bad input)."""
    return run(_parser(), list(arguments))


def _parser() -> argparse.ArgumentParser:
    made = Parser(prog="lmm evaluate board", description=__doc__, epilog=_EXAMPLES)
    made.add_argument("config", type=Path, metavar="CONFIG.yaml", help="what is measured: see configs/eval")
    made.add_argument("--store", required=True, metavar="DIR", help="the store whose test split is looked at")
    made.add_argument(
        "--model", action="append", metavar="NAME|DIR",
        help="published name or folder beside the configuration's own; may be repeated (nano where there is neither)",
    )  # fmt: skip
    made.add_argument(
        "--workers", type=int, metavar="N", help="processes, which change no number (default: this machine's cores)"
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="write the whole report, every column and repetition")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables as Markdown")
    made.add_argument(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="draw the tables: every row's repetitions and intervals, a PNG a task",
    )
    made.add_argument(
        "--cache", type=Path, default=Path("runs/board"), metavar="DIR",
        help="folder of finished cells; a run goes on from them (default runs/board)",
    )  # fmt: skip
    made.add_argument(
        "--quick",
        action="store_true",
        help=f"a look, no verdict: {', '.join(f'{count} {name}' for name, count in QUICK.items())}",
    )
    made.add_argument("--quiet", action="store_true", help="no progress bar")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=evaluate)
    return made


def evaluate(chosen: argparse.Namespace) -> None:
    """Measure what is not measured yet; print; write."""
    from lmm import config
    from lmm.evaluate import again, pictures, processes, standings
    from lmm.evaluate.board import BoardConfig, gathered

    for path in (chosen.json, chosen.markdown):
        if path:
            check_writable(path)
    check_apart((chosen.json, chosen.markdown), (chosen.config,))
    if chosen.pictures:
        pictures.check(chosen.pictures)
    workers = processes.cores() if chosen.workers is None else chosen.workers
    if workers < 1:
        raise MotionError(f"--workers {workers}; give at least 1")
    stated = config.read(chosen.config, BoardConfig)
    if chosen.quick:
        stated = replace(stated, **{name: min(getattr(stated, name), count) for name, count in QUICK.items()})
    if stated.repetitions < 1 or stated.windows < 1 or min(stated.prompts, stated.captions, stated.actions) < 0:
        raise MotionError(
            f"{chosen.config}: repetitions and windows must be 1 at least, captions, prompts, actions 0 at least"
        )
    chosen.cache.mkdir(parents=True, exist_ok=True)
    names = [*stated.models, *(chosen.model or ([] if stated.models else ["nano"]))]
    asked = processes.Stated(stated, chosen.store, tuple(dict.fromkeys(names)), chosen.cache)
    board = asked.board()
    cells = {cell: found for cell in board.wanted if (found := board.known(cell)) is not None}
    bar, total = Bar("board", chosen.quiet), len(board.wanted)
    bar(len(cells), total)
    for cell in processes.compute(asked, board, [cell for cell in board.wanted if cell not in cells], workers):
        cells[cell] = board.known(cell) or {}
        bar(len(cells), total, f"{cell.task}: {cell.who.name}")
    told = standings.report(board, gathered(board, cells))
    told["checks"] += again.checks(asked, board, workers)
    for path, words in ((chosen.json, json.dumps(told, indent=1)), (chosen.markdown, standings.markdown(told))):
        if path:
            with atomic_path(path) as temporary:
                temporary.write_text(words + "\n" * (words[-1] != "\n"), encoding="utf-8")
    if chosen.pictures:
        names = {
            task: standings.shown(task, told["kinds"][task], rows[0]["columns"]) for task, rows in told["tasks"].items()
        }
        pictures.draw(told, names, chosen.pictures)
    print(standings.screen(told))
