"""A run from store to published weights on forged clips."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from lmm import cli, weights, zoo
from lmm.train import checkpoint, feed, log, loop, recipe
from motionverse import tomato
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.stats import Stats
from motionverse.store.writer import Writer
from tests import forge

CONFIG = Path(__file__).parents[3] / "configs" / "journey.yaml"


class Words:
    """Stands for the text encoder: every sentence has three tokens that depend on it alone."""

    def __init__(self, cache: str | Path | None = None) -> None:
        self.path = Path(cache) / "words" if cache else None

    def precompute(self, texts):
        return len(texts)

    def tokens(self, texts):
        return [np.random.default_rng(zlib.crc32(t.encode())).normal(size=(3, 384)).astype(np.float32) for t in texts]


def written(place, sources):
    """A store with six walks of each source, the last of them for validation."""
    stats = Stats()
    with Writer(place) as writer:
        for source in sources:
            for k in range(6):
                motion = forge.walk(seconds=2.0, speed=0.8 + 0.1 * k, turn=0.2 * k)
                stats.update(tomato.encode(motion)[0])
                split = "validation" if k == 5 else "train"
                captions = (Caption("a person walks to the left"),)
                writer.add(Clip(motion, f"{source}/{k}", source, "cmu", f"p{k}", captions, action="walk", split=split))
        writer.close(stats)
    return place


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return written(tmp_path_factory.mktemp("data") / "store", ["forged"])


@pytest.fixture(autouse=True)
def words(monkeypatch):
    monkeypatch.setattr(feed, "TextEncoder", Words)
    torch.set_num_threads(1)


def read(store, folder, *overrides):
    return recipe.read(CONFIG, [f"data.store={store}", f"run.folder={folder}", *overrides])


def losses(folder):
    return [line["loss"] for line in log.read(Path(folder) / "curve.jsonl") if "loss" in line]


def test_a_run_can_be_cut_and_goes_on_with_the_same_losses(store, tmp_path):
    loop.train(read(store, tmp_path / "whole"), quiet=True)
    cut = loop.Run(read(store, tmp_path / "cut"), _made(tmp_path / "cut"), quiet=True)
    for step in range(2):
        cut.log.line(step + 1, 0.0, loss=cut.step(cut.feed[step])["loss"])
    cut.save()
    cut.step(cut.feed[2])  # done, but lost with the kill
    cut.close()
    loop.train(read(store, tmp_path / "cut"), quiet=True)
    assert len(losses(tmp_path / "whole")) == 4
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")
    ends = [checkpoint.read(_last(tmp_path / name))[1] for name in ("whole", "cut")]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_sources_without_a_weight_are_neither_drawn_nor_validated_nor_billed(tmp_path):
    place = written(tmp_path / "store", ["forged", "other"])
    fed = feed.Feed.open(read(place, tmp_path, "data.weights={forged: 1.0}"))
    batches = [*(fed[step] for step in range(4)), *fed.validation(4)]
    assert {name.split("/")[0] for shown in batches for name in shown.names} == {"forged"}
    assert [row["source"] for row in fed.facts()["licences"]] == ["forged"] and fed.facts()["clips"] == 5
    assert fed.facts()["recordings"] == []


def test_a_run_ends_with_its_cpu_time_also_when_it_is_taken_up_again(store, tmp_path):
    given = ["run.steps=0", "run.cpu_minutes=0.002"]
    loop.train(read(store, tmp_path, *given), quiet=True)
    state, _ = checkpoint.read(_last(tmp_path))
    assert state.cpu >= 0.12 and state.step >= 1
    loop.train(read(store, tmp_path, *given), quiet=True)
    assert checkpoint.read(_last(tmp_path))[0].step == state.step


def test_the_rate_warms_up_and_falls_by_a_cosine_or_by_drops() -> None:
    cosine = recipe.OptimiserConfig(rate=2e-4, warm_up=10)
    drops = recipe.OptimiserConfig(rate=2e-4, warm_up=10, schedule="drops", drops=[0.5])
    assert [loop.rate(cosine, step, done) for step, done in ((4, 0.0), (99, 0.5), (200, 1.0))] == [1e-4, 1e-4, 0.0]
    assert [loop.rate(drops, 99, done) for done in (0.0, 0.49, 0.5, 1.0)] == pytest.approx([2e-4, 2e-4, 2e-5, 2e-5])


def test_each_set_of_streams_is_validated_by_itself(store, tmp_path):
    given = ["run.steps=1", "curriculum.shows={text: 0.5, keypoints: 0.5}"]
    loop.train(read(store, tmp_path, *given), quiet=True)
    (line,) = [line for line in log.read(tmp_path / "curve.jsonl") if "validation" in line]
    assert line["validation"] > 0 and line["validation_keypoints"] > 0 and "validation_root" in line
    assert "validation_music" not in line


def test_training_lowers_the_loss(store, tmp_path):
    given = ["run.steps=60", "optimiser.rate=0.005", "curriculum.nothing=[0.2,0.2]", "run.log_steps=1"]
    loop.train(read(store, tmp_path, *given), quiet=True)
    seen = losses(tmp_path)
    assert np.mean(seen[-10:]) < 0.8 * np.mean(seen[:10])


def test_a_finished_run_is_published_and_loaded(store, tmp_path, monkeypatch):
    run = loop.train(read(store, tmp_path / "run"), quiet=True)
    place = zoo.publish(run, tmp_path / "assets" / "weights" / "tiny")
    monkeypatch.setenv("LMM_ASSETS", str(tmp_path / "assets"))
    assert zoo.names() == ("tiny",)
    published = zoo.load("tiny", "fp32")
    assert published.rate == 15.0 and published.facts.datasets == ("any", "forged") and published.facts.steps == 4
    assert json.loads((place / "licences.json").read_text())[0]["source"] == "forged"
    assert published.weights_hash in (place / "card.md").read_text() and (place / "curve.png").exists()
    averaged = checkpoint.averaged(checkpoint.read(_last(run))[1])
    for name, value in published.model.state_dict().items():
        assert torch.allclose(value, averaged[name], atol=1e-3, rtol=1e-3)
    again = read(store, tmp_path / "again", "run.warm_start=tiny", "run.steps=1")
    loop.train(again, quiet=True)
    assert losses(tmp_path / "again") != losses(tmp_path / "run")[:1]


def test_a_runs_own_folder_is_weights_when_it_has_ended(store, tmp_path, capsys):
    run = tmp_path / "mine"
    asked = ["train", str(CONFIG), f"data.store={store}", f"run.folder={run}", "run.steps=2", "run.validate_minutes=0"]
    asked += [f"data.signal_cache={tmp_path / 'sounds'}", f"data.text_cache={tmp_path / 'words'}"]
    assert cli.main(asked) == 0
    assert str(tmp_path) not in (run / weights.CONFIG).read_text() + (run / weights.CARD).read_text()
    assert f"--model {run}" in capsys.readouterr().out and zoo.load(run, "fp32").name == "mine"
    (run / weights.WEIGHTS).unlink()
    with pytest.raises(MotionError, match="a run that was broken off; go on with it"):
        weights.find(run)


def test_what_is_wrong_is_one_line(store, tmp_path):
    run = loop.train(read(store, tmp_path / "run", "run.steps=1"), quiet=True)
    with pytest.raises(MotionError, match="another model"):
        loop.train(read(store, tmp_path / "run", "model.width=32"), quiet=True)
    with pytest.raises(MotionError, match=r"curriculm.*curriculum"):
        read(store, run, "curriculm.rate=3")
    with pytest.raises(MotionError, match="give the run an end"):
        read(store, run, "run.steps=0")
    with pytest.raises(MotionError, match="no checkpoint"):
        zoo.publish(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(MotionError):
        loop.train(read(tmp_path / "no-store", tmp_path / "never"), quiet=True)
    assert not (tmp_path / "never").exists()  # nothing began
    place = zoo.publish(run, tmp_path / "out")
    (place / weights.LICENCES).unlink()
    with pytest.raises(MotionError, match="licences"):
        zoo.load(place)


def test_a_store_that_lies_elsewhere_is_trained_from(store, tmp_path):
    pytest.importorskip("fsspec", reason="fsspec is in the extra `remote`")
    near, far = (feed.Feed.open(read(at, tmp_path)) for at in (store, f"file://{store}"))
    assert far.facts() == near.facts()
    assert torch.equal(far[3].clean, near[3].clean) and far[3].names == near[3].names


def test_a_loss_that_is_not_finite_names_its_clips(store, tmp_path):
    run = loop.Run(read(store, tmp_path), tmp_path, quiet=True)
    with torch.no_grad():
        next(run.model.parameters()).fill_(float("nan"))
    with pytest.raises(MotionError, match=r"forged/\d"):
        run.step(run.feed[0])
    run.close()


def test_worker_processes_prepare_what_the_feed_says(store, tmp_path):
    given = read(store, tmp_path, "data.workers=1")
    feeding = feed.Feed.open(given)
    ahead = feed.loader(feeding, 3, given.data)
    for step in (3, 4):
        shown = next(ahead)
        assert torch.equal(shown.clean, feeding[step].clean) and torch.equal(shown.noise, feeding[step].noise)


CODED = ("codes.codes=8", "codes.channels=8", "codes.width=8", "codes.depth=1", "gpt.width=16", "gpt.layers=1")


def test_a_tokenizer_is_trained_and_then_a_transformer_over_its_codes_whose_weights_hold_both(store, tmp_path):
    first = loop.train(read(store, tmp_path / "codes", "network=codes", *CODED), quiet=True)
    asked = ("network=gpt", f"gpt.codes={first}", "optimiser.rate=0.01", *CODED)
    second = loop.train(read(store, tmp_path / "gpt", *asked), quiet=True)
    tokenizer = checkpoint.averaged(checkpoint.read(_last(first))[1])
    whole = checkpoint.averaged(checkpoint.read(_last(second))[1])
    assert float(tokenizer["codebook.counts"].sum()) > 0
    assert all(torch.equal(value, whole[f"codes.{name}"]) for name, value in tokenizer.items())
    place = zoo.publish(second, tmp_path / "published")
    assert zoo.load(place, "fp32").recipe.gpt.codes == "codes"  # where it lay is nobody's business
    with pytest.raises(MotionError, match=r"gpt\.codes: no checkpoint in .*network=codes"):
        loop.train(read(store, tmp_path / "other", "network=gpt", *CODED), quiet=True)


def test_a_codebook_goes_on_where_it_was(store, tmp_path):
    asked = ("network=codes", *CODED)
    loop.train(read(store, tmp_path / "whole", *asked), quiet=True)
    cut = loop.Run(read(store, tmp_path / "cut", *asked), _made(tmp_path / "cut"), quiet=True)
    for step in range(2):
        cut.log.line(step + 1, 0.0, loss=cut.step(cut.feed[step])["loss"])
    cut.save()
    cut.close()
    loop.train(read(store, tmp_path / "cut", *asked), quiet=True)
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def _last(folder):
    path = checkpoint.last(Path(folder))
    assert path is not None
    return path


def _made(folder):
    folder.mkdir(parents=True)
    return folder
