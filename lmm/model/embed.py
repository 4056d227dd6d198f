"""Scalars and times as vectors: diffusion step, frame rate, duration, and position as time in seconds."""

import math

import torch
from torch import Tensor, nn


def waves(values: Tensor, width: int, shortest: float, longest: float) -> Tensor:
    """Sines and cosines of (...,) values at `width`/2 periods, geometric from `shortest` to `longest` -> (..., width)."""
    periods = shortest * (longest / shortest) ** torch.linspace(0, 1, width // 2, device=values.device)
    phase = 2 * math.pi * values.float()[..., None] / periods
    return torch.cat([phase.sin(), phase.cos()], -1)


def turns(times: Tensor, width: int, shortest: float = 0.2, longest: float = 60.0) -> tuple[Tensor, Tensor]:
    """Rotary angles of (B, T) times in seconds for `width` channels, as (cos, sin), each (B, T, width / 2)."""
    sin, cos = waves(times, width, shortest, longest).chunk(2, -1)
    return cos, sin


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate pairs of channels by their time (RoPE, Su et al., arXiv 2104.09864, in seconds).

    x (..., width) with cos and sin broadcastable to (..., width / 2): the first half of the channels pairs with the second.
    """
    if torch.compiler.is_compiling():  # which writes in place by itself
        a, b = x.chunk(2, -1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
    return _Turn.apply(x, cos, sin)  # type: ignore[no-any-return]


class _Turn(torch.autograd.Function):
    """Both halves written in place: half the memory traffic of the textbook form, which is what it costs on a CPU."""

    @staticmethod
    def forward(ctx, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:  # noqa: ANN001
        ctx.save_for_backward(cos, sin)
        return _rotated(x, cos, sin, -1)

    @staticmethod
    def backward(ctx, *grads: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN001
        cos, sin = ctx.saved_tensors
        whole = grads[0].contiguous()  # products hand it over turned, and turned it takes five times as long
        return _rotated(whole, cos, sin, 1), None, None


def _rotated(x: Tensor, cos: Tensor, sin: Tensor, sign: int) -> Tensor:
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    (a, b), (c, d) = x.chunk(2, -1), out.chunk(2, -1)
    torch.mul(a, cos, out=c).addcmul_(b, sin, value=sign)
    torch.mul(b, cos, out=d).addcmul_(a, sin, value=-sign)
    return out


class ScalarEmbedding(nn.Module):
    """A scalar per clip (B,) -> (B, width): waves (as many as `width`, or as said), then a two-layer map."""

    def __init__(self, width: int, shortest: float, longest: float, heard: int = 0) -> None:
        super().__init__()
        self.heard, self.shortest, self.longest = heard or width, shortest, longest
        self.map = nn.Sequential(nn.Linear(self.heard, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, values: Tensor) -> Tensor:
        return self.map(waves(values, self.heard, self.shortest, self.longest))
