"""The whitened gist of a stream: every direction of meaning as loud as every other, and nothing where there is no stream."""

import torch

from lmm.model.condition import Gist, Stream


def stream(tokens: torch.Tensor, present: bool = True) -> Stream:
    b, s = tokens.shape[:2]
    return Stream(tokens, torch.ones(b, s, dtype=torch.bool), None, torch.full((b,), present))


def test_fitted_means_have_no_loud_direction():
    torch.manual_seed(0)
    means = torch.randn(4000, 6) @ torch.diag(torch.tensor([5.0, 2.0, 1.0, 1.0, 1.0, 0.5])) + 3
    gist = Gist(6, 6)
    gist.fit(means)
    torch.nn.init.eye_(gist.read.weight)
    spread = torch.cov(gist(stream(means[:, None])).detach().T)
    assert spread.diagonal().max() / spread.diagonal().min() < 6  # it was 100
    assert (spread - torch.diag(spread.diagonal())).abs().max() < 0.05


def test_padding_and_absence_do_not_speak():
    torch.manual_seed(0)
    gist = Gist(4, 3)
    torch.nn.init.normal_(gist.read.weight)
    tokens = torch.randn(2, 5, 4)
    short = stream(tokens)
    short.mask[:, 3:] = False
    told = gist(short)
    tokens[:, 3:] = 100
    torch.testing.assert_close(gist(short), told)
    assert not gist(stream(tokens, present=False)).any()


def test_one_sentence_or_one_said_twice_gives_no_infinity():
    gist = Gist(4, 3)
    for means in (torch.ones(1, 4), torch.ones(2, 4)):
        gist.fit(means)
        assert torch.isfinite(gist(stream(torch.randn(1, 2, 4)))).all()
