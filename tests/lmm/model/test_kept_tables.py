"""Tables that are made once serve sampling and training alike, in whichever order they come."""

import torch

from lmm.config import DiffusionConfig
from lmm.diffusion import objective
from lmm.model import parts


def test_what_sampling_made_first_can_be_trained_with():
    parts._present.cache_clear()
    objective._schedule.cache_clear()
    with torch.inference_mode():
        here = parts.present(torch.ones(1, 53, dtype=torch.bool))
        schedule = objective.schedule(DiffusionConfig())
    assert not here.features.is_inference() and not here.cells.is_inference()
    assert not schedule.keep.is_inference()
