"""motionverse features: the command that computes and keeps what models are conditioned on. Its handler imports late."""

import argparse
from pathlib import Path
from typing import Any

from motionverse.errors import MotionError
from motionverse.terminal import Bar, command, show_json

KINDS = ("music", "speech", "text", "keypoints")
MOST = 10  # failures that are printed
ABOUT = """
music      33 channels at 60 rows a second (onset strength, MFCC, chroma), onsets and beats as events [s]: FACT's and AIST++'s 35
speech     40 mel bands, energy, pitch and voicing at 100 rows a second; a .TextGrid beside the file gives word times
text       token embeddings of a store's captions, or of a .txt with a sentence a line
keypoints  15 points as random cameras see a motion: x, y and confidence a frame

What is in the cache already is not computed again: stop it when you like, and go on later."""


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(
        commands, "features", features, "compute and keep features of sound, sentences and motion",
        "  motionverse features song.mp3 songs/ --kind music -o cache\n"
        "  motionverse features store --kind text -o cache --model sentence-transformers/all-mpnet-base-v2\n"
        "  motionverse features store walk.bvh --kind keypoints -o cache --cameras 4 --seed 7",
    )  # fmt: skip
    made.description = f"{made.description}\n{ABOUT}"
    made.add_argument("paths", type=Path, nargs="+", metavar="FILE|DIR|STORE")
    made.add_argument("--kind", required=True, choices=KINDS, help="of feature")
    made.add_argument("-o", "--cache", type=Path, required=True, metavar="FOLDER", help="where features are kept")
    made.add_argument(
        "--model",
        metavar="NAME|DIR",
        help="of text: any that sentence-transformers loads (default: the bundled MiniLM)",
    )
    made.add_argument("--cameras", type=int, metavar="N", help="of keypoints: how many look at each motion (default 1)")
    made.add_argument("--seed", type=int, metavar="N", help="of keypoints: of the first camera (default 0)")


def features(chosen: argparse.Namespace) -> int:
    """Compute features; 1 where something could not be read."""
    _check(chosen)
    return _text(chosen) if chosen.kind == "text" else _tracks(chosen)


def _check(chosen: argparse.Namespace) -> None:
    if chosen.model is not None and chosen.kind != "text":
        raise MotionError(f"--model {chosen.model}: there is a choice of models for --kind text alone")
    for name in ("cameras", "seed"):
        value = getattr(chosen, name)
        if value is not None and chosen.kind != "keypoints":
            raise MotionError(f"--{name} {value}: cameras look at motions, with --kind keypoints")
        if value is not None and value < (name == "cameras"):
            raise MotionError(f"--{name} {value}; give at least {int(name == 'cameras')}")
    for path in chosen.paths:
        if not path.exists():
            raise MotionError(f"{path}: no such file, folder or store; give one")
    if chosen.cache.exists() and not chosen.cache.is_dir():
        raise MotionError(f"{chosen.cache}: is no folder; name one for the cache")


def _text(chosen: argparse.Namespace) -> int:
    from motionverse import extract
    from motionverse.features.text import ENCODER

    facts = extract.sentences(chosen.paths, chosen.cache, chosen.model or ENCODER, Bar("text", quiet=chosen.json))
    if chosen.json:
        show_json(facts)
    else:
        known = facts["sentences"] - facts["new"]
        print(f"{facts['sentences']} sentences, {facts['new']} embedded now, {known} from the cache")
        print(f"wrote {facts['place']}: {facts['encoder']}, {facts['width']} numbers a token")
    return 0


def _tracks(chosen: argparse.Namespace) -> int:
    from motionverse import extract

    cameras = extract.Cameras(chosen.cameras or 1, chosen.seed or 0)
    bar = Bar(chosen.kind, quiet=chosen.json)
    done = []
    for made in extract.tracks(chosen.paths, chosen.kind, chosen.cache, cameras, bar):
        done.append(made)
        if not (chosen.json or bar.on or made.error):
            print(_line(made), flush=True)
    failed = [made for made in done if made.error]
    if len(done) == len(failed) == 1:
        raise MotionError(failed[0].error)
    cached = sum(made.cached for made in done)
    counts = {"made": len(done) - cached - len(failed), "cached": cached, "failed": len(failed)}
    if chosen.json:
        show_json({"cache": str(chosen.cache), "kind": chosen.kind, **counts, "tracks": [m.as_dict() for m in done]})
        return int(bool(failed))
    for made in failed[:MOST]:
        print(f"left out {made.name}: {made.error.removeprefix(f'{made.name}: ')}")
    if len(failed) > MOST:
        print(f"... and {len(failed) - MOST} more; --json lists all of them")
    print(f"{chosen.cache}: {counts['made']} made, {cached} were there, {len(failed)} could not be made")
    return int(bool(failed))


def _line(made: Any) -> str:
    events = "".join(f", {count} {name}s" for name, count in made.events.items())
    there = " (from the cache)" if made.cached else ""
    return f"{made.name}: {made.rows} rows of {made.channels} channels, {made.seconds:.2f} s{events}{there}"
