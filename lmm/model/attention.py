"""ArtAttention: across the body, along time, and toward the conditions (Zhang et al., ECCV 2024, arXiv 2404.01284).

Along time there are two forms, together or apart: templates (a global summary read as a signal in seconds) and plain attention
over frames with rotary positions in seconds. Both see motion ++ dataset tokens ++ rotation-kind tokens ++ condition streams.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm.config import LMMConfig
from lmm.model.condition import Memory, attend, softmax
from lmm.model.embed import turn, turns
from lmm.model.moe import MoE
from lmm.model.parts import PARTS, Present
from lmm.precision import cast

COARSEST = 0.1  # s, one frame of the coarsest frame rate: no template is narrower
REACH = 3.0  # |u| beyond which the Taylor polynomial is held: far from every centre a cubic would run away


@dataclass(frozen=True)
class Clock:
    """Time as the attention needs it: all that depends on no motion.

    times (B, T, 1, 1) s, seconds (B, 1, 1); cos, sin (B, 1, T, L / 2), with the fourth root of 1 / L in them, so that
    products of turned queries and keys are scaled; bias (B, 1, 1, T + S): 0 where a key exists, else -1e4, or None when
    all do; parts (B, P) bool or None when every clip has every part; sizes: how many keys motion and each stream have, where
    each has a softmax of its own, () where all share one.
    """

    times: Tensor
    seconds: Tensor
    cos: Tensor
    sin: Tensor
    bias: Tensor | None
    parts: Tensor | None
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Toward:
    """One block's view of the conditions: plain keys and values (B, P, S, L); template keys (B, S, P, N), values (B, S, P, L)."""

    keys: Tensor | None = None
    values: Tensor | None = None
    template_keys: Tensor | None = None
    template_values: Tensor | None = None


def clock(
    times: Tensor, frames: Tensor, seconds: Tensor, memory: Memory, parts: Tensor | None, config: LMMConfig
) -> Clock:
    """A Clock from times (B, T) s, frames (B, T) bool and the conditions' tokens."""
    width, sizes = config.width, (times.shape[1], *memory.sizes) if config.softmax == "stream" else ()
    cos, sin = (angle * width**-0.25 for angle in turns(times, width))
    keys = torch.cat([frames, memory.mask], 1)[:, None, None]
    bias = (
        None
        if keys.is_meta or bool(keys.all())
        else torch.zeros_like(keys, dtype=torch.float32).masked_fill_(~keys, -1e4)
    )
    return Clock(
        times.float()[..., None, None], seconds.float()[:, None, None], cos[:, None], sin[:, None], bias, parts, sizes
    )


def across_body(q: Tensor, k: Tensor, v: Tensor, parts: Tensor | None) -> Tensor:
    """Efficient attention over the parts of a frame: keys softmax over parts, queries over channels. (B, T, P, L) each.

    Multiplied from the left, q (k' v) = (q k') v: with fewer parts than channels the second order is the cheap one.
    """
    if parts is not None:
        k = k.masked_fill(~parts[:, None, :, None], -1e4)
    q, k = torch.softmax(q, -1), torch.softmax(k, 2)
    return (q @ k.transpose(-1, -2)) @ v


class TemplateAttention(nn.Module):
    """Time as templates: each row has a centre in seconds and a state, velocity, acceleration and jerk around it."""

    def __init__(self, width: int, rows: int) -> None:
        super().__init__()
        self.width, self.rows = width, rows
        self.terms = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, 4 * width))
        self.centre = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1))
        self.home = nn.Parameter(torch.logit((torch.arange(rows) + 0.5) / rows))
        self.spread = nn.Parameter(torch.full((rows,), -0.5))  # softplus -> s above the coarsest frame

    def forward(self, k: Tensor, v: Tensor, toward: Toward, clock: Clock) -> Tensor:
        """k (B, T, P, N), v (B, T, P, L) of the motion -> (B, T, P, L), read at the frames' times."""
        assert toward.template_keys is not None and toward.template_values is not None
        k, v = torch.cat([k, toward.template_keys], 1), torch.cat([v, toward.template_values], 1)
        if clock.bias is not None:
            k = k + clock.bias[:, 0, 0, :, None, None].to(k.dtype)
        weight = softmax(k, 1, clock.sizes)
        template = torch.einsum("btpn,btpl->bpnl", weight, v)  # (B, P, N, L)
        terms = self.terms(template).unflatten(-1, (4, self.width))  # s, v, a, j: (B, P, N, 4, L)
        centre = torch.sigmoid(self.centre(template)[..., 0].float() + self.home) * clock.seconds  # (B, P, N) s
        with cast(k, False):
            u = (clock.times - centre[:, None]) / (F.softplus(self.spread) + COARSEST)  # (B, T, P, N)
            powers: Tensor = _Powers.apply(u, terms.dtype)  # type: ignore[assignment]
        return torch.einsum("btpm,bpml->btpl", powers.flatten(-2), terms.flatten(2, 3))


