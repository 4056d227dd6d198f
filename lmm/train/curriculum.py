"""What each clip of each step is shown as: frame rate, length, mask, streams, diffusion step.

A pure function of (seed, step, clip), where `clip` is the clip's place in the step's batch: a resumed run, another number
of workers, or a look at step 70 000 alone draw the same. Times in seconds, rates in frames per second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from lmm import tasks
from lmm.diffusion.shift import shifted
from motionverse.errors import MotionError
from motionverse.parts import CELLS, PART_NAMES
from motionverse.skeleton import WHOLE_BODY

_BODY = PART_NAMES[:7]  # the parts that nearly every clip has: without hands and face
_SHOWN = 2**32  # a place in the stream of seeds that no clip uses


@dataclass
class CurriculumConfig:
    """The shares that the draws follow.

    Rates: `at_rate` of the clips are shown at `rate`, the rate that the release samples at, the others log-uniformly
    between `slowest` and their native rate (at most `fastest`).
    Masks: `nothing` is the share of clips of which nothing is given. It falls from its first to its second value over
    `ramp_steps` (weak to strong: text alone first, then motion that says nearly everything); `forms` share the rest.
    Streams: a step shows one set of streams that run along time at most (lmm.tasks.STREAMS but the text), so that no batch
    pays for what it has not. `shows` shares the steps among sets: "text" is none, "music+keypoints" both. The text comes
    with every set; beside one that runs along time it is dropped as often as `drop_text_beside` says.
    """

    frames: int = 3072  # frames in a step's batch: clips x window length
    lengths: list[int] = field(
        default_factory=lambda: [48, 64, 80, 96, 128, 150]
    )  # window lengths [frames], one a step
    rate: float = 15.0
    at_rate: float = 0.75
    slowest: float = 10.0
    fastest: float = 60.0
    nothing: list[float] = field(default_factory=lambda: [0.95, 0.65])
    ramp_steps: int = 2000
    forms: dict[str, float] = field(
        default_factory=lambda: {
            "cells": 0.3,
            "prefix": 0.2,
            "ends": 0.15,
            "keyframes": 0.1,
            "parts": 0.1,
            "joints": 0.05,
            "root_path": 0.1,
        }
    )
    shift: float = 1.0  # noise amplitude over signal amplitude, against an even draw of the diffusion steps
    shifts: dict[str, float] = field(
        default_factory=dict
    )  # the same in steps that show a stream: what music says, say, is fine
    shows: dict[str, float] = field(default_factory=lambda: {"text": 1.0})
    drop: float = 0.1  # each condition stream, independently
    drop_text_beside: float = 0.5  # the text, in a step that shows a stream along time
    pool: int = 1  # steps that draw their clips together and deal them out by length, so that little is padded
    generic: float = 0.1  # share of clips whose dataset is relabelled to the generic one


@dataclass(frozen=True)
class Draw:
    """How one clip is shown. rate [fps]; frames: window length; level in (0, 1): place along the diffusion;
    form: the mask's; kept: stream name -> shown or dropped; generic: dataset hidden; seed: for everything drawn later."""

    rate: float
    frames: int
    level: float
    form: str
    kept: Mapping[str, bool]
    generic: bool
    seed: int


