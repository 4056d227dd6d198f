"""Animations of a glTF document: which there are, which frame rate their keys lie on, and their channels at any instants.

Channels of one animation may have keys of their own, at instants of their own, stepped, linear or cubic.
Source: the glTF 2.0 specification (Khronos), section Animations and appendix C (interpolation modes).
"""

from dataclasses import dataclass

import numpy as np

from motionverse.formats import gltf_accessor
from motionverse.formats.gltf_file import Document, Row
from motionverse.motion import MAX_FPS

WIDTHS = {"translation": 3, "rotation": 4, "scale": 3}
MODES = ("LINEAR", "STEP", "CUBICSPLINE")
RATES = (30.0, 24.0, 25.0, 60.0, 50.0, 120.0)  # tried in this order where keys are far apart
DENSE = 7.5  # [1/s] regular keys closer than this are frames; farther apart they are an artist's
ON_GRID = 0.02  # of a frame: how far a key may be from the grid that it lies on


@dataclass(frozen=True, eq=False)
class Channel:
    """One animated property of a node: keys at times (K,) [s]; values (K, W), or (K, 3, W) with tangents where cubic."""

    node: int
    path: str
    mode: str
    times: np.ndarray
    values: np.ndarray


def names(document: Document) -> list[str]:
    """The animations' names, in the file's order; a number where one has no name."""
    return [str(row.get("name") or n) for n, row in enumerate(document.rows("animations"))]


def targets(document: Document, row: Row) -> list[tuple[int, str, Row]]:
    """(node, path, channel) of the channels that move nodes; those that move anything else are left out."""
    found = []
    for channel in document.items(row, "channels", dict, "an animation"):
        target = document.inner(channel, "target")
        path = target.get("path")
        if isinstance(path, str) and path in WIDTHS and "node" in target:
            document.row("nodes", target["node"], "a channel of an animation")
            found.append((target["node"], path, channel))
    return found


def choose(document: Document, nodes: set[int], asked: str | None) -> Row | None:
    """The animation that is asked for by name or number; else the longest of those that move any of `nodes`, or None.

    Raises MotionError, naming the animations there are, for one that is not there.
    """
    rows, there = document.rows("animations"), names(document)
    if asked is not None:
        if asked in there:
            return rows[there.index(asked)]
        if asked.isdecimal() and int(asked) < len(rows):
            return rows[int(asked)]
        document.fail(f"no animation {asked!r}; there are {', '.join(there[:12]) or 'none'}")
    moving = [row for row in rows if any(node in nodes for node, _, _ in targets(document, row))]
    return max(moving, key=lambda row: _length(document, row), default=None)


def _length(document: Document, row: Row) -> float:
    """Seconds from the first key to the last."""
    inputs = {_input(document, _sampler(document, row, channel)) for _, _, channel in targets(document, row)}
    keys = [_times(document, accessor) for accessor in inputs]
    return max(times[-1] for times in keys) - min(times[0] for times in keys)


def _sampler(document: Document, row: Row, channel: Row) -> Row:
    samplers, index = document.items(row, "samplers", dict, "an animation"), channel.get("sampler")
    if type(index) is not int or not 0 <= index < len(samplers):
        document.fail(f"a channel points to a sampler that is not there, of {len(samplers)}; the file is broken")
    return samplers[index]


def _input(document: Document, sampler: Row) -> int:
    return document.whole(sampler, "input", None, "a sampler of an animation")


def _times(document: Document, accessor: int) -> np.ndarray:
    times = gltf_accessor.values(document, accessor, "SCALAR", "the times of an animation")[:, 0]
    if (np.diff(times) < 0).any():
        document.fail(f"the times of an animation (accessors[{accessor}]) go backwards; export the file again")
    return times


def channels(document: Document, row: Row, nodes: set[int]) -> list[Channel]:
    """The channels of an animation that move any of `nodes`, checked: finite values, times that do not go backwards."""
    found: dict[tuple[int, str], Channel] = {}
    times: dict[int, np.ndarray] = {}
    for node, path, channel in targets(document, row):
        if node in nodes:
            sampler = _sampler(document, row, channel)
            mode, keys = sampler.get("interpolation", "LINEAR"), _input(document, sampler)
            if mode not in MODES:
                document.fail(f"interpolation {str(mode)[:20]!r}; must be one of {', '.join(MODES)}")
            if keys not in times:
                times[keys] = _times(document, keys)
            values = _values(document, sampler, path, mode, len(times[keys]))
            found[node, path] = Channel(node, path, mode, times[keys], values)
    return list(found.values())


def _values(document: Document, sampler: Row, path: str, mode: str, keys: int) -> np.ndarray:
    width, each = WIDTHS[path], 3 if mode == "CUBICSPLINE" else 1
    values = gltf_accessor.values(document, sampler.get("output"), f"VEC{width}", f"{path} of an animation")
    if len(values) != each * keys:
        document.fail(f"an animation has {keys} {mode} keys but {len(values)} values of {path}; the file is broken")
    values = values.reshape(keys, each, width) if each == 3 else values
    here = values[:, 1] if each == 3 else values
    if path == "rotation" and (np.linalg.norm(here, axis=-1) < 1e-6).any():
        document.fail("an animation has a rotation that is a quaternion of no length; export the file again")
    return values


