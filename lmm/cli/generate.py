"""lmm generate: sentences, actions, music, speech and keypoints in, files out."""

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import request
from lmm.cli import conditions, sampling, staged
from lmm.cli.output import MOTIONS, PICTURES, targets, write
from motionverse.errors import MotionError
from motionverse.terminal import command, show_json

if TYPE_CHECKING:
    from lmm.recordings import Recording

EXAMPLES = """\
  lmm generate "a person walks forward" -o walk.mp4
  lmm generate "a person waves" "a person bows" --seconds 6 -n 3 -o out/motion.bvh -o out/motion.mp4
  lmm generate "a person runs" --fps 60 --seed 7 --json -o run.npz
  lmm generate "a person walks to the left" --plant-feet -o aside.bvh
  lmm generate --action "walk turn left" -o turn.bvh
  lmm generate --music song.mp3 --music-start 30 --seconds 10 -o dance.mp4
  lmm generate "a person dances ballet" --music song.mp3 --guidance text=4,music=2 -o ballet.mp4
  lmm generate --speech talk.wav -o gestures.bvh
  lmm generate --keypoints dance.json -o dance.bvh
  lmm generate --video dance.mp4 --video-start 3 --seconds 5 -o dance.bvh
  lmm generate --at 0 "a person walks" --at 3 "a person bows" --seconds 6 -o bows.mp4
  lmm generate "a person runs" --path way.csv -o run.bvh
  lmm generate --keyframes take.bvh --keys 0,1.5,3 -o between.bvh"""


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(commands, "generate", generate, "make motions from sentences, sound and keypoints", EXAMPLES)
    made.add_argument("text", nargs="*", metavar="TEXT", help="a sentence in quotes; several make several motions")
    made.add_argument("-o", "--out", action="append", required=True, type=Path, metavar="FILE",
                      help=f"{' '.join(MOTIONS + PICTURES)}; may be repeated; k motions become FILE-0 .. FILE-(k-1)")  # fmt: skip
    made.add_argument("--action", action="append", default=[], metavar="LABEL",
                      help="an action that the model was shown (on its card), for a sentence; may be repeated")  # fmt: skip
    conditions.add(made, "to begin")
    staged.add(made)
    made.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="length, 0.5 to 60 (default: that of the files above, else 4; with --at until 4 s after the last S)",
    )
    made.add_argument(
        "--fps", type=float, default=30.0, metavar="F", help="frame rate of the result, 1 to 240 (default 30)"
    )
    made.add_argument(
        "-n", "--count", type=int, default=1, metavar="COUNT", help="motions for each sentence (default 1)"
    )
    sampling.add(made, "of a sentence's first motion; the next count on")
    made.add_argument("--plant-feet", action="store_true", help="hold standing feet in place, legs bent after them")
    made.add_argument("--native", action="store_true", help="sample at --fps itself, not at the model's own rate")


def generate(chosen: argparse.Namespace) -> None:
    """Sentences and recordings in, files out."""
    if not 1 <= chosen.count <= request.MOTIONS:
        raise MotionError(f"-n {chosen.count}; allowed are 1 to {request.MOTIONS}")
    laid = staged.stage(chosen)
    said = _said(chosen, laid)
    reading = time.perf_counter()
    heard = conditions.heard(chosen, bool(chosen.text or chosen.action or chosen.at))
    asked = _asked(chosen, said, heard, laid)
    paths = targets(chosen.out, len(asked.texts))
    from motionverse.files import check_apart

    inputs = (*conditions.files(chosen).values(), chosen.path, chosen.keyframes)
    check_apart([path for files in paths for path in files], inputs)
    begun = time.perf_counter()
    from lmm.generate import load  # torch comes in here

    imported = time.perf_counter()
    generator = load(chosen.model)
    loaded = time.perf_counter()
    conditions.warn("generate", [*chosen.text, *(text for _, text in chosen.at)], generator.published)
    result = generator.run(asked) if laid is None else staged.run(laid, generator, asked)
    stages = {"reading": begun - reading} if heard else {}
    stages |= {"import": imported - begun, "weights": loaded - imported, **result.stages}
    if chosen.plant_feet:
        from lmm.planting import planted

        planting = time.perf_counter()
        result = replace(result, motions=tuple(map(planted, result.motions)))
        stages["planting"] = time.perf_counter() - planting
    written = time.perf_counter()
    other = laid.name if laid else ", ".join(one.path.name for one in heard.values())
    names = [text or other for text in asked.texts]
    sound = conditions.sound(heard)
    for motion, name, files in zip(result.motions, names, paths, strict=True):
        for path in files:
            write(motion, path, name, chosen.json, sound)
    stages["writing"] = time.perf_counter() - written
    if chosen.json:
        from lmm.cli.manifest import manifest

        return show_json(manifest(asked, result, generator.published, paths, stages, heard))
    for name, files in zip(names, paths, strict=True):
        print(f"{', '.join(str(path) for path in files)}: {name}")
    return None


def _said(chosen: argparse.Namespace, laid: staged.Stage | None) -> tuple[str, ...]:
    """The sentences asked for, those of actions last; "" where files say all there is to say. Raises MotionError for nothing."""
    if laid is not None and chosen.at:
        return (laid.name,)
    said = (*chosen.text, *conditions.action_texts(chosen.action, chosen.model))
    alone = laid is None and not conditions.files(chosen)
    if alone and not said:
        raise MotionError(
            "nothing to go by; give a sentence in quotes (TEXT), --action, --music, --speech or --keypoints"
        )
    for text in said:
        if text or alone:
            request.check_text(text)
    return said or ("",)


def _asked(
    chosen: argparse.Namespace, said: tuple[str, ...], heard: "Mapping[str, Recording]", laid: staged.Stage | None
) -> request.Request:
    """What the model is asked for. Raises MotionError for what cannot be."""
    texts = tuple(text for text in said for _ in range(chosen.count))
    seeds = tuple(chosen.seed + k % chosen.count for k in range(len(texts)))
    seconds = chosen.seconds if laid is None else laid.seconds
    if heard:
        from lmm import recordings

        seconds = recordings.length(heard, seconds)
    made = request.Request(
        texts, seeds, request.DEFAULT_SECONDS if seconds is None else seconds, chosen.fps, chosen.steps, chosen.guidance,
        chosen.native, tracks={name: one.track for name, one in heard.items()}, variation=chosen.variation,
    )  # fmt: skip
    if laid is None:
        return request.check(made)
    request.check(replace(made, texts=("any",) * len(texts)))  # they were checked one by one
    return made
