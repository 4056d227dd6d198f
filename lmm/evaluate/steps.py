"""Quality against the number of denoiser calls, and against the time that they take.

A repetition asks once for every predicate that corpora have enough clips of (lmm.evaluate.prompts), by turns in the training
grammar's words and in others, and every setting of the sampler answers the same prompts from the same seeds. The predicates' real
test clips are dealt into two sides that share no clip: ground truth answers with those of one side, and everybody is held
against the other's. What was measured is the same on every run; the seconds are not, and are kept apart.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lmm.evaluate import prompts, speaking
from lmm.evaluate.asking import answers
from lmm.evaluate.judged import Space, likeness, retrieved, stands
from lmm.evaluate.prompts import Prompt
from lmm.generate import Generator
from lmm.model.alike import alike
from lmm.request import Request
from lmm.sampling import STEPS
from motionverse import canonical
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.store import Store

FPS = 30.0  # at which motions are judged
HELD = 4  # real clips a predicate that everybody is held against
FEWEST = 4  # prompts
SAMPLER = "dpm"  # of the release
Rows = list[tuple[int, bool]]  # (index, mirrored) of clips


@dataclass(frozen=True)
class Setting:
    """How a model is asked: its name, the sampler, and how many denoiser calls it has."""

    model: str
    sampler: str = SAMPLER
    steps: int = STEPS

    def __str__(self) -> str:
        return f"{self.model}, {self.sampler}, {self.steps} steps"


@dataclass(frozen=True, eq=False)
class Question:
    """What a repetition asks (N): prompts; texts (N, E) in the space and alike (N, N) bool, which say the same; the real motions of
    one side, one a prompt, and those of the other in the space, held (M, E)."""

    repetition: int
    prompts: tuple[Prompt, ...]
    texts: np.ndarray
    alike: np.ndarray
    real: tuple[Motion, ...]
    held: np.ndarray


@dataclass(frozen=True)
class Answer:
    """What came out of a setting in one repetition: its columns, and wall time [s] a motion. setting None: ground truth."""

    setting: Setting | None
    repetition: int
    columns: dict[str, float]
    seconds: float = 0.0


def ask(store: Store, clips: speaking.Clips, space: Space, count: int, repetition: int) -> Question:
    """The question of a repetition, `count` prompts a predicate, by the seed alone. Raises MotionError for too few real clips."""
    rng = np.random.default_rng(repetition)
    sides = dealt(clips, rng)
    worded = {(prompt.predicate.name, prompt.wording): prompt for prompt in prompts.prompts()}
    names = [name for name in clips if sides[0][name] and sides[1][name]]
    if len(names) < FEWEST:
        raise MotionError(f"{store.where}: {len(names)} predicates with test clips; {FEWEST} are needed, build more")
    chosen = [
        worded[name, ("grammar", "file")[(number + copy + repetition) % 2]]
        for copy in range(count)
        for number, name in enumerate(names)
    ]
    texts = [prompt.text for prompt in chosen]
    same = np.array([[a.predicate.name == b.predicate.name for a in chosen] for b in chosen])
    real = [_real(store, prompt, sides[0], 1, rng)[0] for prompt in chosen]
    others = [motion for name in names for motion in _real(store, worded[name, "file"], sides[1], HELD, rng)]
    told = space.texts(texts), same | alike(texts, space.gists(texts))
    return Question(repetition, tuple(chosen), *told, tuple(real), space.motions(others))


def dealt(clips: speaking.Clips, rng: np.random.Generator) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Real clips of every predicate on two sides; a clip that is several predicates', or is mirrored, is on one side alone.

    Predicates with the fewest clips are dealt first, each clip to the side that has fewer of them.
    """
    side: dict[int, int] = {}
    for name in sorted(clips, key=lambda name: (len(clips[name]), name)):
        indices = sorted({index for index, _ in clips[name]})
        held = [sum(side.get(index) == k for index in indices) for k in (0, 1)]
        for index in rng.permutation([index for index in indices if index not in side]):
            side[int(index)] = int(rng.integers(2)) if held[0] == held[1] else int(held[1] < held[0])
            held[side[int(index)]] += 1
    first, second = ({name: [row for row in rows if side[row[0]] == k] for name, rows in clips.items()} for k in (0, 1))
    return first, second


def _real(store: Store, prompt: Prompt, side: dict[str, Rows], count: int, rng: np.random.Generator) -> list[Motion]:
    """At most `count` real motions of a prompt's predicate, as models make theirs."""
    rows = side[prompt.predicate.name]
    drawn = [rows[k] for k in rng.permutation(len(rows))[:count]]
    motions = (motion.resample(FPS) for motion in prompts.truth_motions(store, prompt.predicate, drawn))
    return [canonical.canonical(motion.with_(face=None), 0.0)[0] for motion in motions]


def made(generator: Generator, setting: Setting, question: Question) -> tuple[list[Motion], float]:
    """A motion for every prompt, and the wall time [s] that one took in the mean."""

    def generate(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        asked = Request(tuple(texts), tuple(seeds), seconds, FPS, setting.steps, sampler=setting.sampler)
        return list(generator.run(asked).motions)

    begun = time.perf_counter()
    asked = [(prompt.text, prompt.predicate.seconds) for prompt in question.prompts]
    found = answers(generate, asked, question.repetition)
    return found, (time.perf_counter() - begun) / len(found)


def judge(question: Question, motions: Sequence[Motion], space: Space) -> dict[str, float]:
    """Every column of the motions made for a question: predicates held, R-precision, FID, KID, feet and shaking."""
    held = [prompt.predicate.holds(motion) for prompt, motion in zip(question.prompts, motions, strict=True)]
    vectors = space.motions(motions)
    return {
        "predicates": float(np.mean(held)),
        **retrieved(question.texts, vectors, question.alike),
        **likeness(question.held, vectors),
        **stands(motions),
    }


def run(
    generators: dict[str, Generator],
    settings: Sequence[Setting],
    store: Store,
    space: Space,
    count: int = 1,
    repetitions: int = 5,
) -> Iterator[Answer]:
    """Ground truth and every setting, repetition by repetition; settings follow each other, so that times can be compared."""
    clips = speaking.common(store)
    for generator in generators.values():  # what comes first pays for what all use
        generator.run(Request(("a person walks",), (0,), steps=settings[0].steps))
    for repetition in range(repetitions):
        question = ask(store, clips, space, count, repetition)
        yield Answer(None, repetition, judge(question, question.real, space))
        for setting in settings:
            motions, seconds = made(generators[setting.model], setting, question)
            yield Answer(setting, repetition, judge(question, motions, space), seconds)
