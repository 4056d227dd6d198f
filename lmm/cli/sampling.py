"""The options that every command has which makes motion: seed, steps, guidance, variation, weights."""

import argparse
from collections.abc import Callable

from lmm.sampling import GUIDANCE, STEPS, VARIATION


def add(made: argparse.ArgumentParser, seed: str, pulls: str, guidance: Callable[[str], object], form: str) -> None:
    """Add them. seed: what another number is; pulls: what guidance is of; guidance: reads its argument, of the shape `form`."""
    made.add_argument("--seed", type=int, default=0, metavar="N", help=f"{seed} (default 0)")
    made.add_argument("--steps", type=int, metavar="K", help=f"sampling steps (default {STEPS})")
    made.add_argument(
        "--guidance", type=guidance, metavar=form, help=f"how hard {pulls}, 0 = not (default {GUIDANCE:g})"
    )
    made.add_argument(
        "--variation", type=float, metavar="V",
        help="how far seeds lead apart, 0 (the most expected motion) to 1 "
        f"(default: 1; {VARIATION:g} where motion or keypoints are given)",
    )  # fmt: skip
    made.add_argument(
        "--model", default="nano", metavar="NAME|DIR", help="published name or folder of weights (default nano)"
    )
