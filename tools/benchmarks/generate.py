"""A prompt to joints against the commonest peer's cost; quality against steps; the denoiser's share of the processor's peak.

    python tools/benchmark.py generate [--model nano] [--seconds 9.8] [--steps K] [--repeats 5] [--threads 2] [--json]

Ours: warm, one prompt to (T, 52, 3) joints at the defaults: text encoding, guided sampling and decoding included; the
release guides only the noisiest of its steps (GUIDED in lmm/sampling.py), so the ratios are printed for every step guided too.
Peer: a plain transformer encoder of 8 layers, 512 wide, 1024 in the feed-forward, over 196 frames of 263 features (17.9 M
parameters), guided, so two passes a step as one doubled batch; its denoiser alone, without text encoding, sampler and
decoding, and its steps timed a few at a time, so that the comparison leans the peer's way. Sides take turns.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor, nn

import lmm
from lmm import generate
from lmm.diffusion.guidance import GuidedDenoiser
from lmm.generate import Generator
from lmm.model import attention, block, dit
from lmm.model.cost import counting
from lmm.model.moe import MoE
from lmm.request import Request
from lmm.sampling import GUIDANCE, STEPS
from lmm.streams import Told, sentences
from motionverse.contact import foot_skate

PROMPTS = (
    "a person walks forward",
    "a person waves with the right hand",
    "someone bows",
    "a person turns left and runs",
)
PEER_STEPS, PEER_FRAMES = 50, 196
COUNTS = (4, 6, 8, 10, 15, 20, 50)
REFERENCE = 100  # steps that stand for the end of the road
LAYERS: tuple[tuple[Any, str, str], ...] = (
    (MoE, "forward", "experts"),
    (attention, "across_body", "attention across the body"),
    (attention, "along_time", "attention along time"),
    (attention.TemplateAttention, "forward", "templates along time"),
    (block.Block, "feed_forward", "feed-forward over all parts"),
    (block, "modulate", "norm and modulation"),
    (dit.LMM, "_read", "read-in"),
    (dit.LMM, "_write", "read-out"),
)


def run(arguments: list[str]) -> dict[str, Any]:
    """The case. Raises MotionError when the model is missing."""
    parser = argparse.ArgumentParser(prog="benchmark.py generate", description=__doc__)
    parser.add_argument("--model", default="nano", help="published name or folder")
    parser.add_argument("--seconds", type=float, default=9.8)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    generator = lmm.load(asked.model)
    with torch.inference_mode():
        result = _against_peer(generator, asked)
        result["quality against steps"] = _quality(generator)
        result |= _share_of_peak(generator, asked.seconds, asked.repeats)
    return result


class Peer(nn.Module):
    """The commonest text-to-motion denoiser: one token a frame and one for text and step, through a plain encoder."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(512, 4, 1024, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 8, enable_nested_tensor=False)
        self.read_in, self.read_out = nn.Linear(263, 512), nn.Linear(512, 263)
        self.text, self.step = nn.Linear(512, 512), nn.Sequential(nn.Linear(512, 512), nn.SiLU(), nn.Linear(512, 512))

    def forward(self, x: Tensor, text: Tensor, step: Tensor) -> Tensor:
        token = (self.text(text) + self.step(step))[:, None]
        return self.read_out(self.layers(torch.cat([token, self.read_in(x)], 1))[:, 1:])


def _against_peer(generator: Generator, asked: argparse.Namespace) -> dict[str, Any]:
    takes = itertools.count()

    def made() -> dict[str, float]:
        text = f"{PROMPTS[1]}, take {next(takes)}"  # a sentence not yet encoded
        done = generator.run(Request((text,), (0,), asked.seconds, 30.0, asked.steps))
        done.motions[0].joints()
        return done.stages

    def ours() -> None:
        stages.append(made())

    def guided_throughout() -> None:
        with mock.patch.object(generate, "GUIDED", 0.0):
            made()

    def peer(dtype: torch.dtype) -> Callable[[], None]:
        model = Peer().eval().to(dtype)
        x, text = torch.randn(2, PEER_FRAMES, 263, dtype=dtype), torch.randn(2, 512, dtype=dtype)
        return lambda: _drop(*(model(x, text, text) for _ in range(5)))

    stages: list[dict[str, float]] = []
    count = sum(p.numel() for p in Peer().parameters())
    times = _in_turn([ours, guided_throughout, peer(torch.float32), peer(torch.bfloat16)], asked.repeats)
    mine, throughout, full, half = times[0], times[1], times[2] / 5, times[3] / 5
    forms = {
        f"fp32, {PEER_STEPS} steps": full * PEER_STEPS,
        f"bf16, {PEER_STEPS} steps": half * PEER_STEPS,
        f"bf16, {asked.steps} steps": half * asked.steps,
    }
    return {
        "parameters, millions": sum(p.numel() for p in generator.published.model.parameters()) / 1e6,
        "peer's parameters, millions": count / 1e6,
        "threads": torch.get_num_threads(),
        "steps": asked.steps,
        f"ours, a prompt to {asked.seconds:g} s of joints, s": mine,
        "of which, s": {name: statistics.median(s[name] for s in stages) for name in stages[0]},
        "peer's time, s": forms,
        "times faster than the peer": {name: seconds / mine for name, seconds in forms.items()},
        "the same, guided at every step": {name: seconds / throughout for name, seconds in forms.items()},
    }


