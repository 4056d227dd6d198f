import torch
from torch import nn

from lmm.train.ema import EMA


def test_the_average_follows_quickly_at_first_and_slowly_later():
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    ema = EMA(dict(model.named_parameters()), decay=0.99)
    nn.init.ones_(model.weight)
    ema.update()
    assert 0.8 < ema.weights["weight"].item() < 0.83  # decay 2 / 11
    ema.updates = 10**6
    before = ema.weights["weight"].item()
    ema.update()
    assert abs((1 - ema.weights["weight"].item()) - 0.99 * (1 - before)) < 1e-6


def test_applied_shows_the_average_and_puts_the_weights_back():
    model = nn.Linear(3, 2)
    ema = EMA(dict(model.named_parameters()), 0.9)
    own = model.weight.detach().clone()
    ema.weights["weight"] += 1
    with ema.applied():
        assert torch.equal(model.weight, own + 1)
    assert torch.equal(model.weight, own)
