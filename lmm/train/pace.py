"""How fast a run goes, beside how fast its machine multiplies.

Utilisation is the model's own products a second, three times those of the way there (what activation checkpointing computes
again does not count), over the rate of one large matrix product in the same number format (Chowdhery et al., arXiv 2204.02311).
"""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from lmm.model.cost import counting
from lmm.model.parts import part_presence
from lmm.train.feed import Shown
from lmm.train.share import rows

_SIDES = {"cpu": 1536, "cuda": 8192}  # of the matrices multiplied
_TRIES = 5


@dataclass
class Since:
    """What a rank has seen since the last log line: clips, seconds of motion, part tokens, FLOPs; seconds spent
    waiting for data; when it began."""

    began: float = field(default_factory=time.monotonic)
    clips: int = 0
    motion: float = 0.0
    tokens: int = 0
    flops: float = 0.0
    waited: float = 0.0

    def pace(self, peak: float, ranks: int = 1) -> dict[str, float]:
        """A second's worth of it on all ranks, whose shares are alike; peak: FLOPs a second of one, 0 where nobody knows."""
        span = max(time.monotonic() - self.began, 1e-6)
        seen = {"clips_s": self.clips, "motion_s": self.motion, "tokens_s": self.tokens}
        said = {name: ranks * count / span for name, count in seen.items()}
        said |= {"utilisation": self.flops / span / peak} if peak and self.flops else {}
        return said | {"waited": self.waited / span, "memory_gb": memory() / 2**30}


def tokens(shown: Shown) -> int:
    """Part tokens of a batch: its frames, times the body parts that any of its clips has."""
    return int(shown.conditions.frames.sum()) * _parts(shown)


class Work:
    """FLOPs of batches on the way there and back. run: a forward pass; each kind of clip is counted once, by one clip."""

    def __init__(self, run: Callable[[Shown], object]) -> None:
        self._run = run
        self._known: dict[tuple[int, int], int] = {}

    def of(self, shown: Shown) -> float:
        """FLOPs of a batch; clips of steps that ask for the same window length and parts count alike."""
        kind = shown.window, _parts(shown)  # the same on every rank: where weights are shared, all run at once
        if kind not in self._known:
            with torch.no_grad(), counting() as counter:
                self._run(rows(shown, slice(0, 1)))
            self._known[kind] = counter.get_total_flops()
        return 3.0 * self._known[kind] * len(shown.names)


def matrix_rate(device: torch.device, dtype: torch.dtype) -> float:
    """FLOPs a second of square matrix products in a number format, the best of a few tries."""
    side = _SIDES.get(device.type, 1024)
    a, b = (torch.ones(side, side, device=device, dtype=dtype) for _ in range(2))
    spans = []
    for _ in range(_TRIES):
        _settled(device)
        begun = time.perf_counter()
        torch.mm(a, b)
        _settled(device)
        spans.append(time.perf_counter() - begun)
    return 2.0 * side**3 / min(spans)


def memory() -> int:
    """Most bytes that this process has held so far: of the GPU where there is one."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _parts(shown: Shown) -> int:
    return int(part_presence(shown.conditions.cells).any(0).sum())


def _settled(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
