"""Checkpoints: one safetensors file each, written whole or not at all, with the run's state as JSON in its header.

Tensors: `model/NAME`, `ema/NAME`, `moment/NAME/KEY` (the optimiser's), `stats/NAME` (the features'). No pickle anywhere. They are
whole and called after parameters, however many ranks held parts of them: every checkpoint is universal.
"""

import contextlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from lmm import weights
from lmm.train.recipe import Recipe
from motionverse.errors import MotionError, MotionWarning
from motionverse.files import atomic_path
from motionverse.stats import Stats

KEPT = 2
PATTERN = "step-*.safetensors"


@dataclass
class State:
    """What a run is, besides tensors. step: steps done; elapsed, cpu: wall and CPU time [s] spent training, over all pieces;
    recipe: the recipe as nested dicts; data: what the store and its statistics were (hashes and counts); losses, quiet: what
    lmm.train.watch holds the next loss against."""

    step: int = 0
    elapsed: float = 0.0
    cpu: float = 0.0
    ema_updates: int = 0
    recipe: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)
    quiet: int = 0

    def facts(self, recipe: Recipe) -> weights.Facts:
        """What a weights file of this run says in its header."""
        encoder, datasets = self.data["text_encoder"], tuple(self.data["datasets"])
        return weights.Facts(encoder, datasets, self.step, recipe.run.seed, self.elapsed, recipe.run.warm_start)


@dataclass(frozen=True)
class Start:
    """Weights to go on from, the file they come from, and the statistics, dataset names and data (the bill of materials, a row a
    source and licence) they were trained with."""

    path: Path
    weights: Mapping[str, Tensor]
    stats: Stats
    datasets: tuple[str, ...]
    licences: Sequence[Mapping[str, Any]] = ()


def start(path: Path, state: State, tensors: Mapping[str, Tensor]) -> Start:
    """A checkpoint that was read, as a start."""
    stats, data = weights.read_stats(tensors), state.data
    return Start(path, under(tensors, "model/"), stats, tuple(data["datasets"]), data["licences"])


def inherited(data: dict[str, Any], start: Start | None) -> dict[str, Any]:
    """What is told of a run's data with the bill of the weights that it began with: what the run itself does not draw from is
    marked `earlier`."""
    own = {(row["source"], row["licence"]) for row in data["licences"]}
    others = [row for row in start.licences if (row["source"], row["licence"]) not in own] if start else []
    return data | {"licences": [*data["licences"], *({**row, "earlier": True} for row in others)]}


def save(
    folder: Path,
    model: Mapping[str, Tensor],
    average: Mapping[str, Tensor],
    moments: Mapping[str, Tensor],
    state: State,
    stats: Stats,
) -> Path:
    """Write `folder`/step-NNNNNNNN.safetensors, then remove all but the last two. Raises MotionError if it cannot.

    model: weights and buffers; average: weights; moments: the optimiser's tensors as `NAME/KEY`; all of them whole.
    """
    tensors = {f"model/{name}": value for name, value in model.items()}
    tensors |= {f"ema/{name}": value for name, value in average.items()}
    tensors |= {f"moment/{name}": value for name, value in moments.items()}
    tensors |= weights.stats_tensors(stats)
    path = folder / f"step-{state.step:08d}.safetensors"
    with atomic_path(path) as temporary:
        save_file(
            {k: v.detach().cpu().contiguous() for k, v in tensors.items()},
            temporary,
            {"state": json.dumps(asdict(state))},
        )
    for old in (
        *sorted(folder.glob(PATTERN))[:-KEPT],
        *folder.glob(f".{PATTERN}"),
    ):  # and what a killed run left half written
        old.unlink(missing_ok=True)
    return path


def last(folder: Path) -> Path | None:
    """The newest checkpoint of a run's folder, or None."""
    found = sorted(folder.glob(PATTERN)) if folder.is_dir() else []
    return found[-1] if found else None


def read(path: Path) -> tuple[State, dict[str, Tensor]]:
    """State and tensors of a checkpoint. Raises MotionError for a file that is not one."""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        return State(**json.loads(header["state"])), tensors
    except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise MotionError(
            f"{path}: not a checkpoint of ours ({type(error).__name__}); remove it or name another folder"
        ) from None


def newest(folder: Path) -> tuple[Path | None, State, dict[str, Tensor]]:
    """The newest checkpoint of a run's folder that can be read, with what is in it; (None, a first state, nothing) where there is
    none. A damaged one is renamed and warned of, where an older one can be gone on from; else raises MotionError.
    """
    found = sorted(folder.glob(PATTERN), reverse=True) if folder.is_dir() else []
    for path in found:
        try:
            state, tensors = read(path)
        except MotionError:
            if path == found[-1]:
                raise
            with contextlib.suppress(OSError):  # another rank was first
                path.rename(path.with_suffix(".damaged"))
            warnings.warn(
                MotionWarning(f"{path}: damaged, renamed to .damaged; the one before is gone on from"), stacklevel=2
            )
            continue
        return path, state, tensors
    return None, State(), {}


def load_weights(model: nn.Module, tensors: Mapping[str, Tensor], where: Path) -> None:
    """Copy weights into a model. Raises MotionError naming the first one that is missing, foreign or of another shape."""
    own = model.state_dict()
    faults = [f"lacks {n}" for n in own if n not in tensors] + [f"has a foreign {n}" for n in tensors if n not in own]
    faults += [
        f"{n} is {tuple(tensors[n].shape)}, the model's is {tuple(own[n].shape)}"
        for n in own
        if n in tensors and tensors[n].shape != own[n].shape
    ]
    if faults:
        raise MotionError(
            f"{where}: these weights are of another model ({faults[0]}, {len(faults)} differences); check the model's configuration"
        )
    model.load_state_dict({name: value.to(own[name].dtype) for name, value in tensors.items()})


def averaged(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A checkpoint's weights as they are published: the average where there is one, buffers as they are."""
    return under(tensors, "model/") | under(tensors, "ema/")


def under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names start with `prefix`, without it."""
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
