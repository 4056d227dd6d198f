"""Codes one after the other from a sentence: the transformer of T2M-GPT (Zhang et al., CVPR 2023, arXiv 2301.06052), small.

The sentence is the first token, the codes of lmm.baselines.codes follow, an end token is what comes after a clip's last code.
While training a share of the codes that it reads is replaced by others, so that its own mistakes are nothing new to it.

Axes: B clips, K codes, N of them to choose from (the end is number N), C channels, H heads.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm.baselines.codes import Codes
from lmm.config import CodesConfig, GPTConfig
from lmm.model.condition import Conditions, Gist, Stream, attend
from lmm.model.embed import waves

Past = tuple[Tensor, Tensor]  # a layer's keys and values (B, H, K, C / H) of the tokens so far


class Layer(nn.Module):
    """Causal self-attention and feed-forward, each after its norm; GELU."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        width, self.heads = config.width, config.heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.ffn = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, past: Past | None = None) -> tuple[Tensor, Past]:
        """x (B, K, C), the tokens after those of `past` -> the same shape, and the past with them."""
        q, k, v = (
            self.qkv(self.before(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )  # (B, H, K, d) each
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        later = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=x.device).triu(k.shape[2] - q.shape[2] + 1)
        bias = torch.zeros(later.shape, dtype=q.dtype, device=x.device).masked_fill_(later, -1e4)
        y = attend(q * q.shape[-1] ** -0.5, k, v, bias).transpose(1, 2).flatten(2)
        x = x + self.drop(self.out(y))
        return x + self.drop(self.ffn(self.between(x))), (k, v)


class GPT(nn.Module):
    """A sentence and the codes so far -> what the next one is. `codes`: the tokenizer, frozen, so that weights hold both."""

    def __init__(self, config: GPTConfig, codes: CodesConfig, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config, self.precision, self.size = config, precision, codes.codes
        self.codes = Codes(codes, precision).requires_grad_(False)
        self.gist = Gist(config.words, config.width)
        self.wordless = nn.Parameter(torch.randn(config.width) * 0.02)  # the first token of a clip without a sentence
        self.read = nn.Embedding(self.size, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm, self.drop = nn.LayerNorm(config.width), nn.Dropout(config.dropout)
        self.write = nn.Linear(config.width, self.size + 1, bias=False)
        nn.init.normal_(self.read.weight, std=0.3)  # as loud as the sentence and the places, or nearly
        nn.init.normal_(self.write.weight, std=0.02)

    def sentence(self, stream: Stream) -> Tensor:
        """(B, C) the first token: the sentence's mean token, whitened and read."""
        with self._cast(stream.tokens):
            return self.gist(stream).float() + ~stream.present[:, None] * self.wordless

    def forward(self, sentence: Tensor, codes: Tensor) -> Tensor:
        """Logits (B, 1 + K, N + 1) of each next token after sentence (B, C) and codes (B, K)."""
        return self._next(torch.cat([sentence[:, None], self.read(codes)], 1))[0]

    def cost(self, clean: Tensor, conditions: Conditions) -> tuple[Tensor, dict[str, Tensor]]:
        """Cross-entropy of a batch's codes, each from the sentence and, disturbed while training, those before it; of the end
        where the batch shows it. clean (B, T, 669). Terms: `mse` is that cross-entropy (what validation goes by), `hit` the share
        of codes that were thought the likeliest."""
        with torch.no_grad():
            codes, real = self.codes.indices(clean, conditions.frames, conditions.cells)
        logits = self(self.sentence(conditions.streams["text"]), self._disturbed(codes) if self.training else codes)
        target, known = self._target(codes, real)
        value = F.cross_entropy(logits[known], target[known])
        hit = (logits[known].argmax(-1) == target[known]).float().mean()
        return value, {"mse": value.detach(), "hit": hit.detach()}

    def _target(self, codes: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1 + K) codes with the end after the last real one, and what of it is to be found: all up to the end, and the end
        where the clip stops before the batch's window does."""
        after = F.pad(real, (0, 1))
        first = F.pad(after[:, :-1], (1, 0), value=True) & ~after  # the place after the last real code
        first[:, -1] = False
        target = torch.where(first, self.size, F.pad(codes, (0, 1)))
        return target, after | first

    def _disturbed(self, codes: Tensor) -> Tensor:
        other = torch.randint_like(codes, self.size)
        return torch.where(torch.rand(codes.shape, device=codes.device) < self.config.corrupt, other, codes)

    @torch.no_grad()
    def told(self, sentence: Tensor, start: Tensor, draws: Tensor) -> Tensor:
        """Codes (B, S + K): `start` (B, S), and one more for each of the draws (B, K) in [0, 1), which say by the inverse of the
        distribution function which code it is. The end is never chosen. What is longer than `reach` goes on from its last half."""
        codes, reach = start, self.config.reach
        past, place, x = None, 0, torch.cat([sentence[:, None], self.read(start)], 1)
        for draw in draws.unbind(1):
            if place + x.shape[1] > reach + 1:
                past, place = None, 0
                x = torch.cat([sentence[:, None], self.read(codes[:, -(reach // 2) :])], 1)
            logits, past = self._next(x, past, place)
            place += x.shape[1]
            chance = torch.softmax(logits[:, -1, : self.size].float() / self.config.warmth, -1).cumsum(-1)
            picked = torch.searchsorted(chance, draw[:, None] * chance[:, -1:], right=True).clamp_max(self.size - 1)
            codes, x = torch.cat([codes, picked], 1), self.read(picked)
        return codes

    def _next(self, x: Tensor, past: list[Past] | None = None, place: int = 0) -> tuple[Tensor, list[Past]]:
        """Logits of the tokens x (B, K, C), which stand at `place` and after, and every layer's past with them."""
        at = torch.arange(place, place + x.shape[1], device=x.device)
        with self._cast(x):
            x, kept = self.drop(x + waves(at, x.shape[-1], 4.0, 400.0)), []
            for layer, before in zip(self.layers, past or [None] * len(self.layers), strict=True):
                x, now = layer(x, before)
                kept.append(now)
            return self.write(self.norm(x)).float(), kept

    def _cast(self, like: Tensor) -> torch.autocast:
        return torch.autocast(like.device.type, dtype=torch.bfloat16, enabled=self.precision == torch.bfloat16)
