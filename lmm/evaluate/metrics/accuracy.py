"""Action accuracy: does a classifier of real motion see the action that was asked for?"""

import numpy as np

from lmm.evaluate.metrics.samples import samples
from motionverse.errors import MotionError


def accuracy(logits: np.ndarray, actions: np.ndarray) -> float:
    """Share of rows of logits (N, C) whose greatest entry is the action's index in actions (N,); chance is 1 / C when balanced.

    Guo et al., Action2Motion, ACM MM 2020. A row with several greatest entries counts as its share of a right answer, so
    that a classifier which has no opinion scores chance. Raises MotionError for indices that the classifier does not have.
    """
    logits, asked = samples("action accuracy", logits, 1), np.asarray(actions)
    if asked.shape != (len(logits),):
        raise MotionError(f"action accuracy: actions {asked.shape} for {len(logits)} samples; give one each")
    if not np.issubdtype(asked.dtype, np.integer) or asked.min() < 0 or asked.max() >= logits.shape[1]:
        raise MotionError(f"action accuracy: actions must be whole numbers from 0 to {logits.shape[1] - 1}")
    best = logits == logits.max(1, keepdims=True)
    return float((best[np.arange(len(asked)), asked] / best.sum(1)).mean())
