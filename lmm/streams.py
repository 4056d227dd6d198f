"""What a request tells a model, as the model's streams: sentences, and tracks read off window by window.

Axes: B motions, S tokens of a stream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from lmm.diffusion.guidance import Drawn, Network
from lmm.model.condition import Conditions, Stream, covers
from lmm.model.dit import LMM
from lmm.model.parts import GUESSED
from lmm.sampling import DRAWN, FAR, POSED, REACH
from motionverse.errors import MotionError
from motionverse.features.text import MAX_TOKENS, TextEncoder
from motionverse.features.track import Track
from motionverse.skeleton import BODY_JOINTS


@dataclass(frozen=True)
class Told:
    """What a batch is told. text: token embeddings (S_i, channels) of each motion's sentence, without a row where it has none, or
    None where none has any; tracks: by stream, of all motions, 0 s being their first frame; scales: guidance by stream."""

    text: Sequence[np.ndarray] | None = None
    tracks: Mapping[str, Track] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)

    def part(self, part: slice) -> "Told":
        """Of some of the motions."""
        return self if self.text is None else replace(self, text=self.text[part])

    def streams(self, count: int, start: float, seconds: float) -> dict[str, Stream]:
        """The streams of `count` motions over a window of `seconds` from `start` [s]; their times are the window's."""
        found = {} if self.text is None else {"text": stream(self.text)}
        return found | {name: timed(name, track, count, start, seconds) for name, track in self.tracks.items()}


def sentences(encoder: TextEncoder, texts: Sequence[str]) -> list[np.ndarray]:
    """Token embeddings (S_i, channels) of sentences, S_i = 0 for "". Raises MotionError for one too long to be read whole."""
    said = [text for text in texts if text]
    found = encoder.tokens(said)
    for text, rows in zip(said, found, strict=True):
        if len(rows) >= MAX_TOKENS:
            raise MotionError(f"text: '{text[:24]}...' has {MAX_TOKENS} tokens or more; say it shorter")
    each = iter(found)
    return [next(each) if text else found[0][:0] for text in texts]


def stream(text: Sequence[np.ndarray]) -> Stream:
    """Token embeddings of sentences, side by side; a motion without a row has no sentence."""
    b, longest = len(text), max(1, *(len(rows) for rows in text))
    tokens = torch.zeros(b, longest, text[0].shape[1])
    mask = torch.zeros(b, longest, dtype=torch.bool)
    for k, rows in enumerate(text):
        tokens[k, : len(rows)], mask[k, : len(rows)] = torch.from_numpy(np.ascontiguousarray(rows)), True
    return Stream(tokens, mask, None, mask.any(1))


def timed(name: str, track: Track, count: int, start: float, seconds: float) -> Stream:
    """A track over a window of `seconds` from `start` [s], for each of `count` motions: absent where it has ended before."""
    from motionverse.features.signals import SIGNALS, signal  # what says how tracks are read: not for words alone

    values, times = signal(name, track, start, seconds)
    there = len(times) > 0
    if not there:
        values, times = np.zeros((1, SIGNALS[name].width), np.float32), np.zeros(1, np.float32)
    tokens, instants = (torch.from_numpy(part).expand(count, *part.shape) for part in (values, times))
    mask = torch.full((count, len(times)), there)
    return Stream(tokens, mask, instants, mask[:, 0])


def drawn(network: Network, conditions: Conditions, given: Tensor) -> Drawn | None:
    """What a stream tells of the motion by itself, at the instants at which it has tokens, and the more the further they are from
    poses that are given; None where none does. given (B, T, 53) bool."""
    found = None
    for name, told in (network.guesses(conditions) if isinstance(network, LMM) else {}).items():
        if name in DRAWN:
            share, least = DRAWN[name]
            heard = covers(conditions.streams[name], conditions.times, REACH)
            posed = given[..., :BODY_JOINTS].float().mean(-1) >= POSED
            weight = torch.zeros_like(told)
            weight[..., GUESSED] = (share * heard * _away(conditions.times, posed))[..., None]
            found = Drawn(told, weight, least)
    return found


def _away(times: Tensor, posed: Tensor) -> Tensor:
    """(B, T) from 0 at a posed frame (B, T) to 1 where none is within FAR; times (B, T) [s]."""
    apart = (times[:, :, None] - times[:, None]).abs().masked_fill(~posed[:, None], torch.inf)
    return (apart.amin(-1) / FAR).clamp(max=1)
