"""The command `lmm`: one file here a group of its verbs. Handlers import what they use, so that --help costs nothing."""

import argparse

from lmm.cli import complete, evaluation, generate, models, training
from motionverse.terminal import Parser, add_version, run


def main(arguments: list[str] | None = None) -> int:
    """The `lmm` command; returns the exit code: 0, or 2 with one line on stderr for input that cannot be used."""
    return run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    made = Parser(prog="lmm", description="Large Motion Model: say what should happen, get human motion.")
    add_version(made)
    made.add_argument(
        "--local_rank", help=argparse.SUPPRESS
    )  # put there by the deepspeed launcher; the environment says it too
    commands = made.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for verbs in (generate, complete, training, evaluation, models):
        verbs.add(commands)
    return made
