"""Published codes and transformer are asked as our model is: lengths, seeds, what is given, what cannot be asked."""

import numpy as np
import pytest
import torch

from lmm import config, generate, seam, telling, weights
from lmm.baselines.gpt import GPT
from lmm.config import CodesConfig, GPTConfig
from lmm.evaluate import rows
from lmm.tasks import Given
from lmm.train.recipe import Recipe
from motionverse.errors import MotionError
from tests import forge
from tests.lmm import forged_weights

CODES = CodesConfig(codes=16, channels=8, width=16, depth=1)
SHAPE = GPTConfig(width=16, layers=1, heads=2, reach=10)
SECOND = Given({"prefix": {"seconds": 0.99}})


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = forged_weights.write(tmp_path_factory.mktemp("published") / "told")
    recipe = config.read(place / weights.CONFIG, Recipe)
    recipe.network, recipe.codes, recipe.gpt = "gpt", CODES, SHAPE
    _, stats, facts = weights.read(place / weights.WEIGHTS)
    torch.manual_seed(1)
    model = GPT(SHAPE, CODES)
    for part in (model.write, model.gist.read):
        torch.nn.init.normal_(part.weight)
    weights.write(place / weights.WEIGHTS, model.state_dict(), stats, facts)
    config.save(recipe, place / weights.CONFIG)
    weights.seal(place)
    return place


@pytest.fixture
def teller(place, monkeypatch):
    monkeypatch.setattr(telling.TextEncoder, "tokens", forged_weights.tokens)
    return telling.load(place)


def test_what_draws_codes_is_no_denoiser(place):
    with pytest.raises(MotionError, match=r"told: network 'gpt' is no denoiser; boards ask it"):
        generate.load(place)


def test_as_long_as_asked_at_any_rate_at_the_origin_and_finite(teller):
    for seconds, fps, frames in ((2.0, 30.0, 60), (4.1, 20.0, 82), (0.5, 24.0, 12)):
        (motion,) = teller.batch(["a person walks"], [3], seconds, fps)
        assert (len(motion), motion.fps) == (frames, fps)
        assert np.isfinite(motion.joints()).all()
        np.testing.assert_allclose(motion.root[0, ::2], 0, atol=1e-6)


def test_seeds_and_sentences_decide_and_company_does_not(teller):
    texts = ["a person walks", "a person jumps", "a person walks"]
    first, other, again = teller.batch(texts, [3, 3, 4])
    (alone,) = teller.batch(["a person walks"], [3])
    np.testing.assert_allclose(alone.joints(), first.joints(), atol=1e-4)
    assert np.abs(other.joints() - first.joints()).max() > 1e-3
    assert np.abs(again.joints() - first.joints()).max() > 1e-3


def test_a_prefix_comes_out_as_it_was_given_and_goes_on(teller):
    walks = [forge.walk(seconds=2.0, fps=15, turn=turn).turned(1.0, (2.0, 0.0, 3.0)) for turn in (0.0, 0.5)]
    made = teller.complete(walks, SECOND, seeds=[1, 2])
    before = walks[0].times < 0.985
    for motion, walk in zip(made, walks, strict=True):
        assert (len(motion), motion.fps) == (len(walk), walk.fps)
        np.testing.assert_allclose(motion.joints()[before], walk.joints()[before], atol=2e-3)
        assert np.abs(motion.joints()[~before] - walk.joints()[~before]).max() > 0.01
    (alone,) = teller.complete(walks[1:], SECOND, seeds=[2])
    np.testing.assert_allclose(alone.joints(), made[1].joints(), atol=1e-4)


def test_what_the_tokenizer_loses_of_the_last_given_frame_is_no_jump(teller, monkeypatch):
    walk = forge.walk(seconds=2.0, fps=15)
    last = int((walk.times < 0.985).sum()) - 1

    def jump():
        (made,) = teller.complete([walk], SECOND, seeds=[1])
        pose = made.joints() - made.root[:, None]
        return float(np.linalg.norm(pose[last + 1] - pose[last], axis=-1).mean())

    def put(made, given, mask):
        return made.with_(rotations=np.where(mask[:, :52, None, None], given.rotations, made.rotations))

    let_go = jump()
    monkeypatch.setattr(seam, "joined", put)
    assert let_go < 0.6 * jump()


def test_what_is_hidden_has_no_say(teller):
    walk = forge.walk(seconds=2.0, fps=15)
    hidden = walk.times > 0.985
    other = walk.with_(root=np.where(hidden[:, None], walk.root + 1.0, walk.root))
    a, b = (teller.complete([motion], SECOND, seeds=[1])[0] for motion in (walk, other))
    np.testing.assert_array_equal(a.joints(), b.joints())


def test_what_cannot_be_asked_is_said(teller, place):
    walk = forge.walk(seconds=2.0, fps=15)
    with pytest.raises(MotionError, match="from a prefix alone, not ends"):
        teller.complete([walk], Given({"ends": {"seconds": 0.5}}))
    with pytest.raises(MotionError, match="3 frames at 15 fps are given, a code is 4"):
        teller.complete([walk], Given({"prefix": {"seconds": 0.2}}))
    with pytest.raises(MotionError, match="no words"):
        teller.batch(["..."], [0])
    plain = forged_weights.write(place.parent / "plain")
    with pytest.raises(MotionError, match="network 'lmm' draws no codes"):
        telling.load(plain)


def test_the_board_knows_what_it_can_be_given(teller, place):
    who = rows.models(place)[0]
    assert who.completes(["prefix"]) and not who.completes(["ends"])
    assert who.generate is not None
    assert len(who.generate(["a person walks"], [0], 1.0)[0]) == 30
