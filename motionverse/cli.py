"""motionverse sources | build | inspect | convert | retarget | render (and looking's lint, view). Handlers import late."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionverse import extracting, keeping, looking
from motionverse.errors import MotionError
from motionverse.files import check_writable
from motionverse.terminal import Bar, Parser, command, run, show_json, show_table

if TYPE_CHECKING:
    from motionverse.motion import Motion


def main(arguments: list[str] | None = None) -> int:
    """The `motionverse` command; returns the exit code: 0, or 2 with one line on stderr for input that cannot be used."""
    return run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    made = Parser(prog="motionverse", description="Human motion: files, data sets and stores, and pictures of them.")
    commands = made.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    sources_ = command(
        commands, "sources", sources, "list the data sets that can be read, how to obtain them, and which are there",
        "  motionverse sources\n  motionverse sources data --json",
    )  # fmt: skip
    sources_.add_argument("root", type=Path, nargs="?", metavar="ROOT", help="folder with one folder a source")
    _add_build(commands)
    inspect_ = command(
        commands, "inspect", inspect, "say what is in a motion file or a store",
        "  motionverse inspect walk.bvh\n  motionverse inspect store --verify --json",
    )  # fmt: skip
    inspect_.add_argument("path", type=Path, metavar="FILE|STORE")
    inspect_.add_argument("--verify", action="store_true", help="read every byte of a store and compare its checksums")
    _add_convert(commands)
    _add_retarget(commands)
    extracting.add(commands)
    looking.add(commands)
    keeping.add(commands)
    _add_render(commands)
    return made


def _add_build(commands: Any) -> None:
    made = command(
        commands, "build", build, "turn downloaded data sets into a store",
        "  motionverse build data -o store\n  motionverse build data/bandai_namco --source bandai_namco -o store",
    )  # fmt: skip
    made.add_argument(
        "root", type=Path, metavar="FOLDER", help="folder with one folder a source, or one source's folder"
    )
    made.add_argument("-o", "--out", type=Path, required=True, metavar="STORE", help="folder to write")
    made.add_argument("--source", action="append", metavar="NAME", help="only this source (may be repeated)")
    made.add_argument(
        "--captions", type=Path, metavar="FOLDER", help="folder of caption files kept apart from the motion"
    )
    made.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default 2)")
    made.add_argument("--overwrite", action="store_true", help="replace a store that is there")


def _reading(made: argparse.ArgumentParser) -> None:
    made.add_argument("input", type=Path, metavar="IN", help="motion file: .bvh .glb .gltf .vrma .npz .json .amc")
    made.add_argument("--animation", metavar="NAME", help="which of several in a .glb (default: the longest)")
    made.add_argument("--scale", type=float, metavar="M", help="metres in one unit of the input (default: found out)")
    made.add_argument("--up", metavar="AXIS", help="vertical axis of the input: X, Y, Z, -Y ... (default: found out)")
    made.add_argument("--fps", type=float, metavar="F", help="frame rate of the output (default: the input's)")


def _bodies(made: argparse.ArgumentParser) -> None:
    body = made.add_mutually_exclusive_group()
    body.add_argument("--whole-body", action="store_true", help="bring the motion to the 52 joints of WHOLE_BODY first")
    body.add_argument("--skeleton", type=Path, metavar="FILE", help="bring it to the skeleton of this file first")


def _add_convert(commands: Any) -> None:
    made = command(
        commands, "convert", convert, "write a motion in another format",
        "  motionverse convert walk.amc walk.bvh\n  motionverse convert walk.bvh walk.npz --whole-body --fps 20\n"
        "  motionverse convert walk.bvh walk.glb        # with a body; plays in any viewer\n"
        "  motionverse convert walk.bvh hero_walk.bvh --skeleton hero.bvh",
    )  # fmt: skip
    _reading(made)
    _bodies(made)
    made.add_argument(
        "output", type=Path, metavar="OUT", help=".bvh .npz (AMASS; needs --whole-body) .joints.npz .json .glb .gltf"
    )


def _add_retarget(commands: Any) -> None:
    made = command(
        commands, "retarget", retarget, "put a motion on another character, feet and all",
        "  motionverse retarget walk.bvh hero_walk.glb --target hero.glb --report walk.html\n"
        "  motionverse retarget walk.bvh walk.npz                       # WHOLE_BODY, what models know\n"
        "  motionverse retarget walk.bvh out.bvh --target odd.bvh --target-map bone_7=left_hip\n\n"
        "The target's rest pose may be a T, an A or any that stands. Joints it has beyond a person's stay as they rest.\n"
        "A .glb, .gltf or .vrm target comes out whole, with mesh and all, and one more animation (convert --skeleton: bare).",
    )  # fmt: skip
    _reading(made)
    made.add_argument("output", type=Path, metavar="OUT", help="motion file, on the target's skeleton")
    made.add_argument("--target", type=Path, metavar="CHARACTER", help="file with the character (default: WHOLE_BODY)")
    made.add_argument("--name", default="", help="of the animation in a .glb target (default: as the output's)")
    made.add_argument("--replace-animations", action="store_true", help="leave the .glb target's own animations out")
    made.add_argument("--report", type=Path, metavar="FILE", help=".html (with pictures) .txt or .json: who plays whom")
    for side in ("source", "target"):
        made.add_argument(
            f"--{side}-map", action="append", default=[], metavar="JOINT=PART", help=f"a {side} joint's part (may be repeated)"
        )  # fmt: skip


def _add_render(commands: Any) -> None:
    made = command(
        commands, "render", render, "draw a motion",
        "  motionverse render walk.bvh walk.mp4 --title 'a person walks'\n  motionverse render walk.npz sheet.png",
    )  # fmt: skip
    _reading(made)
    _bodies(made)
    made.add_argument("output", type=Path, metavar="OUT", help=".mp4 .gif .png (a sheet of poses)")
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
        print(f"    tasks: {row['tasks']}\n    {row['how_to_obtain']}")
        for doubt in row["unverified"]:
            print(f"    unverified: {doubt}")
        if chosen.root is not None:
            print(
                f"    {row['state']}"
                + (f": {row['clips']} clips" if row["clips"] else row["problem"] and f": {row['problem']}")
            )
    return None


def build(chosen: argparse.Namespace) -> None:
    """Build a store, and say what happened to the clips."""
    from motionverse import build as corridor

    if chosen.workers < 1:
        raise MotionError(f"--workers {chosen.workers}; give at least 1")
    if not chosen.root.is_dir():
        raise MotionError(f"{chosen.root}: no such folder; give the folder that holds the data sets")
    bar = Bar("build", quiet=chosen.json)
    report = corridor.build(
        chosen.root, chosen.out, chosen.source, chosen.workers, chosen.captions, chosen.overwrite, progress=bar
    )
    rows = report.table()
    if chosen.json:
        return show_json(
            {
                "store": str(chosen.out),
                "seconds": round(report.wall_seconds, 1),
                "refused": report.refused,
                "sources": rows,
            }
        )
    show_table(rows)
    for row in report.errors[:10]:
        print(f"left out {row.name}: {row.error}")
    if len(report.errors) > 10:
        print(f"... and {len(report.errors) - 10} more; all of them are in {chosen.out}.report.json")
    if report.refused:
        reasons = ", ".join(f"{reason} {count}" for reason, count in report.refused.items())
        print(f"{len(report.rows)} clips read, {len(report.errors)} left out: {reasons}")
    print(f"wrote {chosen.out}: {report.bytes_per_frame:.0f} bytes a frame, {report.wall_seconds:.0f} s")
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


def _read(chosen: argparse.Namespace) -> "Motion":
    from motionverse import formats

    if chosen.fps is not None and not 1 <= chosen.fps <= 240:
        raise MotionError(f"--fps {chosen.fps:g}; allowed are 1 to 240 frames a second")
    if chosen.scale is not None and not 0 < chosen.scale < 1e6:
        raise MotionError(f"--scale {chosen.scale:g}; give metres in one unit of the file, e.g. 0.01")
    motion = formats.load(chosen.input, scale=chosen.scale, up=chosen.up, animation=chosen.animation)
    if getattr(chosen, "whole_body", False) or getattr(chosen, "skeleton", None):
        from motionverse.onto import onto

        motion = onto(motion, chosen.input, chosen.skeleton)[0]
    return motion if chosen.fps is None else motion.resample(chosen.fps)


def convert(chosen: argparse.Namespace) -> None:
    """Read one format, write another."""
    from motionverse import formats

    formats.format_of(chosen.output)
    check_writable(chosen.output)
    motion = _read(chosen)
    formats.save(motion, chosen.output)
    _told(chosen, motion)


def retarget(chosen: argparse.Namespace) -> None:
    """Put a motion on a character; say what was mapped."""
    from motionverse import onto

    name, replace = chosen.name, chosen.replace_animations
    onto.check(chosen.output, chosen.report, chosen.target, "--name" if name else "--replace-animations" * replace)
    motion, report = onto.onto(_read(chosen), chosen.input, chosen.target, chosen.source_map, chosen.target_map)
    called = onto.save(motion, chosen.output, report, chosen.report, chosen.target, name, replace)
    facts = {"output": str(chosen.output), "animation": called, "frames": motion.frames, "fps": motion.fps}
    if chosen.json:
        return show_json({**facts, **report.facts()})
    print(report.text())
    if called is not None:
        print(f"animation {called!r} of {chosen.target.name}, which is otherwise as it was")
    return _told(chosen, motion)


def render(chosen: argparse.Namespace) -> None:
    """Read a motion, draw it."""
    from motionverse import view

    view.check(chosen.output)
    motion = _read(chosen)
    view.render(motion, chosen.output, chosen.title, chosen.size, progress=Bar("render", quiet=chosen.json))
    _told(chosen, motion)


def _told(chosen: argparse.Namespace, motion: "Motion") -> None:
    if chosen.json:
        return show_json(
            {"output": str(chosen.output), "frames": motion.frames, "fps": motion.fps, "seconds": motion.seconds}
        )
    print(f"wrote {chosen.output}: {motion.frames} frames, {motion.fps:g} fps, {motion.seconds:.2f} s")
    return None
