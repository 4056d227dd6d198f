"""What the numbers and names of a recipe may be: a table of the least and the most of each. Knows no tensor."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any

from lmm.tasks import STREAMS
from lmm.train.curriculum import MASKS
from motionverse.features.signals import SIGNALS
from motionverse.features.text import WIDTH

Span = tuple[float, float]
_SOME, _ONE, _SHARE, _FREE = (0, math.inf), (1, math.inf), (0, 1), (-math.inf, math.inf)
_SHAPES = ("model", "encoder", "codes", "gpt")  # of networks: every number is 1 or more, but for those named below
_TABLE: Mapping[str, Span] = {
    "data": _SOME,
    "data.mirror": _SHARE,
    "data.ahead": _ONE,
    "model.width": (2, math.inf),
    **dict.fromkeys(
        ("model.vector_width", "model.stream_layers", "model.layers", "model.dataset_tokens", "model.kind_tokens"),
        _SOME,
    ),
    **dict.fromkeys(("codes.decay", "codes.dead", "codes.commit", "codes.steps", "gpt.warmth"), _SOME),
    **dict.fromkeys(("gpt.dropout", "gpt.corrupt"), _SHARE),
    "diffusion.steps": _ONE,
    "curriculum": _SOME,
    "curriculum.frames": _ONE,
    **dict.fromkeys(
        (f"curriculum.{name}" for name in ("at_rate", "nothing", "drop", "drop_text_beside", "generic")), _SHARE
    ),
    "curriculum.shift": _ONE,
    "loss": _SOME,
    "optimiser": _SOME,
    **dict.fromkeys(("optimiser.ema", "optimiser.drops", "optimiser.betas"), _SHARE),
    "run": _SOME,
    "run.threads": (0, 4096),
    "run.log_steps": _ONE,
    "run.accumulate": _ONE,
    "run.zero": _FREE,  # a recipe says which stages there are
}


def faults(recipe: Any) -> Iterator[str]:
    """What is wrong with the numbers and names of a lmm.train.recipe.Recipe, a line each."""
    for group in dataclasses.fields(recipe):
        values = getattr(recipe, group.name)
        for field in dataclasses.fields(values) if dataclasses.is_dataclass(values) else ():
            name = f"{group.name}.{field.name}"
            for key, value in _numbers(getattr(values, field.name)):
                yield from _fault(name + key, value, *_span(name, group.name))
    forms, width, nothing = recipe.curriculum.forms, recipe.model.width, recipe.curriculum.nothing
    if unknown := [name for name in forms if name not in MASKS]:
        yield f"curriculum.forms: {unknown[0]!r} is no mask; the masks are {', '.join(MASKS)}"
    if not any(forms.values()) and any(share < 1 for share in nothing):
        yield "curriculum.forms: shares of masks; one must be positive"
    if len(nothing) != 2:
        yield "curriculum.nothing: give two shares, that of the first step and that after the ramp"
    if width % 2:
        yield f"model.width: {width} must be even"
    yield from _streams(recipe.model.streams)


def _streams(streams: Mapping[str, int]) -> Iterator[str]:
    for name, width in streams.items():
        if name not in STREAMS:
            yield f"model.streams: {name!r} is no stream; the streams are {', '.join(STREAMS)}"
        elif name == "text" and width != WIDTH:
            yield f"model.streams: text is {WIDTH} wide, not {width}"
        elif name != "text" and not 1 <= width <= SIGNALS[name].width:  # the first of a stream's channels are heard
            yield f"model.streams: {name} is {SIGNALS[name].width} wide, not {width}"


def _span(name: str, group: str) -> Span:
    return _TABLE.get(name) or (_ONE if group in _SHAPES else _TABLE.get(group, _FREE))


def _numbers(value: Any) -> Iterator[tuple[str, float]]:
    """The numbers in a field: itself, or those of a list or a mapping, with what is to be added to its name."""
    named = [(f".{key}", one) for key, one in value.items()] if isinstance(value, Mapping) else []
    held = named or [("", one) for one in (value if isinstance(value, list) else [value])]
    yield from ((key, one) for key, one in held if isinstance(one, int | float) and not isinstance(one, bool))


def _fault(name: str, value: float, least: float, most: float) -> Iterator[str]:
    if not math.isfinite(value):
        yield f"{name}: {value} is no finite number"
    elif not least <= value <= most:
        yield f"{name}: {value} must be " + (f"{least} or more" if most == math.inf else f"from {least} to {most}")
