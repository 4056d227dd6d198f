"""What is hidden, begun from what is given around it in time.

Between two given instants of a cell a channel goes linearly from one to the other, beyond the last it stays. That guess is good
near what is given and worthless far from it: it fades with the time to the nearest given instant, channel by channel at a learned
pace. The network sees it and answers with the difference to it, so that what it makes joins what is given (a skip in time, as EDM
has one in noise: Karras et al., arXiv 2206.00364). Where nothing is given it is zero.

Axes: B batch, T frames, C cells, D features.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PACE = 0.5  # [s] after which a guess has faded to 1/e, before training
NEVER = 1e4  # [s] from a cell of which nothing is given: far, and finite, so that gradients are


class Bridge(nn.Module):
    """paces: (features,) [s], one a feature, kept as the inverse of softplus."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.pace = nn.Parameter(torch.full((features,), PACE).expm1().log())

    def forward(
        self, given: Tensor, mask: Tensor, times: Tensor, features: Tensor, cells: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, D): the faded guess, at what is given what is given; and how much of it is left, 1 there.

        given (B, T, D) of the features with these indices (D,) among all, mask (B, T, C) bool, times (B, T) [s]; cells (D,) long:
        the place in C of each feature's cell.
        """
        frames = torch.arange(mask.shape[1], device=mask.device)[:, None]
        last = torch.where(mask, frames, -1).cummax(1).values
        following = torch.where(mask, frames, mask.shape[1]).flip(1).cummin(1).values.flip(1)
        before, after = last >= 0, following < mask.shape[1]
        low, high = (
            torch.where(before, last, following % mask.shape[1]),
            torch.where(after, following, last.clamp_min(0)),
        )
        at = times[..., None].float()
        start, stop = (torch.gather(at.expand(-1, -1, mask.shape[-1]), 1, k) for k in (low, high))
        share = ((at - start) / (stop - start).clamp_min(1e-6)).clamp(0, 1)
        away = torch.minimum((at - start).abs(), (stop - at).abs()).masked_fill(~(before | after), NEVER)
        fading = torch.exp(-away[..., cells] / F.softplus(self.pace[features]))
        guess = torch.lerp(given.gather(1, low[..., cells]), given.gather(1, high[..., cells]), share[..., cells])
        return guess * fading, fading
