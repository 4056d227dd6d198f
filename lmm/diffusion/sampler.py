"""From noise to motion in a few steps: DPM-Solver++(2M) and DDIM, both deterministic, both in the clean-motion form.

Written here rather than imported: the kept scheduler library (diffusers) costs 1.1-2.5 s of import, more than a whole sampling run.
It stays the oracle: the tests compare both samplers with diffusers' DPMSolverMultistepScheduler and DDIMScheduler.
DPM-Solver++: Lu et al., arXiv 2211.01095. DDIM: Song et al., arXiv 2010.02502.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from lmm.diffusion.objective import Denoiser, Schedule
from lmm.diffusion.shift import shifted
from motionverse.errors import MotionError

SAMPLERS = ("dpm", "ddim")


def trailing_steps(schedule: Schedule, count: int, shift: float = 1.0, last: float = 1.0) -> list[int]:
    """`count` steps from the last (pure noise) downwards, all different; the first is always the last of the schedule.

    shift 1: evenly spaced. Above 1: closer together at the noisy end, by the rule that training's draws are shifted by.
    last: the share of the schedule, before that shift, at which the last call is made at most; few calls would else end
    where there is much noise left, and what they leave undecided slides.
    """
    if not 1 <= count <= schedule.steps:
        raise MotionError(f"steps: {count} is not between 1 and {schedule.steps}")
    if not shift >= 1:
        raise MotionError(f"shift: {shift} is below 1")
    stride = (1 - min(last, 1 / count)) / max(count - 1, 1)  # 1 / count, unless `last` says lower
    steps: list[int] = []
    for k in range(count):
        level = 1 - k * stride
        if k and shift != 1:
            level = shifted(level, shift)
        step = round(schedule.steps * level) - 1
        steps.append(min(step, steps[-1] - 1) if steps else step)
    return [max(step, count - 1 - k) for k, step in enumerate(steps)]


def sample(
    denoiser: Denoiser,
    noise: Tensor,
    schedule: Schedule,
    count: int = 10,
    kind: str = "dpm",
    shift: float = 1.0,
    last: float = 1.0,
    watch: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """The motion (B, T, D) that `noise` (B, T, D) becomes in `count` denoiser calls; shift, last: where they
    are made (trailing_steps); `watch(k, x0)` sees each answer."""
    if kind not in SAMPLERS:
        raise MotionError(f"sampler: {kind!r} is not one of {', '.join(SAMPLERS)}")
    steps = trailing_steps(schedule, count, shift, last)
    x, previous = noise, None
    for k, step in enumerate(steps):
        clean = denoiser(x, torch.full((len(x),), step, device=x.device))
        if watch is not None:
            watch(k, clean)
        if k + 1 == len(steps):
            return clean  # both samplers end at no noise at all: the last answer is the motion
        drift = clean
        if kind == "dpm" and previous is not None:
            drift = _ahead(schedule, steps[k - 1 : k + 2], previous, clean)
        x = _move(schedule, step, steps[k + 1], x, drift)
        previous = clean
    return x


def _move(schedule: Schedule, here: int, there: int, x: Tensor, clean: Tensor) -> Tensor:
    """Exact step of the noise-to-motion path if the clean motion were `clean` all along: DDIM, and DPM-Solver++ of order 1."""
    (a, s), (b, r) = _amplitudes(schedule, here), _amplitudes(schedule, there)
    return (r / s) * x + (b - a * r / s) * clean


def _ahead(schedule: Schedule, steps: list[int], previous: Tensor, clean: Tensor) -> Tensor:
    """Second order: the clean motion half-way along the next step, extrapolated in log signal-to-noise ratio."""
    before, here, there = (_log_ratio(schedule, step) for step in steps)
    ratio = (here - before) / (there - here)
    return clean + (clean - previous) / (2 * ratio)


def _amplitudes(schedule: Schedule, step: int) -> tuple[float, float]:
    keep = float(schedule.keep[step])
    return math.sqrt(keep), math.sqrt(1 - keep)


def _log_ratio(schedule: Schedule, step: int) -> float:
    signal, noise = _amplitudes(schedule, step)
    return math.log(signal) - math.log(noise)
