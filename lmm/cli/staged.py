"""lmm generate, laid out in time: sentences one after the other, a way over the floor, poses to pass through."""

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmm import request
from motionverse.errors import MotionError

if TYPE_CHECKING:
    from lmm.generate import Generator, Result
    from lmm.remade import Options
    from motionverse.motion import Motion

HOLD = 4.0  # [s] of the last sentence, where nothing says how long


@dataclass(frozen=True)
class Stage:
    """How motions are laid out: `make` of each, how long they are [s], and what they are called where no sentence says it."""

    make: "Callable[[Generator, Options], Motion]"
    seconds: float
    name: str


def add(made: argparse.ArgumentParser) -> None:
    """Add the options."""
    made.add_argument("--at", nargs=2, action="append", default=[], metavar=("S", "TEXT"),
                      help="a sentence, from S [s] on; may be repeated, the first at 0: one motion of them all")  # fmt: skip
    made.add_argument(
        "--path", type=Path, metavar="FILE", help="a way over the floor, met to a millimetre: .csv or .json"
    )
    add_keyframes(made)


def add_keyframes(made: argparse.ArgumentParser) -> None:
    """Add --keyframes and --keys: poses out of a file that a motion passes through."""
    made.add_argument("--keyframes", type=Path, metavar="FILE",
                      help="a motion whose poses at --keys are passed through, or .json {time: file}")  # fmt: skip
    made.add_argument("--keys", type=instants, metavar="S,S,...", help="instants [s] of --keyframes, in both motions")


def stage(chosen: argparse.Namespace) -> Stage | None:
    """What the options ask for, None where they are not given. Raises MotionError for what does not go together."""
    given = [name for name in ("at", "path", "keyframes") if getattr(chosen, name)]
    if chosen.keys and "keyframes" not in given:
        raise MotionError("--keys are instants of --keyframes FILE, which is not given")
    if not given:
        return None
    if len(given) > 1:
        raise MotionError(f"--{given[0]} and --{given[1]} cannot be had together; give one of them")
    if chosen.native:
        raise MotionError(f"--native has no meaning with --{given[0]}; leave it out")
    return {"at": _told, "path": _along, "keyframes": _through}[given[0]](chosen)


def run(laid: Stage, generator: "Generator", asked: request.Request) -> "Result":
    """A motion for each text and seed of the request."""
    from lmm.generate import Result, strengths
    from lmm.remade import Options
    from lmm.sampling import STEPS

    begun = time.perf_counter()
    each = [
        Options(text, seed, asked.steps, asked.guidance, asked.tracks, asked.variation)
        for text, seed in zip(asked.texts, asked.seeds, strict=True)
    ]
    motions = tuple(laid.make(generator, options) for options in each)
    steps = STEPS if asked.steps is None else asked.steps
    scales = strengths(asked.guidance, asked.streams)
    return Result(motions, generator.published.rate, steps, scales, {"sampling": time.perf_counter() - begun})


def _told(chosen: argparse.Namespace) -> Stage:
    """Sentences one after the other."""
    if chosen.text or chosen.action:
        raise MotionError("--at says all sentences with their times; leave out TEXT and --action")
    said = [(_instant(start), text) for start, text in chosen.at]
    for _, text in said:
        request.check_text(text)
    seconds = said[-1][0] + HOLD if chosen.seconds is None else chosen.seconds

    def make(generator: "Generator", options: "Options") -> "Motion":
        from lmm import directed

        return directed.timeline(generator, said, seconds, chosen.fps, replace(options, text=""))

    return Stage(make, seconds, "; ".join(f"{start:g} s: {text}" for start, text in said))


def _along(chosen: argparse.Namespace) -> Stage:
    """A way over the floor."""
    if chosen.seconds is not None:
        raise MotionError("--seconds: a motion along --path lasts as long as the way takes; leave it out")
    from lmm import places

    way = places.read_way(chosen.path)

    def make(generator: "Generator", options: "Options") -> "Motion":
        from lmm import directed

        return directed.along(generator, way, chosen.fps, options)

    return Stage(make, way.seconds, f"along {chosen.path.name}")


def _through(chosen: argparse.Namespace) -> Stage:
    """Poses of a motion."""
    from lmm.places import read_poses

    request.check(request.Request(("any",), fps=chosen.fps))
    poses = read_poses(chosen.keyframes, chosen.keys, body=True)
    least = (round(max(poses) * chosen.fps) + 1) / chosen.fps  # frames are counted as `keyframed` counts them
    seconds = least if chosen.seconds is None else chosen.seconds

    def make(generator: "Generator", options: "Options") -> "Motion":
        from lmm import directed

        return directed.keyframed(generator, poses, seconds, chosen.fps, options)

    return Stage(make, seconds, f"poses of {chosen.keyframes.name}")


def _instant(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise MotionError(f'--at {word!r}: when the sentence begins, in seconds, as --at 2.5 "a person bows"') from None


def instants(word: str) -> tuple[float, ...]:
    """`0,1.5,3`."""
    try:
        found = tuple(float(part) for part in word.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} are no instants; write them as 0,1.5,3") from None
    if not all(math.isfinite(at) and at >= 0 for at in found):
        raise argparse.ArgumentTypeError(f"{word!r}: instants are seconds from 0 on")
    return found
