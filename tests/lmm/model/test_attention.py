"""Each attention against the sum it stands for, written out."""

from dataclasses import replace

import torch

from lmm.model.attention import COARSEST, REACH, Clock, TemplateAttention, Toward, _Powers, across_body, along_time
from lmm.model.embed import turn, turns
from lmm.model.moe import MoE, balance_loss


def no_clock(times: torch.Tensor, width: int, bias: torch.Tensor | None = None) -> Clock:
    cos, sin = (angle * width**-0.25 for angle in turns(times, width))
    seconds = torch.full((len(times), 1, 1), 2.0)
    return Clock(times[..., None, None], seconds, cos[:, None], sin[:, None], bias, None)


def test_across_body_is_efficient_attention_over_the_parts_that_are_there() -> None:
    q, k, v = torch.randn(3, 2, 4, 5, 8)
    there = torch.tensor([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0]], dtype=torch.bool)
    got = across_body(q, k, v, there)
    for b in range(2):
        for t in range(4):
            keys = torch.softmax(k[b, t][there[b]], 0)
            template = keys.T @ v[b, t][there[b]]  # (L, L)
            torch.testing.assert_close(got[b, t], torch.softmax(q[b, t], -1) @ template, atol=1e-5, rtol=1e-4)


def test_templates_are_a_taylor_signal_around_centres_in_seconds() -> None:
    torch.manual_seed(0)
    attention, times = TemplateAttention(8, 6), torch.rand(1, 7).sort(1).values * 2
    k, v = torch.randn(1, 7, 1, 6), torch.randn(1, 7, 1, 8)
    more_k, more_v = torch.randn(1, 3, 1, 6), torch.randn(1, 3, 1, 8)
    toward = Toward(template_keys=more_k, template_values=more_v)
    got = attention(k, v, toward, no_clock(times, 8))
    keys, values = torch.cat([k, more_k], 1)[0, :, 0], torch.cat([v, more_v], 1)[0, :, 0]
    template = torch.softmax(keys, 0).T @ values  # (N, L)
    terms = attention.terms(template).view(6, 4, 8)
    centre = torch.sigmoid(attention.centre(template)[:, 0] + attention.home) * 2.0
    sigma = torch.nn.functional.softplus(attention.spread) + COARSEST
    for frame, t in enumerate(times[0]):
        u = (t - centre) / sigma
        c, held = torch.softmax(-u * u, 0), u.clamp(-REACH, REACH)
        signal = sum(terms[:, n] * held[:, None] ** n for n in range(4))
        torch.testing.assert_close(got[0, frame, 0], (c[:, None] * signal).sum(0), atol=1e-5, rtol=1e-4)


def test_the_powers_of_time_have_the_gradient_of_the_textbook_form() -> None:
    torch.manual_seed(0)
    u = (2 * torch.randn(2, 5, 6, dtype=torch.float64)).requires_grad_()
    near, held = torch.softmax(-u * u, -1), u.clamp(-REACH, REACH)
    assert float((u.detach().abs() > REACH).sum())  # some lie where the polynomial is held
    expected = torch.stack([near * held**n for n in range(4)], -1)
    torch.testing.assert_close(_Powers.apply(u, torch.float64), expected)
    assert torch.autograd.gradcheck(lambda u: _Powers.apply(u, torch.float64), u)


def test_along_time_sees_only_differences_of_time() -> None:
    q, k, v = torch.randn(3, 1, 6, 2, 16)
    empty = Toward(torch.zeros(1, 2, 0, 16), torch.zeros(1, 2, 0, 16))
    times = torch.arange(6)[None] / 12.5
    a = along_time(q, k, v, empty, no_clock(times, 16))
    b = along_time(q, k, v, empty, no_clock(times + 3.0, 16))
    torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)
    score = torch.softmax(turn_all(q, times) @ turn_all(k, times).transpose(-1, -2) / 4, -1)
    torch.testing.assert_close(a.transpose(1, 2), score @ v.transpose(1, 2), atol=1e-5, rtol=1e-4)


