"""What a model costs, counted without its weights: on the meta device tensors have shapes and no numbers.

Products are counted of one forward pass over one motion that has all ten parts, with a sentence and no other stream, and are told
for a second of it. What is kept for the gradient is counted the same way, in fp32.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from lmm.config import LMMConfig
from lmm.model.condition import Conditions, Stream
from lmm.model.dit import LMM
from lmm.model.parts import FEATURES
from motionverse.parts import CELLS

SECONDS, WORDS = 10.0, 16  # of the motion and its sentence
STATE = 20  # bytes a parameter in training: weight, gradient, two moments, average, in fp32

# what a row of a breakdown is called, and which parameters it has: their names, numbers of blocks left out
ROWS: tuple[tuple[str, str], ...] = (
    ("experts", r"blocks\.attention\.features\."),
    ("templates", r"blocks\.attention\.template\."),
    ("attention", r"blocks\.attention\."),
    ("AdaNorm", r"blocks\.(adapt|offset)$|adapt$"),
    ("feed-forward", r"blocks\."),
    ("streams' transformers", r"conditions\.streams\."),
    ("step, rate and conditions as a vector", r"step\.|lift\.|conditions\.(?!.*tokens)"),
    ("tokens of data sets and rotations", r"conditions\."),
    ("read-in and read-out", r""),
)


@dataclass(frozen=True)
class Share:
    """One row of a breakdown. parameters: how many; flops: of a second of motion."""

    name: str
    parameters: int
    flops: float


@dataclass(frozen=True)
class Cost:
    """shares add up to the model; kept: bytes that a second of motion leaves for the gradient, at most."""

    shares: tuple[Share, ...]
    kept: float

    @property
    def parameters(self) -> int:
        return sum(share.parameters for share in self.shares)

    @property
    def flops(self) -> float:
        """Of a second of motion: a product and a sum are two."""
        return sum(share.flops for share in self.shares)

    @property
    def state(self) -> int:
        """Bytes of a training before its first batch: STATE a parameter."""
        return STATE * self.parameters


def cost(config: LMMConfig, rate: float) -> Cost:
    """What a model of this shape costs at a frame rate [fps]."""
    with torch.device("meta"):
        model = LMM(config)
        inputs = _inputs(config, rate)
    kept: dict[int, int] = {}  # by the tensor that a view is of: it is kept once

    def pack(tensor: Tensor) -> Tensor:
        base = tensor if tensor._base is None else tensor._base
        if not isinstance(base, torch.nn.Parameter):
            kept[id(base)] = base.numel() * base.element_size()
            alive.append(base)
        return tensor

    alive: list[Tensor] = []  # so that no number is given to two
    with (
        torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
        counting() as counter,
    ):
        model(*inputs)
    flops = _flops(model, counter.get_flop_counts())
    parameters: Counter[str] = Counter()
    for name, parameter in model.named_parameters():
        parameters[_row(name)] += parameter.numel()
    shares = tuple(Share(name, parameters[name], flops[name] / SECONDS) for name, _ in ROWS)
    return Cost(shares, sum(kept.values()) / SECONDS)


def counting() -> FlopCounterMode:
    """Counts the products made inside, grouped ones too: `get_total_flops()`."""

    def grouped(rows: tuple[int, ...], weight: tuple[int, ...], *_: Any, **__: Any) -> int:
        return 2 * math.prod(rows) * weight[-1]  # each row by one matrix, its group's

    known = {torch.ops.aten._grouped_mm: grouped} if hasattr(torch.ops.aten, "_grouped_mm") else {}
    return FlopCounterMode(display=False, custom_mapping=known)


def _row(name: str) -> str:
    name = re.sub(r"blocks\.\d+", "blocks", name)
    return next(row for row, pattern in ROWS if re.match(pattern, name))


def _flops(model: LMM, counts: Mapping[str, Mapping[Any, int]]) -> Counter[str]:
    """Row -> products. A module's own are all but its parts'; a block's own are its feed-forward layer's and its AdaNorm's."""
    whole = {name.partition(".")[2]: sum(by.values()) for name, by in counts.items() if name.startswith("LMM")}
    found: Counter[str] = Counter()
    for name, flops in whole.items():
        found[_row(f"{name}.")] += flops
        while name:  # taken off the nearest that is called, and was counted with it
            name = name.rpartition(".")[0]
            if name in whole:
                found[_row(f"{name}.")] -= flops
                break
    adapt = 2 * sum(p.numel() for name, p in model.named_parameters() if re.search(r"(^|\.)adapt$", name))
    found["AdaNorm"] += adapt  # one product with a vector for each motion
    found["read-in and read-out" if model.adapt is not None else "feed-forward"] -= adapt
    return found


def _inputs(config: LMMConfig, rate: float) -> tuple[Tensor, Tensor, Tensor, Tensor, Conditions]:
    frames, yes = round(SECONDS * rate), torch.ones(1, dtype=torch.bool)
    words = {
        name: Stream(torch.zeros(1, WORDS, width), yes.expand(1, WORDS), None, yes)
        for name, width in config.streams.items()
        if name == "text"
    }
    conditions = Conditions(
        times=torch.zeros(1, frames),
        frames=yes.expand(1, frames),
        cells=yes.expand(1, CELLS),
        fps=torch.zeros(1),
        seconds=torch.zeros(1),
        dataset=torch.zeros(1, dtype=torch.long),
        streams=words,
    )
    motion = torch.zeros(1, frames, FEATURES)
    return motion, motion, yes.expand(1, frames, CELLS), torch.zeros(1, dtype=torch.long), conditions
