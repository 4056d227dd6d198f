"""Guidance, one scale per condition stream, and completion: what is given comes out as it was given.

x0 = nothing + sum over streams of w_s(t) (only stream s - nothing), w_s(t) = scale_s t/1000 + 1: strong at first, 1 at the end.
With one stream this is classifier-free guidance (Ho and Salimans, arXiv 2207.12598) in two passes, done as one doubled batch.
Where every weight is all but 1 and there is one stream, the guided pass is that stream's own, and it alone is run.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from lmm.model.condition import Conditions
from lmm.model.parts import feature_mask


class Network(Protocol):
    """What predicts the clean motion (lmm.model.dit.LMM): its conditions are read once, into whatever it makes of them."""

    def condition(self, conditions: Conditions, /) -> Any: ...

    def denoise(self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, context: Any, /) -> Tensor: ...


class GuidedDenoiser:
    """A denoiser (noisy, step) -> x0 around a model, its conditions and what is given; conditions are read once."""

    def __init__(
        self,
        model: Network,
        conditions: Conditions,
        given: Tensor | None = None,
        mask: Tensor | None = None,
        scales: Mapping[str, float] | None = None,
        steps: int = 1000,
        least: float = 0.0,
    ) -> None:
        """given (B, T, 669) normalised clean features; mask (B, T, 53) bool, where they hold; scales by stream, 0 or absent =
        no guidance. Steps whose largest weight exceeds 1 by no more than `least` are not guided.
        """
        b, t = conditions.times.shape
        shape, device = (b, t), conditions.times.device
        self.model, self.steps, self.least = model, steps, least
        self.mask = (
            torch.zeros(*shape, conditions.cells.shape[1], dtype=torch.bool, device=device) if mask is None else mask
        )
        features = feature_mask(self.mask)
        self.given = torch.zeros(features.shape, device=device) if given is None else given.masked_fill(~features, 0)
        self.held = features if bool(self.mask.any()) else None
        self.streams = {name: scale for name, scale in (scales or {}).items() if scale and name in conditions.streams}
        everything, others = frozenset(conditions.streams), frozenset(conditions.streams) - frozenset(self.streams)
        self.keep = [others, *(others | {name} for name in self.streams)] if self.streams else [everything]
        with torch.no_grad():
            self.context = model.condition(conditions.repeated(self.keep))
            self.single = model.condition(conditions) if least > 0 and self.streams else None

    @torch.no_grad()
    def __call__(self, noisy: Tensor, step: Tensor) -> Tensor:
        """x0 (B, T, 669) of noisy (B, T, 669) at step (B,), all at the same step."""
        share = float(step[0]) / self.steps
        if self.single is not None and max(self.streams.values()) * share <= self.least:
            return self._held(self.model.denoise(noisy, self.given, self.mask, step, self.single))
        n = len(self.keep)
        x = self.model.denoise(
            noisy.repeat(n, 1, 1), self.given.repeat(n, 1, 1), self.mask.repeat(n, 1, 1), step.repeat(n), self.context
        )
        nothing, *only = x.chunk(n)
        out = nothing
        for with_stream, scale in zip(only, self.streams.values(), strict=True):
            out = out + (scale * share + 1) * (with_stream - nothing)
        return self._held(out)

    def _held(self, clean: Tensor) -> Tensor:
        return clean if self.held is None else torch.where(self.held, self.given, clean)
