"""Motion as codes: the tokenizer of T2M-GPT (Zhang et al., CVPR 2023, arXiv 2301.06052), small.

Convolutions over time make one latent of four frames, the latent becomes the nearest of the codebook's vectors, convolutions
make frames of it again. The codebook follows the latents by moving averages, and a code that hardly any latent is near to is put
where one is (van den Oord et al., arXiv 1711.00937; Razavi et al., arXiv 1906.00446; Dhariwal et al., arXiv 2005.00341).

Axes: B clips, T frames, K codes of a clip (T / 4 rounded up), M latents of a batch, N codes, C channels, D = 669 features.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm.config import CodesConfig
from lmm.model.parts import FEATURES, Present, feature_mask, present

FRAMES = 4  # of one code


class Codebook(nn.Module):
    """N vectors of C channels. counts (N,) and sums (N, C): moving averages, a batch, of the latents nearest to each vector."""

    vectors: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, config: CodesConfig) -> None:
        super().__init__()
        self.decay, self.dead = config.decay, config.dead
        self.register_buffer("vectors", torch.randn(config.codes, config.channels))
        self.register_buffer("counts", torch.zeros(config.codes))
        self.register_buffer("sums", torch.zeros(config.codes, config.channels))

    def nearest(self, latents: Tensor) -> Tensor:
        """Index of the nearest vector to each latent (..., C) -> (...)."""
        apart = self.vectors.square().sum(1) - 2 * latents.float() @ self.vectors.T
        return apart.argmin(-1)

    @torch.no_grad()
    def follow(self, latents: Tensor) -> Tensor:
        """The codes (M,) of latents (M, C), towards which the codebook then moves; the first latents ever are its first codes."""
        latents = latents.detach().float()
        if not bool(self.counts.any()):
            self._seat(torch.ones_like(self.counts, dtype=torch.bool), latents, len(latents) / len(self.counts))
        found = self.nearest(latents)
        hot = F.one_hot(found, len(self.counts)).float()
        self.counts.lerp_(hot.sum(0), 1 - self.decay)
        self.sums.lerp_(hot.T @ latents, 1 - self.decay)
        even = float(self.counts.mean())
        self._seat(self.counts < self.dead * even, latents, even)
        self.vectors.copy_(self.sums / self.counts[:, None])
        return found

    def _seat(self, which: Tensor, latents: Tensor, count: float) -> None:
        """Put codes (N,) bool where latents of the batch are, as if `count` of them had been near."""
        picked = latents[torch.randint(len(latents), (int(which.sum()),), device=latents.device)]
        self.counts[which] = count
        self.sums[which] = picked * count
        self.vectors[which] = picked

    @property
    def perplexity(self) -> Tensor:
        """How many codes are in use: the exponential of the entropy of their shares; N when all are alike."""
        share = self.counts / self.counts.sum().clamp_min(1e-9)
        return torch.exp(-(share * share.clamp_min(1e-12).log()).sum())


class Residual(nn.Module):
    """x + a look around, `dilation` frames apart. Whatever lies beyond a clip's end is zero to it, padded or not."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.look = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor, there: Tensor | None) -> Tensor:
        return _kept(x + self.mix(F.relu(self.look(F.relu(x)))), there)


class Level(nn.Module):
    """Residual layers, the widest look first, between half and whole frames: `down` before them, `up` after them."""

    def __init__(self, width: int, depth: int, down: bool) -> None:
        super().__init__()
        self.down = nn.Conv1d(width, width, 4, stride=2, padding=1) if down else None
        self.layers = nn.ModuleList(Residual(width, 3**k) for k in reversed(range(depth)))
        self.up = None if down else nn.Conv1d(width, width, 3, padding=1)

    def forward(self, x: Tensor, there: Tensor | None, above: Tensor | None) -> Tensor:
        """x (B, C, T); there: which of the residual layers' frames are real; above: which of those after `up`."""
        x = x if self.down is None else _kept(self.down(x), there)
        for layer in self.layers:
            x = layer(x, there)
        return x if self.up is None else _kept(self.up(x.repeat_interleave(2, -1)), above)