def frames(document: Document, moved: list[Channel], fps: float | None, most: int) -> tuple[np.ndarray, float]:
    """The instants [s] to sample at, from the first key to the last, and their rate; fps: the rate asked for, or None.

    Raises MotionError for more than `most` frames: a file with few keys far apart must not fill the memory.
    """
    unique = {id(channel.times): channel.times for channel in moved}
    keys = np.unique(np.concatenate(list(unique.values()))) if unique else np.zeros(1)
    rate, exact = rate_of(keys) if fps is None else (fps, fps)
    count = float(keys[-1] - keys[0]) * exact + (0.5 if fps is None else ON_GRID)
    if count >= most:
        document.fail(
            f"lasts {keys[-1] - keys[0]:.6g} s, {count:.6g} frames at {rate:g} fps; at most {most} fit its size"
        )
    return keys[0] + np.arange(int(count) + 1) / exact, rate


def rate_of(keys: np.ndarray) -> tuple[float, float]:
    """Frames a second of a grid that the instants `keys` (K,) [s], sorted, lie on: the usual rate meant, and the exact one.

    Keys that follow one another like frames give their own rate; an artist's, far apart, the first usual rate that has
    them all on frames, or 30.
    """
    steps = np.diff(keys)
    steps = steps[steps > 1.0 / MAX_FPS]
    if not len(steps):
        return RATES[0], RATES[0]
    step = float(np.median(steps[steps < 1.5 * steps.min()]))
    spans = keys[np.minimum(2 ** np.arange(1, len(keys).bit_length() + 1), len(keys) - 1)] - keys[0]
    for span in spans:  # the longer the span, the better it tells the step, once it is known how many steps it has
        step = float(span / max(np.round(span / step), 1))
    if 1 / step >= DENSE and _off(keys, 1 / step) < 5 * ON_GRID:
        return _usual(keys, 1 / step), 1 / step
    rate = next((rate for rate in RATES if _off(keys, rate) < ON_GRID), RATES[0])
    return rate, rate


def _usual(keys: np.ndarray, rate: float) -> float:
    """The whole or NTSC rate that differs from `rate` by nothing one can see in these keys; else `rate`."""
    ntsc = round(rate * 1.001) / 1.001
    close = [usual for usual in (float(round(rate)), ntsc) if abs(usual / rate - 1) < 1e-3]
    span = float(keys[-1] - keys[0])
    return next((usual for usual in close if abs(usual - rate) * span < ON_GRID), rate)


def _off(keys: np.ndarray, rate: float) -> float:
    """How far, in frames, (all but a few of) the keys are from a grid at `rate` that begins with the first."""
    places = (keys - keys[0]) * rate
    return float(np.percentile(np.abs(places - np.round(places)), 95))


def sample(channel: Channel, instants: np.ndarray, slack: float) -> np.ndarray:
    """(T, W) the channel at `instants` [s]; before the first and after the last key it holds. Quaternions come out unit.

    slack: a stepped key counts from this long [s] before its instant on, since times are rounded.
    """
    times, values = channel.times, channel.values
    if len(times) == 1:
        found = np.repeat(values[:, 1] if channel.mode == "CUBICSPLINE" else values, len(instants), 0)
    elif channel.mode == "STEP":
        found = values[np.clip(np.searchsorted(times, instants + slack, "right") - 1, 0, None)]
    else:
        k = np.clip(np.searchsorted(times, instants, "right") - 1, 0, len(times) - 2)
        length = np.maximum(times[k + 1] - times[k], 1e-12)[:, None]
        u = np.clip((instants - times[k])[:, None] / length, 0, 1)
        if channel.mode == "CUBICSPLINE":
            found = _hermite(values, k, u, length)
        elif channel.path == "rotation":
            found = _slerp(values[k], values[k + 1], u)
        else:
            found = values[k] + u * (values[k + 1] - values[k])
    if channel.path == "rotation":
        norm = np.linalg.norm(found, axis=-1, keepdims=True)
        found = np.where(norm > 1e-9, found / np.maximum(norm, 1e-9), [0.0, 0.0, 0.0, 1.0])
    return found


def _hermite(values: np.ndarray, k: np.ndarray, u: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Cubic between keys k and k + 1; values (K, 3, W): tangent in [1/s], value, tangent out."""
    start, end = values[k, 1], values[k + 1, 1]
    leave, arrive = values[k, 2] * length, values[k + 1, 0] * length
    u2, u3 = u * u, u * u * u
    return (2 * u3 - 3 * u2 + 1) * start + (u3 - 2 * u2 + u) * leave + (3 * u2 - 2 * u3) * end + (u3 - u2) * arrive


def _slerp(p: np.ndarray, q: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Quaternions (T, 4), made unit, the shorter way; nearly equal ones along the chord."""
    p, q = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (p, q))
    dot = (p * q).sum(-1, keepdims=True)
    q, angle = np.where(dot < 0, -q, q), np.arccos(np.minimum(np.abs(dot), 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    start, end = np.where(near, 1 - u, np.sin((1 - u) * angle) / safe), np.where(near, u, np.sin(u * angle) / safe)
    return start * p + end * q
