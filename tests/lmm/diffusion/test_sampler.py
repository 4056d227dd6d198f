"""Samplers and schedules against diffusers, the oracle; guidance and completion; noise as a function of time."""

import importlib
import itertools
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lmm.config import DiffusionConfig
from lmm.diffusion.guidance import Drawn, GuidedDenoiser
from lmm.diffusion.noise import noise_at
from lmm.diffusion.objective import draw_steps, masked_mse, schedule
from lmm.diffusion.sampler import sample, trailing_steps
from lmm.model.condition import Conditions
from lmm.model.parts import feature_mask
from motionverse.errors import MotionError
from tests.lmm.model.forged import conditions, model

ORACLES = {
    "dpm": ("scheduling_dpmsolver_multistep", "DPMSolverMultistepScheduler"),
    "ddim": ("scheduling_ddim", "DDIMScheduler"),
}
NAMES = {"cosine": "squaredcos_cap_v2", "linear": "linear"}


def oracle(kind: str, name: str, zero_snr: bool):  # noqa: ANN201 - a class of an optional package
    module, cls = ORACLES[kind]
    made = getattr(importlib.import_module(f"diffusers.schedulers.{module}"), cls)
    extra = {"clip_sample": False} if kind == "ddim" else {"euler_at_final": False, "final_sigmas_type": "zero"}
    return made(
        beta_start=1e-4, beta_end=0.02, beta_schedule=NAMES[name], prediction_type="sample", timestep_spacing="trailing",
        rescale_betas_zero_snr=zero_snr, **extra,
    )  # fmt: skip


def curved(x: Tensor, step: Tensor) -> Tensor:
    """A denoiser with no meaning but with a will: depends on noise and step."""
    return torch.tanh(1.5 * x + 0.3) * (1 - step.view(-1, 1, 1) / 2000)


@pytest.mark.parametrize("name", ["cosine", "linear"])
@pytest.mark.parametrize("zero_snr", [False, True])
def test_schedule_is_the_oracles(name: str, zero_snr: bool) -> None:
    pytest.importorskip("diffusers")
    ours, theirs = schedule(DiffusionConfig(name, 1000, zero_snr)), oracle("dpm", name, zero_snr).alphas_cumprod
    torch.testing.assert_close(ours.keep.float(), theirs.float(), atol=2e-5, rtol=1e-3)


@pytest.mark.parametrize("kind", ["dpm", "ddim"])
@pytest.mark.parametrize("name", ["cosine", "linear"])
@pytest.mark.parametrize("zero_snr", [False, True])
@pytest.mark.parametrize("count", [1, 5, 8, 10, 20, 50])
def test_every_step_is_the_oracles(kind: str, name: str, zero_snr: bool, count: int) -> None:
    pytest.importorskip("diffusers")
    noise, seen = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)), []
    got = sample(
        curved, noise, schedule(DiffusionConfig(name, 1000, zero_snr)), count, kind, watch=lambda _, x: seen.append(x)
    )
    them = oracle(kind, name, zero_snr)
    them.set_timesteps(count)
    assert [int(t) for t in them.timesteps] == trailing_steps(schedule(DiffusionConfig()), count)
    x = noise
    for k, t in enumerate(them.timesteps):
        clean = curved(x, t.repeat(2))
        torch.testing.assert_close(seen[k], clean, atol=2e-3, rtol=2e-3)
        x = them.step(clean, t, x).prev_sample
    torch.testing.assert_close(got, x, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("count", [1, 2, 10, 50, 999, 1000])
@pytest.mark.parametrize("shift", [1.0, 3.0, 15.0])
def test_shifted_steps_begin_at_pure_noise_and_never_repeat(count: int, shift: float) -> None:
    plain, steps = (trailing_steps(schedule(DiffusionConfig()), count, by) for by in (1.0, shift))
    assert steps[0] == 999 and steps[-1] >= 0 and len(steps) == count
    assert all(a > b for a, b in itertools.pairwise(steps))
    assert all(a >= b for a, b in zip(steps, plain, strict=True))


@pytest.mark.parametrize("count", [1, 2, 8, 50])
def test_the_last_call_may_be_made_at_less_noise(count: int) -> None:
    line = schedule(DiffusionConfig())
    plain, steps = trailing_steps(line, count), trailing_steps(line, count, last=0.03)
    assert steps[0] == 999 and len(steps) == count and all(a > b for a, b in itertools.pairwise(steps))
    if count > 1:
        assert steps[-1] == min(29, plain[-1])  # 0.03 of 1000 steps, or what evenly spaced ones end at
    assert (steps == plain) is (count in (1, 50))


def test_a_perfect_denoiser_gives_its_motion_and_more_steps_come_closer() -> None:
    line = schedule(DiffusionConfig())
    truth = torch.randn(2, 3, 4)
    assert torch.equal(sample(lambda x, t: truth, torch.randn(2, 3, 4), line, 7), truth)
    noise = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(1))
    fine = sample(curved, noise, line, 500, "ddim")
    assert (sample(curved, noise, line, 40) - fine).abs().max() < (sample(curved, noise, line, 4) - fine).abs().max()


