"""One block: ArtAttention, then a feed-forward layer over all parts of a frame at once, both under AdaNorm.

The feed-forward layer takes a frame's parts side by side (P L wide) instead of one part at a time: the same time on a CPU
buys twenty times the products, and it is where the parts mix most strongly.
AdaNorm is shared by the blocks, each adding a learned offset of its own (PixArt's adaLN-single, arXiv 2310.00426),
with gates that start at zero (DiT, arXiv 2212.09748).
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
    offset: Tensor  # (6, P, L)
    up: Tensor  # (hidden, P L)
    down: Tensor  # (P L, hidden)
    bias: Tensor  # (P L)


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Layer norm over a part's channels, then scale and shift. x (B, T, P, L); shift, scale (B, 1, P, L)."""
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:]), 1 + scale)


class Block(nn.Module):
    """x (B, T, P, L) -> x, gates."""

    def __init__(self, config: LMMConfig) -> None:
        super().__init__()
        width, hidden = config.width, config.ffn_width
        self.attention = ArtAttention(config)
        self.offset = nn.Parameter(torch.zeros(6, PARTS, width))
        self.up = nn.Parameter(torch.randn(hidden, PARTS, width) * (7 * width) ** -0.5)
        self.up_bias = nn.Parameter(torch.zeros(hidden))
        self.down = nn.Parameter(torch.randn(PARTS, width, hidden) * hidden**-0.5)
        self.down_bias = nn.Parameter(torch.zeros(PARTS, width))

    def ready(self, memory: Memory, here: Present, dtype: torch.dtype) -> Ready:
        """Everything that the noisy motion does not change."""
        return Ready(
            self.attention.look(memory, here),
            here.take(self.offset, 1).to(dtype),
            here.take(self.up, 1).flatten(1).to(dtype),
            here.take(self.down, 0).flatten(0, 1).to(dtype),
            here.take(self.down_bias, 0).flatten().to(dtype),
        )

    def forward(self, x: Tensor, modulation: Tensor, ready: Ready, clock: Clock) -> tuple[Tensor, Tensor]:
        """modulation (B, 1, 6, P, L), from step, rates and conditions."""
        shift, scale, gate, shift2, scale2, gate2 = (modulation + ready.offset).unbind(2)
        y, gates = self.attention(modulate(x, shift, scale), clock, ready.toward)
        x = torch.addcmul(x, y, gate)
        return torch.addcmul(x, self.feed_forward(modulate(x, shift2, scale2), ready, clock.parts), gate2), gates

    def feed_forward(self, h: Tensor, ready: Ready, parts: Tensor | None) -> Tensor:
        """All parts of a frame at once; a part that a clip lacks gives nothing."""
        if parts is not None:
            h = h * parts[:, None, :, None]
        hidden = F.silu(F.linear(h.flatten(2), ready.up, self.up_bias.to(ready.up.dtype)))
        return F.linear(hidden, ready.down, ready.bias).view_as(h)
