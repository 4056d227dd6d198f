"""Conditions: any number of streams (text, music, ...) on one code path, and what else a clip is known by.

A stream is tokens with a mask, perhaps with timestamps, perhaps absent. Learned tokens of the dataset and of the kind of
rotation travel beside the streams as if they were two more. Nothing here depends on the noisy motion: it is computed once
for a sampling run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from lmm.config import LMMConfig
from lmm.model.embed import ScalarEmbedding, turn, turns
from lmm.model.parts import FEATURES, GUESSED, PARTS, PULSES, part_presence


@dataclass(frozen=True)
class Stream:
    """tokens (B, S, channels); mask (B, S) bool; times (B, S) s or None; present (B,) bool: False = this clip has none."""

    tokens: Tensor
    mask: Tensor
    times: Tensor | None
    present: Tensor


@dataclass(frozen=True)
class Conditions:
    """What a batch of windows is known by, noise apart.

    times (B, T) s from the window's start; frames (B, T) bool; cells (B, 53) bool, native presence; fps (B,); seconds (B,);
    dataset (B,) long, 0 = any; streams by name; kind (B,) long or None: 0 captured rotations, 1 from IK.
    """

    times: Tensor
    frames: Tensor
    cells: Tensor
    fps: Tensor
    seconds: Tensor
    dataset: Tensor
    streams: Mapping[str, Stream]
    kind: Tensor | None = None

    def repeated(self, keep: list[frozenset[str]]) -> "Conditions":
        """The batch once per entry of `keep`, stacked; each copy keeps only the streams named there (guidance)."""
        n, streams = len(keep), {}
        for name, stream in self.streams.items():
            present = torch.cat([stream.present & (name in kept) for kept in keep])
            times = None if stream.times is None else stream.times.repeat(n, 1)
            streams[name] = Stream(stream.tokens.repeat(n, 1, 1), stream.mask.repeat(n, 1), times, present)
        return replace(
            self,
            times=self.times.repeat(n, 1),
            frames=self.frames.repeat(n, 1),
            cells=self.cells.repeat(n, 1),
            fps=self.fps.repeat(n),
            seconds=self.seconds.repeat(n),
            dataset=self.dataset.repeat(n),
            streams=streams,
            kind=None if self.kind is None else self.kind.repeat(n),
        )


@dataclass(frozen=True)
class Memory:
    """All condition tokens: tokens (B, S, C), mask (B, S), times (B, S) s (0 = no time), group (S,): stream of each; sizes: how
    many each stream has, in order."""

    tokens: Tensor
    mask: Tensor
    times: Tensor
    group: Tensor
    sizes: tuple[int, ...]


def softmax(score: Tensor, axis: int, sizes: tuple[int, ...] = ()) -> Tensor:
    """Along an axis; with sizes, of each stretch of so many for itself."""
    if not sizes:
        return torch.softmax(score, axis)
    return torch.cat([torch.softmax(part, axis) for part in score.split(sizes, axis)], axis)


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, sizes: tuple[int, ...] = ()) -> Tensor:
    """softmax(q k' + bias) v. q (..., T, d), scaled already; k, v (..., S, d); bias broadcastable to (..., T, S).

    Explicit products instead of the fused kernel: on a CPU its backward pass is four times faster at these sizes.
    """
    score = q @ k.transpose(-1, -2)
    return softmax(score if bias is None else score + bias, -1, sizes) @ v


def read_at(tokens: Tensor, mask: Tensor, times: Tensor, at: Tensor) -> Tensor:
    """Tokens (B, S, C) with rising times (B, S) [s] read at the instants `at` (B, T) [s] -> (B, T, C).

    Linear between two that exist, the nearest beyond the ends: motion and stream meet on one clock, at any two rates.
    """
    count = mask.sum(1, keepdim=True).clamp_min(1)  # those that exist come first
    known = times.masked_fill(~mask, torch.inf)
    after = torch.searchsorted(known.contiguous(), at.contiguous()).clamp_min(1).minimum(count - 1)
    before = (after - 1).clamp_min(0)
    start, stop = times.gather(1, before), times.gather(1, after)
    share = ((at - start) / (stop - start).clamp_min(1e-6)).clamp(0, 1)[..., None].to(tokens.dtype)
    low, high = (tokens.gather(1, k[..., None].expand(-1, -1, tokens.shape[-1])) for k in (before, after))
    return torch.lerp(low, high, share)


def covers(stream: Stream, at: Tensor, reach: float) -> Tensor:
    """(B, T) bool: which of the instants `at` (B, T) [s] have a token of the stream within `reach` [s]; none where it is absent."""
    assert stream.times is not None
    apart = (at[:, :, None] - stream.times[:, None]).abs().masked_fill(~stream.mask[:, None], torch.inf)
    return (apart <= reach).any(-1) & stream.present[:, None]


class StreamLayer(nn.Module):
    """A pre-norm transformer layer over a stream's tokens."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.ffn = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, mask: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        qkv = self.qkv(self.before(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (3, B, H, S, d)
        q, k = turn(qkv[:2], cos.to(qkv.dtype), sin.to(qkv.dtype))
        y = attend(
            q * q.shape[-1] ** -0.5,
            k,
            qkv[2],
            torch.zeros_like(mask, dtype=q.dtype).masked_fill(~mask, -1e4)[:, None, None],
        )
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return x + self.ffn(self.between(x))


class Standard(nn.Module):
    """Channels of a stream brought to mean 0 and spread 1 by the statistics of the training data, kept with the weights.

    Channels that were added to a stream (motionverse.features.signals) since the weights were made are left out."""

    centre: Tensor
    spread: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(channels))
        self.register_buffer("spread", torch.ones(channels))

    def fit(self, centre: Tensor, spread: Tensor) -> None:
        """Take the statistics (channels,); a channel that never changes stays as it is."""
        known = len(self.centre)
        self.centre.copy_(centre[:known])
        self.spread.copy_(torch.where(spread > 1e-4, spread, 1.0)[:known])

    def forward(self, tokens: Tensor) -> Tensor:
        return (tokens[..., : len(self.centre)].float() - self.centre) / self.spread


