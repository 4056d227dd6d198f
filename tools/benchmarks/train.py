"""A training step: beside a plain transformer encoder, beside the machine's rate of products, over ranks, and where its time goes.

    python tools/benchmark.py train                                     # nano on this CPU, one thread, one and two ranks
    python tools/benchmark.py train --sizes nano tiny --ranks 1 --clips 8
    python tools/benchmark.py train --sizes base large --ranks 1 2 4 8  # on GPUs

A step is a whole one, by the engine that `lmm train` uses: forwards, loss, backwards, clipping, AdamW, over forged windows of body
motion with sentences. The encoder (lmm.baselines.encoder) has as many parameters and is asked twice: on the same windows, of which
it makes one token a frame where ours has one for each of seven body parts; and on seven times the windows, as many tokens as ours.
Sides take turns. On a CPU seconds are processor seconds of a process, which neighbours disturb least; over ranks, by the clock.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lmm.config import EncoderConfig
from lmm.model.condition import Conditions, Stream
from lmm.model.cost import cost
from lmm.model.parts import FEATURES
from lmm.precision import dtype
from lmm.train import engine, recipe
from lmm.train.engine import Engine
from lmm.train.feed import Shown
from lmm.train.learner import COSTS, Learner, network
from lmm.train.pace import Work, matrix_rate
from lmm.train.ranks import Ranks, device
from lmm.train.recipe import Recipe
from lmm.train.share import rows
from motionverse.parts import CELLS
from motionverse.skeleton import BODY_JOINTS

SIZES = ("nano", "tiny", "small", "base", "large")
BODY_PARTS, WORDS, LAYERS = 7, 16, 8
CONFIGS = Path(__file__).resolve().parents[2] / "configs"
KINDS: tuple[tuple[str, str], ...] = (
    ("views", r"_?(unsafe_)?view|transpose|permute|expand|slice$|select$|split|un?squeeze|detach|alias|as_strided|t$|unbind|lift"),
    ("products", r"(add|b|badd|_grouped_)?mm|baddbmm"),
    ("softmax, norms, activations", r"_softmax|native_layer_norm|topk|sort|silu|exp|sigmoid|softplus"),
    ("copies", r"_to_copy|copy|clone|cat|stack|index|gather|slice_b|select_b|fill|zero|new_|empty|masked|where|embedding"),
    ("sums", r"sum|mean|linalg|norm|cum"),
    ("optimiser", r"_fused|_foreach"),
    ("sums and products by element", r""),
)  # fmt: skip


def run(arguments: list[str]) -> dict[str, Any]:
    """The case."""
    parser = argparse.ArgumentParser(prog="benchmark.py train", description=__doc__)
    cuda = torch.cuda.is_available()
    parser.add_argument("--sizes", nargs="+", default=list(SIZES) if cuda else ["nano"], choices=SIZES)
    parser.add_argument("--clips", type=int, default=64 if cuda else 20, help="windows of a step")
    parser.add_argument("--frames", type=int, default=64, help="frames of a window")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2], help="numbers of processes to compare")
    parser.add_argument("--as-rank", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    if asked.as_rank:
        return _as_rank(asked)
    result: dict[str, Any] = {"device": str(device()), "threads": asked.threads}
    result |= {"windows of a step": asked.clips, "frames of a window": asked.frames}
    result["beside a plain transformer encoder"] = _beside_an_encoder(asked)
    result["sizes"] = [_size(name, asked) for name in asked.sizes]
    if not cuda:
        result["where a step's time goes"] = _by_operation(asked)
    if cuda:
        asked.ranks = [world for world in asked.ranks if world <= torch.cuda.device_count()]
    if len(asked.ranks) > 1:
        result["over ranks, by the clock"] = _over_ranks(asked)
    return result


@dataclass
class Side:
    """One of those compared: a learner under its engine, and a batch."""

    learner: Learner
    engine: Engine
    shown: Shown
    ranks: Ranks

    @staticmethod
    def of(made: Recipe, shown: Shown, ranks: Ranks | None = None) -> "Side":
        """A recipe's network, untrained, with this batch of the step (this rank's share of it)."""
        ranks = ranks or Ranks()
        torch.manual_seed(0)
        model = network(made, made.run.precision).to(device()).train()
        plain: Any = SimpleNamespace(stats=SimpleNamespace(mean=torch.zeros(FEATURES), scale=torch.ones(FEATURES)))
        learner = Learner(model, *COSTS[made.network](model, made, plain, device()))
        share = rows(shown, slice(ranks.rank, None, ranks.world)) if ranks.world > 1 else shown
        return Side(learner, engine.start(made, learner, ranks), share.to(device()), ranks)

    def step(self) -> None:
        """One whole training step."""
        assert self.learner.count is not None
        with self.learner.over(self.ranks.sum):
            counts = self.learner.count(self.shown, self.ranks.sum, 1)
            self.engine.backward(self.engine.cost(self.shown, counts)[0])
        self.engine.step(1e-4)
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.learner.model.parameters())


def _batch(clips: int, frames: int, rate: float) -> Shown:
    """Forged windows of body motion with sentences."""
    generator = torch.Generator().manual_seed(0)
    words, yes = torch.randn(clips, WORDS, 384, generator=generator), torch.ones(clips, dtype=torch.bool)
    conditions = Conditions(
        times=(torch.arange(frames) / rate).expand(clips, frames),
        frames=torch.ones(clips, frames, dtype=torch.bool),
        cells=(torch.arange(CELLS) < BODY_JOINTS).expand(clips, CELLS),
        fps=torch.full((clips,), rate),
        seconds=torch.full((clips,), frames / rate),
        dataset=torch.zeros(clips, dtype=torch.long),
        streams={"text": Stream(words, yes[:, None].expand(clips, WORDS), None, yes)},
    )
    clean, noise = torch.randn(2, clips, frames, FEATURES, generator=generator)
    given = torch.zeros(clips, frames, CELLS, dtype=torch.bool)
    level = torch.linspace(0.05, 0.95, clips)
    return Shown(
        clean, noise, given, level, conditions, tuple("forged" for _ in range(clips)), clips * frames / rate, frames
    )


def _recipe(name: str) -> Recipe:
    return recipe.read(CONFIGS / f"{name}.yaml")


def _encoder(parameters: int, made: Recipe) -> Recipe:
    """The recipe of an encoder whose width comes nearest to a number of parameters."""

    def wide(width: int) -> Recipe:
        return replace(made, network="encoder", encoder=EncoderConfig(width, LAYERS, 4, 2 * width))

    def missed(width: int) -> int:
        with torch.device("meta"):
            return abs(sum(p.numel() for p in network(wide(width), "fp32").parameters()) - parameters)

    near = round((parameters / (8 * LAYERS)) ** 0.5 / 16) * 16  # a layer is 8 widths squared
    return wide(min(range(max(16, near - 96), near + 97, 16), key=missed))


def _in_turn(calls: list[Callable[[], None]], repeats: int) -> list[float]:
    """Median seconds of each call, after two rounds to warm up; they take turns."""
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(repeats + 2):
        for call, times in zip(calls, taken, strict=True):
            begun = clock()
            call()
            if turn > 1:
                times.append(clock() - begun)
    return [statistics.median(times) for times in taken]


def _beside_an_encoder(asked: argparse.Namespace) -> dict[str, Any]:
    made = _recipe(asked.sizes[0])
    rate, clips = made.curriculum.rate, asked.clips
    ours = Side.of(made, _batch(clips, asked.frames, rate))
    other = _encoder(ours.parameters, made)
    same = Side.of(other, _batch(clips, asked.frames, rate))
    tokens = replace(same, shown=_batch(BODY_PARTS * clips, asked.frames, rate).to(device()))
    spans = _in_turn([ours.step, same.step, tokens.step], asked.repeats)
    a_second = [clips / spans[0], clips / spans[1], BODY_PARTS * clips / spans[2]]
    return {
        "size": asked.sizes[0],
        "parameters, millions": ours.parameters / 1e6,
        "the encoder's, millions": same.parameters / 1e6,
        "windows a second": a_second[0],
        "the encoder's, the same windows": a_second[1],
        "tokens a second": a_second[0] * asked.frames * BODY_PARTS,
        "the encoder's, as many tokens": a_second[2] * asked.frames,
        "ours over the encoder's, windows": a_second[0] / a_second[1],
        "ours over the encoder's, tokens": a_second[0] * BODY_PARTS / a_second[2],
    }


def _size(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Speed, share of the rate of one large product, and memory of a size, measured in turns with that product."""
    made = _recipe(name)
    shown = _batch(asked.clips, asked.frames, made.curriculum.rate)
    cuda, form = torch.cuda.is_available(), dtype(made.run.precision)
    if cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    side = Side.of(made, shown)
    flops = Work(lambda part: side.engine.cost(part, None)).of(side.shown)
    rates: list[float] = []
    span, _ = _in_turn([side.step, lambda: rates.append(_matrix_rate(form))], asked.repeats)
    counted = cost(made.model, made.curriculum.rate)
    row = {"size": name, "parameters, M": side.parameters / 1e6, "windows/s": asked.clips / span}
    row |= {"step, ms": span * 1e3, "step, GFLOP": flops / 1e9, "GFLOP/s": flops / span / 1e9}
    row |= {"share of one large product's rate": flops / span / statistics.median(rates)}
    row |= {"state, GB": counted.state / 1e9, "kept by count in fp32, GB": counted.kept * shown.motion / 1e9}
    return row | ({"memory, GB": torch.cuda.max_memory_allocated() / 1e9} if cuda else {})


