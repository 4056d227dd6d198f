"""Mixture of experts with a cosine gate and a balance loss; no token is ever dropped.

With few, narrow experts one product over all of them is far cheaper on a CPU than sorting tokens by expert: every expert's
hidden layer is computed side by side, those not chosen are multiplied by zero, and one product brings them back.
The result is the mixture's own, exactly.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the mixture's output and the gates' probabilities (..., E) over all experts, for the balance loss."""
        probabilities = self.gate(x)
        kept = probabilities
        if self.chosen < self.experts:
            least = probabilities.topk(self.chosen, -1).values[..., -1:]
            kept = probabilities * (probabilities >= least)
            kept = kept / kept.sum(-1, keepdim=True)
        hidden = F.silu(self.up(x)).unflatten(-1, (self.experts, -1))
        hidden = hidden * (kept * self.chosen).to(hidden.dtype)[..., None]
        return self.down(hidden.flatten(-2)), probabilities

    def gate(self, x: Tensor) -> Tensor:
        """Softmax over the experts of the cosine between token and expert, in fp32. (..., L) -> (..., E)"""
        sought = F.normalize(self.seek(x).float(), dim=-1)
        cosine = sought @ F.normalize(self.signs.float(), dim=-1).T
        return torch.softmax(cosine.float() * self.sharpness.exp(), -1)


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
