"""`lmm evaluate rates`: the same prompt and seed at several frame rates must be the same motion.

The release samples at its own rate and resamples; `--native` samples at the asked rate from noise that is a function of
time. For both: the largest and the median distance of joints at the instants that two rates share.
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS
from motionverse.terminal import Bar, Parser, run, show_json, show_table

RATES = (24.0, 30.0, 60.0)
PROMPTS = ("a person walks forward", "someone raises the left hand", "a man bows")
_EXAMPLES = "examples:\n  lmm evaluate rates\n  lmm evaluate rates --model runs/mine --seconds 6 --json"


@dataclass(frozen=True)
class Row:
    """Joint distances [m] between two rates at their shared instants, over all prompts."""

    sampling: str
    rates: str
    instants: int
    largest_m: float
    median_m: float


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code (0, or 2 for bad input)."""
    made = Parser(prog="lmm evaluate rates", description=__doc__, epilog=_EXAMPLES)
    made.add_argument("--model", default="nano", metavar="NAME|DIR", help="published name or folder (default nano)")
    made.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length (default 4)")
    made.add_argument("--seed", type=int, default=0, metavar="N", help="of every prompt (default 0)")
    made.add_argument("--json", action="store_true", help="print the result as JSON")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=evaluate)
    return run(made, list(arguments))


def evaluate(chosen: argparse.Namespace) -> None:
    """Generate at every rate, both ways, and compare."""
    from lmm.generate import Request, load

    generator = load(chosen.model)
    bar, rows = Bar("rates", chosen.json), []
    for native in (False, True):
        made = {}
        for fps in RATES:
            seeds = (chosen.seed,) * len(PROMPTS)
            made[fps] = generator.run(Request(PROMPTS, seeds, chosen.seconds, fps, native=native)).motions
            bar(len(RATES) * native + len(made), 2 * len(RATES), f"{fps:g} fps")
        rows += [
            compare("native" if native else "release", made[a], made[b]) for a, b in itertools.combinations(RATES, 2)
        ]
    if chosen.json:
        return show_json([asdict(row) for row in rows])
    shown = [asdict(row) | {"largest_m": f"{row.largest_m:.5f}", "median_m": f"{row.median_m:.5f}"} for row in rows]
    return show_table(shown)


def compare(sampling: str, first: Sequence[Motion], second: Sequence[Motion]) -> Row:
    """Two renderings of the same prompts, at two rates, at the instants of both."""
    distances = []
    for a, b in zip(first, second, strict=True):
        ours, theirs = shared(a, b)
        distances.append(np.linalg.norm(a.joints()[ours, :BODY_JOINTS] - b.joints()[theirs, :BODY_JOINTS], axis=-1))
    every = np.concatenate(distances)
    pair = f"{first[0].fps:g} / {second[0].fps:g}"
    return Row(sampling, pair, len(every), float(every.max()), float(np.median(every)))


def shared(a: Motion, b: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Frame indices in each of the instants (within 1 microsecond) that both motions have."""
    places = np.rint(a.times * b.fps).astype(int)
    both = (np.abs(places / b.fps - a.times) < 1e-6) & (places < len(b))
    return np.flatnonzero(both), places[both]