def _matrix_rate(form: torch.dtype) -> float:
    """FLOPs a second of a large product: by the clock on a GPU, by the processor's time on a CPU."""
    if torch.cuda.is_available():
        return matrix_rate(device(), form)
    a = torch.ones(1024, 1024, dtype=form)
    begun = time.process_time()
    torch.mm(a, a)
    return 2.0 * 1024**3 / (time.process_time() - begun)


class _Timed(TorchDispatchMode):
    """Processor seconds, calls and bytes of every operation, by kind."""

    def __init__(self) -> None:
        super().__init__()
        self.found = {kind: [0.0, 0.0, 0.0] for kind, _ in KINDS}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        begun = time.process_time()
        out = func(*args, **(kwargs or {}))
        span, name = time.process_time() - begun, func.overloadpacket.__name__
        kind = next(kind for kind, pattern in KINDS if re.match(pattern, name))
        moved = (
            sum(x.nbytes for x in tree_leaves((args, kwargs, out)) if isinstance(x, Tensor)) if kind != "views" else 0
        )
        for place, value in enumerate((span, 1.0, moved)):
            self.found[kind][place] += value
        return out


def _by_operation(asked: argparse.Namespace) -> list[dict[str, Any]]:
    made = _recipe(asked.sizes[0])
    side = Side.of(made, _batch(asked.clips, asked.frames, made.curriculum.rate))
    side.step()
    side.step()
    with _Timed() as timed:
        for _ in range(asked.repeats):
            side.step()
    whole = sum(span for span, _, _ in timed.found.values())
    rows_ = [
        {
            "operations": kind,
            "share of the time": span / whole,
            "calls a step": calls / asked.repeats,
            "MB a step": moved / asked.repeats / 1e6,
            "GB/s": moved / max(span, 1e-9) / 1e9,
        }
        for kind, (span, calls, moved) in timed.found.items()
    ]
    return sorted(rows_, key=lambda row: -row["share of the time"])


