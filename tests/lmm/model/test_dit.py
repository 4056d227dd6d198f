"""The network as a whole: what it may see, what it must not, and that its shortcuts are exact."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lmm.model.condition import Stream
from lmm.model.parts import feature_mask
from tests.lmm.model.forged import BODY, conditions, config, inputs, model

KINDS = ["templates", "plain", "both"]


@pytest.mark.parametrize("kind", KINDS)
def test_dropping_absent_parts_is_masking_them(kind: str) -> None:
    """A clip alone, its hands not computed, and the same clip beside one with hands: the same motion and gradients."""
    net = model(time_attention=kind)
    args = inputs()
    alone = conditions()
    cells = alone.cells.clone()
    cells[1] = True
    beside = replace(alone, cells=cells)
    a, b = net(*args, alone), net(*args, beside)
    torch.testing.assert_close(a[0], b[0], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(a[1], b[1])
    grads = [torch.autograd.grad(x[0].square().sum(), net.get_parameter("blocks.0.up"))[0] for x in (a, b)]
    torch.testing.assert_close(grads[0], grads[1], atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_fill_of_what_was_never_captured_or_given_or_padded_does_not_matter(kind: str) -> None:
    net, seen = model(time_attention=kind), conditions()
    frames = seen.frames.clone()
    frames[0, 6:] = False
    seen = replace(seen, frames=frames)
    noisy, given, mask, step = inputs()
    fill = torch.randn(noisy.shape) * 9
    absent = ~feature_mask(seen.cells)[:, None].expand_as(noisy)
    padded = (~frames)[..., None].expand_as(noisy)
    other_noisy = torch.where(absent | padded, fill, noisy)
    other_given = torch.where(absent | padded | ~feature_mask(mask), fill, given)
    a, b = net(noisy, given, mask, step, seen), net(other_noisy, other_given, mask, step, seen)
    torch.testing.assert_close(a, b)
    assert not a[absent | padded].any()
    assert a[~(absent | padded)].abs().min() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_everything_told_is_heard(kind: str) -> None:
    """Changing the text, what is given, the mask, the step, the rate, the duration or the dataset changes the motion."""
    net, told = model(time_attention=kind), conditions()
    noisy, given, mask, step = inputs()
    base = net(noisy, given, mask, step, told)
    text = told.streams["text"]
    silent = replace(text, present=torch.zeros(2, dtype=torch.bool))
    others = [
        net(noisy, given + 1, mask, step, told),
        net(noisy, given, ~mask, step, told),
        net(noisy, given, mask, (step + 300) % 1000, told),
        net(noisy, given, mask, step, replace(told, fps=told.fps * 2)),
        net(noisy, given, mask, step, replace(told, seconds=told.seconds * 2)),
        net(noisy, given, mask, step, replace(told, times=told.times * 2)),
        net(noisy, given, mask, step, replace(told, dataset=told.dataset + 1)),
        net(noisy, given, mask, step, replace(told, kind=torch.ones(2, dtype=torch.long))),
        net(noisy, given, mask, step, replace(told, streams={"text": replace(text, tokens=text.tokens + 1)})),
        net(noisy, given, mask, step, replace(told, streams={"text": silent})),
    ]
    for other in others:
        assert (other - base).abs().max() > 1e-4


def test_an_absent_stream_is_the_same_whatever_it_holds() -> None:
    net, told = model(), conditions()
    text, args = told.streams["text"], inputs()
    no = torch.zeros(2, dtype=torch.bool)
    answers = [
        net(*args, replace(told, streams={})),
        net(*args, replace(told, streams={"text": Stream(text.tokens, text.mask, None, no)})),
        net(*args, replace(told, streams={"text": Stream(text.tokens, torch.zeros_like(text.mask), None, ~no)})),
    ]
    torch.testing.assert_close(answers[0], answers[1])
    torch.testing.assert_close(answers[0], answers[2])


def test_padding_tokens_do_not_matter() -> None:
    net, told = model(time_attention="both"), conditions()
    text, args = told.streams["text"], inputs()
    tokens = torch.cat([text.tokens, torch.randn(2, 4, 12)], 1).masked_fill(
        ~torch.nn.functional.pad(text.mask, (0, 4))[..., None], 7
    )
    longer = replace(text, tokens=tokens, mask=torch.nn.functional.pad(text.mask, (0, 4)))
    torch.testing.assert_close(
        net(*args, told), net(*args, replace(told, streams={"text": longer})), atol=1e-5, rtol=1e-4
    )


def test_timed_streams_meet_motion_in_one_clock() -> None:
    net, told = model(), conditions()
    text, args = told.streams["text"], inputs()

    def at(times: Tensor) -> Tensor:
        return net(*args, replace(told, streams={"text": replace(text, times=times)}))

    late = torch.linspace(0, 1, 5).expand(2, 5)
    assert not torch.allclose(at(late), at(late.flip(1)))


def test_a_new_model_starts_at_zero_and_every_parameter_learns() -> None:
    from lmm.model.dit import LMM

    torch.manual_seed(0)
    net = LMM(config(time_attention="both"))
    args, told = inputs(), conditions(cells=torch.ones(53, dtype=torch.bool))
    told = replace(told, cells=torch.stack([torch.ones(53, dtype=torch.bool), BODY]), kind=torch.tensor([0, 1]))
    assert not net(*args, told).any()
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(3):
        x, losses = net.with_losses(*args, told)
        (torch.nn.functional.mse_loss(x, args[1]) + losses["balance"]).backward()
        idle = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
        optimiser.step()
        optimiser.zero_grad()
    silent = replace(told, streams={})
    net(*args, silent).square().sum().backward()
    absent = net.get_parameter("conditions.streams.text.absent").grad
    assert absent is not None and absent.any()
    assert idle == ["conditions.streams.text.absent"]


def test_half_precision_says_nearly_the_same() -> None:
    net, told, args = model(time_attention="both"), conditions(), inputs()
    exact = net(*args, told)
    net.precision = torch.bfloat16
    rough = net(*args, told)
    assert rough.dtype == torch.float32
    assert (rough - exact).square().mean().sqrt() < 0.03 * exact.square().mean().sqrt()


def test_computing_conditions_once_changes_nothing() -> None:
    net, told, args = model(time_attention="both"), conditions(), inputs()
    torch.testing.assert_close(net.denoise(*args, net.condition(told)), net(*args, told))


def test_nano_has_between_5_and_19_million_parameters() -> None:
    from lmm.config import LMMConfig
    from lmm.model.dit import LMM

    with torch.device("meta"):
        count = sum(p.numel() for p in LMM(LMMConfig()).parameters())
    assert 5e6 < count < 19e6
