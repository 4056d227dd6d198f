"""What may be asked for, and what is too much: checked before anything slow is imported. Knows no tensor."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from motionverse.errors import MotionError
from motionverse.terminal import nearest

if TYPE_CHECKING:  # numpy is slow to import, and words alone need none
    from motionverse.features.track import Track

TIMED = ("music", "speech", "keypoints")  # streams that run along time; what a sentence says is the stream "text"

SECONDS = (0.5, 60.0)
DEFAULT_SECONDS = 4.0  # of a motion that nothing says the length of
FPS = (1.0, 240.0)
STEPS = (1, 1000)
GUIDANCE = (0.0, 50.0)
VARIATION = (0.0, 1.0)
CHARACTERS = 500
MOTIONS = 256  # of one request
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class Request:
    """One motion for each of `texts`, from the seed beside it.

    texts: "" is no sentence, where another stream is there; seconds and fps of the result; steps of the sampler (None: the
    release's own); guidance: scale of every stream, or of the streams named (None, or not named: the release's own, 0: none);
    native: sample at `fps` itself instead of at the model's own rate with interpolation after it; sampler: dpm or ddim;
    variation: how far seeds lead apart, from 0, the most expected motion, to 1, as far as people differ (None: the release's own);
    tracks: by stream (TIMED), of all the motions, 0 s being the motions' first frame.
    """

    texts: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    seconds: float = DEFAULT_SECONDS
    fps: float = 30.0
    steps: int | None = None
    guidance: float | Mapping[str, float] | None = None
    native: bool = False
    sampler: str = "dpm"
    tracks: Mapping[str, "Track"] = field(default_factory=dict)
    variation: float | None = None

    def __post_init__(self) -> None:
        wrong = [text for text in self.texts if not isinstance(text, str)]
        if wrong:
            raise MotionError(f"text: {wrong[0]!r} is not a sentence; give words, e.g. 'a person walks forward'")
        object.__setattr__(self, "texts", tuple(" ".join(text.split()) for text in self.texts))
        object.__setattr__(self, "seeds", tuple(int(seed) for seed in self.seeds))

    @property
    def frames(self) -> int:
        """Frames of the result."""
        return max(1, round(self.seconds * self.fps))

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that the motions are asked for by."""
        return (*(("text",) if any(self.texts) else ()), *(name for name in TIMED if name in self.tracks))


def check(request: Request) -> Request:
    """The request, or a MotionError that names the value and what is allowed."""
    if not request.texts:
        raise MotionError("text: nothing was asked for; give at least one sentence")
    if len(request.texts) != len(request.seeds):
        raise MotionError(f"seeds: {len(request.seeds)} for {len(request.texts)} texts; give one for each")
    if len(request.texts) > MOTIONS:
        raise MotionError(f"{len(request.texts)} motions asked for at once; at most {MOTIONS}, ask again for more")
    for name in request.tracks:
        check_stream(name, TIMED)
    for text in request.texts:
        if text or not request.tracks:
            check_text(text)
    for name, value, limits in (
        ("seconds", request.seconds, SECONDS),
        ("fps", request.fps, FPS),
        ("steps", request.steps, STEPS),
    ):
        if value is not None:
            _check_range(name, value, limits)
    check_guidance(request.guidance, request.streams)
    check_variation(request.variation)
    for seed in request.seeds:
        if not 0 <= seed <= MAX_SEED:
            raise MotionError(f"seed: {seed} is out of range; allowed are 0 to {MAX_SEED}")
    return request


def check_guidance(guidance: float | Mapping[str, float] | None, streams: Iterable[str]) -> None:
    """MotionError for a scale out of range, and for one of a stream that is unknown or not there."""
    if guidance is not None and not isinstance(guidance, Mapping):
        _check_range("guidance", guidance, GUIDANCE)
    there = tuple(streams)
    for name, scale in guidance.items() if isinstance(guidance, Mapping) else ():
        check_stream(name, ("text", *TIMED))
        _check_range(f"guidance: {name}", scale, GUIDANCE)
        if name not in there:
            raise MotionError(f"guidance: {name}={scale:g}, but no {name} is given; give it, or leave its guidance out")


def check_variation(variation: float | None) -> None:
    """MotionError for a share of the noise that is none."""
    if variation is not None:
        _check_range("variation", variation, VARIATION)


def check_stream(name: str, known: tuple[str, ...]) -> None:
    """MotionError for the name of a stream that there is not."""
    if name not in known:
        near = nearest(name, list(known))
        meant = f"; did you mean {near}?" if near else ""
        raise MotionError(f"stream {name!r} is unknown; the streams are {', '.join(known)}{meant}")


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    least, most = limits
    if not (math.isfinite(value) and least <= value <= most):
        raise MotionError(f"{name}: {value:g} is out of range; allowed are {least:g} to {most:g}")


def check_text(text: str) -> None:
    """MotionError for a sentence that says nothing, or says too much."""
    if not any(character.isalnum() for character in text):
        raise MotionError(f"text: {text!r} has no words; say what the person does, e.g. 'a person walks forward'")
    if len(text) > CHARACTERS:
        raise MotionError(f"text: {len(text)} characters ('{text[:24]}...'); at most {CHARACTERS}, say it shorter")
