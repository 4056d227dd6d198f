"""669 features <-> part tokens. Every input and output channel belongs to exactly one part, so one product per frame does.

A part that has no observed cell in the whole batch is not computed at all: `Present` says which parts are left and where their
features lie. This is exact: an absent part is masked wherever parts meet.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from motionverse.parts import CELL_PART, CELLS, PART_NAMES, part_cells
from motionverse.skeleton import BODY_JOINTS
from motionverse.tomato import FEATURE_CELL

FEATURES, PARTS = len(FEATURE_CELL), len(PART_NAMES)
GUESSED = tuple(
    int(k) for k in (FEATURE_CELL < BODY_JOINTS).nonzero()[0]
)  # features that streams tell: without hands and face
_LIMBS = ("left_arm", "right_arm", "left_leg", "right_leg")
PULSES = (  # joints whose common speed rises and falls: the body's, a limb's
    tuple(range(BODY_JOINTS)),
    *(tuple(int(joint) for joint in part_cells(name) if joint < BODY_JOINTS) for name in _LIMBS),
)


@dataclass(frozen=True)
class Present:
    """The parts that a batch has, by index into PART_NAMES, and the features and cells that belong to them."""

    parts: tuple[int, ...]
    features: Tensor  # indices into the 669
    feature_cells: Tensor  # cell of each of those
    feature_parts: Tensor  # position in `parts` of each of those
    cell_places: Tensor  # position in `cells` of each of those' cell
    cells: Tensor  # indices into the 53
    cell_parts: Tensor

    def take(self, weight: Tensor, axis: int) -> Tensor:
        """The rows of these parts from a tensor whose `axis` runs over all ten."""
        first, count = self.parts[0], len(self.parts)
        if self.parts == tuple(range(first, first + count)):
            return weight.narrow(axis, first, count)
        return weight.index_select(axis, torch.tensor(self.parts, device=weight.device))


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # kept for training too, whoever asks first
def _present(parts: tuple[int, ...], device: str) -> Present:
    place = torch.full((PARTS,), -1)
    place[list(parts)] = torch.arange(len(parts))
    cell_parts = place[torch.as_tensor(CELL_PART)]
    feature_cells = torch.as_tensor(FEATURE_CELL).long()
    feature_parts = cell_parts[feature_cells]
    features, cells = (feature_parts >= 0).nonzero()[:, 0], (cell_parts >= 0).nonzero()[:, 0]
    places = torch.full((CELLS,), -1)
    places[cells] = torch.arange(len(cells))
    owners = feature_cells[features]
    rows = features, owners, feature_parts[features], places[owners], cells, cell_parts[cells]
    return Present(parts, *(row.to(device) for row in rows))


def part_presence(cells: Tensor) -> Tensor:
    """(B, 53) cells -> (B, 10): True where any cell of the part is there."""
    owner = torch.as_tensor(CELL_PART, device=cells.device)
    count = torch.zeros(cells.shape[0], PARTS, device=cells.device)
    return count.index_add(1, owner, cells.float()) > 0


def present(cells: Tensor) -> Present:
    """Which parts any clip of the batch has. cells (B, 53) bool. A batch with no cell at all keeps the root."""
    found = [True] * PARTS if cells.is_meta else part_presence(cells).any(0).tolist()
    parts = tuple(p for p, there in enumerate(found) if there) or (0,)
    return _present(parts, str(cells.device))


def feature_mask(cells: Tensor) -> Tensor:
    """(..., 53) cells -> (..., 669) features."""
    assert cells.shape[-1] == CELLS
    return cells[..., torch.as_tensor(FEATURE_CELL, device=cells.device).long()]


class ReadIn(nn.Module):
    """[noisy | clean given x mask | mask] -> part tokens: one linear map a part, done as one block-sparse product."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.noisy = nn.Parameter(torch.randn(FEATURES, width) * 0.1)
        self.given = nn.Parameter(torch.randn(FEATURES, width) * 0.1)
        self.mask = nn.Parameter(torch.randn(CELLS, width) * 0.1)
        self.bias = nn.Parameter(torch.zeros(PARTS, width))

    def weights(self, here: Present) -> tuple[Tensor, Tensor]:
        """The dense product of the present parts: weight (P L, inputs) and bias (P L)."""
        rows = torch.cat([self.noisy[here.features], self.given[here.features], self.mask[here.cells]])
        owner = torch.cat([here.feature_parts, here.feature_parts, here.cell_parts])
        return _spread(rows, owner, len(here.parts)).T, here.take(self.bias, 0).flatten()


class ReadOut(nn.Module):
    """Part tokens -> features, in fp32: one linear map a part."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(FEATURES, width))
        self.bias = nn.Parameter(torch.zeros(FEATURES))

    def weights(self, here: Present) -> tuple[Tensor, Tensor]:
        """The dense product of the present parts: weight (features, P L) and bias (features)."""
        return _spread(self.weight[here.features], here.feature_parts, len(here.parts)), self.bias[here.features]


def _spread(rows: Tensor, owner: Tensor, parts: int) -> Tensor:
    """(n, L) rows, each put in the columns of its own part, zero elsewhere -> (n, parts L)."""
    return (F.one_hot(owner, parts).to(rows.dtype)[:, :, None] * rows[:, None]).flatten(1)
