"""Engines in one process: pieces of a step, blocks computed again, gradients that are not finite, what is asked for in vain."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch

from lmm.train import checkpoint, engine, feed, log, loop
from lmm.train.share import rows, shares
from motionverse.errors import MotionError
from tests.lmm.train.test_loop import losses, read, store, words  # noqa: F401 (pytest takes fixtures by name)


def test_a_step_in_pieces_or_with_blocks_computed_again_is_the_same_step(store, tmp_path):  # noqa: F811
    asked = {"whole": [], "pieces": ["run.accumulate=2"], "again": ["run.checkpointing=true"]}
    for name, more in asked.items():
        loop.train(read(store, tmp_path / name, "loss.balance=0", "model.blocks=2", *more), quiet=True)
    assert losses(tmp_path / "pieces") == pytest.approx(losses(tmp_path / "whole"), rel=1e-5)
    assert losses(tmp_path / "again") == losses(tmp_path / "whole")


@pytest.mark.filterwarnings("ignore:Dynamo detected")
def test_a_compiled_step_is_the_same_step(store, tmp_path, monkeypatch):  # noqa: F811
    """Traced and differentiated ahead as `run.compile` does it; the kernels are torch's own, since C++ takes minutes to compile."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    for asked in ("false", "true"):
        over = (f"run.compile={asked}", "run.steps=2", "run.validate_clips=0", "model.time_attention=both")
        loop.train(read(store, tmp_path / asked, *over, "model.bridge=true"), quiet=True)
    torch.compiler.reset()
    assert len(losses(tmp_path / "true")) == 2
    assert losses(tmp_path / "true") == pytest.approx(losses(tmp_path / "false"), rel=1e-5)


def test_shares_of_a_batch_are_the_batch(store, tmp_path):  # noqa: F811
    run = loop.Run(read(store, tmp_path), tmp_path, quiet=True)
    whole = run.feed[0]
    parts = list(shares(whole, 3))
    run.close()
    assert sorted(name for part in parts for name in part.names) == sorted(whole.names)
    assert sum(part.motion for part in parts) == pytest.approx(whole.motion)
    run.feed.share = 1, 3  # what a rank of three reads is its share, padded to its own longest
    own, part = run.feed[0], parts[1]
    assert own.names == part.names and own.window == part.window
    frames = own.clean.shape[1]
    for ours, theirs in ((own.clean, part.clean), (own.noise, part.noise), (own.given, part.given)):
        assert torch.equal(ours, theirs[:, :frames]) and not theirs[:, frames:].any()
    assert torch.equal(own.level, part.level) and own.motion == pytest.approx(part.motion)
    third = rows(whole, slice(2, 3))
    assert torch.equal(third.clean, whole.clean[2:3]) and third.names == whole.names[2:3]
    assert torch.equal(third.conditions.streams["text"].tokens, whole.conditions.streams["text"].tokens[2:3])


def test_a_gradient_that_is_not_finite_moves_nothing_and_the_weights_before_it_are_kept(store, tmp_path):  # noqa: F811
    run = loop.Run(read(store, tmp_path), tmp_path, quiet=True)
    run.step(run.feed[0])
    before = {name: p.detach().clone() for name, p in run.model.named_parameters()}
    parameter = next(run.model.parameters())
    parameter.register_hook(lambda gradient: gradient * math.nan)
    with pytest.raises(
        MotionError, match=r"step 1: the gradient is not finite; the worst clips of its batch: forged/\d \("
    ):
        run.step(run.feed[1])
    run.close()
    assert all(torch.equal(p, before[name]) for name, p in run.model.named_parameters())
    state, kept = checkpoint.read(tmp_path / "step-00000001.safetensors")
    assert state.step == 1 and all(torch.equal(kept[f"model/{name}"], value) for name, value in before.items())


def test_a_leap_of_the_loss_is_a_line_with_clips_and_changes_nothing(store, tmp_path, monkeypatch):  # noqa: F811
    loop.train(read(store, tmp_path / "calm"), quiet=True)
    monkeypatch.setattr(loop.watch.Watch, "spike", lambda self, loss: True)
    loop.train(read(store, tmp_path / "leaps"), quiet=True)
    told = leaps(tmp_path / "leaps")
    assert [line["step"] for line in told] == [1, 2, 3, 4]  # as the losses that leapt are called
    assert all(line["clips"].count("forged/") in (2, 3) for line in told)
    assert losses(tmp_path / "leaps") == losses(tmp_path / "calm")