def test_wrong_numbers_are_said_in_one_line() -> None:
    line = schedule(DiffusionConfig())
    for count, kind in [(0, "dpm"), (1001, "dpm"), (5, "euler")]:
        with pytest.raises(MotionError):
            sample(curved, torch.zeros(1, 1, 1), line, count, kind)
    with pytest.raises(MotionError, match="sqrt"):
        schedule(DiffusionConfig(schedule="sqrt"))


def test_noised_goes_from_clean_to_noise() -> None:
    line, clean, noise = schedule(DiffusionConfig()), torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    ends = line.noised(clean, noise, torch.tensor([0, 999]))
    assert torch.allclose(ends[0], clean[0], atol=0.05)
    assert torch.allclose(ends[1], noise[1], atol=1e-2)


def test_loss_is_blind_to_what_was_not_captured() -> None:
    predicted, clean = torch.randn(2, 3, 4, 5)
    seen = torch.rand(3, 4, 5) < 0.5
    loss = masked_mse(predicted, clean, seen)
    assert torch.isclose(loss, (predicted - clean)[seen].square().mean())
    assert torch.equal(
        loss, masked_mse(predicted.masked_fill(~seen, float("nan")), clean.masked_fill(~seen, float("inf")), seen)
    )


def test_steps_are_spread_evenly() -> None:
    steps = draw_steps(100, 1000, torch.Generator().manual_seed(0))
    assert sorted(step // 10 for step in steps.tolist()) == list(range(100))


def test_guidance_is_the_stated_sum_and_what_is_given_stays() -> None:
    net, told = model(), conditions()
    given, mask = torch.randn(2, 9, 669), torch.zeros(2, 9, 53, dtype=torch.bool)
    mask[:, :3, :22] = True
    mask[:, 5, 20] = True
    x, step = torch.randn(2, 9, 669), torch.full((2,), 400)
    held = feature_mask(mask)
    seen = GuidedDenoiser(net, told, given, mask, {"text": 2.5})(x, step)
    assert torch.equal(seen[held], given[held])
    with_text = net(x, given, mask, step, told)
    without = net(x, given, mask, step, told.repeated([frozenset()]))
    expected = without + (2.5 * 0.4 + 1) * (with_text - without)
    torch.testing.assert_close(seen[~held], expected[~held], atol=1e-4, rtol=1e-3)
    plain = GuidedDenoiser(net, told, given, mask)(x, step)
    torch.testing.assert_close(plain[~held], with_text[~held])
    cheap = GuidedDenoiser(net, told, given, mask, {"text": 2.5}, least=0.5)
    torch.testing.assert_close(cheap(x, step)[~held], with_text[~held])


def test_each_stream_is_guided_by_what_it_adds_to_the_others() -> None:
    net = Saying({"text": 1.0, "music": 10.0, "speech": 100.0})
    told = conditions()
    names = ("text", "music", "speech")
    told = replace(told, streams=dict.fromkeys(names, told.streams["text"]))
    x, step = torch.zeros(2, 9, 669), torch.full((2,), 600)
    guided = GuidedDenoiser(net, told, scales={"text": 4.0, "music": 2.0}, least=0.5)
    together, music, text = 104.0, 110.0, 101.0
    wanted = together + 0.6 * (4 * (together - music) + 2 * (together - text))
    assert torch.allclose(guided(x, step), torch.tensor(wanted))
    # speech is not guided and in every pass; text and music say 7 less together than apart
    assert net.asked == [{"music", "speech"}, {"text", "speech"}, set(names)] and net.passes == 3
    assert torch.allclose(guided(x, torch.full((2,), 500)), torch.tensor(together)) and net.passes == 4


def test_each_stream_is_guided_in_an_interval_of_its_own() -> None:
    net, told = Saying({"text": 1.0, "music": 10.0}), conditions()
    told = replace(told, streams=dict.fromkeys(("text", "music"), told.streams["text"]))
    guided = GuidedDenoiser(net, told, scales={"text": 4.0, "music": 2.0}, least={"text": 0.5})
    x, together = torch.zeros(2, 9, 669), 4.0
    late = together + 0.4 * 2 * (together - 1.0)
    assert torch.allclose(guided(x, torch.full((2,), 400)), torch.tensor(late)) and net.passes == 2
    early = together + 0.6 * (4 * (together - 10.0) + 2 * (together - 1.0))
    assert torch.allclose(guided(x, torch.full((2,), 600)), torch.tensor(early)) and net.passes == 5


def test_answers_are_drawn_towards_what_is_told_but_for_what_is_given() -> None:
    net, told = Saying({"text": 1.0}), conditions()
    weight, mask = torch.zeros(2, 9, 669), torch.zeros(2, 9, 53, dtype=torch.bool)
    weight[:, 4:] = 0.75
    mask[:, 8] = True
    drawn = Drawn(torch.full((2, 9, 669), 5.0), weight, 0.3)
    guided = GuidedDenoiser(net, told, torch.full((2, 9, 669), 9.0), mask, drawn=drawn)
    x = guided(torch.zeros(2, 9, 669), torch.full((2,), 301))
    assert (x[:, :4] == 1).all() and (x[:, 4:8] == 4).all() and (x[:, 8] == 9).all()
    late = guided(torch.zeros(2, 9, 669), torch.full((2,), 300))
    assert (late[:, :8] == 1).all() and (late[:, 8] == 9).all()


class Saying:
    """A network whose answer is the sum of what the streams that it is told say; text and music together say 7 less."""

    def __init__(self, says: dict[str, float]) -> None:
        self.says, self.asked, self.passes = says, [], 0

    def condition(self, told: Conditions) -> torch.Tensor:
        there = [
            {name for name, stream in told.streams.items() if bool(stream.present[k])} for k in range(len(told.fps))
        ]
        self.asked = self.asked or there[::2]
        return torch.tensor([sum(self.says[n] for n in s) - 7.0 * ({"text", "music"} <= s) for s in there])

    def denoise(
        self, noisy: torch.Tensor, given: object, mask: object, step: object, said: torch.Tensor
    ) -> torch.Tensor:
        self.passes += len(said) // 2
        return noisy + said[:, None, None]


def test_a_sampled_motion_keeps_what_is_given() -> None:
    net, told = model(), conditions()
    given, mask = torch.randn(2, 9, 669), torch.zeros(2, 9, 53, dtype=torch.bool)
    mask[:, 0] = True
    held, line = feature_mask(mask), schedule(DiffusionConfig())
    for kind in ("dpm", "ddim"):
        out = sample(GuidedDenoiser(net, told, given, mask, {"text": 2.0}), torch.randn(2, 9, 669), line, 4, kind)
        assert torch.equal(out[held], given[held])


def test_noise_is_a_function_of_time() -> None:
    at24, at30, at60 = (noise_at(torch.arange(2 * fps) / fps, 7, 40) for fps in (24, 30, 60))
    assert torch.equal(at24[::4], at30[::5]) and torch.equal(at30, at60[::2])
    assert not torch.equal(at24, noise_at(torch.arange(48) / 24, 8, 40))
    values = noise_at(torch.arange(600) / 60, 0, 200)
    assert abs(float(values.mean())) < 0.02 and abs(float(values.std()) - 1) < 0.02
    assert float((values[1:] * values[:-1]).mean().abs()) < 0.02
