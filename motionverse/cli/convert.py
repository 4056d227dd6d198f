"""motionverse convert | retarget: the commands that read motion files and write others, one or a folder. Handlers import late."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionverse.errors import MotionError
from motionverse.files import check_apart
from motionverse.terminal import Bar, command, show_json

if TYPE_CHECKING:
    from motionverse.folders import Done
    from motionverse.motion import Motion

SHOWN = 10  # files of a folder that are named where they failed
_FOLDER = "\n  motionverse {verb} takes out --to bvh{more}"


def add(commands: Any) -> None:
    """Add both subcommands."""
    _add_convert(commands)
    _add_retarget(commands)


def reading(made: argparse.ArgumentParser, several: bool = True) -> None:
    """The options that say how a motion file is read. several: the input may be a folder."""
    kinds = ".bvh .glb .gltf .vrm .vrma .fbx .npz .npy .csv .json .c3d .amc"
    made.add_argument(
        "input", type=Path, metavar="IN", help=f"motion file: {kinds}" + "; or a folder of them" * several
    )
    made.add_argument("--animation", metavar="NAME", help="which of several in a .glb or .fbx (default: the longest)")
    made.add_argument("--scale", type=float, metavar="M", help="metres in one unit of the input (default: found out)")
    made.add_argument("--up", metavar="AXIS", help="vertical axis of the input: X, Y, Z, -Y ... (default: found out)")
    made.add_argument(
        "--fps-in", type=float, metavar="F", help="frame rate of an input that states none, or a wrong one"
    )
    made.add_argument(
        "--joints", metavar="SET|NAMES", help="what the points of a .npy, .csv, .c3d are: smpl22, h36m17 ..., or names with commas"
    )  # fmt: skip
    made.add_argument("--fps", type=float, metavar="F", help="frame rate of the output (default: the input's)")


def bodies(made: argparse.ArgumentParser) -> None:
    """The options that bring a motion to another skeleton first."""
    body = made.add_mutually_exclusive_group()
    body.add_argument("--whole-body", action="store_true", help="bring the motion to the 52 joints of WHOLE_BODY first")
    body.add_argument("--skeleton", type=Path, metavar="FILE", help="bring it to the skeleton of this file first")


def _add_convert(commands: Any) -> None:
    made = command(
        commands, "convert", convert, "write motion in another format, one file or a folder",
        "  motionverse convert walk.amc walk.bvh\n  motionverse convert walk.bvh walk.npz --whole-body --fps 20\n"
        "  motionverse convert walk.bvh walk.glb        # with a body; plays in any viewer\n"
        "  motionverse convert walk.bvh walk.hml263.npy # HumanML3D's features\n"
        "  motionverse convert pose.npy pose.bvh --joints h36m17 --fps-in 50\n"
        "  motionverse convert walk.bvh hero_walk.bvh --skeleton hero.bvh" + _FOLDER.format(verb="convert", more=""),
    )  # fmt: skip
    reading(made)
    bodies(made)
    kinds = ".bvh .npz (AMASS; needs --whole-body) .joints.npz .json .csv .npy .hml263.npy .glb .gltf .usda .usdc .usdz"
    made.add_argument("output", type=Path, metavar="OUT", help=f"{kinds}; for a folder: a folder")
    made.add_argument("--to", metavar="SUFFIX", help="what the files of a folder become: bvh, glb, joints.npz ...")


def _add_retarget(commands: Any) -> None:
    made = command(
        commands, "retarget", retarget, "put a motion on another character, feet and all",
        "  motionverse retarget walk.bvh hero_walk.glb --target hero.glb --report walk.html\n"
        "  motionverse retarget walk.bvh walk.npz                       # WHOLE_BODY, what models know\n"
        "  motionverse retarget walk.bvh out.bvh --target odd.bvh --target-map bone_7=left_hip"
        + _FOLDER.format(verb="retarget", more=" --target hero.bvh") + "\n\n"
        "The target's rest pose may be a T, an A or any that stands. Joints it has beyond a person's stay as they rest.\n"
        "A .glb, .gltf or .vrm target comes out whole, with mesh and all, and one more animation (convert --skeleton: bare).",
    )  # fmt: skip
    reading(made)
    made.add_argument("output", type=Path, metavar="OUT", help="motion file, on the target's skeleton; or a folder")
    made.add_argument("--to", metavar="SUFFIX", help="what the files of a folder become: bvh, glb, joints.npz ...")
    made.add_argument("--target", type=Path, metavar="CHARACTER", help="file with the character (default: WHOLE_BODY)")
    made.add_argument("--name", default="", help="of the animation in a .glb target (default: as the output's)")
    made.add_argument("--replace-animations", action="store_true", help="leave the .glb target's own animations out")
    made.add_argument("--report", type=Path, metavar="FILE", help=".html (with pictures) .txt or .json: who plays whom")
    for side in ("source", "target"):
        made.add_argument(
            f"--{side}-map", action="append", default=[], metavar="JOINT=PART", help=f"a {side} joint's part (may be repeated)"
        )  # fmt: skip


def _check_numbers(chosen: argparse.Namespace) -> None:
    for option, rate in (("--fps", chosen.fps), ("--fps-in", chosen.fps_in)):
        if rate is not None and not 1 <= rate <= (240 if option == "--fps" else 10_000):
            raise MotionError(
                f"{option} {rate:g}; allowed are 1 to {240 if option == '--fps' else 10_000} frames a second"
            )
    if chosen.scale is not None and not 0 < chosen.scale < 1e6:
        raise MotionError(f"--scale {chosen.scale:g}; give metres in one unit of the file, e.g. 0.01")


def read(chosen: argparse.Namespace, path: Path) -> "Motion":
    """A motion file as the options say. Raises MotionError."""
    from motionverse import formats

    _check_numbers(chosen)
    motion = formats.load(path, chosen.fps_in, chosen.scale, chosen.up, chosen.animation, chosen.joints)
    if getattr(chosen, "whole_body", False) or getattr(chosen, "skeleton", None):
        from motionverse import onto

        motion = onto.brought(motion, path, chosen.skeleton)
    return motion if chosen.fps is None else motion.resample(chosen.fps)


def convert(chosen: argparse.Namespace) -> int | None:
    """Read one format, write another; of a folder 1 where a file failed."""
    from motionverse import formats

    def one(path: Path, output: Path) -> "Motion":
        return formats.save(read(chosen, path), output)

    if chosen.input.is_dir():
        return _folder(chosen, one, chosen.skeleton)
    _single(chosen, chosen.skeleton)
    formats.writer(chosen.output)
    return told(chosen, one(chosen.input, chosen.output))


def retarget(chosen: argparse.Namespace) -> int | None:
    """Put motion on a character; say what was mapped. Of a folder 1 where a file failed."""
    from motionverse import onto
    from motionverse.formats import gltf_insert

    name, replace = chosen.name, chosen.replace_animations

    def one(path: Path, output: Path) -> "Motion":
        motion, report = onto.onto(read(chosen, path), path, chosen.target, chosen.source_map, chosen.target_map)
        return onto.save(motion, output, report, None, chosen.target, name, replace)[0]

    if chosen.input.is_dir():
        if chosen.report is not None:
            raise MotionError(f"--report {chosen.report}: a report is of one motion; retarget one file for it")
        return _folder(chosen, one, chosen.target)
    grows = gltf_insert.fits(
        chosen.target, chosen.output
    )  # the character's own file may be the output: nothing is lost
    _single(chosen, None if grows else chosen.target, chosen.report)
    onto.check(chosen.output, chosen.report, chosen.target, "--name" if name else "--replace-animations" * replace)
    motion, report = onto.onto(
        read(chosen, chosen.input), chosen.input, chosen.target, chosen.source_map, chosen.target_map
    )
    motion, called = onto.save(motion, chosen.output, report, chosen.report, chosen.target, name, replace)
    facts = {"output": str(chosen.output), "animation": called, "frames": motion.frames, "fps": motion.fps}
    if chosen.json:
        return show_json({**facts, **report.facts()})
    print(report.text())
    if called is not None:
        print(f"animation {called!r} of {chosen.target.name}, which is otherwise as it was")
    return told(chosen, motion)


def _single(chosen: argparse.Namespace, character: Path | None, report: Path | None = None) -> None:
    if chosen.to is not None:
        raise MotionError(f"--to {chosen.to}: for a folder; {chosen.input} is none. The suffix of OUT says the format")
    check_apart((chosen.output, report), (chosen.input, character))


def _folder(chosen: argparse.Namespace, one: Any, character: Path | None) -> int:
    """Every motion file of a folder, what became of them, and the exit code. What would fail in each is said once, before."""
    from motionverse import folders, onto

    if chosen.to is None:
        raise MotionError(f"{chosen.input} is a folder; say what its files become: --to bvh (or glb, joints.npz ...)")
    _check_numbers(chosen)
    jobs = folders.pairs(chosen.input, chosen.output, chosen.to)
    check_apart((output for _, output in jobs), (*(path for path, _ in jobs), character))
    if character is not None:
        onto.character(character)
    try:
        chosen.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MotionError(
            f"{chosen.output}: cannot be made ({error.strerror or error}); choose another place"
        ) from None
    done: list[Done] = []
    for row in folders.each(jobs, one, Bar("files", quiet=chosen.json)):
        done.append(row)
    summary = folders.summary(done)
    if chosen.json:
        show_json({"output": str(chosen.output), **summary, "files": [row.as_dict() for row in done]})
        return int(summary["failed"] > 0)
    failed = [row for row in done if row.error]
    for row in failed[:SHOWN]:
        print(f"left out: {row.error}")
    if len(failed) > SHOWN:
        print(f"... and {len(failed) - SHOWN} more; --json lists all of them")
    print(
        f"wrote {summary['written']} files to {chosen.output}: {summary['seconds']:.1f} s; {summary['failed']} left out"
    )
    return int(bool(failed))


def told(chosen: argparse.Namespace, motion: "Motion") -> None:
    """What was written, as one line or as JSON."""
    if chosen.json:
        return show_json(
            {"output": str(chosen.output), "frames": motion.frames, "fps": motion.fps, "seconds": motion.seconds}
        )
    print(f"wrote {chosen.output}: {motion.frames} frames, {motion.fps:g} fps, {motion.seconds:.2f} s")
    return None
