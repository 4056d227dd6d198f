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
    """Rotary angles of (B, T) times in seconds, as (cos, sin), each (B, T, width): the two halves share their angles."""
    sin, cos = waves(times, width, shortest, longest).chunk(2, -1)
    return torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1)


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate pairs of channels by their time (RoPE, Su et al., arXiv 2104.09864, in seconds). x (..., T, width)."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


class ScalarEmbedding(nn.Module):
    """A scalar per clip (B,) -> (B, width): waves, then a two-layer map."""

    def __init__(self, width: int, shortest: float, longest: float) -> None:
        super().__init__()
        self.width, self.shortest, self.longest = width, shortest, longest
        self.map = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, values: Tensor) -> Tensor:
        return self.map(waves(values, self.width, self.shortest, self.longest))
