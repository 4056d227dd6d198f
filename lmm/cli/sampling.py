"""The options that every command has which makes motion: seed, steps, guidance, variation, weights."""

import argparse

from lmm.sampling import GUIDANCE, STEPS, VARIATION


def add(made: argparse.ArgumentParser, seed: str) -> None:
    """Add them. seed: what the number is of."""
    made.add_argument("--seed", type=int, default=0, metavar="N", help=f"{seed} (default 0)")
    made.add_argument("--steps", type=int, metavar="K", help=f"sampling steps (default {STEPS})")
    made.add_argument("--guidance", type=_guidance, metavar="W|NAME=W,...",
                      help=f"how hard streams pull: one number, or text=4,music=2; 0 = not (default {GUIDANCE:g})")  # fmt: skip
    made.add_argument(
        "--variation", type=float, metavar="V",
        help="how far seeds lead apart, 0 (the most expected motion) to 1 "
        f"(default: 1; {VARIATION:g} where keypoints, or motion and no words, are given)",
    )  # fmt: skip
    made.add_argument(
        "--model", default="nano", metavar="NAME|DIR", help="published name or folder of weights (default nano)"
    )


def _guidance(word: str) -> float | dict[str, float]:
    """`2.5`, or `text=4,music=2`."""
    try:
        if "=" not in word:
            return float(word)
        pairs = [pair.split("=") for pair in word.split(",")]
        found = {name.strip(): float(scale) for name, scale in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is neither a number nor like text=4,music=2") from None
    if len(found) < len(pairs):
        raise argparse.ArgumentTypeError(f"{word!r} names a stream twice")
    return found
