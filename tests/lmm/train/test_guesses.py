"""Keypoints learn to tell the motion by themselves, and nothing else moves meanwhile."""

import pytest
import torch

from lmm.train import feed, loop, recipe
from lmm.train.learner import network
from motionverse.errors import MotionError
from tests.lmm.train.test_loop import CONFIG, Words, written

ALONE = (
    "model.streams={text: 384, keypoints: 45}", "model.timed=[keypoints]", "model.guesses=[keypoints]",
    "curriculum.shows={keypoints: 1.0}", "loss.guess=1", "loss.denoising=false",
    "optimiser.rate=0.01", "optimiser.ema=0.5", "optimiser.decay=0", "run.steps=12",
)  # fmt: skip


@pytest.fixture(autouse=True)
def words(monkeypatch):
    monkeypatch.setattr(feed, "TextEncoder", Words)
    torch.set_num_threads(1)


def learnt(tmp_path, *more):
    """A run to its end: its recipe, what each step's guess cost, the weights before, and the names of those that moved."""
    store, folder = written(tmp_path / "store", ["forged"]), tmp_path / "run"
    stated = recipe.read(CONFIG, (*ALONE, *more, f"data.store={store}", f"run.folder={folder}"))
    run = loop.Run(stated, tmp_path, quiet=True)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    costs = [run.step(run.feed[k])["guess"] for k in range(stated.run.steps)]
    run.close()
    moved = {name for name, value in run.model.state_dict().items() if not torch.equal(value, before[name])}
    return stated, costs, before, moved


def test_guesses_alone_are_learnt(tmp_path):
    stated, costs, before, moved = learnt(tmp_path)
    assert sum(costs[-3:]) < 0.9 * sum(costs[:3])
    assert moved and all(
        name.startswith(("conditions.streams.keypoints", "conditions.guess.keypoints")) for name in moved
    )
    assert network(stated, "fp32").state_dict().keys() == before.keys()


def test_how_speeds_rise_and_fall_is_learnt_alike(tmp_path):
    _, costs, _, moved = learnt(tmp_path, "model.guesses=[]", "model.pulses=[keypoints]", "run.steps=40")
    assert sum(costs[-5:]) < 0.8 * sum(costs[:5])
    assert moved and all(
        name.startswith(("conditions.streams.keypoints", "conditions.pulse.keypoints")) for name in moved
    )


def test_networks_without_streams_are_asked_for_no_guess(tmp_path):
    store = written(tmp_path / "store", ["forged"])
    more = "network=encoder", "loss.denoising=true", f"data.store={store}", f"run.folder={tmp_path / 'run'}"
    run = loop.Run(
        recipe.read(CONFIG, (*ALONE, "curriculum.shows={keypoints: 0, text: 1}", *more)), tmp_path, quiet=True
    )
    assert "guess" not in run.step(run.feed[0])
    run.close()


def test_a_recipe_that_would_learn_nothing():
    with pytest.raises(MotionError, match="model.guesses"):
        recipe.read(CONFIG, ("loss.denoising=false", "loss.guess=1"))
