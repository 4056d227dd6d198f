"""lmm models: the published weights."""

import argparse
from pathlib import Path
from typing import Any

from motionverse.errors import MotionError
from motionverse.terminal import command, show_json, show_table


def add(commands: Any) -> None:
    """Add the subcommand."""
    command(commands, "models", models, "list the published weights")


def models(chosen: argparse.Namespace) -> None:
    """List the published weights."""
    from lmm import config, weights
    from lmm.train.recipe import Recipe

    rows = []
    for name in weights.names():
        place = weights.find(name)
        path = place / weights.WEIGHTS
        recipe = config.read(place / weights.CONFIG, Recipe)
        rows.append(
            {
                "name": name,
                "parameters_M": round(_parameters(path) / 1e6, 2),
                "MB": round(path.stat().st_size / 1e6, 1),
                "rate_fps": recipe.curriculum.rate,
                "hash": weights.file_hash(path),
                "folder": str(place),
            }
        )
    if chosen.json:
        return show_json(rows)
    if not rows:
        print(f"no published weights under {weights.assets() / 'weights'}")
    show_table(rows)
    return None


def _parameters(path: Path) -> int:
    """Numbers in a weights file, its statistics left out; only the header is read."""
    from math import prod

    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            names = [name for name in file.keys() if not name.startswith("stats/")]  # noqa: SIM118 (not a dict)
            return sum(prod(file.get_slice(name).get_shape()) for name in names)
    except (OSError, SafetensorError) as error:
        raise MotionError(f"{path}: damaged or no safetensors file ({error}); fetch it again") from None
