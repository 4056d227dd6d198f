"""A run of the motion-text space from a store of forged clips to the figures of its test split."""

import json

import numpy as np
import pytest
import torch

from lmm import weights
from lmm.evaluate import space
from lmm.model.alike import gists, meanings
from lmm.model.embedder import Embedder
from lmm.train import contrast, log
from motionverse import tomato
from motionverse.clip import Caption, Clip
from motionverse.features import text
from motionverse.stats import Stats
from motionverse.store.reader import Store
from motionverse.store.writer import Writer
from tests import forge
from tests.lmm import forged_weights
from tools import train_embedder

HANDS = ("left", "right", None)


class Words:
    """Stands for the text encoder: one token a word."""

    def __init__(self, cache=None):
        pass

    def precompute(self, texts):
        return len(texts)

    tokens = forged_weights.tokens


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place, stats = tmp_path_factory.mktemp("data") / "store", Stats()
    with Writer(place) as writer:
        for k in range(36):
            hand = HANDS[k % 3]
            motion = forge.walk(seconds=2.0, fps=20, speed=0.6 + 0.02 * k, raise_hand=hand)
            stats.update(tomato.encode(motion)[0])
            split = "validation" if k > 32 else "test" if k > 29 else "train"
            said = f"a person lifts the {hand} arm" if hand else "somebody strolls"
            writer.add(
                Clip(
                    motion,
                    f"forged/{k}",
                    "forged",
                    "cmu",
                    f"p{k}",
                    (Caption(said),),
                    action=f"lift-{hand}",
                    split=split,
                )
            )
        writer.close(stats)
    return place


@pytest.fixture(autouse=True)
def words(monkeypatch):
    monkeypatch.setattr(contrast, "TextEncoder", Words)
    monkeypatch.setattr(text, "TextEncoder", Words)
    torch.set_num_threads(1)


def recipe(store, folder, steps):
    made = contrast.ContrastRecipe()
    made.data.store, made.data.workers, made.run.folder = str(store), 0, str(folder)
    made.run.minutes, made.run.steps, made.run.log_steps, made.run.validate_clips = 0.0, steps, 1, 12
    made.run.precision, made.model.width, made.model.layers, made.model.space = "fp32", 32, 1, 16
    made.contrast.batch, made.contrast.seconds, made.optimiser.warm_up = 12, [1.0, 2.0], 2
    made.optimiser.rate, made.optimiser.ema = 5e-3, 0.8
    return made


def test_a_run_learns_sides_and_is_published_with_its_figures(store, tmp_path):
    run = contrast.ContrastRun(recipe(store, tmp_path / "run", 30), quiet=True).go()
    lines = log.read(run / weights.CURVE)
    losses = [line["loss"] for line in lines if "loss" in line]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    place = train_embedder.publish(run, tmp_path / "out", store)
    found = json.loads((place / "report.json").read_text())
    loaded = Embedder.load(place, Words())
    assert found["version"] == loaded.version and loaded.version in (place / "card.md").read_text()
    assert set(loaded.action_names) == {"lift left", "lift right", "lift None"}
    assert found["sides"]["space"] == {"captions": 2, "told": 1.0} and found["action"]["space"] == 1.0
    assert found["space"]["r_precision"][0] == 1.0 and found["space"]["of"] == 3
    assert found["shuffled"]["r_precision"][0] < 0.7
    again = contrast.ContrastRun(recipe(store, tmp_path / "again", 2), quiet=True).go()
    assert [line["loss"] for line in log.read(again / weights.CURVE) if "loss" in line][0] == losses[0]


def test_captions_that_say_the_same_are_no_negatives():
    one = torch.nn.functional.normalize(torch.randn(4, 8), dim=-1)
    twice, warmth = torch.cat([one, one]), torch.tensor(4.0)
    same = torch.eye(8, dtype=torch.bool) | torch.eye(4, dtype=torch.bool).repeat(2, 2)
    assert contrast.contrast(twice, twice, same, warmth) < 0.01
    assert contrast.contrast(twice, twice, torch.eye(8, dtype=torch.bool), warmth) > 0.6


def test_pools_hold_no_two_captions_that_say_the_same(store):
    opened = Store(store)
    clips = space.Clips.of(opened, "train")
    rng = np.random.default_rng(0)
    chosen, texts = space.apart(clips, meanings(opened.records), lambda texts: gists(Words().tokens(texts)), rng)
    assert len(clips.records) == 30 and len(chosen) == 3 and len(set(texts)) == 3
    assert [clips.captions[k][0] for k in chosen] == texts


def test_what_is_hidden_in_training_is_zero(store):
    made = recipe(store, "never", 1)
    made.contrast.hide, made.contrast.words = 1.0, 0.5
    dataset, _ = contrast.opened(made)
    pairs = contrast.PairFeed(dataset, made, "train", 0)[0]
    features, cells, shown = contrast.disturbed(pairs, made.contrast, (0, 0))
    columns = torch.as_tensor(tomato.FEATURE_CELL).long()
    assert (cells <= pairs.batch.cells).all() and (cells != pairs.batch.cells).any() and cells.any(1).all()
    assert (features * ~cells[:, columns][:, None]).abs().sum() == 0
    assert (shown <= pairs.batch.text_mask).all() and shown.any(1).all()
