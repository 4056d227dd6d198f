"""What is hidden begins from what is given around it, fading with the time to it."""

import math

import torch

from lmm.model.bridge import PACE, Bridge
from tests.lmm.model import forged

CELLS = torch.tensor([0, 0, 1])  # of three features


def bridged(given: torch.Tensor, mask: torch.Tensor, fps: float = 10.0) -> torch.Tensor:
    times = (torch.arange(given.shape[1]) / fps).expand(len(given), -1)
    known = given * mask[..., CELLS]
    return Bridge(3)(known, mask, times, torch.arange(3), CELLS)[0].detach()


def test_given_is_kept_between_is_linear_and_beyond_is_held() -> None:
    given = torch.randn(1, 9, 3, generator=torch.Generator().manual_seed(0))
    mask = torch.zeros(1, 9, 2, dtype=torch.bool)
    mask[0, [2, 6], 0] = True
    found = bridged(given, mask)
    torch.testing.assert_close(found[0, [2, 6], :2], given[0, [2, 6], :2])
    between = (0.75 * given[0, 2, :2] + 0.25 * given[0, 6, :2]) * math.exp(-0.1 / PACE)
    torch.testing.assert_close(found[0, 3, :2], between)
    torch.testing.assert_close(found[0, 8, :2], given[0, 6, :2] * math.exp(-0.2 / PACE))
    torch.testing.assert_close(found[0, 0, :2], given[0, 2, :2] * math.exp(-0.2 / PACE))
    assert not found[..., 2].any()  # nothing is given of the other cell


def test_the_frame_rate_changes_nothing_but_the_instants() -> None:
    slow, fast = torch.zeros(1, 5, 3), torch.zeros(1, 9, 3)
    slow[0, :, 0], fast[0, :, 0] = torch.arange(5.0), torch.arange(9.0) / 2
    masks = [torch.zeros(1, n, 2, dtype=torch.bool) for n in (5, 9)]
    masks[0][0, [0, 4], 0] = masks[1][0, [0, 8], 0] = True
    torch.testing.assert_close(bridged(slow, masks[0], 10.0), bridged(fast, masks[1], 20.0)[:, ::2])


def test_a_model_with_a_bridge_answers_what_is_given_and_its_gradients_are_finite() -> None:
    model = forged.model(bridge=True)
    noisy, given, mask, step = forged.inputs()
    for parameter in (model.read_out.weight, model.read_out.bias):
        torch.nn.init.zeros_(parameter)
    answer = model(noisy, given, mask, step, forged.conditions())
    told = (mask & forged.BODY)[..., torch.as_tensor(forged.FEATURE_CELL).long()]
    torch.testing.assert_close(answer[told], given[told])
    answer.square().mean().backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())
    assert model.bridge is not None and model.bridge.pace.grad is not None and model.bridge.pace.grad.any()


def test_without_anything_given_a_bridge_does_nothing() -> None:
    model, bare = forged.model(bridge=True), forged.model()
    bare.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith("bridge")})
    noisy, given, mask, step = forged.inputs()
    nothing = torch.zeros_like(mask)
    for a in (given, given * 7):
        torch.testing.assert_close(
            model(noisy, a, nothing, step, forged.conditions()), bare(noisy, given, nothing, step, forged.conditions())
        )
