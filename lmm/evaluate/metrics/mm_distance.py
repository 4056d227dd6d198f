"""MM-Dist: how far a motion is from its own text, in the space of both."""

import numpy as np

from lmm.evaluate.metrics.samples import matched


def mm_distance(texts: np.ndarray, motions: np.ndarray) -> float:
    """Mean Euclidean distance between row i of texts (N, D) and row i of motions (N, D), in the space's own unit.

    Guo et al., CVPR 2022 (MultiModal distance).
    """
    texts, motions = matched("MM-Dist", texts, motions, 1)
    return float(np.linalg.norm(texts - motions, axis=1).mean())
