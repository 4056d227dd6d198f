"""lmm generate | train | evaluate | models: the model from a terminal. Handlers import what they use."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import request, vocabulary
from motionverse.errors import MotionError
from motionverse.files import check_writable
from motionverse.terminal import Bar, Parser, add_version, command, nearest, run, show_json, show_table

if TYPE_CHECKING:
    from lmm.generate import Result
    from lmm.zoo import Published
    from motionverse.motion import Motion

PICTURES = (".mp4", ".gif", ".png")
MEASURED = ("board", "prompts", "rates", "sets", "steps")
# what motionverse.formats writes of a body, named here because it is slow to import
MOTIONS = (
    ".bvh", ".npz", ".joints.npz", ".json", ".csv", ".npy", ".hml263.npy", ".glb", ".gltf", ".usda", ".usd", ".usdc", ".usdz",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """The `lmm` command; returns the exit code: 0, or 2 with one line on stderr for input that cannot be used."""
    return run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    made = Parser(prog="lmm", description="Large Motion Model: say what should happen, get human motion.")
    add_version(made)
    commands = made.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    _add_generate(commands)
    train_ = command(
        commands, "train", train, "train a model",
        "  lmm train configs/nano.yaml\n  lmm train configs/nano.yaml run.minutes=10 optimiser.rate=5e-4",
    )  # fmt: skip
    train_.add_argument("config", type=Path, metavar="CONFIG", help="YAML: what differs from the defaults")
    train_.add_argument("overrides", nargs="*", metavar="key=value", help="what differs from the file")
    evaluate_ = command(
        commands, "evaluate", evaluate, "measure a model",
        "  lmm evaluate configs/eval/nano.yaml --store store --model nano\n  lmm evaluate prompts --model nano --store store\n"
        "  lmm evaluate rates\n  lmm evaluate board --help",
    )  # fmt: skip
    about = "board: models, baselines and ground truth in one table; "
    about += "prompts: do motions do what the sentence says? rates: is it the same motion at every frame rate? "
    about += (
        "sets: any motions beside real ones; steps: quality against denoiser calls and time. A .yaml alone is a board's"
    )
    evaluate_.add_argument("what", type=_measured, metavar="{board,prompts,rates,sets,steps,CONFIG.yaml}", help=about)
    evaluate_.add_argument("rest", nargs=argparse.REMAINDER, help="its own options")
    command(commands, "models", models, "list the published weights")
    return made


def _add_generate(commands: Any) -> None:
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


def targets(outs: list[Path], count: int) -> list[list[Path]]:
    """For each of `count` motions, the files to write: walk.bvh becomes walk-0.bvh ... where there are several.

    Raises MotionError for an unknown suffix, a place that cannot be written and two outputs with one name.
    """
    ends = [_suffix(out) for out in outs]
    named = [
        [
            out if count == 1 else out.with_name(f"{out.name[: -len(end)]}-{k}{end}")
            for out, end in zip(outs, ends, strict=True)
        ]
        for k in range(count)
    ]
    flat = [path for paths in named for path in paths]
    if len(set(flat)) < len(flat):
        raise MotionError(f"-o {outs[0]}: two outputs have the same name; give each its own")
    for path in flat:
        if path.suffix.lower() in PICTURES:
            from motionverse import view

            view.check(path)
        else:
            check_writable(path)
    return named


def _suffix(path: Path) -> str:
    """The end of a name that says the format, as it is written there: the longest that is known. Raises MotionError."""
    known = [end for end in MOTIONS + PICTURES if path.name.lower().endswith(end)]
    if not known:
        raise MotionError(f"{path}: unknown suffix {path.suffix!r}; use one of {' '.join(MOTIONS + PICTURES)}")
    return path.name[-max(map(len, known)) :]


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
            _write(motion, path, text, chosen.json)
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


def _write(motion: "Motion", path: Path, text: str, quiet: bool) -> None:
    if path.suffix.lower() in PICTURES:
        from motionverse import view

        view.render(motion, path, title=text, progress=Bar(path.name, quiet))
    else:
        motion.save(path)


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


def train(chosen: argparse.Namespace) -> None:
    """Train a model from a recipe."""
    from lmm.train import recipe

    read = recipe.read(chosen.config, chosen.overrides)
    from lmm.train.loop import train as go

    folder = go(read, quiet=chosen.json)
    if chosen.json:
        return show_json({"folder": str(folder)})
    print(f"trained; checkpoints, log and curve are in {folder}")
    return None


def evaluate(chosen: argparse.Namespace) -> None:
    """Hand over to the evaluation's own command line."""
    from lmm.evaluate import board_command, command, rates, sets, steps_command

    mains = dict(zip(MEASURED, (m.main for m in (board_command, command, rates, sets, steps_command)), strict=True))
    flags = [flag for flag, on in (("--json", chosen.json), ("--debug", chosen.debug)) if on]
    what, rest = (chosen.what, chosen.rest) if chosen.what in mains else ("board", [chosen.what, *chosen.rest])
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


def models(chosen: argparse.Namespace) -> None:
    """List the published weights."""
    from lmm import config, weights
    from lmm.train.recipe import Recipe

    rows = []
    for name in weights.names():
        place = weights.find(name)
        path = place / weights.WEIGHTS
        recipe = config.read(place / weights.CONFIG, Recipe)
        rows.append(
            {
                "name": name,
                "parameters_M": round(_parameters(path) / 1e6, 2),
                "MB": round(path.stat().st_size / 1e6, 1),
                "rate_fps": recipe.curriculum.rate,
                "hash": weights.file_hash(path),
                "folder": str(place),
            }
        )
    if chosen.json:
        return show_json(rows)
    if not rows:
        print(f"no published weights under {weights.assets() / 'weights'}")
    show_table(rows)
    return None


def _parameters(path: Path) -> int:
    """Numbers in a weights file, its statistics left out; only the header is read."""
    from math import prod

    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            names = [name for name in file.keys() if not name.startswith("stats/")]  # noqa: SIM118 (not a dict)
            return sum(prod(file.get_slice(name).get_shape()) for name in names)
    except (OSError, SafetensorError) as error:
        raise MotionError(f"{path}: damaged or no safetensors file ({error}); fetch it again") from None