def window(config: CurriculumConfig, seed: int, step: int) -> tuple[int, int]:
    """(clips, frames) of a step's batch: one window length a step, as many clips as the budget of frames holds."""
    frames = int(_rng(seed, step, -1).choice(config.lengths))
    return max(1, config.frames // frames), frames


def pooled(config: CurriculumConfig, step: int) -> tuple[int, int]:
    """(the step under whose number its pool is drawn, its place in the pool). Of n = `pool` steps the n-th, 2n-th ... after each
    other share a pool: neighbours do not, as the steps of one have the same window length, body parts and streams."""
    block, place = divmod(step, config.pool**2)
    return block * config.pool**2 + place % config.pool, place // config.pool


def timed(shows: str) -> tuple[str, ...]:
    """The streams along time in a key of `shows`. Raises MotionError for one that is none."""
    names = shows.split("+")
    for name in names:
        if name not in tasks.STREAMS:
            raise MotionError(f"curriculum.shows: {name!r} is no stream; the streams are {', '.join(tasks.STREAMS)}")
    return tuple(name for name in names if name != "text")


def shown(config: CurriculumConfig, seed: int, step: int) -> str:
    """What a step shows: a key of `shows`."""
    keys = [key for key, share in config.shows.items() if share > 0]
    shares = np.array([config.shows[key] for key in keys], float)
    return keys[int(_rng(seed, step, _SHOWN).choice(len(keys), p=shares / shares.sum()))] if len(keys) > 1 else keys[0]


def fewest(config: CurriculumConfig) -> int:
    """Clips that every step's batch has at least."""
    clips = max(1, config.frames // max(config.lengths))
    return clips if config.pool == 1 else least(clips)


def least(clips: int) -> int:
    """Clips that a step has at least whose pool has `clips` a step."""
    return max(1, clips // 2)


def draw(config: CurriculumConfig, seed: int, step: int, clip: int, native: float) -> Draw:
    """The draw of one clip, whose native rate is `native` [fps]."""
    rng = _rng(seed, step, clip)
    _, frames = window(config, seed, step)
    text = config.drop_text_beside if timed(shown(config, seed, step)) else config.drop
    drops = {stream: text if stream == "text" else config.drop for stream in tasks.STREAMS}
    return Draw(
        rate=_rate(config, rng, native),
        frames=frames,
        level=_level(_shift(config, shown(config, seed, step)), _start(seed, step), clip),
        form=_form(config, rng, step),
        kept={stream: bool(rng.random() >= drop) for stream, drop in drops.items()},
        generic=bool(rng.random() < config.generic),
        seed=int(rng.integers(2**62)),
    )


def levels(config: CurriculumConfig, seed: int, step: int, clips: int, shows: str) -> list[float]:
    """The places along the diffusion of the clips of a step that shows `shows`."""
    start, shift = _start(seed, step), _shift(config, shows)
    return [_level(shift, start, clip) for clip in range(clips)]


def _start(seed: int, step: int) -> float:
    return float(_rng(seed, step, -2).random())


def _shift(config: CurriculumConfig, shows: str) -> float:
    """Of a step that shows `shows`: the smallest that is stated of its streams."""
    return min((config.shifts[name] for name in shows.split("+") if name in config.shifts), default=config.shift)


def _level(shift: float, start: float, clip: int) -> float:
    """Golden steps: the batch covers the diffusion evenly, then `shift` moves it towards the noise.

    A window has thousands of channels, so all but the very noisiest steps still show which way the motion goes: evenly
    drawn, one clip in a hundred would teach what only the sentence says.
    """
    place = (start + clip * 0.6180339887498949) % 1.0
    return shifted(place, shift)


def mask(form: str, times: np.ndarray, seed: int) -> np.ndarray:
    """A random mask of a form over times (T,) [s] -> (T, 53) bool, True where given. Never everything at once."""
    if form not in MASKS:
        raise MotionError(f"curriculum.forms: {form!r} is unknown; the forms are {', '.join(MASKS)}")
    return MASKS[form](times, np.random.default_rng(seed))


def share_of_nothing(config: CurriculumConfig, step: int) -> float:
    """Share of clips of which nothing is given, at a step."""
    weak, strong = config.nothing
    return weak + (strong - weak) * min(1.0, step / max(1, config.ramp_steps))


def _rng(seed: int, step: int, clip: int) -> np.random.Generator:
    return np.random.default_rng((seed, step, clip + 3))  # trailing zeros would not tell streams apart


def _rate(config: CurriculumConfig, rng: np.random.Generator, native: float) -> float:
    chosen, place = rng.random(2)
    fastest = max(config.slowest, min(native, config.fastest))
    if chosen < config.at_rate and config.rate <= native:
        return config.rate
    return float(config.slowest * (fastest / config.slowest) ** place)


def _form(config: CurriculumConfig, rng: np.random.Generator, step: int) -> str:
    if rng.random() < share_of_nothing(config, step):
        return "nothing"
    shares = np.array(list(config.forms.values()), float)
    return str(rng.choice(list(config.forms), p=shares / shares.sum()))


def _cells(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.random((len(times), CELLS)) < rng.random()


def _prefix(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return tasks.prefix(times, rng.uniform(0.05, 0.7) * _length(times))


def _ends(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return tasks.ends(times, rng.uniform(0.0, 0.35) * _length(times))


def _keyframes(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return tasks.keyframes(times, times[0] + rng.random(int(rng.integers(1, 9))) * _length(times))


def _runs(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    starts = times[0] + rng.random((int(rng.integers(1, 6)), 1)) * _length(times)
    rows = ((times >= starts) & (times <= starts + rng.uniform(0.1, 0.7, starts.shape))).any(0)
    at = times[rows] if rows.any() and not rows.all() else times[:1]
    return tasks.keyframes(times, at.tolist())


def _gap(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    start, end = _span(times, rng, 0.3, 2.5)
    return tasks.gap(times, start, end)


def _region(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    names = {str(rng.choice(_BODY)), *rng.choice(PART_NAMES, int(rng.integers(5)), replace=False).tolist()}
    start, end = (times[0], times[-1]) if rng.random() < 0.3 else _span(times, rng, 0.3, 0.8 * _length(times))
    return tasks.region(times, sorted(names), float(start), float(end))


def _loop(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return tasks.ends(times, min(rng.uniform(0.0, 0.35), 0.25 * _length(times)))


def _span(times: np.ndarray, rng: np.random.Generator, least: float, most: float) -> tuple[float, float]:
    """The ends [s] of a span of a length between `least` and `most` [s] that leaves a tenth of the window on either side."""
    whole = _length(times)
    length = min(rng.uniform(least, max(least, most)), 0.8 * whole)
    start = times[0] + 0.1 * whole + rng.random() * (0.8 * whole - length)
    return float(start), float(start + length)


def _parts(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return tasks.parts(times, rng.choice(PART_NAMES, int(rng.integers(1, len(PART_NAMES))), replace=False).tolist())


def _joints(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return tasks.joints(times, rng.choice(WHOLE_BODY.names, int(rng.integers(1, 13)), replace=False).tolist())


def _length(times: np.ndarray) -> float:
    return float(times[-1] - times[0])


MASKS: Mapping[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "nothing": lambda times, rng: tasks.nothing(times),
    "cells": _cells,
    "prefix": _prefix,
    "ends": _ends,
    "keyframes": _keyframes,
    "runs": _runs,
    "gap": _gap,
    "region": _region,
    "loop": _loop,
    "parts": _parts,
    "joints": _joints,
    "root_path": lambda times, rng: tasks.root_path(times),
}
