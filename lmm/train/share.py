"""Rows of a step's batch: a rank's share of the clips, and the pieces of it that gradients are accumulated over."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from torch import Tensor

from lmm.train.feed import Shown


def rows(shown: Shown, which: slice) -> Shown:
    """These clips of a batch."""
    part: Shown = _rows(shown, which)
    return replace(part, motion=float(part.conditions.seconds.sum()))


def shares(shown: Shown, count: int) -> Iterator[Shown]:
    """A batch in `count` shares, one clip to each in turn: together they are the batch."""
    if count == 1:
        yield shown
        return
    for place in range(count):
        yield rows(shown, slice(place, None, count))


def _rows(value: Any, which: slice) -> Any:
    if isinstance(value, Tensor | tuple):
        return value[which]
    if isinstance(value, Mapping):
        return {key: _rows(inner, which) for key, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _rows(getattr(value, f.name), which) for f in fields(value)})
    return value