class StreamEncoder(nn.Module):
    """One stream's tokens -> (B, S, C) and their mean (B, C); a learned token stands for an absent stream."""

    def __init__(self, channels: int, width: int, layers: int, timed: bool = False) -> None:
        super().__init__()
        self.standard = Standard(channels) if timed else nn.Identity()
        self.read = nn.Linear(channels, width)
        self.absent = nn.Parameter(torch.randn(width) * 0.02)
        self.layers = nn.ModuleList(StreamLayer(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, stream: Stream) -> tuple[Tensor, Tensor, Tensor]:
        """Returns tokens, mask (B, S) of those that exist (the first always does: it may be the absent token), mean."""
        there = stream.present[:, None]
        mask = stream.mask & there
        mask = torch.cat([mask[:, :1] | ~mask.any(1, keepdim=True), mask[:, 1:]], 1)
        here = (there & stream.mask.any(1, keepdim=True))[..., None]
        x = torch.where(here, self.read(self.standard(stream.tokens)).float(), self.absent)
        times = torch.zeros_like(mask, dtype=torch.float32) if stream.times is None else stream.times
        cos, sin = (t[:, None] for t in turns(times, x.shape[-1] // 4))
        for layer in self.layers:
            x = layer(x, mask, cos, sin)
        x = self.norm(x)
        weight = mask[..., None].to(x)
        return x, mask, (x * weight).sum(1) / weight.sum(1)


class Gist(nn.Module):
    """A stream's mean token, whitened by the statistics of the training data, read straight into the AdaNorm vector.

    Words that tell two actions apart by little ("left", "right") move an embedding little, and a stream's transformer
    soon learns to look at what moves it more. Whitened, every direction of meaning is as loud as every other.
    """

    centre: Tensor
    whitener: Tensor

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(channels))
        self.register_buffer("whitener", torch.eye(channels))
        self.read = nn.Linear(channels, width, bias=False)
        nn.init.normal_(self.read.weight, std=channels**-0.5)  # loud from the start: what reads it has less to find

    def fit(self, means: Tensor) -> None:
        """Take the statistics from mean tokens (N, channels) of the training data; fewer than two say nothing."""
        if len(means) < 2:
            return
        self.centre.copy_(means.mean(0))
        spread, axes = torch.linalg.eigh(torch.cov((means - self.centre).double().T))
        self.whitener.copy_(axes / (spread.clamp_min(0) + 0.1 * spread.mean() + 1e-6).sqrt())

    def forward(self, stream: Stream) -> Tensor:
        """(B, C'), zero where the stream is absent."""
        weight = (stream.mask & stream.present[:, None])[..., None].to(stream.tokens)
        mean = (stream.tokens * weight).sum(1) / weight.sum(1).clamp_min(1)
        return self.read((mean - self.centre) @ self.whitener) * stream.present[:, None]


def _whole(told: Tensor) -> Tensor:
    """(..., len(GUESSED)) -> (..., 669), zero elsewhere."""
    out = told.new_zeros(*told.shape[:-1], FEATURES)
    return out.index_copy(-1, torch.tensor(GUESSED, device=told.device), told)


class ConditionEncoder(nn.Module):
    """Conditions -> Memory for the attention and one vector (B, C') for AdaNorm (the diffusion step is added later)."""

    def __init__(self, config: LMMConfig) -> None:
        super().__init__()
        width, vector = config.stream_width, config.vector_width or config.step_width
        self.streams = nn.ModuleDict(
            {
                name: StreamEncoder(
                    channels, width, config.layers.get(name, config.stream_layers), name in config.timed
                )
                for name, channels in config.streams.items()
            }
        )
        self.dataset_tokens = nn.Parameter(torch.randn(config.datasets, config.dataset_tokens, width) * 0.5)
        self.kind_tokens = nn.Parameter(torch.randn(2, config.kind_tokens, width) * 0.5)
        self.dataset = nn.Embedding(config.datasets, vector)
        nn.init.normal_(self.dataset.weight, std=0.02)
        self.fps = ScalarEmbedding(vector, 0.5, 10.0)  # of log fps
        self.seconds = ScalarEmbedding(vector, 0.5, 10.0)  # of log seconds
        self.absent_parts = nn.Parameter(torch.randn(PARTS, vector) * 0.02)  # stands for parts never captured
        self.pooled = nn.ModuleDict({name: nn.Linear(width, vector) for name in config.streams})
        untimed = {name: channels for name, channels in config.streams.items() if name not in config.timed}
        self.gist = nn.ModuleDict({name: Gist(channels, vector) for name, channels in untimed.items()})
        self.guess = nn.ModuleDict({name: nn.Linear(width, len(GUESSED)) for name in config.guesses})
        self.pulse = nn.ModuleDict({name: nn.Linear(width, len(PULSES)) for name in config.pulses})
        for name in config.timed:
            nn.init.zeros_(self.pooled[name].get_parameter("weight"))  # a stream begins by saying nothing

    def guesses(self, conditions: Conditions) -> dict[str, Tensor]:
        """The clean motion (B, T, 669) as each stream that is asked for it tells it at the frames' instants, by itself."""
        return {name: _whole(told) for name, told in self._told(self.guess, conditions).items()}

    def pulses(self, conditions: Conditions) -> dict[str, Tensor]:
        """How the speeds of body and limbs rise and fall (B, T, len(PULSES)), likewise."""
        return self._told(self.pulse, conditions)

    def _told(self, heads: nn.ModuleDict, conditions: Conditions) -> dict[str, Tensor]:
        found = {}
        for name, guess in heads.items():
            if (stream := conditions.streams.get(name)) is not None and stream.times is not None:
                x, mask, _ = self.streams[name](stream)
                found[name] = guess(read_at(x, mask, stream.times, conditions.times)).float()
        return found

    def guess_of(self, conditions: Conditions, beside: Mapping[str, Tensor]) -> Tensor | None:
        """The clean motion (B, T, 669) as streams tell it, from their tokens at the frames; zero where a clip has none of them,
        None where the batch has none. The last of several is believed."""
        whole = None
        for name, guess in self.guess.items():
            stream, tokens = conditions.streams.get(name), beside[name]
            if stream is not None and stream.times is not None and tokens.shape[1] == conditions.times.shape[1]:
                told = _whole(guess(tokens).float()) * (stream.present & stream.mask.any(1))[:, None, None]
                whole = told if whole is None else torch.where(told != 0, told, whole)
        return whole

    def forward(self, conditions: Conditions) -> tuple[Memory, Tensor, dict[str, Tensor]]:
        """Tokens of all streams, the vector, and each timed stream read at the frames' times (B, T, C), or its one (B, 1, C)."""
        kind = torch.zeros_like(conditions.dataset) if conditions.kind is None else conditions.kind
        learned = [self.dataset_tokens[conditions.dataset], self.kind_tokens[kind]]
        tokens = [part.float() for part in learned]
        masks = [torch.ones(part.shape[:2], dtype=torch.bool, device=part.device) for part in learned]
        times = [torch.zeros(part.shape[:2], device=part.device) for part in learned]
        vector = self.dataset(conditions.dataset) + self.fps(conditions.fps.float().log())
        vector = vector + self.seconds(conditions.seconds.float().log())
        vector = vector + (~part_presence(conditions.cells)).to(self.absent_parts) @ self.absent_parts
        beside: dict[str, Tensor] = {}
        for name, encoder in self.streams.items():
            stream = conditions.streams.get(name) or self._nothing(name, conditions)
            x, mask, mean = encoder(stream)
            tokens.append(x)
            masks.append(mask)
            times.append(torch.zeros(x.shape[:2], device=x.device) if stream.times is None else stream.times)
            vector = vector + self.pooled[name](mean)
            if name in self.gist:
                vector = vector + self.gist[name](stream).float()
            else:
                alike = x.shape[1] == 1  # as where a whole batch has no such stream
                beside[name] = x if alike else read_at(x, mask, times[-1], conditions.times)
        group = torch.cat([torch.full((part.shape[1],), g, device=part.device) for g, part in enumerate(tokens)])
        sizes = tuple(part.shape[1] for part in tokens)
        memory = Memory(torch.cat(tokens, 1), torch.cat(masks, 1), torch.cat(times, 1), group, sizes)
        return memory, vector.float(), beside

    def _nothing(self, name: str, conditions: Conditions) -> Stream:
        b, device = conditions.times.shape[0], conditions.times.device
        channels = self.streams[name].read.in_features  # type: ignore[union-attr]
        no = torch.zeros(b, 1, dtype=torch.bool, device=device)
        return Stream(torch.zeros(b, 1, int(channels), device=device), no, None, no[:, 0])  # type: ignore[arg-type]
