"""The Large Motion Model: a Diffusion Transformer over body parts with ArtAttention. It predicts the clean motion.

What does not depend on the noisy motion (conditions' tokens, keys and values, positions, the weights of the parts that are there)
is computed by `condition` once for a sampling run; `denoise` is the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lmm.config import LMMConfig
from lmm.model.attention import Clock, clock
from lmm.model.block import Block, Ready, modulate
from lmm.model.bridge import Bridge
from lmm.model.condition import ConditionEncoder, Conditions
from lmm.model.embed import ScalarEmbedding
from lmm.model.moe import alone, balance_loss
from lmm.model.parts import FEATURES, PARTS, Present, ReadIn, ReadOut, feature_mask, part_presence, present
from lmm.precision import cast

_SURE = 10.0  # how much faster than other weights `trust` may move


@dataclass(frozen=True)
class Context:
    """One sampling run's constants. vector (B, C); times (B, T) [s]; frames (B, T); seen (B, 1, features) and cells (B, 1, cells):
    which features and cells of the present parts were captured; beside (B, T or 1, P, L): timed streams at the frames; guess
    (B, T, features): the clean motion as streams tell it by themselves."""

    here: Present
    vector: Tensor
    times: Tensor
    frames: Tensor
    seen: Tensor
    cells: Tensor
    clock: Clock
    blocks: tuple[Ready, ...]
    read_in: tuple[Tensor, Tensor]
    read_out: tuple[Tensor, Tensor]
    adapt: Tensor | None
    beside: Tensor | None
    guess: Tensor | None


class LMM(nn.Module):
    """noisy and given motion (B, T, 669), mask (B, T, 53), step (B,) in 0..999, Conditions -> clean motion (B, T, 669)."""

    across: Callable[[Tensor], Tensor] = staticmethod(alone)  # sums over ranks, where training has several

    def __init__(self, config: LMMConfig, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config, self.precision = config, precision
        width, step = config.width, config.step_width
        self.read_in = ReadIn(width)
        self.step = ScalarEmbedding(step, 4.0, 4000.0, config.vector_width)
        self.conditions = ConditionEncoder(config)
        self.lift = nn.Linear(config.vector_width, step) if config.vector_width else nn.Identity()
        shared = config.adapt == "shared"  # 6 of the blocks, 2 of the read-out
        self.adapt = nn.Parameter(torch.zeros(8, PARTS, width, step)) if shared else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.read_out = ReadOut(width)
        self.beside = nn.ParameterDict(
            {name: nn.Parameter(torch.zeros(PARTS, width, config.stream_width)) for name in config.timed}
        )
        self.bridge = Bridge(FEATURES) if config.bridge else None
        self.trust = (
            nn.Linear(step, 1) if config.guesses else None
        )  # in what streams tell, by diffusion step; none at first
        if self.trust is not None:
            nn.init.zeros_(self.trust.weight)
            nn.init.zeros_(self.trust.bias)

    def forward(self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, conditions: Conditions) -> Tensor:
        return self.with_losses(noisy, given, mask, step, conditions)[0]

    def with_losses(
        self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, conditions: Conditions
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The clean motion and the model's own losses: `balance` of the experts (1 when even)."""
        context = self.condition(conditions)
        with self.cast(noisy):
            x, gates = self._denoise(noisy, given, mask, step, context)
            there = self._tokens(context).expand(gates[0].shape[:-1])
            chosen, across = self.config.experts_chosen, self.across
            balance = sum(balance_loss(g, chosen, there, across) for g in gates) / len(gates)
        return x, {"balance": torch.as_tensor(balance)}

    def guesses(self, conditions: Conditions) -> dict[str, Tensor]:
        """The clean motion (B, T, 669) as single streams tell it (`LMMConfig.guesses`): what training holds them to."""
        with self.cast(conditions.times):
            return self.conditions.guesses(conditions)

    def pulses(self, conditions: Conditions) -> dict[str, Tensor]:
        """How its speeds rise and fall (B, T, len(PULSES)) as single streams tell it (`LMMConfig.pulses`): likewise."""
        with self.cast(conditions.times):
            return self.conditions.pulses(conditions)

    def condition(self, conditions: Conditions) -> Context:
        """Everything that the noisy motion does not change: once per sampling run, once per training step."""
        here, presence = present(conditions.cells), part_presence(conditions.cells)
        presence = here.take(presence, 1)
        parts = None if presence.is_meta or bool(presence.all()) else presence
        with self.cast(conditions.times):
            memory, vector, beside = self.conditions(conditions)
            guess = self.conditions.guess_of(conditions, beside)
            added = [F.linear(x, here.take(self.beside[name], 0).flatten(0, 1)) for name, x in beside.items()]
            blocks = tuple(block.ready(memory, here, self.precision) for block in self.blocks)  # type: ignore[operator]
            weight, bias = self.read_in.weights(here)
            adapt = None if self.adapt is None else here.take(self.adapt, 1).flatten(0, 2).to(self.precision)
            vector = self.lift(vector).float()
        marks = clock(conditions.times, conditions.frames, conditions.seconds, memory, parts, self.config)
        seen = feature_mask(conditions.cells)[:, None, here.features]
        cells = conditions.cells[:, None, here.cells]
        read_in = weight.to(self.precision), bias.to(self.precision)
        read_out = self.read_out.weights(here)
        timed = sum(added[1:], added[0]).unflatten(-1, (len(here.parts), -1)).to(self.precision) if added else None
        return Context(
            here,
            vector,
            conditions.times,
            conditions.frames,
            seen,
            cells,
            marks,
            blocks,
            read_in,
            read_out,
            adapt,
            timed,
            None if guess is None else guess[..., here.features] * seen,
        )

    def denoise(self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, context: Context) -> Tensor:
        """The clean motion (B, T, 669): zero where a cell was never captured and at padded frames."""
        with self.cast(noisy):
            return self._denoise(noisy, given, mask, step, context)[0]

    def _denoise(
        self, noisy: Tensor, given: Tensor, mask: Tensor, step: Tensor, context: Context
    ) -> tuple[Tensor, list[Tensor]]:
        vector = F.silu(self.step(step.float()).float() + context.vector)
        known, guess = self._known(given, mask, context)  # (B, T, features)
        x = self._read(noisy, known if guess is None else known + guess, mask, context)  # (B, T, P, L)
        told, last = self._adapt(vector, context)  # (B, 1, 6, P, L) and (B, 1, 2, P, L), or the vector (B, C) and None
        gates = []
        for block, ready in zip(self.blocks, context.blocks, strict=True):
            x, gate = block(x, told, ready, context.clock)
            gates.append(gate)
        x = F.layer_norm(x, x.shape[-1:]) if last is None else modulate(x, *last.unbind(2))
        if guess is not None and self.trust is not None:
            known = known + _SURE * self.trust(vector).float()[:, None] * guess
        return self._write(x, noisy, known, context), gates  # (B, T, 669)

    def _known(self, given: Tensor, mask: Tensor, context: Context) -> tuple[Tensor, Tensor | None]:
        """What is given of the features of the present parts, with a bridge what it begins between, and what streams tell of the
        rest."""
        here = context.here
        told = mask[..., here.feature_cells] & context.seen
        known = given[..., here.features] * told
        left = told.to(known.dtype)
        if self.bridge is not None and (mask.is_meta or bool(mask.any())):
            with cast(known, False):
                shown = mask[..., here.cells] & context.cells
                known, left = self.bridge(known, shown, context.times, here.features, here.cell_places)
        return known, None if context.guess is None else context.guess * (1 - left)

    def _read(self, noisy: Tensor, known: Tensor, mask: Tensor, context: Context) -> Tensor:
        here = context.here
        inputs = [noisy[..., here.features] * context.seen, known, mask[..., here.cells] & context.cells]
        x = F.linear(torch.cat([part.to(self.precision) for part in inputs], -1), *context.read_in)
        x = x.unflatten(-1, (len(here.parts), -1))
        return x if context.beside is None else x + context.beside

    def _adapt(self, vector: Tensor, context: Context) -> tuple[Tensor, Tensor | None]:
        if context.adapt is None:
            return vector, None
        out = F.linear(vector, context.adapt).to(self.precision)
        return out.view(len(out), 1, 8, len(context.here.parts), -1).split([6, 2], 2)  # type: ignore[return-value]

    def _write(self, x: Tensor, noisy: Tensor, known: Tensor, context: Context) -> Tensor:
        with cast(x, False):  # half precision would show as jitter
            y = F.linear(x.float().flatten(2), *context.read_out)
            if self.bridge is not None:
                y = y + known
            y = y * (context.seen & context.frames[..., None])
        out = torch.zeros(noisy.shape, device=noisy.device)
        return out.index_copy(2, context.here.features, y)

    def _tokens(self, context: Context) -> Tensor:
        """Which part tokens exist: (B, T, P) or (B, T, 1)."""
        parts = context.clock.parts
        return context.frames[..., None] if parts is None else context.frames[..., None] & parts[:, None]

    def cast(self, like: Tensor) -> torch.autocast:
        """Products and the residual stream in `precision`; gates, time and the read-out stay in fp32."""
        return cast(like, self.precision == torch.bfloat16)