def test_a_softmax_of_each_stream_adds_up_what_each_would_give_alone() -> None:
    q, k, v = torch.randn(3, 1, 6, 2, 16)
    keys, values = torch.randn(2, 1, 2, 5, 16)
    marks = replace(no_clock(torch.arange(6)[None] / 10, 16), sizes=(6, 2, 3))
    got = along_time(q, k, v, Toward(keys, values), marks)
    turned = turn_all(q, torch.arange(6)[None] / 10) / 2
    alone = along_time(q, k, v, Toward(keys[:, :, :0], values[:, :, :0]), replace(marks, sizes=()))
    others = [torch.softmax(turned @ keys[:, :, s].mT, -1) @ values[:, :, s] for s in (slice(0, 2), slice(2, 5))]
    torch.testing.assert_close(got, alone + sum(others).transpose(1, 2), atol=1e-5, rtol=1e-4)
    attention, rows = TemplateAttention(16, 4), torch.randn(1, 6, 2, 4)
    toward = Toward(template_keys=torch.randn(1, 5, 2, 4), template_values=values.transpose(1, 2))
    together = attention(rows, v, toward, replace(marks, sizes=()))
    assert not torch.allclose(attention(rows, v, toward, marks), together, atol=1e-3)


def turn_all(x: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    cos, sin = turns(times, x.shape[-1])
    return turn(x.transpose(1, 2), cos[:, None], sin[:, None])


def test_turning_is_a_rotation_with_its_own_gradient() -> None:
    y = torch.randn(2, 5, 8, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: turn(x, *(a.double() for a in turns(torch.ones(2, 5), 8))), y)
    x = torch.randn(2, 5, 16)
    assert torch.allclose(turn(x, *turns(torch.rand(2, 5) * 9, 16)).norm(dim=-1), x.norm(dim=-1), atol=1e-5)


def test_the_mixture_is_the_sum_of_its_chosen_experts() -> None:
    moe, x = MoE(8, 5, 6, experts=4, chosen=2), torch.randn(7, 8)
    got, gates = moe(x)
    up, bias = moe.up.weight.view(4, 5, 8), moe.up.bias.view(4, 5)
    down = moe.down.weight.view(6, 4, 5)
    for n in range(7):
        best = gates[n].topk(2).indices
        share = gates[n][best] / gates[n][best].sum() * 2
        each = [
            s * down[:, e] @ torch.nn.functional.silu(up[e] @ x[n] + bias[e]) for s, e in zip(share, best, strict=True)
        ]
        torch.testing.assert_close(got[n], sum(each) + moe.down.bias, atol=1e-5, rtol=1e-4)


def test_balance_is_one_when_even_and_more_when_not_and_blind_to_padding() -> None:
    even = torch.eye(4).repeat(5, 1) * 0.01 + 0.2475
    crowded = torch.tensor([0.97, 0.01, 0.01, 0.01]).repeat(20, 1)
    ones = torch.ones(20)
    assert abs(float(balance_loss(even, 1, ones)) - 1) < 1e-3
    assert float(balance_loss(crowded, 1, ones)) > 3.5
    half = torch.cat([even, crowded])
    assert abs(float(balance_loss(half, 1, torch.cat([ones, ones * 0]))) - 1) < 1e-3


def test_balance_over_two_ranks_adds_up_to_the_balance_of_both():
    gates, there = torch.softmax(torch.randn(6, 5, 4), -1), torch.ones(6, 5)
    there[2, 3:] = 0
    whole = balance_loss(gates, 2, there)
    said = []
    for rows in (slice(0, 2), slice(2, 6)):
        balance_loss(gates[rows], 2, there[rows], lambda value: said.append(value) or value)
    parts = [
        balance_loss(gates[rows], 2, there[rows], lambda _: said[0] + said[1]) for rows in (slice(0, 2), slice(2, 6))
    ]
    assert torch.allclose(parts[0] + parts[1], whole)
