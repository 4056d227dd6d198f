"""The training benchmark: sides that are what they say, and every operation in one kind."""

import importlib
import re
import sys
from pathlib import Path

import torch

from lmm.config import LMMConfig
from lmm.train.recipe import Recipe

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
case = importlib.import_module("benchmarks.train")
SMALL = LMMConfig(width=16, blocks=1, expert_width=8, ffn_width=32, step_width=32, stream_width=32, stream_layers=1)


def test_the_encoder_has_as_many_parameters() -> None:
    for parameters in (5e6, 21e6, 438e6):
        other = case._encoder(int(parameters), Recipe())
        with torch.device("meta"):
            count = sum(p.numel() for p in case.network(other, "fp32").parameters())
        assert abs(count / parameters - 1) < 0.05


def test_a_side_takes_a_whole_step() -> None:
    side = case.Side.of(Recipe(model=SMALL), case._batch(3, 8, 15.0))
    before = [p.clone() for p in side.learner.model.parameters()]
    side.step()
    assert any(not torch.equal(a, b) for a, b in zip(before, side.learner.model.parameters(), strict=True))
    assert len(case._in_turn([side.step, side.step], 1)) == 2


def test_operations_are_told_apart() -> None:
    kinds = {"addmm": "products", "_grouped_mm": "products", "_softmax_backward_data": "softmax, norms, activations"}
    kinds |= {
        "transpose": "views",
        "t": "views",
        "topk": "softmax, norms, activations",
        "tanh": "sums and products by element",
    }
    for name, wanted in kinds.items():
        assert next(kind for kind, pattern in case.KINDS if re.match(pattern, name)) == wanted
    with case._Timed() as timed:
        torch.ones(4, 4) @ torch.ones(4, 4)
    assert timed.found["products"][1:] == [1.0, 3 * 64.0]