class _Powers(torch.autograd.Function):
    """u (..., N) fp32 -> c x (1, u, u^2, u^3) with c = softmax(-u^2) over N, as (..., N, 4) of `dtype`.

    Written into place and with its own gradient: the textbook form keeps and moves three times as much, and memory is what it
    costs on a CPU. The numbers are the same.
    """

    @staticmethod
    def forward(ctx, u: Tensor, dtype: torch.dtype) -> Tensor:  # noqa: ANN001
        near, held = torch.softmax(-u * u, -1), u.clamp(-REACH, REACH)
        first = near * held
        second = first * held
        out = torch.empty(*u.shape, 4, dtype=dtype, device=u.device)
        for k, power in enumerate((near, first, second, second * held)):
            out[..., k].copy_(power)
        ctx.save_for_backward(u, near)
        return out

    @staticmethod
    def backward(ctx, *grads: Tensor) -> tuple[Tensor, None]:  # noqa: ANN001
        u, near = ctx.saved_tensors
        held = u.clamp(-REACH, REACH)
        one, first, second, third = (grad.to(u.dtype) for grad in grads[0].unbind(-1))
        by_near = torch.addcmul(second, third, held).mul_(held).add_(first).mul_(held).add_(one)
        by_held = torch.addcmul(2 * second, third, held, value=3).mul_(held).add_(first).mul_(near)
        by_square = torch.ops.aten._softmax_backward_data(by_near, near, -1, u.dtype)
        return by_held.masked_fill_(u != held, 0).addcmul_(by_square, u, value=-2), None


class ArtAttention(nn.Module):
    """(B, T, P, L) -> (B, T, P, L): Y_body + Y_time, from the features that one mixture of experts gives."""

    def __init__(self, config: LMMConfig) -> None:
        super().__init__()
        width, rows = config.width, config.templates
        self.body, self.plain = config.body_attention, config.time_attention in ("plain", "both")
        self.split = [width] * 3 * self.body + [width] * 3 * self.plain
        self.toward = [width, width] * self.plain
        self.template: TemplateAttention | None = None
        if config.time_attention in ("templates", "both"):
            self.template = TemplateAttention(width, rows)
            self.split = [*self.split, rows, width]
            self.toward = [*self.toward, rows, width]
        self.features = MoE(width, config.expert_width, sum(self.split), config.experts, config.experts_chosen)
        self.memory = nn.Parameter(
            torch.randn(PARTS, sum(self.toward), config.stream_width) * config.stream_width**-0.5
        )
        self.warmth = nn.Parameter(torch.zeros(2 + len(config.streams)))  # log temperature of each stream's keys

    def look(self, memory: Memory, here: Present) -> Toward:
        """Keys and values of the conditions for the present parts: once per sampling run."""
        weight = here.take(self.memory, 0)  # (P, M, C)
        split = F.linear(memory.tokens, weight.flatten(0, 1)).unflatten(-1, weight.shape[:2]).split(self.toward, -1)
        warmth = self.warmth.exp()[memory.group][:, None, None]  # (S, 1, 1)
        out, dtype = [], split[0].dtype
        if self.plain:
            width = split[0].shape[-1]
            cos, sin = (angle[:, None] * width**-0.25 for angle in turns(memory.times, width))
            keys, values = (x.transpose(1, 2) for x in split[:2])
            keys = turn(keys.float() * warmth[:, 0], cos, sin).to(dtype)
            out = [keys.contiguous(), values.contiguous()]
        if self.template is not None:
            return Toward(*(out or [None, None]), (split[-2].float() * warmth).to(dtype), split[-1])  # type: ignore[arg-type]
        return Toward(*out)

    def forward(self, x: Tensor, clock: Clock, toward: Toward) -> tuple[Tensor, Tensor]:
        """Returns the sum of both attentions and the gates' probabilities."""
        features, gates = self.features(x)
        split = features.split(self.split, -1)
        found = []
        if self.body:
            found.append(across_body(split[0], split[1], split[2], clock.parts))
        if self.plain:
            q, k, v = split[3 * self.body : 3 * self.body + 3]
            found.append(along_time(q, k, v, toward, clock))
        if self.template is not None:
            found.append(self.template(split[-2], split[-1], toward, clock))
        return sum(found[1:], found[0]), gates


def along_time(q: Tensor, k: Tensor, v: Tensor, toward: Toward, clock: Clock) -> Tensor:
    """Attention of each part over its own frames ++ the conditions' tokens. (B, T, P, L) each."""
    assert toward.keys is not None and toward.values is not None
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))  # (B, P, T, L)
    cos, sin = clock.cos.to(q.dtype), clock.sin.to(q.dtype)
    k = torch.cat([turn(k, cos, sin), toward.keys.to(k.dtype)], 2)
    v = torch.cat([v, toward.values.to(v.dtype)], 2)
    bias = None if clock.bias is None else clock.bias.to(q.dtype)
    return attend(turn(q, cos, sin), k, v, bias, clock.sizes).transpose(1, 2)
