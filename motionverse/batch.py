"""Batch: windows side by side as tensors, padded to the longest, with masks that say where something is.

Axes: B windows, T frames, D = 669 features, C = 53 cells, S text tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import torch
from torch import Tensor

from motionverse.errors import MotionError
from motionverse.window import TEXT_WIDTH, Window


@dataclass(frozen=True, eq=False)
class Signals:
    """A stream that runs along time: values (B, R, W) float32, zero beyond each window's; mask (B, R) bool, nowhere True where a
    window has none; times (B, R) float32 [s] from each window's start."""

    values: Tensor
    mask: Tensor
    times: Tensor

    def to(self, device: torch.device | str) -> "Signals":
        """The same on another device."""
        return Signals(self.values.to(device), self.mask.to(device), self.times.to(device))


@dataclass(frozen=True, eq=False)
class Batch:
    """features (B, T, D) float32, normalised, zero where absent or padded; frames (B, T) bool, True on real frames;
    cells (B, C) bool, what was captured; times (B, T) float32 [s] from each window's start (it goes on over the padding);
    fps and seconds (B,) float32; text (B, S, W) float32 with text_mask (B, S) bool, S >= 1, no True where there is no text (W is
    the text encoder's width, 384 where no window has text); dataset (B,) long, 0 = any; kind (B,) long, 0 captured rotations,
    1 from IK; names and captions of the windows; signals: the streams that run along time which a window of it carries."""

    features: Tensor
    frames: Tensor
    cells: Tensor
    times: Tensor
    fps: Tensor
    seconds: Tensor
    text: Tensor
    text_mask: Tensor
    dataset: Tensor
    kind: Tensor
    names: tuple[str, ...]
    captions: tuple[str, ...]
    signals: Mapping[str, Signals] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.features)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        moved = {name: v.to(device) for name, v in values.items() if isinstance(v, Tensor)}
        return replace(self, **moved, signals={name: signal.to(device) for name, signal in self.signals.items()})


def collate(windows: Sequence[Window]) -> Batch:
    """Windows to a Batch. Raises MotionError for no windows at all, and for texts of two encoders."""
    if not windows:
        raise MotionError("batch: no windows; give at least one")
    features, frames = _padded([w.features for w in windows])
    text, text_mask = _padded(_texts(windows))
    fps = np.array([w.fps for w in windows])
    times = np.arange(features.shape[1]) / fps[:, None]
    return Batch(
        features=features,
        frames=frames,
        cells=torch.from_numpy(np.stack([w.cells for w in windows])),
        times=torch.from_numpy(times.astype(np.float32)),
        fps=torch.from_numpy(fps.astype(np.float32)),
        seconds=torch.tensor([w.seconds for w in windows], dtype=torch.float32),
        text=text,
        text_mask=text_mask,
        dataset=torch.tensor([w.dataset for w in windows]),
        kind=torch.tensor([w.kind for w in windows]),
        names=tuple(w.name for w in windows),
        captions=tuple(w.caption for w in windows),
        signals={name: _signals(name, windows) for name in sorted({name for w in windows for name in w.signals})},
    )


def _signals(name: str, windows: Sequence[Window]) -> Signals:
    """The windows' stream of that name, which at least one of them carries."""
    width = next(w.signals[name][0].shape[1] for w in windows if name in w.signals)
    none = np.zeros((0, width), np.float32), np.zeros(0, np.float32)
    rows = [w.signals.get(name, none) for w in windows]
    values, mask = _padded([row[0] for row in rows])
    times, _ = _padded([row[1][:, None] for row in rows])
    return Signals(values, mask, times[..., 0])


def _texts(windows: Sequence[Window]) -> list[np.ndarray]:
    """The windows' tokens (S_i, W), those of windows without text as wide as the others'."""
    widths = {w.text.shape[-1] for w in windows if len(w.text)}
    if len(widths) > 1:
        raise MotionError(f"batch: text embeddings of {sorted(widths)} numbers a token; one encoder makes them all")
    width = widths.pop() if widths else TEXT_WIDTH
    return [w.text if len(w.text) else np.zeros((0, width), np.float32) for w in windows]


def _padded(rows: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Rows (n_i, width) to (B, max n, width) float32, zero beyond each, and (B, max n) bool; max n is at least 1."""
    longest = max(1, max(len(row) for row in rows))
    values = np.zeros((len(rows), longest, rows[0].shape[-1]), np.float32)
    mask = np.zeros((len(rows), longest), bool)
    for out, real, row in zip(values, mask, rows, strict=True):
        out[: len(row)] = row
        real[: len(row)] = True
    return torch.from_numpy(values), torch.from_numpy(mask)
