import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from lmm import weights
from lmm.train import checkpoint, log
from lmm.train.checkpoint import State
from lmm.train.ema import EMA
from lmm.train.optimiser import moments, put_moments
from motionverse.errors import MotionError, MotionWarning
from motionverse.stats import Stats


def pieces(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
    return model, EMA(dict(model.named_parameters()), 0.9), torch.optim.AdamW(model.parameters(), lr=0.01)


def turn(model, ema, moved, steps):
    for k in range(steps):
        moved.zero_grad()
        model(torch.full((2, 4), float(k + 1))).square().sum().backward()
        moved.step()
        ema.update()


def save(folder, step):
    model, ema, moved = run = pieces(0)
    turn(*run, step)
    state = State(step=step, ema_updates=ema.updates)
    return run, checkpoint.save(folder, model.state_dict(), ema.weights, moments(model, moved), state, Stats())


def test_a_restored_run_goes_on_exactly(tmp_path):
    run, path = save(tmp_path, 3)
    turn(*run, 2)
    model, ema, moved = other = pieces(1)
    state, tensors = checkpoint.read(path)
    checkpoint.load_weights(model, checkpoint.under(tensors, "model/"), path)
    ema.restore(checkpoint.under(tensors, "ema/"), state.ema_updates)
    put_moments(model, moved, checkpoint.under(tensors, "moment/"))
    turn(*other, 2)
    assert state.step == 3
    for a, b in zip(run[0].parameters(), model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert all(torch.equal(run[1].weights[name], ema.weights[name]) for name in ema.weights)


def test_a_checkpoint_of_before_the_watch_was_kept_is_read(tmp_path):
    _, path = save(tmp_path, 1)
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        told = json.loads(file.metadata()["state"])
    assert told.pop("losses") == [] and told.pop("quiet") == 0
    save_file(tensors, path, {"state": json.dumps(told)})
    state, _ = checkpoint.read(path)
    assert state.step == 1 and state.losses == [] and state.quiet == 0


def test_the_last_two_are_kept_and_nothing_half_written(tmp_path):
    (tmp_path / ".step-00000001-0a1b2c3d.safetensors").write_bytes(b"a killed run was writing this")
    for step in (1, 2, 3):
        save(tmp_path, step)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["step-00000002.safetensors", "step-00000003.safetensors"]
    assert checkpoint.last(tmp_path) == tmp_path / "step-00000003.safetensors"


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_checkpoint_is_one_line(tmp_path, content):
    path = tmp_path / "step-00000001.safetensors"
    path.write_bytes(content)
    with pytest.raises(MotionError) as error:
        checkpoint.read(path)
    assert "step-00000001" in str(error.value) and "\n" not in str(error.value)


def test_a_run_goes_on_from_the_newest_checkpoint_that_can_be_read(tmp_path):
    assert checkpoint.newest(tmp_path / "nowhere")[0] is None
    for step in (1, 2):
        save(tmp_path, step)
    assert checkpoint.newest(tmp_path)[1].step == 2
    newest = tmp_path / "step-00000002.safetensors"
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.warns(MotionWarning, match="step-00000002.safetensors: damaged"):
        path, state, tensors = checkpoint.newest(tmp_path)
    assert path == tmp_path / "step-00000001.safetensors" and state.step == 1 and tensors
    assert newest.with_suffix(".damaged").is_file() and checkpoint.last(tmp_path) == path
    path.write_bytes(b"")
    with pytest.raises(MotionError, match="step-00000001"):
        checkpoint.newest(tmp_path)


def test_weights_of_another_model_are_named():
    with pytest.raises(MotionError, match=r"0\.bias"):
        checkpoint.load_weights(pieces(0)[0], {"0.weight": torch.zeros(3, 4)}, weights.Path("w"))


def test_a_log_forgets_what_came_after_the_checkpoint(tmp_path):
    path = tmp_path / "curve.jsonl"
    first = log.Log(path, 0)
    for step in range(5):
        first.line(step, float(step), loss=1.0 / (step + 1))
    first.close()
    path.write_text(path.read_text() + '{"step": 5, "el')
    log.Log(path, 2).close()
    assert [line["step"] for line in log.read(path)] == [0, 1, 2]
    log.draw_curve(path, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_weights_files_round_trip_and_say_what_is_wrong(tmp_path):
    facts = weights.Facts("minilm", ("any", "cmu"), 10, 1, 60.0)
    path = tmp_path / weights.WEIGHTS
    stats = Stats()
    stats.update(np.random.default_rng(0).normal(size=(10, 669)))
    weights.write(path, {"a": torch.randn(3)}, stats, facts)
    tensors, read_stats, read_facts = weights.read(path)
    assert read_facts == facts and tensors["a"].dtype == torch.float16
    assert np.array_equal(read_stats.scale, stats.scale)
    whole = path.read_bytes()
    for damaged in (whole[:-10], whole[:100], b""):
        path.write_bytes(damaged)
        with pytest.raises(MotionError, match=r"model\.safetensors"):
            weights.read(path)
    with pytest.raises(MotionError, match="float16"):
        weights.write(path, {"a": torch.tensor([1e9])}, stats, facts)


def test_unknown_names_and_foreign_files_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("LMM_ASSETS", str(tmp_path))
    with pytest.raises(MotionError, match="none yet"):
        weights.find("nanoo")
    with pytest.raises(MotionError, match=r"model\.safetensors"):
        weights.find(tmp_path)
    foreign = tmp_path / "weights" / "other"
    foreign.mkdir(parents=True)
    save_file({"a": torch.zeros(1)}, foreign / weights.WEIGHTS, {"format": "pt"})
    assert weights.names() == ("other",)
    with pytest.raises(MotionError, match="not weights of ours"):
        weights.read(weights.find("other") / weights.WEIGHTS)
    assert json.dumps(weights.names())
