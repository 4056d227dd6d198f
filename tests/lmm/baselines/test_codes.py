"""The tokenizer: what it sees, how its codebook follows, and that training makes codes say more."""

import dataclasses

import pytest
import torch

from lmm.baselines.codes import Codebook, Codes
from lmm.config import CodesConfig
from lmm.train.loss import GROUPS

SHAPE = CodesConfig(codes=8, channels=6, width=16, depth=2)
EVEN = torch.ones(669)


def body(count, cells=22):
    return (torch.arange(53) < cells).expand(count, -1)


def real(count, frames, padded=0):
    return (torch.arange(frames) < frames - padded).expand(count, -1)


@pytest.fixture
def codes():
    torch.manual_seed(0)
    return Codes(SHAPE).eval()


def test_the_codebook_is_the_running_mean_of_the_latents_nearest_to_it():
    torch.manual_seed(0)
    book = Codebook(dataclasses.replace(SHAPE, codes=2, channels=1, decay=0.5, dead=0.0))
    book.follow(torch.tensor([[0.0], [10.0]]))  # seats both codes on these latents, or both on one
    book.vectors.copy_(torch.tensor([[0.0], [10.0]]))
    book.counts.copy_(torch.tensor([2.0, 4.0]))
    book.sums.copy_(torch.tensor([[0.0], [40.0]]))
    found = book.follow(torch.tensor([[1.0], [3.0], [12.0]]))
    assert found.tolist() == [0, 0, 1]
    torch.testing.assert_close(book.counts, torch.tensor([2.0, 2.5]))  # (2 + 2) / 2, (4 + 1) / 2
    torch.testing.assert_close(book.vectors, torch.tensor([[1.0], [10.4]]))  # (0 + 4) / 2 / 2, (40 + 12) / 2 / 2.5


def test_dead_codes_move_to_where_latents_are_and_the_living_stay():
    book = Codebook(dataclasses.replace(SHAPE, codes=3, channels=1, decay=0.9, dead=0.1))
    book.vectors.copy_(torch.tensor([[0.0], [5.0], [100.0]]))
    book.counts.copy_(torch.tensor([3.0, 3.0, 0.01]))
    book.sums.copy_(book.vectors * book.counts[:, None])
    latents = torch.tensor([[0.0], [5.0]])
    book.follow(latents)
    assert book.vectors[:2].flatten().tolist() == [0.0, 5.0]
    assert float(book.vectors[2, 0]) in (0.0, 5.0)
    assert float(book.counts[2]) > 0.1 * float(book.counts.mean())


def test_the_first_latents_are_the_first_codes_and_perplexity_counts_codes_in_use():
    book = Codebook(SHAPE)
    latents = torch.randn(40, 6)
    book.follow(latents)
    assert 1 < float(book.perplexity) <= 8
    apart = torch.cdist(book.vectors, latents).min(1).values
    assert float(apart.max()) < 1.0  # at latents, or a small step towards their mean from them
    book.counts.copy_(torch.tensor([1.0, 1, 1, 1, 0, 0, 0, 0]))
    assert float(book.perplexity) == pytest.approx(4, rel=1e-4)


def test_the_gradient_passes_the_quantiser_as_if_it_were_not_there(codes):
    codes.train()
    clean = torch.randn(2, 12, 669)
    latents, made = [], []
    codes.latent.register_forward_hook(lambda _m, _i, out: out.retain_grad() or latents.append(out))
    codes.spread.register_forward_pre_hook(lambda _m, given: given[0].retain_grad() or made.append(given[0]))
    codes.config = dataclasses.replace(SHAPE, commit=0.0)
    codes.cost(clean, real(2, 12), body(2), EVEN)[0].backward()
    assert not torch.allclose(latents[0], made[0])
    torch.testing.assert_close(latents[0].grad, made[0].grad)
    assert latents[0].grad.abs().sum() > 0


def test_what_was_never_captured_has_no_say_and_comes_out_as_zero(codes):
    clean = torch.randn(2, 12, 669)
    other = clean.clone()
    other[..., 668] = 9.0  # the face
    a, b = (codes.encode(x, real(2, 12), body(2)) for x in (clean, other))
    torch.testing.assert_close(a, b)
    assert not torch.allclose(a, codes.encode(other, real(2, 12), body(2, 53)))
    made = codes.decode(a, real(2, 12), body(2))
    assert not made[..., 668].any() and made[..., 0].all()
    weight = EVEN.clone()
    weight[GROUPS["face"]] = 100.0
    costs = [codes.cost(x, real(2, 12), body(2), weight)[0] for x in (clean, other)]
    torch.testing.assert_close(*costs)


def test_a_padded_clip_has_the_codes_and_the_frames_that_it_has_alone(codes):
    clean = torch.randn(1, 24, 669)
    alone = codes.encode(clean[:, :16], real(1, 16), body(1))
    padded = codes.encode(clean, real(1, 24, padded=8), body(1))
    torch.testing.assert_close(alone, padded[:, :4])
    rows = torch.cat([alone, torch.randn(1, 2, 6)], 1)
    torch.testing.assert_close(
        codes.decode(alone, real(1, 16), body(1)), codes.decode(rows, real(1, 24, padded=8), body(1))[:, :16]
    )
    _, whole = codes.indices(clean, real(1, 24, padded=7), body(1))
    assert whole.tolist() == [[True] * 4 + [False] * 2]  # 17 frames are four codes and a bit


def test_any_length_comes_out_as_long_as_it_went_in(codes):
    for frames in (1, 4, 7, 10):
        clean = torch.randn(2, frames, 669)
        latents = codes.encode(clean, real(2, frames), body(2))
        assert latents.shape == (2, -(-frames // 4), 6)
        assert codes.decode(latents, real(2, frames), body(2)).shape == clean.shape
    found, _ = codes.indices(torch.randn(2, 12, 669), real(2, 12), body(2))
    assert codes.frames(found, body(2)).shape == (2, 12, 669)


def test_training_lowers_the_cost_and_uses_the_codebook():
    torch.manual_seed(1)
    model = Codes(dataclasses.replace(SHAPE, width=32, depth=1)).train()
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    kinds = torch.randn(3, 1, 669)
    costs = []
    for _ in range(120):
        total, terms = model.cost(kinds[torch.randint(3, (8,))].expand(-1, 8, -1), real(8, 8), body(8), EVEN)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        costs.append(float(terms["mse"]))
    assert costs[-1] < 0.3 * costs[0]  # 0.67 is what the mean of the three loses
    assert float(terms["perplexity"]) > 2
    before = model.codebook.vectors.clone()
    model.eval()
    model.cost(kinds.expand(-1, 8, -1), real(3, 8), body(3), EVEN)
    assert torch.equal(before, model.codebook.vectors)  # it follows while training alone
