"""motionverse merge: one store of several. Its handler imports late."""

import argparse
from pathlib import Path
from typing import Any

from motionverse.licence import COMMERCIAL, LICENCES, RESEARCH, UNKNOWN
from motionverse.terminal import Bar, command, show_json


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(
        commands, "merge", merge, "make one store of several, or a part of one by licence or source",
        "  motionverse merge mocap dance -o both\n  motionverse merge store -o free --licence commercial\n"
        "  motionverse merge a b -o c --source cmu --source ase",
    )  # fmt: skip
    made.add_argument("stores", type=Path, nargs="+", metavar="STORE")
    made.add_argument("-o", "--out", type=Path, required=True, metavar="STORE", help="folder to write")
    made.add_argument(
        "--licence", choices=(COMMERCIAL, RESEARCH, UNKNOWN), default=UNKNOWN,
        help="the widest class that gets in; the rest is left out (default: all)",
    )  # fmt: skip
    made.add_argument("--source", action="append", metavar="NAME", help="only this source (may be repeated)")
    made.add_argument("--overwrite", action="store_true", help="replace a store that is there")


def merge(chosen: argparse.Namespace) -> None:
    """Make one store of several, and say what was left out."""
    from motionverse import merge as merging

    bar = Bar("merge", quiet=chosen.json)
    told = merging.merge(chosen.out, chosen.stores, chosen.licence, chosen.source, chosen.overwrite, progress=bar)
    if chosen.json:
        return show_json({
            "store": str(chosen.out), "clips": told.clips, "minutes": round(told.seconds / 60, 2),
            "left_out": {"licence": dict(told.by_licence), "source": dict(told.by_source)},
        })  # fmt: skip
    if told.by_licence:
        named = ", ".join(f"{count} under {LICENCES[key].name} ({key})" for key, count in told.by_licence.most_common())
        print(f"left out: {named}")
    print(f"wrote {chosen.out}: {told.clips} clips, {told.seconds / 60:.2f} minutes")
    return None
