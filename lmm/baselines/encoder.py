"""A plain transformer encoder as denoiser: what the Motion Diffusion Model is (Tevet et al., ICLR 2023, arXiv 2209.14916).

A frame is one token, whatever its body parts; the diffusion step and the sentence are one more token before them; the clean
motion comes out. It has no mask among its inputs: what is given overwrites its answer at every sampling step
(lmm.diffusion.guidance), as the paper edits. Axes as in lmm.model.dit.

Deviations from the paper: features of motionverse.tomato, one frame rate by their times in seconds; the sentence is the mean
token of this project's text encoder, whitened (lmm.model.condition.Gist), not CLIP's vector; loss, curriculum, optimiser and
sampler are those that all models here are trained with; norms stand before the layers, which bears a learning rate fit for a few
thousand steps, and for as few there is no dropout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lmm.config import EncoderConfig
from lmm.model.condition import Conditions, Gist, attend
from lmm.model.embed import ScalarEmbedding, waves
from lmm.model.parts import FEATURES, feature_mask

_SHORTEST, _LONGEST = 0.2, 60.0  # [s] periods of the positions


@dataclass(frozen=True)
class Known:
    """A sampling run's constants. sentence (B, C); position (B, T, C); frames (B, T) bool; seen (B, 1, 669) bool: what was
    captured; bias (B, 1, 1, 1 + T): 0 where a token is, else -1e4."""

    sentence: Tensor
    position: Tensor
    frames: Tensor
    seen: Tensor
    bias: Tensor


class Layer(nn.Module):
    """Self-attention and feed-forward (Vaswani et al., arXiv 1706.03762), norms before, GELU."""

    def __init__(self, width: int, ffn: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.ffn = nn.Sequential(nn.Linear(width, ffn), nn.GELU(), nn.Linear(ffn, width))
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (B, 1 + T, C) -> the same shape."""
        q, k, v = (
            self.qkv(self.before(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )  # (B, H, 1 + T, d) each
        y = attend(q * q.shape[-1] ** -0.5, k, v, bias.to(q.dtype))
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return x + self.ffn(self.between(x))


class Encoder(nn.Module):
    """noisy (B, T, 669), step (B,) in 0..999, Conditions -> clean motion (B, T, 669)."""

    def __init__(self, config: EncoderConfig, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config, self.precision = config, precision
        width = config.width
        self.read, self.write = nn.Linear(FEATURES, width), nn.Linear(width, FEATURES)
        self.step = ScalarEmbedding(width, 4.0, 4000.0)
        self.gist = Gist(config.words, width)
        self.layers = nn.ModuleList(Layer(width, config.ffn_width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)

    def with_losses(
        self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, conditions: Conditions
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The clean motion; this model has no losses of its own."""
        return self.denoise(noisy, given, mask, step, self.condition(conditions)), {"balance": noisy.new_zeros(())}

    def condition(self, conditions: Conditions) -> Known:
        """Everything that the noisy motion does not change."""
        frames = conditions.frames
        keys = torch.cat([torch.ones_like(frames[:, :1]), frames], 1)[:, None, None]
        bias = torch.zeros(keys.shape, device=frames.device).masked_fill_(~keys, -1e4)
        position = waves(conditions.times, self.config.width, _SHORTEST, _LONGEST)
        stream = conditions.streams.get("text")
        sentence = position.new_zeros(len(frames), self.config.width) if stream is None else self.gist(stream).float()
        return Known(sentence, position, frames, feature_mask(conditions.cells)[:, None], bias)

    def denoise(self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, known: Known) -> Tensor:
        """The clean motion: zero where a cell was never captured and at padded frames. given, mask: as all denoisers are
        asked; not looked at."""
        with torch.autocast(noisy.device.type, dtype=torch.bfloat16, enabled=self.precision == torch.bfloat16):
            first = self.step(step.float()).float() + known.sentence
            x = torch.cat([first[:, None], self.read(noisy * known.seen).float() + known.position], 1)
            for layer in self.layers:
                x = layer(x, known.bias)
        with torch.autocast(noisy.device.type, enabled=False):  # half precision would show as jitter
            return self.write(self.norm(x[:, 1:].float())) * (known.seen & known.frames[..., None])
