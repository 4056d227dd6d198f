"""The generation benchmark: its peer is what it says, and every layer is timed without being left changed."""

import importlib
import sys
from pathlib import Path

import pytest
import torch

from lmm.model import attention
from lmm.model.dit import LMM
from tests.lmm.model.forged import conditions, inputs, model

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
case = importlib.import_module("benchmarks.generate")


def test_the_peer_has_17_9_million_parameters() -> None:
    with torch.device("meta"):
        assert sum(p.numel() for p in case.Peer().parameters()) == pytest.approx(17.9e6, rel=0.01)


def test_time_by_layer_adds_up_and_leaves_the_layers_alone() -> None:
    net, args, told = model(time_attention="both"), inputs(), conditions()
    before = (attention.across_body, LMM._read)
    with torch.inference_mode():
        rows = case._layers(lambda: case._drop(net(*args, told)), 1e9)
    assert before == (attention.across_body, LMM._read)
    assert {row["layer"] for row in rows} == {label for _, _, label in case.LAYERS} | {"the rest"}
    assert sum(row["share of the step"] for row in rows) == pytest.approx(1)
    assert all(row["share of the step"] > 0 for row in rows)
