"""lmm generate: sentences in, files out."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import request, vocabulary
from lmm.cli.output import MOTIONS, PICTURES, targets, write
from motionverse.errors import MotionError
from motionverse.terminal import command, show_json

if TYPE_CHECKING:
    from lmm.generate import Result
    from lmm.zoo import Published


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(
        commands, "generate", generate, "make motions from sentences",
        '  lmm generate "a person walks forward" -o walk.mp4\n'
        '  lmm generate "a person waves" "a person bows" --seconds 6 -n 3 -o out/motion.bvh -o out/motion.mp4\n'
        '  lmm generate "a person runs" --fps 60 --seed 7 --json -o run.npz',
    )  # fmt: skip
    made.add_argument("text", nargs="+", metavar="TEXT", help="a sentence in quotes; several make several motions")
    made.add_argument("-o", "--out", action="append", required=True, type=Path, metavar="FILE",
                      help=f"{' '.join(MOTIONS + PICTURES)}; may be repeated; k motions become FILE-0 .. FILE-(k-1)")  # fmt: skip
    made.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length, 0.5 to 60 (default 4)")
    made.add_argument(
        "--fps", type=float, default=30.0, metavar="F", help="frame rate of the result, 1 to 240 (default 30)"
    )
    made.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of a sentence's first motion; the next count on (default 0)"
    )
    made.add_argument(
        "-n", "--count", type=int, default=1, metavar="COUNT", help="motions for each sentence (default 1)"
    )
    made.add_argument("--steps", type=int, metavar="K", help="sampling steps (default: the release's)")
    made.add_argument(
        "--guidance", type=float, metavar="W", help="how hard the text pulls, 0 = not (default: the release's)"
    )
    made.add_argument("--native", action="store_true", help="sample at --fps itself, not at the model's own rate")
    made.add_argument(
        "--model", default="nano", metavar="NAME|DIR", help="published name or folder of weights (default nano)"
    )


def generate(chosen: argparse.Namespace) -> None:
    """Sentences in, files out."""
    if not 1 <= chosen.count <= request.MOTIONS:
        raise MotionError(f"-n {chosen.count}; allowed are 1 to {request.MOTIONS}")
    texts = tuple(text for text in chosen.text for _ in range(chosen.count))
    seeds = tuple(chosen.seed + k % chosen.count for k in range(len(texts)))
    asked = request.check(
        request.Request(texts, seeds, chosen.seconds, chosen.fps, chosen.steps, chosen.guidance, chosen.native)
    )
    paths = targets(chosen.out, len(texts))
    begun = time.perf_counter()
    from lmm.generate import load  # torch comes in here

    imported = time.perf_counter()
    generator = load(chosen.model)
    loaded = time.perf_counter()
    _warn(chosen.text, generator.published)
    result = generator.run(asked)
    stages = {"import": imported - begun, "weights": loaded - imported, **result.stages}
    written = time.perf_counter()
    for motion, text, files in zip(result.motions, asked.texts, paths, strict=True):
        for path in files:
            write(motion, path, text, chosen.json)
    stages["writing"] = time.perf_counter() - written
    if chosen.json:
        return show_json(manifest(asked, result, generator.published, paths, stages))
    for text, files in zip(asked.texts, paths, strict=True):
        print(f"{', '.join(str(path) for path in files)}: {text}")
    return None


def _warn(texts: list[str], published: "Published") -> None:
    """On stderr, of sentences that the weights can make nothing of."""
    for text in vocabulary.strange(texts, [row["source"] for row in published.licences]):
        print(f"lmm generate: no word of {text!r} was in the training captions; expect any motion", file=sys.stderr)


def manifest(
    asked: request.Request, result: "Result", published: "Published", paths: list[list[Path]], stages: dict[str, float]
) -> dict[str, Any]:
    """What was asked, what made it, what came out and how long it took: for --json."""
    from motionverse import contact

    return {
        "model": published.name,
        "model_hash": published.weights_hash,
        "licence": licence(published),
        "seconds": asked.seconds,
        "fps": asked.fps,
        "frames": asked.frames,
        "sampled_at_fps": result.rate,
        "steps": result.steps,
        "guidance": result.guidance,
        "stages_s": {name: round(seconds, 4) for name, seconds in stages.items()},
        "motions": [
            {
                "prompt": text,
                "seed": seed,
                "files": [str(path) for path in files],
                "foot_skate": {name: round(value, 5) for name, value in contact.foot_skate(motion).items()},
                "floating": {name: round(value, 5) for name, value in contact.floating(motion).items()},
            }
            for text, seed, files, motion in zip(asked.texts, asked.seeds, paths, result.motions, strict=True)
        ],
    }


def licence(published: "Published") -> dict[str, Any]:
    """What the weights' data allows: the strictest kind, and each source's terms."""
    kinds = {row["kind"] for row in published.licences}
    strictest = next((kind for kind in ("unknown", "research") if kind in kinds), "commercial")
    return {"use": strictest, "data": {row["source"]: row["licence"] for row in published.licences}}