def test_a_run_that_is_killed_tells_the_leap_that_the_whole_run_tells(store, tmp_path, monkeypatch):  # noqa: F811
    leap, fed = loop.watch.NEEDED + 2, feed.Feed.__getitem__

    def louder(self, step):
        shown = fed(self, step)
        return replace(shown, clean=100 * shown.clean) if step == leap and self.split == "train" else shown

    monkeypatch.setattr(feed.Feed, "__getitem__", louder)
    asked = (f"run.steps={leap + 4}", "run.validate_clips=0")
    loop.train(read(store, tmp_path / "whole", *asked), quiet=True)
    (tmp_path / "cut").mkdir()
    cut = loop.Run(read(store, tmp_path / "cut", *asked), tmp_path / "cut", quiet=True)
    cut.model.train()
    for step in range(leap + 1):
        if step == leap:
            cut.save()
        cut.log.line(step + 1, 0.0, loss=cut.step(cut.feed[step])["loss"])  # the leap is told, and lost with the kill
    cut.close()
    assert [line["step"] for line in leaps(tmp_path / "cut")] == [leap + 1]
    loop.train(read(store, tmp_path / "cut", *asked), quiet=True)
    told = [
        [(line["step"], line["spike"], line["clips"]) for line in leaps(tmp_path / name)] for name in ("cut", "whole")
    ]
    assert told[0] == told[1] and len(told[0]) == 1 and losses(tmp_path / "cut") == losses(tmp_path / "whole")


def leaps(folder):
    return [line for line in log.read(folder / "curve.jsonl") if "spike" in line]


def test_what_cannot_be_shared_is_one_line(store, tmp_path, monkeypatch):  # noqa: F811
    for asked, said in {
        ("run.engine=mpi",): "run.engine: 'mpi' is not one of auto, plain, deepspeed",
        ("run.zero=4",): "run.zero: 4 is no stage of ZeRO",
        ("run.accumulate=0",): "run.accumulate: 0 must be 1 or more",
    }.items():
        with pytest.raises(MotionError, match=said):
            read(store, tmp_path, *asked)
    with pytest.raises(MotionError, match=r"64 are 4 clips .* too few for 5 shares"):
        loop.train(read(store, tmp_path / "a", "run.accumulate=5"), quiet=True)
    with pytest.raises(MotionError, match="codes learns from whole batches"):
        loop.train(read(store, tmp_path / "b", "network=codes", "run.accumulate=2"), quiet=True)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(MotionError, match="plain is one process, and 2 were started"):
        engine.join(read(store, tmp_path, "run.engine=plain"))
    monkeypatch.setenv("WORLD_SIZE", "two")
    with pytest.raises(MotionError, match="WORLD_SIZE='two'"):
        engine.join(read(store, tmp_path))


@pytest.fixture
def sharded(monkeypatch):
    """What asks for DeepSpeed in this process, which is alone again afterwards."""
    pytest.importorskip("deepspeed", reason="deepspeed is in the extra `deepspeed`")
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "DS_ACCELERATOR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    yield ("run.engine=deepspeed", "run.zero=3", "run.accumulate=2", "run.precision=bf16")
    engine.leave()


def test_a_sharded_run_goes_on_bit_for_bit_and_refuses_what_is_not_finite(store, tmp_path, sharded):  # noqa: F811
    def opened(name):
        (tmp_path / name).mkdir(exist_ok=True)
        run = loop.Run(read(store, tmp_path / name, *sharded), tmp_path / name, quiet=True)
        run.model.train()
        return run

    straight, cut = opened("straight"), opened("cut")
    expected = [straight.step(straight.feed[step])["loss"] for step in range(4)]
    told = [cut.step(cut.feed[step])["loss"] for step in range(2)]
    parameter = dict(cut.model.named_parameters())["read_out.bias"]
    parameter.register_hook(lambda gradient: gradient * math.nan)
    with pytest.raises(MotionError, match="step 2: the gradient is not finite"):
        cut.step(cut.feed[2])
    again = opened("cut")
    told += [again.step(again.feed[step])["loss"] for step in (2, 3)]
    assert told == expected
    for run in (straight, again):
        run.save()
    ends = [checkpoint.read(tmp_path / name / "step-00000004.safetensors")[1] for name in ("straight", "cut")]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    for run in (straight, cut, again):
        run.close()
