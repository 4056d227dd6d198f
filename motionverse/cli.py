"""motionverse sources | inspect | convert | retarget | render (and building, extracting, looking). Handlers import late."""

import argparse
from pathlib import Path
from typing import Any

from motionverse import building, converting, extracting, keeping, looking
from motionverse.terminal import Bar, Parser, add_version, command, run, show_json, show_table


def main(arguments: list[str] | None = None) -> int:
    """The `motionverse` command; returns the exit code: 0, or 2 with one line on stderr for input that cannot be used."""
    return run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    made = Parser(prog="motionverse", description="Human motion: files, data sets and stores, and pictures of them.")
    add_version(made)
    commands = made.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    sources_ = command(
        commands, "sources", sources, "list the data sets that can be read, how to obtain them, and which are there",
        "  motionverse sources\n  motionverse sources data --json",
    )  # fmt: skip
    sources_.add_argument("root", type=Path, nargs="?", metavar="ROOT", help="folder with one folder a source")
    building.add(commands)
    inspect_ = command(
        commands, "inspect", inspect, "say what is in a motion file or a store",
        "  motionverse inspect walk.bvh\n  motionverse inspect store --verify --json",
    )  # fmt: skip
    inspect_.add_argument("path", type=Path, metavar="FILE|STORE")
    inspect_.add_argument("--verify", action="store_true", help="read every byte of a store and compare its checksums")
    converting.add(commands)
    extracting.add(commands)
    looking.add(commands)
    keeping.add(commands)
    _add_render(commands)
    return made


def _add_render(commands: Any) -> None:
    made = command(
        commands, "render", render, "draw a motion",
        "  motionverse render walk.bvh walk.mp4 --title 'a person walks'\n  motionverse render walk.npz sheet.png\n"
        "  motionverse render walk.npz walk.mp4 --body smplx:models/SMPLX_NEUTRAL.npz",
    )  # fmt: skip
    converting.reading(made, several=False)
    converting.bodies(made)
    made.add_argument("output", type=Path, metavar="OUT", help=".mp4 .gif .png (a sheet of poses)")
    made.add_argument(
        "--body", metavar="MODEL", help="smplx:FILE, smplh:FILE, smpl:FILE: your own model file (default: free)"
    )
    made.add_argument("--title", default="", help="words on top of the picture")
    made.add_argument("--size", type=_size, metavar="WxH", help="pixels, e.g. 640x640")


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 640x640") from None
    return width, height


def sources(chosen: argparse.Namespace) -> None:
    """List the sources."""
    from motionverse import describe

    rows = describe.sources(chosen.root)
    if chosen.json:
        return show_json(rows)
    for row in rows:
        hours = "" if row["hours"] is None else f"; {row['hours']:g} hours"
        print(f"{row['name']}: {row['title']}{hours}\n    licence: {row['licence']} ({row['licence_class']})")
        print(f"    tasks: {', '.join(row['tasks'])}\n    obtain: {row['how_to_obtain']}")
        for doubt in row["unverified"]:
            print(f"    unverified: {doubt}")
        if chosen.root is not None:
            print(
                f"    {row['state']}"
                + (f": {row['clips']} clips" if row["clips"] else row["problem"] and f": {row['problem']}")
            )
    states = [row["state"] for row in rows]
    if chosen.root is not None:
        print(f"{len(rows)} sources: " + ", ".join(f"{states.count(s)} {s}" for s in ("found", "missing", "broken")))
    return None


def inspect(chosen: argparse.Namespace) -> None:
    """Say what is in a file or a store."""
    from motionverse import describe

    if describe.is_store(chosen.path):
        facts = describe.store(chosen.path, chosen.verify)
    else:
        facts = describe.motion_file(chosen.path)
    if chosen.json:
        return show_json(facts)
    for name, value in facts.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{name}:")
            show_table(value)
        elif isinstance(value, dict):
            print(f"{name}: " + ", ".join(f"{k} {v}" for k, v in value.items() if not isinstance(v, dict)))
        elif isinstance(value, list):
            print(f"{name}: " + " ".join(str(v) for v in value))
        else:
            print(f"{name}: {value}")
    return None


def render(chosen: argparse.Namespace) -> None:
    """Read a motion, draw it."""
    from motionverse import view

    view.check(chosen.output)
    body = view.load_body(chosen.body) if chosen.body else None
    motion = converting.read(chosen, chosen.input)
    view.render(motion, chosen.output, chosen.title, chosen.size, progress=Bar("render", quiet=chosen.json), body=body)
    converting.told(chosen, motion)
