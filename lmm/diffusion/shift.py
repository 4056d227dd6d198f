"""Places along the diffusion moved towards the noise: one rule for training's draws and the sampler's steps. Imports no torch."""

import math


def shifted(level: float, shift: float) -> float:
    """The place in [0, 1) that `level` in [0, 1) becomes when noise over signal is `shift` times as large.

    Exact under the cosine schedule, where that ratio is tan(level pi/2) (for larger pictures: Hoogeboom et al., arXiv
    2301.11093).
    """
    return math.atan(shift * math.tan(level * math.pi / 2)) * 2 / math.pi
