"""The one path of inference: Request -> Motion.

Text to token embeddings, noise to features at the model's own frame rate (the noise is a seeded function of time), features to
a motion on the default skeleton, standing at the origin and facing +Z, and that to the rate asked for. What is longer than the
windows the model was trained on is made window after window, each given the end of the one before as clean context.

Axes: B motions, T frames at the model's rate, 669 features, S text tokens.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lmm import zoo
from lmm.completion import Asked, closed, given_features
from lmm.diffusion.guidance import GuidedDenoiser, Network
from lmm.diffusion.noise import noise_at
from lmm.diffusion.objective import Schedule, schedule
from lmm.diffusion.sampler import sample
from lmm.model.condition import Conditions, Stream
from lmm.request import DEFAULT_SECONDS, Request, check, check_guidance, check_variation
from lmm.sampling import GUIDANCE, GUIDED, LAST, LED, OVERLAP, SHIFT, STEPS, VARIATION
from lmm.streams import Told, drawn, sentences
from lmm.tasks import Given
from motionverse import derivative, resample, tomato
from motionverse.errors import MotionError
from motionverse.features.text import TextEncoder
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.parts import CELLS, FACE_CELL
from motionverse.stats import Stats
from motionverse.tomato import FEATURE_CELL, Frame

if TYPE_CHECKING:
    from lmm.recordings import Source

FRAMES = 4096  # in one sampling call; more motions than that are made call after call
SHOWN = 0.5  # a cell is generated if it was there in this share of the training frames


@dataclass
class Stages:
    """Wall time [s] by stage, added up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class Result:
    """motions in the request's order; rate [fps] that was sampled at; steps, and guidance by stream, used; stages: wall time [s] of
    each."""

    motions: tuple[Motion, ...]
    rate: float
    steps: int
    guidance: dict[str, float]
    stages: dict[str, float]


def load(name: str | Path = "nano", precision: str = "auto") -> "Generator":
    """A generator from published weights, by name or folder. precision: auto | bf16 | fp32. Raises MotionError."""
    return Generator(zoo.load(name, precision))