def _over_ranks(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """The same step by several processes: every rank has its share of the windows. Numbers of ranks take turns."""
    spans: dict[int, list[float]] = {world: [] for world in asked.ranks}
    for _ in range(2):
        for world in asked.ranks:
            spans[world].append(_launched(world, asked))
    alone = min(spans[asked.ranks[0]])
    return [
        {"ranks": world, "windows/s": asked.clips / min(found), "times as fast as the first": alone / min(found)}
        for world, found in spans.items()
    ]


def _launched(world: int, asked: argparse.Namespace) -> float:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "rank.json"
        case = [str(Path(__file__).parents[1] / "benchmark.py"), "train", "--as-rank", str(told)]
        for name in ("clips", "frames", "repeats", "threads"):
            case += [f"--{name}", str(getattr(asked, name))]
        launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", str(world), "--standalone"]
        threads = {"OMP_NUM_THREADS": str(asked.threads)}
        done = subprocess.run(
            [*launch, *case, "--sizes", asked.sizes[0]], env=os.environ | threads, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{world} ranks: {done.stderr[-2000:]}")
        return float(json.loads(told.read_text())["span"])


def _as_rank(asked: argparse.Namespace) -> dict[str, Any]:
    """One of several processes: rank 0 writes its median step, by the clock."""
    made = _recipe(asked.sizes[0])
    made.run.engine = "deepspeed"
    ranks = engine.join(made)
    side, spans = Side.of(made, _batch(asked.clips, asked.frames, made.curriculum.rate), ranks), []
    for turn in range(asked.repeats + 2):
        begun = time.perf_counter()
        side.step()
        spans += [time.perf_counter() - begun] if turn > 1 else []
    if not ranks.rank:
        asked.as_rank.write_text(json.dumps({"span": statistics.median(spans)}))
    engine.leave()
    return {}
