"""Guidance, one scale per condition stream, and completion: what is given comes out as it was given.

x0 = all + sum over streams of scale_s t/1000 (all - all but stream s): strong at first, at the end what the streams say together.
With one stream this is classifier-free guidance (Ho and Salimans, arXiv 2207.12598) of weight scale t/1000 + 1. With more, each
pulls towards what it adds to the others (InstructPix2Pix, Brooks et al., arXiv 2211.09800, has it in an order), so that what two of
them say is not counted twice. N guided streams are N + 1 passes, done as one batch; a stream is left unguided below its interval.

Where a stream tells the motion by itself (`LMMConfig.guesses`), answers may be drawn towards that: x0 + weight (told - x0). A
denoiser that learned to trust its own noisy motion most follows its first draft else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from lmm.model.condition import Conditions
from lmm.model.parts import feature_mask


class Network(Protocol):
    """What predicts the clean motion (lmm.model.dit.LMM): its conditions are read once, into whatever it makes of them."""

    def condition(self, conditions: Conditions, /) -> Any: ...

    def denoise(self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, context: Any, /) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Drawn:
    """What answers are drawn towards: told (B, T, 669), by weight (B, T, 669) in [0, 1], down to the share `least` of the
    diffusion."""

    told: Tensor
    weight: Tensor
    least: float = 0.0


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
        least: float | Mapping[str, float] = 0.0,
        drawn: Drawn | None = None,
    ) -> None:
        """given (B, T, 669) normalised clean features; mask (B, T, 53) bool, where they hold; scales by stream, 0 or absent =
        no guidance. Up to the share `least` of the diffusion, from the clean end, no stream is guided, or not this one.
        """
        b, t = conditions.times.shape
        shape, device = (b, t), conditions.times.device
        self.model, self.conditions, self.steps, self.drawn = model, conditions, steps, drawn
        self.mask = (
            torch.zeros(*shape, conditions.cells.shape[1], dtype=torch.bool, device=device) if mask is None else mask
        )
        features = feature_mask(self.mask)
        self.given = torch.zeros(features.shape, device=device) if given is None else given.masked_fill(~features, 0)
        self.held = features if bool(self.mask.any()) else None
        self.streams = {name: scale for name, scale in (scales or {}).items() if scale and name in conditions.streams}
        self.least = {name: least.get(name, 0.0) if isinstance(least, Mapping) else least for name in self.streams}
        self._contexts: dict[tuple[str, ...], Any] = {}  # of the streams that are guided, read when first needed

    @torch.no_grad()
    def __call__(self, noisy: Tensor, step: Tensor) -> Tensor:
        """x0 (B, T, 669) of noisy (B, T, 669) at step (B,), all at the same step."""
        share = float(step[0]) / self.steps
        guided = tuple(name for name, least in self.least.items() if share > least)
        n = len(guided) + 1
        x = self.model.denoise(
            noisy.repeat(n, 1, 1),
            self.given.repeat(n, 1, 1),
            self.mask.repeat(n, 1, 1),
            step.repeat(n),
            self._context(guided),
        )
        *without, everything = x.chunk(n)
        if not without:
            return self._held(everything, share)
        first, *scales = (
            self.streams[name] for name in guided
        )  # the first in the usual form of one stream, bit for bit
        out = without[0] + (first * share + 1) * (everything - without[0])
        for lacking, scale in zip(without[1:], scales, strict=True):
            out = out + scale * share * (everything - lacking)
        return self._held(out, share)

    def _context(self, guided: tuple[str, ...]) -> Any:
        """The conditions without each of these streams, and all of them, side by side."""
        if guided not in self._contexts:
            everything = frozenset(self.conditions.streams)
            keep = [*(everything - {name} for name in guided), everything]
            told = self.conditions.repeated(keep) if guided else self.conditions
            self._contexts[guided] = self.model.condition(told)
        return self._contexts[guided]

    def _held(self, clean: Tensor, share: float) -> Tensor:
        if self.drawn is not None and share > self.drawn.least:
            clean = torch.lerp(clean, self.drawn.told.to(clean), self.drawn.weight.to(clean))
        return clean if self.held is None else torch.where(self.held, self.given, clean)
