"""Small models and forged conditions for the model's tests."""

import torch

from lmm.config import LMMConfig
from lmm.model.condition import Conditions, Stream
from lmm.model.dit import LMM
from motionverse.tomato import FEATURE_CELL as FEATURE_CELL

BODY = torch.arange(53) < 22


def config(**changes: object) -> LMMConfig:
    small = {"width": 16, "blocks": 2, "ffn_width": 48, "expert_width": 8, "templates": 8, "step_width": 32}
    small |= {"stream_width": 32, "streams": {"text": 12}, "stream_layers": 1, "datasets": 4, "dataset_tokens": 3}
    return LMMConfig(**(small | changes))  # type: ignore[arg-type]


def model(seed: int = 0, **changes: object) -> LMM:
    """A model with every weight away from its zero start."""
    torch.manual_seed(seed)
    out = LMM(config(**changes)).eval()
    for parameter in out.parameters():
        if not bool(parameter.abs().sum()):
            torch.nn.init.normal_(parameter, std=0.1)
    return out


def conditions(
    batch: int = 2, frames: int = 9, fps: float = 10.0, cells: torch.Tensor = BODY, seed: int = 0
) -> Conditions:
    generator = torch.Generator().manual_seed(seed)
    mask = torch.ones(batch, 5, dtype=torch.bool)
    mask[0, 3:] = False
    text = Stream(torch.randn(batch, 5, 12, generator=generator), mask, None, torch.ones(batch, dtype=torch.bool))
    return Conditions(
        times=(torch.arange(frames) / fps).expand(batch, frames),
        frames=torch.ones(batch, frames, dtype=torch.bool),
        cells=cells.expand(batch, 53),
        fps=torch.full((batch,), fps),
        seconds=torch.full((batch,), frames / fps),
        dataset=torch.arange(batch) % 4,
        streams={"text": text},
    )


def inputs(
    batch: int = 2, frames: int = 9, seed: int = 1
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """noisy, given, mask, step."""
    generator = torch.Generator().manual_seed(seed)
    noisy, given = torch.randn(2, batch, frames, 669, generator=generator)
    mask = torch.rand(batch, frames, 53, generator=generator) < 0.3
    return noisy, given, mask, torch.randint(0, 1000, (batch,), generator=generator)
