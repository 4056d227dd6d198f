"""The paper's sizes, and the forms of a block that they are built of."""

from pathlib import Path

import pytest
import torch

from lmm.model import dit
from lmm.train import recipe
from tests.lmm.model import forged

PAPER = {"tiny": 90, "small": 160, "base": 410, "large": 760}  # millions (Zhang et al., arXiv 2404.01284)
CONFIGS = Path(__file__).parents[3] / "configs"
FORM = {"ffn": "parts", "adapt": "block", "vector_width": 24, "time_attention": "templates"}


@pytest.mark.parametrize("name", PAPER)
def test_a_size_has_the_papers_parameters_within_a_fifth(name: str) -> None:
    with torch.device("meta"):
        model = dit.LMM(recipe.read(CONFIGS / f"{name}.yaml").model)
    count = sum(p.numel() for p in model.parameters()) / 1e6
    assert abs(count / PAPER[name] - 1) < 0.2, f"{count:.1f} M"


def test_every_parameter_of_that_form_is_used() -> None:
    model, cells = forged.model(**FORM), torch.stack([forged.BODY, torch.ones(53, dtype=torch.bool)])
    conditions = forged.conditions(cells=cells).repeated([frozenset({"text"}), frozenset()])
    inputs = [x.repeat(2, *[1] * (x.ndim - 1)) for x in forged.inputs()]
    model(*inputs, conditions).square().sum().backward()
    assert not [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]


def test_parts_that_are_missing_are_as_if_never_computed() -> None:
    model = forged.model(**FORM)
    body = forged.conditions()
    clips, whole = torch.tensor([True, False]), torch.ones(2, 53, dtype=torch.bool)
    noisy, given, mask, step = forged.inputs()
    alone = model(noisy, given, mask, step, body)
    beside = forged.conditions()
    cells = torch.where(clips[:, None], forged.BODY, whole)  # the second clip brings hands and face into the batch
    mixed = model(noisy, given, mask, step, type(body)(**{**vars(beside), "cells": cells}))
    torch.testing.assert_close(mixed[0], alone[0], atol=1e-5, rtol=1e-4)


def test_a_block_with_a_map_of_its_own_begins_by_adding_nothing() -> None:
    torch.manual_seed(0)
    model = dit.LMM(forged.config(**FORM)).eval()
    context = model.condition(forged.conditions())
    x, vector = torch.randn(2, 9, 7, 16), torch.randn(2, 32)
    y, _ = model.blocks[0](x, vector, context.blocks[0], context.clock)
    torch.testing.assert_close(y, x)


def test_each_parts_own_layer_is_its_two_maps() -> None:
    model = forged.model(**FORM)
    context = model.condition(forged.conditions())
    block, h = model.blocks[0], torch.randn(2, 9, 7, 16)
    got = block.feed_forward(h, context.blocks[0], None)
    for place, part in enumerate(context.here.parts):
        hidden = torch.nn.functional.silu(h[:, :, place] @ block.up[part].T + block.up_bias[part])
        expected = hidden @ block.down[part].T + block.down_bias[part]
        torch.testing.assert_close(got[:, :, place], expected, atol=1e-5, rtol=1e-4)
