"""Ground truth must reproduce: its cells of the first repetition, computed anew from the store beside an empty cache.

What was heard in recordings is kept: listening to them all takes longer than the rest of a board. A column may differ in digits
that no report shows: a sentence's tokens hang, in their last bits, on the sentences that were read with it.
"""

import math
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lmm.evaluate.board import Board
from lmm.evaluate.processes import Stated, compute
from lmm.evaluate.rows import TRUTH

CLOSE = 1e-6  # relative: reports show six digits


def checks(stated: Stated, board: Board, workers: int) -> list[dict[str, Any]]:
    """A line a task for the report: how many of ground truth's columns are not what the board, which is whole, has of them."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        fresh = replace(stated, models=(), cache=Path(folder), heard=board.heard)
        other = fresh.board()
        cells = [cell for cell in other.wanted if cell.who.name == TRUTH and cell.repetition == 0]
        for _ in compute(fresh, other, cells, workers):
            pass
        kept = {
            cell.task: board.known(cell) for cell in board.wanted if cell.who.name == TRUTH and cell.repetition == 0
        }
        for cell in cells:
            before, now = kept[cell.task] or {}, other.known(cell) or {}
            apart = sum(not _same(before, now, name) for name in {*before, *now})
            row = {"task": cell.task, "check": f"{TRUTH} again", "column": "columns that differ", "truth": 0}
            found.append(row | {"found": apart, "holds": apart == 0})
    return found


def _same(before: Mapping[str, float], now: Mapping[str, float], name: str) -> bool:
    """Both have the column, and the same of it."""
    if name not in before or name not in now:
        return False
    a, b = before[name], now[name]
    return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE**2) or math.isnan(a) and math.isnan(b)
