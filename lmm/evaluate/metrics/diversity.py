"""Diversity, over a whole set, and MultiModality, under one condition: how far samples are from each other."""

from collections.abc import Iterable

import numpy as np

from lmm.evaluate.metrics.samples import samples
from motionverse.errors import MotionError


def diversity(features: np.ndarray) -> float:
    """Mean Euclidean distance of two different samples of features (N, D), in the space's unit; neither more nor less is better
    than what real motion has.

    Guo et al., CVPR 2022, draw 300 random pairs; this is the mean over all pairs. Raises MotionError under two samples.
    """
    from scipy.spatial.distance import pdist

    return float(pdist(samples("Diversity", features, 2)).mean())


def multimodality(features: Iterable[np.ndarray]) -> float:
    """Mean over conditions of `diversity` among the samples (R, D) made from one condition; conditions weigh alike.

    Guo et al., CVPR 2022, draw 10 pairs a condition; this is the mean over all. Raises MotionError for no condition and
    for one with a single sample.
    """
    found = [diversity(samples("MultiModality", group, 2)) for group in features]
    if not found:
        raise MotionError("MultiModality: no condition; give the samples of at least one")
    return float(np.mean(found))
