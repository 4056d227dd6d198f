"""The transformer over codes: what it may look at, what it must find, and how codes are drawn."""

import dataclasses

import pytest
import torch

from lmm.baselines.gpt import GPT
from lmm.config import CodesConfig, GPTConfig
from lmm.model.condition import Conditions, Stream

CODES = CodesConfig(codes=8, channels=6, width=16, depth=1)
SHAPE = GPTConfig(width=24, layers=2, heads=4, reach=12)


@pytest.fixture
def gpt():
    torch.manual_seed(0)
    model = GPT(SHAPE, CODES).eval()
    torch.nn.init.normal_(model.write.weight, std=0.5)
    return model


def stream(count=2, says=True):
    tokens = torch.randn(count, 3, 384, generator=torch.Generator().manual_seed(1))
    return Stream(tokens, torch.ones(count, 3, dtype=torch.bool), None, torch.full((count,), says))


def conditions(frames, padded=0, count=2):
    return Conditions(
        times=(torch.arange(frames) / 15).expand(count, -1),
        frames=(torch.arange(frames) < frames - padded).expand(count, -1),
        cells=(torch.arange(53) < 22).expand(count, -1),
        fps=torch.full((count,), 15.0),
        seconds=torch.full((count,), frames / 15),
        dataset=torch.zeros(count, dtype=torch.long),
        streams={"text": stream(count)},
    )


def test_a_later_code_leaves_earlier_logits_alone_and_an_earlier_one_does_not(gpt):
    codes = torch.randint(8, (2, 10))
    other = codes.clone()
    other[:, 6] = (other[:, 6] + 1) % 8
    a, b = (gpt(gpt.sentence(stream()), x) for x in (codes, other))
    assert a.shape == (2, 11, 9)
    torch.testing.assert_close(a[:, :7], b[:, :7])
    assert (a[:, 7:] - b[:, 7:]).abs().amax((0, 2)).min() > 1e-4


def test_sentence_its_absence_and_places_matter(gpt):
    codes = torch.full((2, 5), 3)
    said = gpt(gpt.sentence(stream()), codes)
    silent = gpt(gpt.sentence(stream(says=False)), codes)
    assert (said - silent).abs().amax((0, 2)).min() > 1e-4
    torch.testing.assert_close(silent[0], silent[1])
    assert not torch.allclose(said[:, 2], said[:, 4])  # the same code, at another place


def test_the_end_is_to_be_found_after_a_clip_that_stops_and_nothing_after_it(gpt):
    codes = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 0]])
    real = torch.tensor([[True, True, False, False], [True] * 4])
    target, known = gpt._target(codes, real)
    assert target[0, :3].tolist() == [1, 2, 8]
    assert known.tolist() == [[True] * 3 + [False] * 2, [True] * 4 + [False]]
    assert target[1, :4].tolist() == [5, 6, 7, 0]


def test_cost_counts_real_codes_alone_disturbs_while_training_alone_and_leaves_the_tokenizer_as_it_is(gpt):
    clean = torch.randn(2, 24, 669)
    padded = clean.clone()
    padded[:, 16:] = 7.0
    a, b = (gpt.cost(x, conditions(24, padded=8))[0] for x in (clean, padded))
    torch.testing.assert_close(a, b)
    gpt.config = dataclasses.replace(SHAPE, dropout=0.0)
    assert torch.equal(gpt.cost(clean, conditions(24))[0], gpt.cost(clean, conditions(24))[0])
    before = gpt.codes.codebook.vectors.clone()
    gpt.train()
    total, terms = gpt.cost(clean, conditions(24))
    assert not torch.equal(total, gpt.cost(clean, conditions(24))[0])
    total.backward()
    assert all(p.grad is None for p in gpt.codes.parameters())
    assert torch.equal(before, gpt.codes.codebook.vectors)
    assert set(terms) == {"mse", "hit"}


def test_as_many_codes_as_asked_are_drawn_each_by_its_own_number(gpt):
    sentence, nothing = gpt.sentence(stream()), torch.zeros(2, 0, dtype=torch.long)
    draws = torch.rand(2, 9)
    codes = gpt.told(sentence, nothing, draws)
    assert codes.shape == (2, 9) and int(codes.max()) < 8
    assert torch.equal(codes, gpt.told(sentence, nothing, draws))
    torch.testing.assert_close(codes[:1], gpt.told(sentence[:1], nothing[:1], draws[:1]))
    chance = torch.softmax(gpt(sentence, codes)[:, :-1, :8], -1).cumsum(
        -1
    )  # with nothing kept from one code to the next
    wanted = (draws[..., None] > chance / chance[..., -1:]).sum(-1)
    assert torch.equal(codes, wanted)


def test_it_goes_on_from_a_start_and_beyond_what_it_looks_back_on(gpt):
    sentence, start = gpt.sentence(stream()), torch.randint(8, (2, 5))
    codes = gpt.told(sentence, start, torch.rand(2, 30))
    assert codes.shape == (2, 35) and torch.equal(codes[:, :5], start)
    long = torch.randint(8, (2, 20))  # longer than `reach`: its last half of that alone is read
    draws = torch.rand(2, 3)
    a, b = (gpt.told(sentence, x, draws)[:, -3:] for x in (long, long[:, -6:]))
    assert torch.equal(a, b)


def test_it_learns_what_a_sentence_says(gpt):
    torch.manual_seed(2)
    wanted = torch.tensor([[1, 2, 3, 1, 2, 3], [4, 4, 5, 4, 4, 5]])
    gpt.train()
    optimiser = torch.optim.Adam([p for p in gpt.parameters() if p.requires_grad], 3e-3)
    for _ in range(80):
        logits = gpt(gpt.sentence(stream()), gpt._disturbed(wanted))
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), wanted.flatten()).backward()
        optimiser.step()
    gpt.eval()
    made = gpt.told(gpt.sentence(stream()), torch.zeros(2, 0, dtype=torch.long), torch.full((2, 6), 0.5))
    assert torch.equal(made, wanted)
