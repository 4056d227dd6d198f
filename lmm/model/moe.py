"""Mixture of experts with a cosine gate and a balance loss; no token is ever dropped.

One set of weights, two ways to multiply by them; the result is the mixture's own either way. Multiply-adds of a token, counted:

dense    experts x hidden x (L + out): all experts' hidden layers side by side, those not chosen times zero, one product back;
grouped  chosen x hidden x (L + out): tokens sorted by expert, one grouped product in and one back over all experts.

Sorting moves chosen x (L + out) numbers there and back, and a number moved costs as much as some 75 multiply-adds: measured on a
CPU, forwards and backwards, a product of the grouped form is 3.0 to 3.6 times as dear with 32 hidden channels, 1.3 to 1.4 times
with 256, 0.9 to 1.1 times with 512. The form that counts less is taken.
"""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm.precision import form

MOVED = 75  # multiply-adds that fetching a number by expert, and putting it back, costs as much as


class MoE(nn.Module):
    """(..., L) -> (..., out): the `chosen` best of `experts` two-layer maps, weighted by their gates."""

    def __init__(self, width: int, hidden: int, out: int, experts: int, chosen: int) -> None:
        super().__init__()
        self.experts, self.chosen = experts, chosen
        self.up = nn.Linear(width, experts * hidden)
        self.down = nn.Linear(experts * hidden, out)
        self.seek = nn.Linear(width, 16, bias=False)
        self.signs = nn.Parameter(torch.randn(experts, 16))
        self.sharpness = nn.Parameter(torch.tensor(1.5))
        self.grouped = chosen * (hidden + MOVED) < experts * hidden

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the mixture's output and the gates' probabilities (..., E) over all experts, for the balance loss."""
        probabilities = self.gate(x)
        return (self._sorted if self.grouped else self._dense)(x, probabilities), probabilities

    def gate(self, x: Tensor) -> Tensor:
        """Softmax over the experts of the cosine between token and expert, in fp32. (..., L) -> (..., E)"""
        sought = F.normalize(self.seek(x).float(), dim=-1)
        cosine = sought @ F.normalize(self.signs.float(), dim=-1).T
        return torch.softmax(cosine.float() * self.sharpness.exp(), -1)

    def _dense(self, x: Tensor, probabilities: Tensor) -> Tensor:
        kept = probabilities
        if self.chosen < self.experts:
            least = probabilities.topk(self.chosen, -1).values[..., -1:]
            kept = probabilities * (probabilities >= least)
            kept = kept / kept.sum(-1, keepdim=True)
        hidden = F.silu(self.up(x)).unflatten(-1, (self.experts, -1))
        hidden = hidden * (kept * self.chosen).to(hidden.dtype)[..., None]
        return self.down(hidden.flatten(-2))

    def _sorted(self, x: Tensor, probabilities: Tensor) -> Tensor:
        number = form(x)
        kept, picked = probabilities.flatten(0, -2).topk(self.chosen, -1)  # (N, k)
        kept = self.chosen * kept / kept.sum(-1, keepdim=True)
        expert, order = picked.flatten().sort(stable=True)
        place = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
        counts = torch.zeros(self.experts, dtype=torch.long, device=order.device)
        ends = counts.scatter_add_(0, expert, torch.ones_like(expert)).cumsum(0)
        rows = x.flatten(0, -2).to(number)[:, None].expand(-1, self.chosen, -1).flatten(0, 1)  # (N k, L)
        up = self.up.weight.unflatten(0, (self.experts, -1)).mT.to(number)  # (E, L, hidden)
        down = self.down.weight.unflatten(1, (self.experts, -1)).permute(1, 2, 0).to(number)  # (E, hidden, out)
        bias = self.up.bias.view(self.experts, -1).to(number).index_select(0, expert)
        hidden = F.silu(grouped(_moved(rows, order, place), up, ends) + bias)
        hidden = hidden * _moved(kept.to(number).flatten()[:, None], order, place)
        out = _moved(grouped(hidden, down, ends), place, order).unflatten(0, (-1, self.chosen)).sum(1)
        return (out + self.down.bias.to(number)).view(*x.shape[:-1], -1)


def grouped(rows: Tensor, weight: Tensor, ends: Tensor) -> Tensor:
    """rows (S, K), sorted by group, each times its group's matrix: weight (G, K, N), ends (G,) -> (S, N).

    torch's grouped product where it has one for the device and the format, else one batched product over groups padded to the
    largest.
    """
    if rows.is_meta:
        return rows @ weight[0]  # of the same shape, and as many products
    if _has_grouped(rows.device.type, rows.dtype):
        return F.grouped_mm(rows, weight, offs=ends.int())
    return padded(rows, weight, ends)


def padded(rows: Tensor, weight: Tensor, ends: Tensor) -> Tensor:
    """`grouped` as one batched product. Axes as there."""
    groups, device = len(ends), rows.device
    counts = torch.diff(ends, prepend=ends.new_zeros(1))
    longest = int(counts.max())
    group = torch.repeat_interleave(torch.arange(groups, device=device), counts, output_size=len(rows))
    place = torch.arange(len(rows), device=device) - (ends - counts)[group] + group * longest
    filled = rows.new_zeros(groups * longest, rows.shape[1]).index_copy(0, place, rows)
    return torch.bmm(filled.unflatten(0, (groups, longest)), weight).flatten(0, 1).index_select(0, place)


@lru_cache
@torch.inference_mode(False)
def _has_grouped(device: str, form: torch.dtype) -> bool:
    """Whether this torch multiplies by group there, asked by doing it once, gradient included."""
    try:
        with torch.enable_grad():
            rows = torch.ones(16, 16, dtype=form, device=device, requires_grad=True)
            ends = torch.tensor([16], dtype=torch.int32, device=device)
            F.grouped_mm(rows, torch.ones(1, 16, 16, dtype=form, device=device), offs=ends).backward(rows.detach())
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return True


def _moved(rows: Tensor, order: Tensor, back: Tensor) -> Tensor:
    """rows[order], where `back` is the inverse of that permutation."""
    return _Moved.apply(rows, order, back)  # type: ignore[no-any-return]


class _Moved(torch.autograd.Function):
    """The gradient of a permutation is its inverse: nothing is added up, so that it is the same bits on every run."""

    @staticmethod
    def forward(ctx, rows: Tensor, order: Tensor, back: Tensor) -> Tensor:  # noqa: ANN001
        ctx.save_for_backward(back)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx, *grads: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN001
        return grads[0].index_select(0, ctx.saved_tensors[0]), None, None


def alone(value: Tensor) -> Tensor:
    """The sum over all ranks of a tensor without gradient, where there is one rank."""
    return value


def balance_loss(
    probabilities: Tensor, chosen: int, weight: Tensor, across: Callable[[Tensor], Tensor] = alone
) -> Tensor:
    """E x sum over experts of (share of tokens that chose it) x (mean gate): 1 when even (Fedus et al., arXiv 2101.03961).

    probabilities (..., E); weight (...) is 1 for tokens that exist, 0 for padding; across: sums over ranks, whose batches are
    one batch in pieces: then this is the rank's own addend of the loss.
    """
    experts = probabilities.shape[-1]
    flat, w = probabilities.reshape(-1, experts), weight.reshape(-1, 1).to(probabilities)
    picked = flat >= flat.topk(chosen, -1).values[:, -1:]
    counted = across(torch.cat([(picked * w).sum(0), w.sum()[None]]).detach())
    total = counted[-1].clamp_min(1)
    share = counted[:-1] / (total * chosen)
    return experts * (share.detach() * (flat * w).sum(0) / total).sum()
