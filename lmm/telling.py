"""Sentences to motions by lmm.baselines.gpt: codes drawn one after the other, decoded as every model's features are.

A motion's draws come from its own seed; nothing of them depends on what is asked for beside it. The end is never drawn, so that
a motion is as long as was asked for.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lmm import zoo
from lmm.baselines.codes import FRAMES
from lmm.baselines.gpt import GPT
from lmm.completion import Asked, closed, given_features
from lmm.generate import cells_of, decoded, frames_over
from lmm.request import Request, check
from lmm.streams import sentences, stream
from lmm.tasks import Given
from motionverse.errors import MotionError
from motionverse.features.text import TextEncoder
from motionverse.motion import Motion


def load(name: str | Path) -> "Teller":
    """A teller from published weights, by name or folder. Raises MotionError."""
    return Teller(zoo.load(name, "fp32"))  # rounding of half precision would let a draw depend on the batch


class Teller:
    """Makes motions with one GPT over codes; asked as lmm.generate.Generator is."""

    def __init__(self, published: zoo.Published) -> None:
        if not isinstance(published.model, GPT):
            raise MotionError(f"{published.folder}: network {published.recipe.network!r} draws no codes; name a gpt")
        self.published, self.model = published, published.model
        self.encoder = TextEncoder()
        self.cells = cells_of(published.stats)

    def batch(
        self, texts: Sequence[str], seeds: Sequence[int], seconds: float = 4.0, fps: float = 30.0
    ) -> list[Motion]:
        """One motion for each text and seed: round(seconds x fps) frames on WHOLE_BODY, floor at y = 0, facing +Z at first.

        Raises MotionError for what cannot be asked (lmm.request).
        """
        request = check(Request(tuple(texts), tuple(seeds), seconds, fps))
        rate = self.published.rate
        frames = frames_over(seconds, rate)
        nothing = torch.zeros(len(seeds), 0, dtype=torch.long)
        sentence = self.model.sentence(stream(sentences(self.encoder, request.texts)))
        normal = self._told(sentence, nothing, request.seeds, frames)
        return [decoded(rows, self.published.stats, self.cells, request, rate) for rows in normal]

    def complete(
        self,
        motions: Sequence[Motion],
        given: Given,
        texts: Sequence[str] | None = None,
        seeds: Sequence[int] | None = None,
    ) -> list[Motion]:
        """Each motion made anew after the prefix that `given` keeps of it; as Generator.complete otherwise.

        A code is four frames: of the prefix the last whole codes are read and the codes after it are drawn. Raises MotionError
        where anything but a prefix, or less than a code of it, is given.
        """
        if tuple(given.forms) != ("prefix",):
            raise MotionError(f"complete: a model over codes goes on from a prefix alone, not {', '.join(given.forms)}")
        asked = Asked(tuple(motions), given, self.published.rate, self.cells)
        held = int(given.mask(np.arange(asked.frames) / asked.rate).any(1).sum())
        if held < FRAMES:
            raise MotionError(
                f"complete: {held} frames at {asked.rate:g} fps are given, a code is {FRAMES}; give a longer prefix"
            )
        skip = held % FRAMES
        known, _ = given_features(asked, slice(None), self.published.stats)
        clean = torch.from_numpy(known[:, skip:held])
        # a code knows what follows it: what comes after the prefix is hidden, so its last frame, held
        clean = torch.cat([clean, clean[:, -1:].expand(-1, FRAMES, -1)], 1)
        whole = torch.ones(clean.shape[:2], dtype=torch.bool)
        start = self.model.codes.indices(clean, whole, self._cells(len(clean)))[0][:, :-1]
        said = (
            self.model.wordless.expand(len(motions), -1)
            if texts is None
            else self.model.sentence(stream(sentences(self.encoder, texts)))
        )
        seeds = range(len(motions)) if seeds is None else seeds
        made = self._told(said, start, seeds, asked.frames - skip)
        known[:, held:] = made[:, held - skip :]
        return [closed(asked, k, rows) for k, rows in enumerate(self.published.stats.denormalise(known, self.cells))]

    @torch.inference_mode()
    def _told(self, sentence: Tensor, start: Tensor, seeds: Sequence[int], frames: int) -> np.ndarray:
        """Normalised features (B, frames, 669) that begin with the codes of `start` (B, S)."""
        count = -(-frames // FRAMES) - start.shape[1]
        draws = [torch.rand(count, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        codes = self.model.told(sentence, start, torch.stack(draws))
        return self.model.codes.frames(codes, self._cells(len(codes)))[:, :frames].numpy()

    def _cells(self, count: int) -> Tensor:
        return torch.from_numpy(self.cells).expand(count, -1)
