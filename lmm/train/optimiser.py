"""What moves the weights, and how fast."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lmm.train.recipe import OptimiserConfig


def optimiser(config: OptimiserConfig, model: nn.Module) -> torch.optim.AdamW:
    """AdamW; biases, norms and other vectors do not decay."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.rate, betas=(config.betas[0], config.betas[1]), fused=True)


def rate(config: OptimiserConfig, step: int, done: float) -> float:
    """Learning rate at a step (from 0), with the share `done` of the run behind it: warm-up, then the schedule."""
    warm = min(1.0, (step + 1) / max(1, config.warm_up))
    if config.schedule == "drops":
        return config.rate * warm * 0.1 ** sum(done >= share for share in config.drops)
    return config.rate * warm * 0.5 * (1 + math.cos(math.pi * done))


def moments(model: nn.Module, moved: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimiser's state as tensors named `NAME/KEY`."""
    named = ((name, moved.state.get(parameter, {})) for name, parameter in model.named_parameters())
    return {f"{name}/{key}": torch.as_tensor(value) for name, state in named for key, value in state.items()}


def put_moments(model: nn.Module, moved: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """The inverse of `moments`."""
    named = dict(model.named_parameters())
    for place, value in tensors.items():
        name, key = place.rsplit("/", 1)
        held = value.clone().to(named[name].device)
        moved.state[named[name]][key] = held if key == "step" else held.view_as(named[name])
