"""The plain transformer encoder: what it sees, what it does not, and that it is loaded and asked as ours is."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from lmm import config, generate, weights
from lmm.baselines.encoder import Encoder
from lmm.config import EncoderConfig
from lmm.model.condition import Conditions, Stream
from lmm.tasks import Given
from lmm.train.recipe import Recipe
from tests import forge
from tests.lmm import forged_weights

SHAPE = EncoderConfig(width=32, layers=2, heads=4, ffn_width=48)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return Encoder(SHAPE).eval()


def conditions(frames=10, padded=0, cells=53, says=True):
    there = torch.arange(frames) < frames - padded
    tokens = torch.randn(2, 3, 384, generator=torch.Generator().manual_seed(1))
    words = torch.ones(2, 3, dtype=torch.bool)
    return Conditions(
        times=(torch.arange(frames) / 15).expand(2, -1),
        frames=there.expand(2, -1),
        cells=(torch.arange(53) < cells).expand(2, -1),
        fps=torch.full((2,), 15.0),
        seconds=torch.full((2,), frames / 15),
        dataset=torch.zeros(2, dtype=torch.long),
        streams={"text": Stream(tokens, words, None, torch.tensor([says, says]))},
    )


def denoised(encoder, noisy, asked, step=500):
    nothing = torch.zeros(noisy.shape), torch.zeros(*noisy.shape[:2], 53, dtype=torch.bool)
    return encoder.denoise(noisy, *nothing, torch.full((2,), step), encoder.condition(asked)).detach()


def test_padding_and_what_was_never_captured_have_no_say_and_come_out_as_zero(encoder):
    noisy = torch.randn(2, 10, 669)
    other = noisy.clone()
    other[:, 7:] = 9.0
    a, b = (denoised(encoder, x, conditions(padded=3)) for x in (noisy, other))
    torch.testing.assert_close(a, b)
    assert not a[:, 7:].any()
    other = noisy.clone()
    other[..., 668] = 9.0  # the face
    a, b = (denoised(encoder, x, conditions(cells=22)) for x in (noisy, other))
    torch.testing.assert_close(a, b)
    assert not a[..., 668].any() and a[..., 0].all()


def test_step_sentence_and_place_in_time_matter(encoder):
    noisy = torch.randn(2, 10, 669)
    first = denoised(encoder, noisy, conditions())
    assert not torch.allclose(first, denoised(encoder, noisy, conditions(), step=10))
    assert not torch.allclose(first, denoised(encoder, noisy, conditions(says=False)))
    slow = dataclasses.replace(conditions(), times=conditions().times * 3)
    assert not torch.allclose(first, denoised(encoder, noisy, slow))


def test_a_frame_looks_at_every_other(encoder):
    noisy = torch.randn(2, 10, 669)
    other = noisy.clone()
    other[:, 9] = 0
    assert (denoised(encoder, noisy, conditions()) != denoised(encoder, other, conditions()))[:, 0].any()


@pytest.fixture
def published(tmp_path, monkeypatch):
    monkeypatch.setattr(generate.TextEncoder, "tokens", forged_weights.tokens)
    place = forged_weights.write(tmp_path / "plain")
    recipe = config.read(place / weights.CONFIG, Recipe)
    recipe.network, recipe.encoder = "encoder", SHAPE
    _, stats, facts = weights.read(place / weights.WEIGHTS)
    torch.manual_seed(1)
    weights.write(place / weights.WEIGHTS, Encoder(SHAPE).state_dict(), stats, facts)
    config.save(recipe, place / weights.CONFIG)
    weights.seal(place)
    return place


def test_published_it_is_asked_as_ours_is_and_keeps_what_is_given(published):
    generator = generate.load(published)
    motion = generator.generate("a person walks", seconds=2.0, steps=2)
    assert len(motion) == 60 and np.isfinite(motion.root).all()
    walk = forge.walk(seconds=2.0, fps=15)
    (made,) = generator.complete([walk], Given({"prefix": {"seconds": 1.0}}), steps=2)
    before = walk.times < 0.99
    np.testing.assert_allclose(made.joints()[before], walk.joints()[before], atol=2e-3)
    assert np.abs(made.joints()[~before] - walk.joints()[~before]).max() > 0.01


def test_a_network_that_nobody_knows_is_named(published):
    path = published / weights.CONFIG
    path.write_text(path.read_text().replace("network: encoder", "network: coder"))
    sums = json.loads((published / weights.SUMS).read_text())
    (published / weights.SUMS).write_text(json.dumps(sums | {weights.CONFIG: weights.file_hash(path)}))
    with pytest.raises(generate.MotionError, match="'coder' is unknown; the networks are lmm, encoder"):
        generate.load(published)
