"""The forward process and what the denoiser is asked for: the clean motion, under the mask of what was captured."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from lmm.config import DiffusionConfig
from motionverse.errors import MotionError

LEAST_SIGNAL = 2.0**-24  # the last step of a zero-SNR schedule, kept off zero so that its logarithm exists


@dataclass(frozen=True)
class Schedule:
    """keep (steps,): share of the clean signal's variance left after each step (the running product of alphas), float64."""

    keep: Tensor

    @property
    def steps(self) -> int:
        return len(self.keep)

    def noised(self, clean: Tensor, noise: Tensor, step: Tensor) -> Tensor:
        """q(x_t | x_0): clean and noise (B, ...), step (B,) long in 0..steps-1."""
        keep = self.keep.to(clean.device)[step].view(-1, *[1] * (clean.ndim - 1))
        return keep.sqrt().to(clean.dtype) * clean + (1 - keep).sqrt().to(clean.dtype) * noise


def schedule(config: DiffusionConfig) -> Schedule:
    """The schedule that a configuration names. Raises MotionError for an unknown one."""
    return _schedule(config.schedule, config.steps, config.zero_snr)


@lru_cache
@torch.inference_mode(False)  # kept for training too, whoever asks first
def _schedule(name: str, steps: int, zero_snr: bool) -> Schedule:
    if name == "cosine":  # Nichol and Dhariwal, arXiv 2102.09672
        angle = (torch.arange(steps + 1, dtype=torch.float64) / steps + 0.008) / 1.008 * torch.pi / 2
        bar = angle.cos() ** 2
        betas = (1 - bar[1:] / bar[:-1]).clamp(max=0.999)
    elif name == "linear":  # Ho et al., arXiv 2006.11239
        betas = torch.linspace(1e-4, 0.02, steps, dtype=torch.float64)
    else:
        raise MotionError(f"schedule: {name!r} is neither cosine nor linear")
    keep = torch.cumprod(1 - betas, 0)
    if zero_snr:  # Lin et al., arXiv 2305.08891: shift the signal's amplitude so that the last step has none
        root = keep.sqrt()
        keep = ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
        keep[-1] = LEAST_SIGNAL
    return Schedule(keep)


def masked_mse(predicted: Tensor, clean: Tensor, seen: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean squared error over what was captured; every clip's channel counts by its frames.

    predicted, clean (B, T, D); seen broadcastable to (B, T, D), bool: native presence and real frames;
    weight broadcastable likewise. Values outside `seen` have no effect, not even NaN or infinity.
    """
    error = (predicted - clean.masked_fill(~seen, 0)).masked_fill(~seen, 0).square()
    share = seen.to(error.dtype).expand_as(error)
    if weight is not None:
        error, share = error * weight, share * weight
    return error.sum() / share.sum().clamp_min(1)


def draw_steps(batch: int, steps: int, generator: torch.Generator) -> Tensor:
    """(batch,) diffusion steps, stratified: one uniform draw in each of `batch` equal strata, shuffled."""
    strata = (torch.arange(batch) + torch.rand(batch, generator=generator)) / batch
    return (strata[torch.randperm(batch, generator=generator)] * steps).long().clamp_max(steps - 1)


Denoiser = Callable[[Tensor, Tensor], Tensor]  # noisy (B, T, D), step (B,) -> clean (B, T, D)