class Codes(nn.Module):
    """Normalised features (B, T, D) <-> codes (B, K). Everything is made of what was captured alone: `cells`."""

    def __init__(self, config: CodesConfig, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config, self.precision = config, precision
        width, depth, channels = config.width, config.depth, config.channels
        self.read = nn.Conv1d(FEATURES, width, 3, padding=1)
        self.down = nn.ModuleList(Level(width, depth, down=True) for _ in range(2))
        self.latent = nn.Conv1d(width, channels, 3, padding=1)
        self.codebook = Codebook(config)
        self.spread = nn.Conv1d(channels, width, 3, padding=1)
        self.up = nn.ModuleList(Level(width, depth, down=False) for _ in range(2))
        self.last = nn.Conv1d(width, width, 3, padding=1)
        self.write = nn.Conv1d(width, FEATURES, 3, padding=1)

    def encode(self, features: Tensor, frames: Tensor, cells: Tensor) -> Tensor:
        """Latents (B, K, C) of features (B, T, D), frames (B, T) bool, cells (B, 53) bool."""
        short = -features.shape[1] % FRAMES
        features, frames = F.pad(features, (0, 0, 0, short)), F.pad(frames, (0, short))
        here, whole, half, quarter = present(cells), *_scales(frames)
        seen = feature_mask(cells)[:, None, here.features] & frames[..., None]
        with self._cast(features):
            x = (features[..., here.features] * seen).transpose(1, 2)
            x = _kept(F.relu(F.conv1d(x, self.read.weight[:, here.features], self.read.bias, padding=1)), whole)
            for level, there in zip(self.down, (half, quarter), strict=True):
                x = level(x, there, None)
            return self.latent(x).float().transpose(1, 2)

    def decode(self, latents: Tensor, frames: Tensor, cells: Tensor) -> Tensor:
        """Features (B, T, D) of codebook vectors (B, K, C), zero where nothing was captured; frames (B, T), T <= 4 K."""
        count = frames.shape[1]
        frames = F.pad(frames, (0, FRAMES * latents.shape[1] - count))
        here, whole, half, quarter = present(cells), *_scales(frames)
        with self._cast(latents):
            x = _kept(F.relu(self.spread(_kept(latents.transpose(1, 2), quarter))), quarter)
            for level, there, above in zip(self.up, (quarter, half), (half, whole), strict=True):
                x = level(x, there, above)
            x = _kept(F.relu(self.last(x)), whole)
        return self._written(x, here, frames, cells)[:, :count]

    def indices(self, features: Tensor, frames: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (B, K) and which of them stand for four real frames (B, K) bool. Arguments as of `encode`."""
        found = self.codebook.nearest(self.encode(features, frames, cells))
        return found, F.pad(frames, (0, -frames.shape[1] % FRAMES)).unflatten(1, (-1, FRAMES)).all(-1)

    def frames(self, codes: Tensor, cells: Tensor) -> Tensor:
        """Features (B, 4 K, D) of codes (B, K)."""
        real = torch.ones(len(codes), FRAMES * codes.shape[1], dtype=torch.bool, device=codes.device)
        return self.decode(self.codebook.vectors[codes], real, cells)

    def cost(self, clean: Tensor, frames: Tensor, cells: Tensor, weight: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """What coding a batch of clean (B, T, D) loses: L1-smooth of features and of their steps from frame to frame, and the way
        from latents to codes. weight (D,): of each feature. While training the codebook follows. Terms: `mse` is the squares'."""
        latents = self.encode(clean, frames, cells)
        there = F.pad(frames, (0, -frames.shape[1] % FRAMES))[:, ::FRAMES]
        book = self.codebook
        found = book.follow(latents[there]) if self.training else book.nearest(latents[there])
        coded = torch.zeros_like(latents)
        coded[there] = book.vectors[found]
        commit = F.mse_loss(latents[there], coded[there])
        made = self.decode(latents + (coded - latents).detach(), frames, cells)
        share = feature_mask(cells)[:, None] * frames[..., None] * weight
        steps = share[:, 1:] * frames[:, :-1, None]
        value = _mean(F.smooth_l1_loss(made, clean, reduction="none"), share)
        moves = _mean(F.smooth_l1_loss(made.diff(dim=1), clean.diff(dim=1), reduction="none"), steps)
        total = value + self.config.steps * moves + self.config.commit * commit
        terms = {"value": value, "moves": moves, "commit": commit, "perplexity": book.perplexity}
        terms["mse"] = _mean((made - clean).square(), share)
        return total, {name: term.detach() for name, term in terms.items()}

    def _written(self, x: Tensor, here: Present, frames: Tensor, cells: Tensor) -> Tensor:
        """The features of the last layer's x (B, C, T)."""
        with self._cast(x):
            weight, bias = self.write.weight[here.features], self.write.bias
            assert bias is not None
            y = F.conv1d(x, weight, bias[here.features], padding=1).float().transpose(1, 2)
        y = y * (feature_mask(cells)[:, None, here.features] & frames[..., None])
        return torch.zeros(*frames.shape, FEATURES, device=x.device).index_copy(2, here.features, y)

    def _cast(self, like: Tensor) -> torch.autocast:
        return torch.autocast(like.device.type, dtype=torch.bfloat16, enabled=self.precision == torch.bfloat16)


def _scales(frames: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Which frames are real (B, 1, T) at whole, half and quarter rate; None where all are."""
    if bool(frames.all()):
        return None, None, None
    return frames[:, None], frames[:, None, ::2], frames[:, None, ::4]


def _kept(x: Tensor, there: Tensor | None) -> Tensor:
    return x if there is None else x * there


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)