def _in_turn(calls: list[Callable[[], None]], repeats: int) -> list[float]:
    """Median wall time [s] of each call, after two rounds to warm up; the calls take turns, so that all see the same machine."""
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(repeats + 2):
        for call, times in zip(calls, taken, strict=True):
            start = time.perf_counter()
            call()
            if turn >= 2:
                times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in taken]


def _quality(generator: Generator) -> list[dict[str, float]]:
    """Per step count: how far the joints are from those that the same noise becomes in many steps, and foot skate."""

    def made(steps: int) -> list[Any]:
        seeds = tuple(range(len(PROMPTS)))
        return list(generator.run(Request(PROMPTS, seeds, 4.0, 30.0, steps)).motions)

    reference = [motion.joints()[:, :22] for motion in made(REFERENCE)]
    rows = []
    for steps in COUNTS:
        motions = made(steps)
        apart = [
            np.linalg.norm(m.joints()[:, :22] - r, axis=-1).mean() for m, r in zip(motions, reference, strict=True)
        ]
        skate: dict[str, list[float]] = {}
        for motion in motions:
            for name, value in foot_skate(motion).items():
                skate.setdefault(f"skate {name}", []).append(value)
        row = {"steps": steps, f"mean joint distance to {REFERENCE} steps, m": float(np.mean(apart))}
        rows.append(row | {name: float(np.nanmean(values)) for name, values in skate.items()})
    return rows


def _share_of_peak(generator: Generator, seconds: float, repeats: int) -> dict[str, Any]:
    """Products a second of a guided step beside those of one large product, in the model's precision; time by layer."""
    model, rate = generator.published.model, generator.published.rate
    assert isinstance(model, dit.LMM)
    frames = round(seconds * rate)
    told = Told(sentences(generator.encoder, [PROMPTS[1]]))
    conditions = generator._conditions(told.streams(1, 0.0, seconds), 1, frames, rate)
    guided = GuidedDenoiser(model, conditions, scales={"text": GUIDANCE})
    x, step = torch.randn(1, round(seconds * rate), 669), torch.full((1,), 500)
    square = torch.randn(2048, 2048, dtype=model.precision)
    step_time, peak_time = _in_turn([lambda: _drop(guided(x, step)), lambda: _drop(square @ square)], max(repeats, 10))
    with counting() as counter:
        guided(x, step)
    flops, peak = counter.get_total_flops(), 2 * 2048**3 / peak_time
    layers = _layers(lambda: _drop(guided(x, step)), peak)
    held = max(layers, key=lambda row: row["share of the step"] * (1 - row["share of peak"]))
    return {
        "guided step, ms": step_time * 1e3,
        "guided step, GFLOP": flops / 1e9,
        "peak of one large product, GFLOP/s": peak / 1e9,
        "denoiser's share of peak": flops / step_time / peak,
        "layer that holds it back": held["layer"],
        "time by layer": layers,
    }


def _drop(*_: Tensor) -> None:
    """Take results, give nothing."""


def _layers(call: Callable[[], None], peak: float) -> list[dict[str, Any]]:
    """Share of a step's time, and of the peak while in it, by layer, from the profiler; what is in no layer comes last."""
    from torch.profiler import ProfilerActivity, profile

    repeats = 5
    with _named_layers(), profile(activities=[ProfilerActivity.CPU], with_flops=True) as seen:
        for _ in range(repeats):
            call()
    labels = {label for _, _, label in LAYERS}
    spans = {label: [0.0, 0.0] for label in labels}
    total = 0.0
    for event in seen.events() or []:
        if event.name in labels:
            spans[event.name][0] += event.cpu_time_total * 1e-6
            spans[event.name][1] += _products(event)
        elif event.cpu_parent is None:
            total += event.cpu_time_total * 1e-6
    total += sum(span for span, _ in spans.values())
    rows = [
        {"layer": label, "share of the step": span / total, "share of peak": flops / span / peak}
        for label, (span, flops) in spans.items()
        if span
    ]
    rows.append(
        {"layer": "the rest", "share of the step": 1 - sum(r["share of the step"] for r in rows), "share of peak": 0.0}
    )
    return sorted(rows, key=lambda row: -row["share of the step"])


def _products(event: Any) -> float:
    return float(event.flops or 0) + sum(_products(child) for child in event.cpu_children)


@contextmanager
def _named_layers() -> Iterator[None]:
    """The profiler sees each layer by name while this lasts."""
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in LAYERS]
    for (owner, name, label), (_, _, call) in zip(LAYERS, kept, strict=True):
        setattr(owner, name, _labelled(call, label))
    try:
        yield
    finally:
        for owner, name, call in kept:
            setattr(owner, name, call)


def _labelled(call: Callable[..., Any], label: str) -> Callable[..., Any]:
    def named(*args: Any, **kwargs: Any) -> Any:
        with torch.profiler.record_function(label):
            return call(*args, **kwargs)

    return named
