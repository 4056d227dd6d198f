"""An exponential moving average of a model's weights, with a decay that warms up."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor


class EMA:
    """Averages of `live` tensors, by name: a model's parameters, or the part of each that a rank holds.

    The decay at update n is min(decay, (1 + n) / (10 + n)).
    """

    def __init__(self, live: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self._live = live
        self.weights: dict[str, Tensor] = {name: p.detach().clone() for name, p in self._live.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Move the average toward the weights as they are."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, average in self.weights.items():
            average.lerp_(self._live[name].detach(), 1 - decay)

    @torch.no_grad()
    def restore(self, weights: Mapping[str, Tensor], updates: int) -> None:
        """Go on from kept averages, as `live` holds them."""
        for name, value in weights.items():
            self.weights[name].copy_(value)
        self.updates = updates

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model with the averaged weights inside the block, with its own again after it."""
        own = {name: p.detach().clone() for name, p in self._live.items()}
        self._write(self.weights)
        try:
            yield
        finally:
            self._write(own)

    @torch.no_grad()
    def _write(self, weights: dict[str, Tensor]) -> None:
        for name, p in self._live.items():
            p.copy_(weights[name])
