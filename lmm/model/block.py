"""One block: ArtAttention, then a feed-forward layer, both under AdaNorm. What LMMConfig leaves open:

`ffn`: joint takes a frame's parts side by side (P L wide): the same time on a CPU buys twenty times the products, and it is where
the parts mix most strongly. parts gives each part a layer of its own, as the paper does.
`adapt`: shared is one map for all blocks, each adding a learned offset of its own (PixArt's adaLN-single, arXiv 2310.00426), before
a layer, with gates that start at zero (DiT, arXiv 2212.09748). block is the paper's: each block has its own map, and what a layer
gives is normalised, scaled and shifted before it is added; here both start at zero.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm.config import LMMConfig
from lmm.model.attention import ArtAttention, Clock, Toward
from lmm.model.condition import Memory
from lmm.model.parts import PARTS, Present


@dataclass(frozen=True)
class Ready:
    """A block's share of a sampling run: conditions as keys and values, and the weights of the present parts alone."""

    toward: Toward
    offset: Tensor  # (6, P, L); (4, P, L) under a map of its own
    up: Tensor  # (hidden, P L); (P, hidden, L) where each part has its own layer
    down: Tensor  # (P L, hidden); (P, L, hidden)
    up_bias: Tensor  # (hidden); (P, 1, hidden)
    bias: Tensor  # (P L); (P, 1, L)
    adapt: Tensor | None  # (4 P L, C), a map of its own


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Layer norm over a part's channels, then scale and shift. x (B, T, P, L); shift, scale (B, 1, P, L)."""
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:]), 1 + scale)


class Block(nn.Module):
    """x (B, T, P, L) -> x, gates."""

    def __init__(self, config: LMMConfig) -> None:
        super().__init__()
        width, hidden = config.width, config.ffn_width
        self.each, own = config.ffn == "parts", config.adapt == "block"
        self.attention = ArtAttention(config)
        self.offset = nn.Parameter(torch.zeros(4 if own else 6, PARTS, width))
        if self.each:
            self.up = nn.Parameter(torch.randn(PARTS, hidden, width) * width**-0.5)
            self.up_bias = nn.Parameter(torch.zeros(PARTS, hidden))
        else:
            self.up = nn.Parameter(torch.randn(hidden, PARTS, width) * (7 * width) ** -0.5)
            self.up_bias = nn.Parameter(torch.zeros(hidden))
        self.down = nn.Parameter(torch.randn(PARTS, width, hidden) * hidden**-0.5)
        self.down_bias = nn.Parameter(torch.zeros(PARTS, width))
        self.adapt = nn.Parameter(torch.zeros(4, PARTS, width, config.step_width)) if own else None

    def ready(self, memory: Memory, here: Present, dtype: torch.dtype) -> Ready:
        """Everything that the noisy motion does not change."""
        toward, offset = self.attention.look(memory, here), here.take(self.offset, 1).to(dtype)
        adapt = None if self.adapt is None else here.take(self.adapt, 1).flatten(0, 2).to(dtype)
        if self.each:
            up, down = (here.take(weight, 0).to(dtype) for weight in (self.up, self.down))
            hidden, out = (here.take(bias, 0)[:, None].to(dtype) for bias in (self.up_bias, self.down_bias))
            return Ready(toward, offset, up, down, hidden, out, adapt)
        up, down = here.take(self.up, 1).flatten(1).to(dtype), here.take(self.down, 0).flatten(0, 1).to(dtype)
        bias = here.take(self.down_bias, 0).flatten().to(dtype)
        return Ready(toward, offset, up, down, self.up_bias.to(dtype), bias, adapt)

    def forward(self, x: Tensor, told: Tensor, ready: Ready, clock: Clock) -> tuple[Tensor, Tensor]:
        """told, from step, rates and conditions: the modulation (B, 1, 6, P, L) that blocks share, or the vector (B, C)."""
        if ready.adapt is not None:
            return self._under_its_own(x, told, ready, clock)
        shift, scale, gate, shift2, scale2, gate2 = (told + ready.offset).unbind(2)
        y, gates = self.attention(modulate(x, shift, scale), clock, ready.toward)
        x = torch.addcmul(x, y, gate)
        return torch.addcmul(x, self.feed_forward(modulate(x, shift2, scale2), ready, clock.parts), gate2), gates

    def _under_its_own(self, x: Tensor, vector: Tensor, ready: Ready, clock: Clock) -> tuple[Tensor, Tensor]:
        assert ready.adapt is not None
        own, norm = F.linear(vector, ready.adapt).to(x.dtype), x.shape[-1:]
        scale, shift, scale2, shift2 = (own.view(len(x), 1, 4, *x.shape[2:]) + ready.offset).unbind(2)
        y, gates = self.attention(F.layer_norm(x, norm), clock, ready.toward)
        x = torch.addcmul(x + shift, F.layer_norm(y, norm), scale)
        y = self.feed_forward(F.layer_norm(x, norm), ready, clock.parts)
        return torch.addcmul(x + shift2, F.layer_norm(y, norm), scale2), gates

    def feed_forward(self, h: Tensor, ready: Ready, parts: Tensor | None) -> Tensor:
        """(B, T, P, L) -> the same; a part that a clip lacks gives nothing to others."""
        if self.each:
            tokens = h.permute(2, 0, 1, 3).flatten(1, 2)  # (P, B T, L)
            hidden = F.silu(torch.baddbmm(ready.up_bias, tokens, ready.up.mT))
            return torch.baddbmm(ready.bias, hidden, ready.down.mT).unflatten(1, h.shape[:2]).permute(1, 2, 0, 3)
        if parts is not None:
            h = h * parts[:, None, :, None]
        hidden = F.silu(F.linear(h.flatten(2), ready.up, ready.up_bias))
        return F.linear(hidden, ready.down, ready.bias).view_as(h)