class Generator:
    """Makes motions with one model. `generate` for one, `batch` for many, `run` for all that a Request can say."""

    def __init__(self, published: zoo.Published) -> None:
        if not hasattr(published.model, "denoise"):
            raise MotionError(
                f"{published.folder}: network {published.recipe.network!r} is no denoiser; boards ask it (lmm.telling)"
            )
        self.published = published
        self.network: Network = published.model  # type: ignore[assignment]
        self.encoder = TextEncoder()
        self.schedule: Schedule = schedule(published.recipe.diffusion)
        self.cells = cells_of(published.stats)

    def generate(
        self,
        text: str = "",
        seconds: float | None = None,
        fps: float = 30.0,
        seed: int = 0,
        steps: int | None = None,
        guidance: float | Mapping[str, float] | None = None,
        native: bool = False,
        *,
        music: "Source | None" = None,
        speech: "Source | None" = None,
        keypoints: "Source | None" = None,
        starts: Mapping[str, float] | None = None,
        variation: float | None = None,
    ) -> Motion:
        """A motion that `text` describes, round(seconds x fps) frames on WHOLE_BODY, floor at y = 0, facing +Z at first.

        music, speech, keypoints: files (lmm.recordings) that the motion goes with, from `starts` [s] of the stream's name on.
        seconds: None: as long as these files, 60 at most, or 4. Other options as in Request. Raises MotionError for what cannot
        be asked.
        """
        given = (("music", music), ("speech", speech), ("keypoints", keypoints))
        files = {name: file for name, file in given if file is not None}
        length = DEFAULT_SECONDS if seconds is None else seconds
        asked = Request((text,), (seed,), length, fps, steps, guidance, native, variation=variation)
        if files or starts:
            from lmm import recordings  # brings every format of files, which words alone need not wait for

            self._check_streams(files)
            heard = recordings.read(files, starts or {})
            tracks = {name: one.track for name, one in heard.items()}
            asked = replace(asked, seconds=recordings.length(heard, seconds), tracks=tracks)
        return self.run(asked).motions[0]

    def batch(
        self,
        texts: Sequence[str],
        seeds: Sequence[int],
        seconds: float = 4.0,
        fps: float = 30.0,
        steps: int | None = None,
    ) -> list[Motion]:
        """One motion for each text and seed, sampled together."""
        return list(self.run(Request(tuple(texts), tuple(seeds), seconds, fps, steps)).motions)

    def run(self, request: Request) -> Result:
        """Everything a request asks for. Raises MotionError, before any work, for what cannot be asked."""
        check(request)
        self._check_streams(request.streams)
        rate = self._rate(request)
        stages = Stages()
        with stages("text"):
            told = self._told(request.texts, request.tracks, request.guidance)
        steps = STEPS if request.steps is None else request.steps
        frames = frames_over(request.seconds, rate) - request.native
        size = max(1, FRAMES // frames)
        motions: list[Motion] = []
        for start in range(0, len(request.texts), size):
            part = slice(start, start + size)
            with stages("sampling"):
                normal = self._sample(
                    told.part(part), request.seeds[part], frames, rate, steps, sampler=request.sampler,
                    variation=_variation(request.variation, told),
                )  # fmt: skip
            with stages("decoding"):
                motions += [decoded(features, self.published.stats, self.cells, request, rate) for features in normal]
        return Result(tuple(motions), rate, steps, dict(told.scales), stages.seconds)

    def complete(
        self,
        motions: Sequence[Motion],
        given: Given,
        texts: Sequence[str] | None = None,
        seeds: Sequence[int] | None = None,
        steps: int | None = None,
        guidance: float | Mapping[str, float] | None = None,
        tracks: Mapping[str, Track] | None = None,
        variation: float | None = None,
    ) -> list[Motion]:
        """Each motion made anew but for what `given` keeps of it (any of lmm.tasks.FORMS).

        motions: on WHOLE_BODY's tree, of one length and rate, which come out again; nothing of what is not given is looked at,
        but for the bones. texts: one for each, None: no sentence; seeds: one for each (None: 0, 1, ...); guidance, tracks and
        variation as in Request. Where the pelvis is given the result stands where the motion does. Raises MotionError for what
        cannot be asked.
        """
        asked = Asked(tuple(motions), given, self.published.rate, self.cells)
        for name, found in (("texts", texts), ("seeds", seeds)):
            if found is not None and len(found) != len(motions):
                raise MotionError(f"complete: {len(found)} {name} for {len(motions)} motions; give one for each")
        seeds = range(len(motions)) if seeds is None else seeds
        told = self._told(texts or (), tracks or {}, guidance)
        self._check_streams(told.scales)
        made, size = [], max(1, FRAMES // asked.frames)
        for start in range(0, len(motions), size):
            part = slice(start, start + size)
            known, mask = given_features(asked, part, self.published.stats)
            normal = self._sample(
                told.part(part), seeds[part], asked.frames, asked.rate,
                STEPS if steps is None else steps, (torch.from_numpy(known), torch.from_numpy(mask)),
                variation=_variation(variation, told, bool(mask.any())),
            )  # fmt: skip
            features = self.published.stats.denormalise(normal, self.cells)
            made += [closed(asked, start + k, rows) for k, rows in enumerate(features)]
        return made

    def _rate(self, request: Request) -> float:
        """The frame rate to sample at."""
        curriculum = self.published.recipe.curriculum
        if not request.native:
            return self.published.rate
        if not curriculum.slowest <= request.fps <= curriculum.fastest:
            raise MotionError(
                f"fps: {request.fps:g} is out of range for native sampling; "
                f"allowed are {curriculum.slowest:g} to {curriculum.fastest:g}"
            )
        return request.fps

    def _told(
        self, texts: Sequence[str], tracks: Mapping[str, Track], guidance: float | Mapping[str, float] | None
    ) -> Told:
        streams = (*(("text",) if any(texts) else ()), *tracks)
        check_guidance(guidance, streams)
        text = sentences(self.encoder, texts) if any(texts) else None
        return Told(text, tracks, strengths(guidance, streams))

    def _check_streams(self, streams: Iterable[str]) -> None:
        known = self.published.recipe.model.streams
        for name in streams:
            if name not in known:
                from lmm import recordings

                raise recordings.rejected(name, self.published.name, known)

    @torch.inference_mode()
    def _sample(
        self,
        told: Told,
        seeds: Sequence[int],
        frames: int,
        rate: float,
        steps: int,
        known: tuple[Tensor, Tensor] | None = None,
        sampler: str = "dpm",
        variation: float = 1.0,
    ) -> np.ndarray:
        """Normalised features (B, T, 669), window after window where T is longer than the model was trained on.

        known: clean features (B, T, 669) and where they hold (B, T, 53) bool. variation: what the noise is scaled by; with less
        than the model expects it ends nearer to the mean of all motions that fit.
        """
        longest = max(self.published.recipe.curriculum.lengths) * max(1.0, rate / self.published.rate)
        times = torch.arange(frames) / rate
        noise = variation * torch.stack([noise_at(times, seed) for seed in seeds])
        clean = torch.zeros_like(noise) if known is None else known[0].clone()
        mask = torch.zeros(len(noise), frames, CELLS, dtype=torch.bool) if known is None else known[1].clone()
        for start, stop in windows(frames, int(longest), round(OVERLAP * rate)):
            streams = told.streams(len(seeds), start / rate, (stop - start) / rate)
            conditions = self._conditions(streams, len(seeds), stop - start, rate)
            guided = GuidedDenoiser(
                self.network, conditions, clean[:, start:stop], mask[:, start:stop], told.scales,
                self.schedule.steps, GUIDED, drawn(self.network, conditions, mask[:, start:stop]),
            )  # fmt: skip
            x = sample(guided, noise[:, start:stop], self.schedule, steps, sampler, SHIFT, LAST)
            clean[:, start:stop], mask[:, start:stop] = x.float(), conditions.cells[:, None]
        return clean.numpy()

    def _conditions(self, streams: Mapping[str, Stream], b: int, frames: int, rate: float) -> Conditions:
        return Conditions(
            times=(torch.arange(frames) / rate).expand(b, -1),
            frames=torch.ones(b, frames, dtype=torch.bool),
            cells=torch.from_numpy(self.cells).expand(b, -1),
            fps=torch.full((b,), float(rate)),
            seconds=torch.full((b,), frames / rate),
            dataset=torch.zeros(b, dtype=torch.long),
            streams=streams,
        )


def strengths(guidance: float | Mapping[str, float] | None, streams: Iterable[str]) -> dict[str, float]:
    """The scale of each of the streams: as asked of all or of each, else GUIDANCE."""
    if isinstance(guidance, Mapping):
        return {name: guidance.get(name, GUIDANCE) for name in streams}
    return dict.fromkeys(streams, GUIDANCE if guidance is None else guidance)


def _variation(asked: float | None, told: Told, given: bool = False) -> float:
    """As asked, else by what there is; given: whether some of the motion is. Raises MotionError for what cannot be asked."""
    check_variation(asked)
    if asked is not None:
        return asked
    if "keypoints" in told.tracks:
        return VARIATION
    return (VARIATION if told.text is None else LED) if given else 1.0


def cells_of(stats: Stats) -> np.ndarray:
    """(53,) bool: what most of the training data had, so what there is to generate; the pelvis always."""
    share = np.zeros(CELLS)
    np.maximum.at(share, FEATURE_CELL, stats.count / max(float(stats.count.max()), 1.0))
    cells = share >= SHOWN
    cells[0] = True
    return cells


def frames_over(seconds: float, rate: float) -> int:
    """Frames at `rate` to make for `seconds`: one more than fills them, so that the last instants asked for lie between two."""
    return int(np.ceil(seconds * rate - 1e-6)) + 1


def decoded(normal: np.ndarray, stats: Stats, cells: np.ndarray, request: Request, rate: float) -> Motion:
    """The motion of normalised features (T, 669) at `rate`, at the origin, facing +Z, as long and at the rate that is asked for."""
    frame = Frame(fps=rate, observed=cells[:FACE_CELL], face=bool(cells[FACE_CELL]))
    motion = tomato.decode(stats.denormalise(normal, cells), frame, derivative.SMOOTH)
    if request.native:
        return motion.frames_slice(0, request.frames)
    return resample.at_times(motion, np.arange(request.frames) / request.fps, request.fps)


def windows(frames: int, longest: int, overlap: int) -> list[tuple[int, int]]:
    """(start, stop) of the windows that cover `frames` frames: none over `longest`, each but the first beginning `overlap`
    frames (at most half of `longest`) before the end of the one before, all about equally long."""
    overlap = min(overlap, longest // 2)
    if frames <= longest:
        return [(0, frames)]
    count = int(np.ceil((frames - overlap) / (longest - overlap)))
    stops = np.linspace(overlap, frames, count + 1).round().astype(int)[1:]
    return [(0 if k == 0 else int(stops[k - 1]) - overlap, int(stop)) for k, stop in enumerate(stops)]
