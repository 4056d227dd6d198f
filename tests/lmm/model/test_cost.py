"""Costs counted on the meta device, against counts of a model that runs."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from lmm.config import LMMConfig
from lmm.model import cost
from lmm.model.dit import LMM
from lmm.model.moe import MoE
from tests.lmm.model import forged

RATE = 6.0


def test_products_are_those_of_a_model_that_runs() -> None:
    for changes in ({"time_attention": "both"}, {"ffn": "parts", "adapt": "block", "vector_width": 24}):
        config = forged.config(**changes)
        with FlopCounterMode(display=False) as counter:
            LMM(config)(*cost._inputs(config, RATE))
        counted = cost.cost(config, RATE)
        assert counted.flops * cost.SECONDS == counter.get_total_flops()
        assert all(share.flops >= 0 for share in counted.shares)
        assert counted.parameters == sum(p.numel() for p in LMM(config).parameters())


def test_products_by_group_are_counted_as_those_of_their_rows() -> None:
    mixture = MoE(16, 256, 24, 16, 2)
    mixture(torch.randn(50, 16))  # the first time it is tried whether there is such a product
    with cost.counting() as counter:
        mixture(torch.randn(50, 16))
    gate = 2 * 50 * (16 * 16 + 16 * 16)  # what is sought, and its cosine with each expert
    assert mixture.grouped and counter.get_total_flops() == gate + 2 * 50 * 2 * 256 * (16 + 24)


def test_sorted_experts_count_the_chosen_alone() -> None:
    def experts(chosen: int, hidden: int) -> float:
        config = LMMConfig(width=16, blocks=1, experts=8, experts_chosen=chosen, expert_width=hidden, step_width=32)
        return cost.cost(config, RATE).shares[0].flops

    assert experts(8, 128) / experts(2, 128) > 3.5


def test_what_is_kept_for_the_gradient_is_what_a_model_that_runs_keeps() -> None:
    config, kept = forged.config(), {}
    model, inputs = LMM(config), cost._inputs(config, RATE)
    names = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in names:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(*inputs)
    counted = cost.cost(config, RATE).kept * cost.SECONDS
    assert abs(counted / sum(kept.values()) - 1) < 0.1
