"""lmm models: the published weights and the sizes that there are recipes for; what one of them is made of."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionverse.errors import MotionError
from motionverse.licence import binding
from motionverse.terminal import command, nearest, show_json, show_table

if TYPE_CHECKING:
    from lmm.model.cost import Cost
    from lmm.train.recipe import Recipe

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SIZES = {"nano": 0, "tiny": 90, "small": 160, "base": 410, "large": 760}  # the paper's millions (arXiv 2404.01284)
ABOUT = """
GFLOP_per_s: products and sums of one forward pass, for a second of a motion that has all parts, with a sentence.
use: what the licences of the data allow; each is in the weights' card.
weights_GB: in 32 bits (a file has 16). training_GB: weights, gradients, Adam's moments, averaged weights, in 32 bits.
kept_MB_per_s: what each second of motion in a batch leaves for the gradient, in 32 bits; bf16 keeps a little over half.
"""


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(
        commands, "models", models, "list the published weights and the sizes, or break one down by what it is made of",
        "  lmm models\n  lmm models base\n  lmm models configs/nano.yaml --json",
    )  # fmt: skip
    about = f"published name, folder of weights, CONFIG.yaml, or one of {', '.join(SIZES)}: its breakdown"
    made.add_argument("name", nargs="?", metavar="NAME", help=about)


def models(chosen: argparse.Namespace) -> None:
    """List what there is, or break one model down."""
    from lmm import weights

    if chosen.name is not None:
        return _break_down(chosen.name, chosen.json)
    published, sizes = [_published(name) for name in weights.names()], [_size(name) for name in SIZES]
    if chosen.json:
        return show_json({"published": published, "sizes": sizes})
    print("published weights" if published else f"no published weights under {weights.assets() / 'weights'}")
    show_table(_told(published))
    print("\nsizes, by configs/NAME.yaml")
    show_table(_told(sizes))
    print(ABOUT.rstrip())
    return None


def _published(name: str) -> dict[str, Any]:
    from lmm import config, weights
    from lmm.train.recipe import Recipe

    place = weights.find(name)
    files = weights.pieces(place)
    recipe = config.read(place / weights.CONFIG, Recipe)
    counted = _cost(recipe) if recipe.network == "lmm" else None
    stored = sum(map(_parameters, files))
    return {
        "name": name,
        "parameters_M": round((counted.parameters if counted else stored) / 1e6, 2),
        "MB": round(sum(path.stat().st_size for path in files) / 1e6, 1),
        "rate_fps": recipe.curriculum.rate,
        "GFLOP_per_s": round(counted.flops / 1e9, 2) if counted else None,
        "use": binding(row["kind"] for row in weights.licences(place)),
        "hash": weights.check(place),
        "folder": str(place),
    }


def _size(name: str) -> dict[str, Any]:
    from lmm.train import recipe

    counted = _cost(recipe.read(CONFIGS / f"{name}.yaml"))
    millions = counted.parameters / 1e6
    return {
        "name": name,
        "parameters_M": round(millions, 1),
        "paper_M": SIZES[name] or None,
        "of_paper": round(millions / SIZES[name], 2) if SIZES[name] else None,
        "GFLOP_per_s": round(counted.flops / 1e9, 2),
        "weights_GB": round(4 * counted.parameters / 1e9, 2),
        "training_GB": round(counted.state / 1e9, 2),
        "kept_MB_per_s": round(counted.kept / 1e6, 1),
    }


def _break_down(name: str, as_json: bool) -> None:
    counted = _cost(_recipe(name))
    rows = [
        {
            "what": share.name,
            "parameters_M": round(share.parameters / 1e6, 2),
            "parameters_%": round(100 * share.parameters / counted.parameters, 1),
            "GFLOP_per_s": round(share.flops / 1e9, 3),
            "GFLOP_%": round(100 * share.flops / counted.flops, 1),
        }
        for share in counted.shares
    ]
    whole = {"what": "all", "parameters_M": round(counted.parameters / 1e6, 2), "parameters_%": 100.0}
    rows.append(whole | {"GFLOP_per_s": round(counted.flops / 1e9, 3), "GFLOP_%": 100.0})
    if as_json:
        return show_json({"name": name, "paper_M": SIZES.get(name) or None, "rows": rows})
    show_table(_told(rows))
    return None


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are read: two decimals, a dash for what there is not."""

    def cell(value: Any) -> Any:
        return "–" if value is None else f"{value:.2f}" if isinstance(value, float) else value

    return [{key: cell(value) for key, value in row.items()} for row in rows]


def _recipe(name: str) -> "Recipe":
    """The recipe of a size, of a configuration file or of published weights. Raises MotionError where there is none."""
    from lmm import config, weights
    from lmm.train import recipe

    if name.endswith((".yaml", ".yml")):
        return recipe.read(name)
    if name in weights.names() or (Path(name) / weights.WEIGHTS).is_file():
        return config.read(weights.find(name) / weights.CONFIG, recipe.Recipe)
    if name in SIZES:
        return recipe.read(CONFIGS / f"{name}.yaml")
    known = [*weights.names(), *SIZES]
    near = nearest(name, known)
    raise MotionError(
        f"model {name!r} is unknown{f'; did you mean {near}?' if near else ''}; there are {', '.join(dict.fromkeys(known))}"
    )


def _cost(recipe: "Recipe") -> "Cost":
    from lmm.model.cost import cost

    if recipe.network != "lmm":
        raise MotionError(f"network: {recipe.network!r} has no breakdown; this counts networks called 'lmm'")
    return cost(recipe.model, recipe.curriculum.rate)


def _parameters(path: Path) -> int:
    """Numbers in a weights file, buffers among them, the features' statistics left out; only the header is read."""
    from math import prod

    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            names = [name for name in file.keys() if not name.startswith("stats/")]  # noqa: SIM118 (not a dict)
            return sum(prod(file.get_slice(name).get_shape()) for name in names)
    except (OSError, SafetensorError) as error:
        raise MotionError(f"{path}: damaged or no safetensors file ({error}); fetch it again") from None
