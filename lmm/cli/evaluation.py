"""lmm evaluate: hands over to the evaluation's own commands."""

import argparse
from typing import Any

from motionverse.errors import MotionError
from motionverse.terminal import command, nearest

MEASURED = ("ablation", "board", "prompts", "rates", "sets", "steps")


def add(commands: Any) -> None:
    """Add the subcommand."""
    evaluate_ = command(
        commands, "evaluate", evaluate, "measure a model",
        "  lmm evaluate configs/eval/nano.yaml --store store --model nano\n  lmm evaluate prompts --model nano --store store\n"
        "  lmm evaluate rates\n  lmm evaluate board --help",
    )  # fmt: skip
    about = "board: models, baselines and ground truth in one table; "
    about += "prompts: do motions do what the sentence says? rates: is it the same motion at every frame rate? "
    about += (
        "sets: any motions beside real ones; steps: quality against denoiser calls and time; "
        "ablation: the same training in several settings and seeds. A .yaml alone is a board's"
    )
    evaluate_.add_argument(
        "what", type=_measured, metavar="{ablation,board,prompts,rates,sets,steps,CONFIG.yaml}", help=about
    )
    evaluate_.add_argument("rest", nargs=argparse.REMAINDER, help="its own options")


def evaluate(chosen: argparse.Namespace) -> None:
    """Hand over to the evaluation's own command line."""
    from lmm.evaluate import ablation, board_command, command, rates, sets, steps_command

    rooms = (ablation, board_command, command, rates, sets, steps_command)
    mains = dict(zip(MEASURED, (room.main for room in rooms), strict=True))
    flags = [flag for flag, on in (("--json", chosen.json), ("--debug", chosen.debug)) if on]
    what, rest = (chosen.what, chosen.rest) if chosen.what in mains else ("board", [chosen.what, *chosen.rest])
    if chosen.json and what in ("board", "steps"):
        raise MotionError(f"--json of lmm evaluate {what} is a file; write lmm evaluate {chosen.what} ... --json FILE")
    code = mains[what]([*rest, *flags])
    if code:
        raise SystemExit(code)


def _measured(word: str) -> str:
    """What `lmm evaluate` is asked for: a measurement's name, or a board's configuration."""
    if word in MEASURED or word.endswith((".yaml", ".yml")):
        return word
    near = nearest(word, list(MEASURED))
    meant = f"; did you mean {near}?" if near else ""
    raise argparse.ArgumentTypeError(f"{word!r} is none of {', '.join(MEASURED)}, and no CONFIG.yaml{meant}")
