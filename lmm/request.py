"""What may be asked for, and what is too much: checked before anything slow is imported. Knows no tensor."""

import math
from dataclasses import dataclass

from motionverse.errors import MotionError

SECONDS = (0.5, 60.0)
FPS = (1.0, 240.0)
STEPS = (1, 1000)
GUIDANCE = (0.0, 50.0)
CHARACTERS = 500
MOTIONS = 256  # of one request
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class Request:
    """One motion for each of `texts`, from the seed beside it.

    seconds and fps of the result; steps of the sampler and guidance scale (None: the release's own, 0 guidance: none);
    native: sample at `fps` itself instead of at the model's own rate with interpolation after it; sampler: dpm or ddim.
    """

    texts: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    seconds: float = 4.0
    fps: float = 30.0
    steps: int | None = None
    guidance: float | None = None
    native: bool = False
    sampler: str = "dpm"

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


def check(request: Request) -> Request:
    """The request, or a MotionError that names the value and what is allowed."""
    if not request.texts:
        raise MotionError("text: nothing was asked for; give at least one sentence")
    if len(request.texts) != len(request.seeds):
        raise MotionError(f"seeds: {len(request.seeds)} for {len(request.texts)} texts; give one for each")
    if len(request.texts) > MOTIONS:
        raise MotionError(f"{len(request.texts)} motions asked for at once; at most {MOTIONS}, ask again for more")
    for text in request.texts:
        check_text(text)
    for name, value, (least, most) in (
        ("seconds", request.seconds, SECONDS),
        ("fps", request.fps, FPS),
        ("steps", request.steps, STEPS),
        ("guidance", request.guidance, GUIDANCE),
    ):
        if value is not None and not (math.isfinite(value) and least <= value <= most):
            raise MotionError(f"{name}: {value:g} is out of range; allowed are {least:g} to {most:g}")
    for seed in request.seeds:
        if not 0 <= seed <= MAX_SEED:
            raise MotionError(f"seed: {seed} is out of range; allowed are 0 to {MAX_SEED}")
    return request


def check_text(text: str) -> None:
    """MotionError for a sentence that says nothing, or says too much."""
    if not any(character.isalnum() for character in text):
        raise MotionError(f"text: {text!r} has no words; say what the person does, e.g. 'a person walks forward'")
    if len(text) > CHARACTERS:
        raise MotionError(f"text: {len(text)} characters ('{text[:24]}...'); at most {CHARACTERS}, say it shorter")
