"""lmm train: a recipe in, a folder of weights out."""

import argparse
import os
from pathlib import Path
from typing import Any

from motionverse.terminal import command, show_json


def add(commands: Any) -> None:
    """Add the subcommand."""
    train_ = command(
        commands, "train", train, "train a model: a recipe in, a folder of weights out, for --model",
        "  lmm train configs/words.yaml data.store=store\n"
        "  lmm train configs/words.yaml data.store=store run.minutes=10 optimiser.rate=5e-4 run.folder=runs/mine\n"
        "  lmm train configs/nano.yaml configs/commercial.yaml data.store=free    # a file over another\n"
        "on several ranks, with the extra `deepspeed` (docs/training.md):\n"
        "  torchrun --nproc_per_node 8 -m lmm train configs/base.yaml run.zero=2\n"
        "  deepspeed --num_gpus 8 --module lmm train configs/base.yaml run.zero=2\n"
        "  deepspeed --hostfile configs/cluster/hostfile --module lmm train configs/large.yaml run.zero=3",
    )  # fmt: skip
    train_.add_argument("config", type=Path, metavar="CONFIG", help="YAML: what differs from the defaults")
    about = "what differs from CONFIG, the later over the earlier"
    train_.add_argument("overrides", nargs="*", default=[], metavar="key=value|FILE.yaml", help=about)


def train(chosen: argparse.Namespace) -> None:
    """Train a model from a recipe."""
    from lmm.train import recipe

    read = recipe.read(chosen.config, chosen.overrides)
    from lmm.train import ranks
    from lmm.train.loop import train as go

    folder = go(read, quiet=chosen.json)
    if os.environ.get("RANK", "0") == "0":  # one of several ranks publishes and speaks
        _publish(folder, chosen.json)
    ranks.end()


def _publish(folder: Path, as_json: bool) -> None:
    from lmm import zoo

    zoo.publish(folder, folder)
    if as_json:
        return show_json({"folder": str(folder)})
    print(f"trained; weights, card, log, curve and checkpoints are in {folder}; use them by --model {folder}")
    return None
