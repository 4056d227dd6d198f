"""The command `motionverse`: one file here a group of its verbs. Handlers import late, so that --help costs nothing."""

import argparse

from motionverse.cli import build, convert, features, inspect, look, merge, pair
from motionverse.terminal import Parser, add_version, run


def main(arguments: list[str] | None = None) -> int:
    """The `motionverse` command; returns the exit code: 0, or 2 with one line on stderr for input that cannot be used."""
    return run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    made = Parser(prog="motionverse", description="Human motion: files, data sets and stores, and pictures of them.")
    add_version(made)
    commands = made.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for verbs in (inspect, build, merge, pair, features, convert, look):
        verbs.add(commands)
    return made
