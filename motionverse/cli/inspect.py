"""motionverse sources | inspect: what can be read, and what is in a file or a store. Handlers import late."""

import argparse
from pathlib import Path
from typing import Any

from motionverse.errors import MotionError
from motionverse.terminal import command, show_json, show_table


def add(commands: Any) -> None:
    """Add both subcommands."""
    made = command(
        commands, "sources", sources, "list the data sets that can be read, how to obtain them, and which are there",
        "  motionverse sources\n  motionverse sources data --json",
    )  # fmt: skip
    made.add_argument("root", type=Path, nargs="?", metavar="ROOT", help="folder with one folder a source")
    made = command(
        commands, "inspect", inspect, "say what is in a motion file or a store",
        "  motionverse inspect walk.bvh\n  motionverse inspect store --verify --json",
    )  # fmt: skip
    made.add_argument("path", type=Path, metavar="FILE|STORE")
    made.add_argument("--verify", action="store_true", help="read every byte of a store and compare its checksums")


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
    if chosen.root is not None:
        states = ("found", "missing", "empty", "broken")
        names = {state: [row["name"] for row in rows if row["state"] == state] for state in states}
        print(f"{len(rows)} sources: " + ", ".join(f"{len(there)} {state}" for state, there in names.items()))
        print(
            "\n".join(f"{state}: {', '.join(names[state])}" for state in ("found", "empty", "broken") if names[state])
        )
    return None


def inspect(chosen: argparse.Namespace) -> None:
    """Say what is in a file or a store."""
    from motionverse import describe

    if describe.is_store(chosen.path):
        facts = describe.store(chosen.path, chosen.verify)
    elif chosen.path.exists():
        facts = describe.motion_file(chosen.path)
    else:
        raise MotionError(f"{chosen.path}: no such file, folder or store; give one")
    if chosen.json:
        return show_json(facts)
    for name, value in facts.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{name}:")
            show_table(value)
        elif isinstance(value, dict):
            print(f"{name}: " + ", ".join(f"{k} {v}" for k, v in value.items() if not isinstance(v, dict)))
        elif isinstance(value, list):
            print(f"{name}: " + (" ".join(str(v) for v in value) or "none"))
        else:
            print(f"{name}: {value}")
    return None
