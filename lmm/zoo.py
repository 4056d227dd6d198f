"""Published weights: a name, or a folder, in; a model with all that it needs out. The files are lmm.weights'."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import config, weights
from lmm.train.recipe import Recipe
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.stats import Stats

if TYPE_CHECKING:  # torch is slow to import, and listing names needs none
    from torch import nn

names = weights.names


@dataclass(frozen=True, eq=False)
class Published:
    """Weights ready for use. model: the recipe's network, on the CPU, in eval mode; stats: of the features; licences: the bill of
    materials."""

    name: str
    folder: Path
    model: "nn.Module"
    recipe: Recipe
    stats: Stats
    facts: weights.Facts
    licences: tuple[Mapping[str, Any], ...]
    weights_hash: str

    @property
    def rate(self) -> float:
        """The frame rate [fps] that most of the training was shown at: what to sample at."""
        return self.recipe.curriculum.rate


def load(name: str | Path = "nano", precision: str = "auto") -> Published:
    """Weights by published name or folder. precision: auto | bf16 | fp32, of the model's products.

    Raises MotionError in one line for a file that is missing, cut, foreign, of another version or of another model.
    """
    from lmm.train.checkpoint import load_weights
    from lmm.train.learner import network

    place = weights.find(name)
    path = place / weights.WEIGHTS
    made = weights.check(place)
    tensors, stats, facts = weights.read(path)
    recipe = config.read(place / weights.CONFIG, Recipe)
    model = network(recipe, precision)
    load_weights(model, tensors, path)
    model.eval().requires_grad_(False)
    return Published(place.resolve().name, place, model, recipe, stats, facts, weights.licences(place), made)


def publish(run: Path, place: Path) -> Path:
    """Publish the averaged weights of a run's last checkpoint in the folder `place`, with curve and card; returns it. The run's own
    folder will do: its weights then lie beside its checkpoints."""
    from lmm.train import checkpoint
    from lmm.train.card import card
    from lmm.train.learner import network

    path = checkpoint.last(run)
    if path is None:
        raise MotionError(f"{run}: no checkpoint in this folder; train first, with run.folder={run}")
    state, tensors = checkpoint.read(path)
    recipe = config.from_mapping(Recipe, state.recipe, str(path))
    # where files lay on the machine that trained is nobody's business
    recipe.data.store, recipe.data.text_cache, recipe.run.folder = Path(recipe.data.store).name, "", run.name
    recipe.data.signal_cache = ""
    recipe.run.warm_start, recipe.gpt.codes = (Path(p).name for p in (recipe.run.warm_start, recipe.gpt.codes))
    averaged = checkpoint.averaged(tensors)
    if recipe.loss.denoising:  # how speeds rise and fall is told in training alone
        recipe.model.pulses = []
        averaged = {name: value for name, value in averaged.items() if not name.startswith("conditions.pulse.")}
    state.recipe = config.as_mapping(recipe)
    place.mkdir(parents=True, exist_ok=True)
    weights.write(place / weights.WEIGHTS, averaged, weights.read_stats(tensors), state.facts(recipe))
    config.save(recipe, place / weights.CONFIG)
    for name in (weights.CURVE, weights.PICTURE):
        if (run / name).is_file() and run.resolve() != place.resolve():
            shutil.copyfile(run / name, place / name)
    count = sum(p.numel() for p in network(recipe, "fp32").parameters())
    _write(place / weights.LICENCES, json.dumps(state.data["licences"], indent=1, ensure_ascii=False) + "\n")
    weights.seal(place)
    made = weights.check(place)
    _write(place / weights.CARD, card(place.resolve().name, recipe, state, count, made, run / weights.CURVE))
    return place


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
