"""The two ways of multiplying by experts, against each other and against the sum that they stand for."""

import pytest
import torch

from lmm.model import moe
from lmm.model.moe import MoE


@pytest.fixture
def mixture() -> MoE:
    torch.manual_seed(0)
    made = MoE(width=16, hidden=8, out=24, experts=6, chosen=2)
    made.grouped = True
    return made


def gradients(model: MoE, x: torch.Tensor, out: torch.Tensor) -> list[torch.Tensor]:
    return list(
        torch.autograd.grad((out * torch.arange(out.numel()).view_as(out).cos()).sum(), [x, *model.parameters()])
    )


@pytest.mark.parametrize("padded", [False, True])
def test_sorted_and_dense_experts_give_the_same_output_and_gradients(mixture: MoE, padded: bool, monkeypatch) -> None:
    if padded:
        monkeypatch.setattr(moe, "grouped", moe.padded)
    x = torch.randn(3, 7, 16, requires_grad=True)
    made, gates = mixture(x)
    mixture.grouped = False
    expected, same = mixture(x)
    assert torch.equal(gates, same)
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    for got, wanted in zip(gradients(mixture, x, made), gradients(mixture, x, expected), strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-5)


def test_experts_are_summed_as_written(mixture: MoE) -> None:
    x = torch.randn(5, 16)
    made, gates = mixture(x)
    up, down = mixture.up.weight.view(6, 8, 16), mixture.down.weight.view(24, 6, 8)
    for token, out, gate in zip(x, made, gates, strict=True):
        kept = gate.topk(2)
        expected = mixture.down.bias.clone()
        for share, e in zip(2 * kept.values / kept.values.sum(), kept.indices, strict=True):
            hidden = torch.nn.functional.silu(up[e] @ token + mixture.up.bias.view(6, 8)[e])
            expected = expected + share * (down[:, e] @ hidden)
        torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)


def test_no_token_is_dropped_where_all_choose_one_expert(mixture: MoE) -> None:
    x = torch.randn(1, 16).expand(40, 16)
    made, _ = mixture(x)
    torch.testing.assert_close(made, made[:1].expand(40, -1), atol=1e-6, rtol=1e-5)
    assert made.abs().sum() > 0


def test_few_narrow_experts_stay_side_by_side() -> None:
    assert not MoE(64, 32, 480, 4, 2).grouped  # nano's
    assert MoE(64, 256, 320, 16, 4).grouped  # tiny's


def test_half_precision_gives_the_same_mixture_roughly(mixture: MoE) -> None:
    x = torch.randn(50, 16)
    with torch.autocast("cpu", torch.bfloat16):
        made, _ = mixture(x)
    assert made.dtype is torch.bfloat16
    torch.testing.assert_close(made.float(), mixture(x)[0], atol=0.05, rtol=0.05)
