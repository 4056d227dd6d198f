"""The ablation's queue on a forged store: runs once, goes on, and its table is made of finished rows alone."""

import json
from pathlib import Path

import pytest
import torch

from lmm.evaluate import ablation
from lmm.train import feed, loop
from motionverse import tomato
from motionverse.clip import Caption, Clip
from motionverse.stats import Stats
from motionverse.store.writer import Writer
from tests import forge
from tests.lmm.train.test_loop import Words

CONFIGS = Path(__file__).parents[3] / "configs"
STATED = """
recipe: recipe.yaml
board: board.yaml
seeds: [1, 2]
settings:
  bridged: []
  "not bridged": [model.bridge=false]
"""
BOARD = """
tasks:
  prediction: {seconds: 1.5, forms: {prefix: {seconds: 0.7}}}
captions: 0
actions: 0
windows: 2
repetitions: 2
"""


@pytest.fixture(autouse=True)
def words(monkeypatch):
    monkeypatch.setattr(feed, "TextEncoder", Words)
    torch.set_num_threads(1)


@pytest.fixture
def stated(tmp_path):
    (tmp_path / "ablation.yaml").write_text(STATED)
    (tmp_path / "board.yaml").write_text(BOARD)
    journey = (
        (CONFIGS / "journey.yaml")
        .read_text()
        .replace("model:", "model:\n  bridge: true")
        .replace("steps: 4", "steps: 1")
    )
    (tmp_path / "recipe.yaml").write_text(journey)
    return tmp_path / "ablation.yaml"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place, stats = tmp_path_factory.mktemp("data") / "store", Stats()
    with Writer(place) as writer:
        for k in range(6):
            motion = forge.walk(seconds=3.0, speed=0.8 + 0.2 * k, turn=0.2 * k)
            stats.update(tomato.encode(motion)[0])
            captions, split = (Caption("a person walks"),), ("train", "test")[k % 2]
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", f"p{k}", captions, action="walk", split=split))
        writer.close(stats)
    return place


def command(stated, *more):
    place = stated.parent
    return [str(stated), "--rows", str(place / "rows.jsonl"), "--folder", str(place / "runs"), *more]


def test_a_queue_runs_what_is_not_finished_and_no_more(store, stated, capsys):
    assert ablation.main(command(stated, "--store", str(store), "--runs", "1")) == 0
    first = ablation.rows(stated.parent / "rows.jsonl")
    assert [(row["setting"], row["seed"]) for row in first] == [("bridged", 1)]
    assert ablation.main(command(stated, "--store", str(store), "--runs", "1")) == 0
    two = ablation.rows(stated.parent / "rows.jsonl")
    assert two[0] == first[0] and (two[1]["setting"], two[1]["seed"]) == ("not bridged", 1)
    assert two[0]["weights"] != two[1]["weights"] and two[0]["board"] == two[1]["board"]
    assert not list(stated.parent.glob("runs/*/step-*"))  # checkpoints of finished runs are gone
    capsys.readouterr()
    assert ablation.main(command(stated, "--table", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    mean, half, seeds = told["settings"]["model"]["bridged"]["prediction mpjpe_400_mm"]
    assert mean == pytest.approx(first[0]["rows"]["prediction"]["model"]["mpjpe_400_mm"], rel=1e-5)
    assert (half, seeds) == (None, 1)
    assert told["beside"]["ground truth"]["prediction mpjpe_400_mm"][0] == 0


def row(setting, seed, value):
    rows = {"ground truth": {"fid": 0.1}, "retrieval": {"fid": 0.3}, "model": {"fid": value}}
    return {"setting": setting, "seed": seed, "rows": {"text": rows}}


def test_the_table_has_intervals_over_seeds():
    stated = ablation.AblationConfig("r", "b", [1, 2, 3], {"a": [], "b": []})
    told = ablation.table(stated, [row("a", k, value) for k, value in enumerate((1.0, 2.0, 3.0))] + [row("b", 1, 5.0)])
    assert told["settings"]["model"]["a"]["text fid"] == [2.0, pytest.approx(2.484, abs=1e-3), 3]  # 4.303 / sqrt(3)
    assert told["settings"]["model"]["b"]["text fid"] == [5.0, None, 1]
    assert told["differences"]["model"] == {"b - a": {"text fid": [3.0, None, 1]}}  # of the one seed that both have
    said = ablation.markdown(told)
    assert "| a | 3 |  | 2 ± 2.5 |" in said and "| b | 1 |  | 5 |" in said
    assert said.count("| retrieval |  | ") == said.count("| ground truth |  | ") == 1


def test_differences_are_narrower_than_what_seeds_share():
    stated = ablation.AblationConfig("r", "b", [1, 2, 3], {"a": [], "b": []})
    finished = [row(name, k, 10.0 * k + more) for name, more in (("a", 0.0), ("b", 1.0)) for k in (1, 2, 3)]
    told = ablation.table(stated, finished)
    assert told["differences"]["model"]["b - a"]["text fid"] == [1.0, 0.0, 3]
    assert told["settings"]["model"]["b"]["text fid"][1] > 20


@pytest.mark.parametrize(
    ("more", "said"),
    [((), "--store"), (("--rows", "/nowhere/x.jsonl", "--table"), "/nowhere"), (("--store", "/nowhere"), "/nowhere")],
)
def test_what_cannot_run_says_so(stated, more, said, capsys):
    assert ablation.main(command(stated, *more)) == 2
    assert said in capsys.readouterr().err


def test_rows_that_are_none(stated, capsys):
    (stated.parent / "rows.jsonl").write_text('{"setting": "a"}\n')
    assert ablation.main(command(stated, "--table")) == 2
    assert "rows.jsonl" in capsys.readouterr().err


def test_a_run_that_was_broken_off_is_not_judged(store, stated, monkeypatch, capsys):
    monkeypatch.setattr(loop.Run, "progress", property(lambda run: 1.0))  # as if told to end at once
    assert ablation.main(command(stated, "--store", str(store), "--runs", "1")) == 2
    assert "broken off" in capsys.readouterr().err
    assert not ablation.rows(stated.parent / "rows.jsonl")
    monkeypatch.undo()
    monkeypatch.setattr(feed, "TextEncoder", Words)
    assert ablation.main(command(stated, "--store", str(store), "--runs", "1")) == 0
    assert ablation.rows(stated.parent / "rows.jsonl")[0]["steps"] == 1
