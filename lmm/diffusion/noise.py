"""Gaussian noise as a seeded function of time: two frame rates see the same noise wherever their frames coincide.

A frame's noise hangs on (seed, its time in ticks of 1/600 s) alone. 10, 12, 12.5, 15, 20, 24, 25, 30, 50, 60, 100 and 120
fps have all their frames on ticks, so that 24 and 30 fps share their noise every 1/6 s;
a longer clip begins with a shorter one's noise.
"""

import numpy as np
import torch
from torch import Tensor

TICKS = 600  # a second; the least common multiple of the usual frame rates


def noise_at(times: Tensor, seed: int, width: int = 669) -> Tensor:
    """(T,) times in seconds >= 0 -> (T, width) float32, independent between times, the same for the same seed and time."""
    ticks = np.rint(times.detach().cpu().double().numpy() * TICKS).astype(np.int64)
    rows = [np.random.Generator(np.random.Philox(key=[seed % 2**64, int(tick)])) for tick in ticks]
    return torch.from_numpy(np.stack([row.standard_normal(width, dtype=np.float32) for row in rows]))
