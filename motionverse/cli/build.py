"""motionverse build: data sets into a store, and what happened to their clips and frames. Handlers import what they use."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionverse.errors import MotionError
from motionverse.terminal import Bar, command, show_json, show_table

if TYPE_CHECKING:
    from motionverse.build import BuildReport


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(
        commands, "build", build, "turn downloaded data sets into a store",
        "  motionverse build data -o store\n  motionverse build data/bandai_namco --source bandai_namco -o store\n"
        "  motionverse build data -o store --licence commercial       # only what any use allows\n"
        "  motionverse build data -o store --engine ray --workers 16  # on Ray; see docs/store.md\n\n"
        "A build that was killed goes on where it was: give the same command again.",
    )  # fmt: skip
    made.add_argument(
        "root", type=Path, metavar="FOLDER", help="folder with one folder a source, or one source's folder"
    )
    made.add_argument("-o", "--out", type=Path, required=True, metavar="STORE", help="folder to write")
    made.add_argument("--source", action="append", metavar="NAME", help="only this source (may be repeated)")
    made.add_argument(
        "--captions", type=Path, metavar="FOLDER", help="folder of caption files kept apart from the motion"
    )
    made.add_argument(
        "--licence", choices=("commercial", "research", "unknown"), default="unknown",
        help="leave out what this class of use does not allow: commercial = any use; research = commercial too; "
        "unknown (the default) = everything, also what says nothing",
    )  # fmt: skip
    made.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default 2)")
    made.add_argument("--engine", choices=("local", "ray"), default="local", help="who computes (default local)")
    made.add_argument(
        "--sounds", action="store_true", help="copy the clips' sound files into the store, so that it can travel"
    )
    made.add_argument(
        "--overwrite",
        action="store_true",
        help="replace a store, or an unfinished build of something else, that is there",
    )


def build(chosen: argparse.Namespace) -> None:
    """Build a store, and say what happened to the clips."""
    from motionverse import build as corridor

    if chosen.workers < 1:
        raise MotionError(f"--workers {chosen.workers}; give at least 1")
    if not chosen.root.is_dir():
        raise MotionError(f"{chosen.root}: no such folder; give the folder that holds the data sets")
    report = corridor.build(
        chosen.root, chosen.out, chosen.source, chosen.workers, chosen.captions, chosen.overwrite,
        progress=Bar("build", quiet=chosen.json), licence=chosen.licence, engine=chosen.engine,
        notice=lambda line: print(line, file=sys.stderr), sounds=chosen.sounds,
    )  # fmt: skip
    if chosen.json:
        return show_json(_facts(chosen.out, report))
    _show(chosen.out, report)
    return None


def _facts(out: Path, report: "BuildReport") -> dict[str, Any]:
    accounts = [account.to_json() for account in report.accounts.values()]
    refused = {"refused": report.refused, "sources": report.table(), "frames": accounts}
    parts = {"parts": report.parts, "resumed": report.resumed}
    return {"store": str(out), "seconds": round(report.wall_seconds, 1), **parts, **refused}


def _show(out: Path, report: "BuildReport") -> None:
    show_table(report.table())
    print("\nframes, at the rate of the source but for those written:")
    show_table(report.frames())
    left_out = 0
    for row in report.each_error():
        left_out += 1
        if left_out <= 10:
            print(f"left out {row.name}: {row.error}")
    if left_out > 10:
        print(f"... and {left_out - 10} more; all of them are in {report.rows_path}")
    if report.refused:
        reasons = ", ".join(f"{reason} {count}" for reason, count in report.refused.items())
        found = sum(account.planned for account in report.accounts.values())
        print(f"{found} clips found, {left_out} left out: {reasons}")
    print(f"wrote {out}: {report.bytes_per_frame:.0f} bytes a frame, {report.wall_seconds:.0f} s")
