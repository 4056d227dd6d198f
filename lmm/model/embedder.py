"""The motion-text space: motions and sentences as unit vectors that lie close together where they say the same.

A judge of models, not a part of one: trained by contrast (Radford et al., CLIP, arXiv 2103.00020; for motion TMR, Petrovich
et al., arXiv 2305.00976), then frozen. Every report carries `Embedder.version`, the hash of its weights: numbers of two
versions cannot be compared. Axes: B clips, T frames, S words, D = 669 features, E channels of the space.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm import config as configs
from lmm import weights
from lmm.model.alike import gists
from lmm.model.condition import Gist, Stream, StreamEncoder, StreamLayer
from lmm.model.embed import turns
from lmm.model.parts import FEATURES
from motionverse import tomato
from motionverse.errors import MotionError
from motionverse.face import FLAME
from motionverse.motion import Motion
from motionverse.parts import CELLS, FACE_CELL
from motionverse.stats import Stats

FASTEST = 30.0  # fps; faster motions are resampled to it first
LONGEST = 8.0  # s; a longer motion is embedded in equal pieces, whose vectors are averaged
HEADS = 4
_BATCH = 64
_WORD = 0.5  # s; words count as instants so far apart, so that motion and text share one kind of attention layer


@dataclass
class EmbedderConfig:
    """The shape of the two encoders. `actions` are the classes that the head knows, by their names in the corpora."""

    width: int = 256
    layers: int = 3  # over the motion's tokens
    text_layers: int = 1  # over the words
    space: int = 256  # E
    bin: float = 0.125  # s; the frames of a bin are averaged into one token, whatever the frame rate
    actions: list[str] = field(default_factory=list)


class MotionEncoder(nn.Module):
    """Features of any parts at any frame rate -> one vector.

    Each frame goes through two layers by itself; the frames of a bin (an eighth of a second) are averaged, so that a second
    has as many tokens at 60 fps as at 10; the tokens attend to each other at their times in seconds, and are pooled by
    learned weights.
    """

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        width = config.width
        self.bin = config.bin
        self.features, self.cells = nn.Linear(FEATURES, width), nn.Linear(CELLS, width, bias=False)
        self.frame = nn.Sequential(nn.GELU(), nn.Linear(width, width))
        self.layers = nn.ModuleList(StreamLayer(width, HEADS) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self.weigh = nn.Linear(width, 1)

    def forward(self, features: Tensor, frames: Tensor, cells: Tensor, times: Tensor) -> Tensor:
        """features (B, T, D) normalised, zero where absent; frames (B, T) bool; cells (B, 53) bool; times (B, T) [s], rising
        from 0 -> (B, width)."""
        x = self.frame(self.features(features) + self.cells(cells.to(features))[:, None]).float()
        x, mask, at = _binned(x, frames, times, self.bin)
        cos, sin = (angle[:, None] for angle in turns(at, x.shape[-1] // HEADS))
        for layer in self.layers:
            x = layer(x, mask, cos, sin)
        x = self.norm(x.float())
        score = self.weigh(x).float().masked_fill(~mask[..., None], -1e4)
        return (torch.softmax(score, 1) * x).sum(1)


def _binned(x: Tensor, frames: Tensor, times: Tensor, width: float) -> tuple[Tensor, Tensor, Tensor]:
    """Means of x (B, T, C) and of times over bins of `width` [s]: (B, K, C), which bins have a frame (B, K), times (B, K)."""
    bins = (times / width + 1e-3).long().masked_fill(~frames, 0)
    count = int(bins.max()) + 1
    place = bins + torch.arange(len(x), device=x.device)[:, None] * count
    rows = torch.cat([x, times[..., None], torch.ones_like(times)[..., None]], -1)[frames]
    sums = torch.zeros(len(x) * count, rows.shape[-1], device=x.device).index_add(0, place[frames], rows)
    held = sums[:, -1:].clamp_min(1)
    means = (sums[:, :-1] / held).unflatten(0, (len(x), count))
    return means[..., :-1], (sums[:, -1] > 0).unflatten(0, (len(x), count)), means[..., -1]


class TextHead(nn.Module):
    """Token embeddings of the frozen text encoder -> one vector: what the words say in order, and the whitened gist."""

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        self.words = StreamEncoder(384, config.width, config.text_layers)
        self.gist = Gist(384, config.width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """tokens (B, S, 384), mask (B, S) bool -> (B, width)."""
        times = torch.arange(tokens.shape[1], device=tokens.device).expand(mask.shape) * _WORD
        stream = Stream(tokens, mask, times, mask.any(1))
        return self.words(stream)[2].float() + self.gist(stream).float()


class MotionText(nn.Module):
    """Both encoders, the maps into the space, and the classifier of actions."""

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        self.motion, self.text = MotionEncoder(config), TextHead(config)
        self.motion_out, self.text_out = (nn.Linear(config.width, config.space) for _ in range(2))
        self.action = nn.Linear(config.width, len(config.actions))
        self.warmth = nn.Parameter(torch.tensor(2.6))  # log of what cosines are multiplied by in the loss

    def embed_motion(self, features: Tensor, frames: Tensor, cells: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """As MotionEncoder -> unit vectors (B, E) and logits of the actions (B, A)."""
        pooled = self.motion(features, frames, cells, times)
        return F.normalize(self.motion_out(pooled).float(), dim=-1), self.action(pooled).float()

    def embed_text(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """As TextHead -> unit vectors (B, E)."""
        return F.normalize(self.text_out(self.text(tokens, mask)).float(), dim=-1)


class Tokens(Protocol):
    """Whatever turns sentences into token embeddings, each (n, 384) float32 (motionverse.features.text)."""

    def tokens(self, texts: Sequence[str]) -> list[np.ndarray]: ...


class Embedder:
    """The frozen space. version: hash of the weights; action_names: the classes. Everything runs on the CPU in float32."""

    def __init__(
        self, model: MotionText, config: EmbedderConfig, stats: Stats, tokens: Tokens, version: str = ""
    ) -> None:
        self.model = model.eval().requires_grad_(False)
        self.config, self.stats, self.version = config, stats, version
        self.action_names = tuple(config.actions)
        self._tokens = tokens

    @classmethod
    def load(cls, name: str | Path = weights.EMBEDDER, tokens: Tokens | None = None) -> "Embedder":
        """The published space, or one in a folder; tokens: what embeds sentences (None: the bundled text encoder).

        Raises MotionError in one line for files that are missing, changed or of another model.
        """
        from motionverse.features.text import TextEncoder

        place = weights.find(name)
        version = weights.check(place)
        tensors, stats, _ = weights.read(place / weights.WEIGHTS, weights.EMBEDDER_FORMAT)
        config = configs.read(place / weights.CONFIG, EmbedderConfig)
        model = MotionText(config)
        try:
            model.load_state_dict({key: value.float() for key, value in tensors.items()})
        except RuntimeError:
            raise MotionError(f"{place}: weights and {weights.CONFIG} disagree; fetch both again") from None
        return cls(model, config, stats, tokens or TextEncoder(), version)

    def motions(self, motions: Sequence[Motion]) -> np.ndarray:
        """Unit vectors (N, E) float32 of motions on WHOLE_BODY's tree, of any frame rate and any parts."""
        return _unit(self._of_pieces(motions, 0))

    def actions(self, motions: Sequence[Motion]) -> np.ndarray:
        """Probabilities (N, A) float32 of the actions, in the order of `action_names`."""
        return self._of_pieces(motions, 1)

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (N, E) float32 of sentences. Raises MotionError for one without words."""
        found = []
        for start in range(0, len(texts), _BATCH):
            rows = self._tokens.tokens(texts[start : start + _BATCH])
            if any(not len(row) for row in rows):
                raise MotionError("embedder: a text has no words; leave it out")
            with torch.inference_mode():
                found.append(self.model.embed_text(*_padded(rows)).numpy())
        return np.concatenate(found) if found else np.zeros((0, self.config.space), np.float32)

    def gists(self, texts: Sequence[str]) -> np.ndarray:
        """Mean tokens (N, 384) of sentences, scaled to length 1: what tells which of them say the same (lmm.model.alike)."""
        return gists(self._tokens.tokens(texts))

    def _of_pieces(self, motions: Sequence[Motion], which: int) -> np.ndarray:
        """Means over each motion's pieces of what the model says: 0 the vectors, 1 the actions' probabilities."""
        pieces = [(k, piece) for k, motion in enumerate(motions) for piece in self._pieces(motion)]
        out = np.zeros((len(motions), (self.config.space, len(self.action_names))[which]), np.float32)
        pieces.sort(key=lambda one: len(one[1][0]))  # alike lengths side by side: little padding
        for start in range(0, len(pieces), _BATCH):
            part = pieces[start : start + _BATCH]
            features, frames = _padded([features for _, (features, _, _) in part])
            cells = torch.from_numpy(np.stack([cells for _, (_, cells, _) in part]))
            fps = torch.tensor([fps for _, (_, _, fps) in part])
            times = torch.arange(features.shape[1]) / fps[:, None]
            with torch.inference_mode():
                said = self.model.embed_motion(features, frames, cells, times)[which]
                said = torch.softmax(said, -1) if which else said
            np.add.at(out, [k for k, _ in part], said.numpy())
        count = np.bincount([k for k, _ in pieces], minlength=len(motions))
        return out / np.maximum(count, 1)[:, None].astype(np.float32)

    def _pieces(self, motion: Motion) -> list[tuple[np.ndarray, np.ndarray, float]]:
        """Normalised features (T, D), cells (53,) and frame rate of each piece."""
        motion = motion.resample(FASTEST) if motion.fps > FASTEST else motion
        cells = np.zeros(CELLS, bool)
        cells[:FACE_CELL] = motion.present
        cells[FACE_CELL] = motion.face is not None and motion.face_source == FLAME
        features = self.stats.normalise(tomato.encode(motion)[0], cells)
        count = max(1, round(np.ceil(len(features) / motion.fps / LONGEST - 1e-6)))
        return [(part, cells, float(motion.fps)) for part in np.array_split(features, count)]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _padded(rows: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Rows (n_i, C) as (B, max n, C) float32 with zeros beyond each, and (B, max n) bool."""
    tensors = [torch.from_numpy(np.ascontiguousarray(row, np.float32)) for row in rows]
    mask = [torch.ones(len(row), dtype=torch.bool) for row in rows]
    pad = nn.utils.rnn.pad_sequence
    return pad(tensors, batch_first=True), pad(mask, batch_first=True)
