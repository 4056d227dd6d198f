"""The board as people read it: means with 95 % intervals, on screen, as Markdown and as plain values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lmm.evaluate.board import TEXT, Board
from lmm.evaluate.controls import CONTROLS
from lmm.evaluate.rows import REPRESENTATION, TRUTH
from lmm.evaluate.speaking import SHUFFLED

CONFIDENCE = 0.95
MORE_IS_BETTER = ("predicates",)
_FEET = ("skate_m_s", "float_cm", "penetration_cm", "jitter_m_s2", "jerk_m_s3")
_SEAM = ("constraint_cm", "seam_peak_m_s3", "seam_area_m_s2")
WIDE = 6  # columns side by side on a screen
NOTHING = 1e-6  # what is smaller is shown as 0
FAITHFUL = 1e-3  # [m] of ADE: the representation gives back what it was given
COLUMNS = {  # what a task shows; all that was measured is in the JSON
    "prediction": (
        *(f"mpjpe_{ms}_mm" for ms in (80, 160, 320, 400, 560, 1000)), "ade_m", "fde_m", "npss", *_SEAM, *_FEET,
    ),
    "in-between": ("l2p", "l2q", "npss", "ade_m", "fde_m", *_SEAM, *_FEET),
    TEXT: ("predicates", *_FEET),
}  # fmt: skip
Values = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]  # task -> row -> column -> over repetitions


def interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Mean and the half-width of its 95 % interval (Student's t over repetitions); NaN for fewer than two."""
    from scipy.special import stdtrit

    data, n = np.asarray(values, np.float64), len(values)
    mean = float(data.mean())
    if n < 2:
        return mean, float("nan")
    quantile = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    return mean, float(quantile * data.std(ddof=1) / math.sqrt(n))


def report(board: Board, values: Values) -> dict[str, Any]:
    """All that was measured, JSON-ready: no times and no places, so that one command gives one report; NaN as None."""
    groups = {who.name: who for task in board.tasks for who in board.rows(task)}
    tasks = {
        task: [
            {"name": name, "group": groups[name].group, "weights": groups[name].made_of, "columns": _columns(columns)}
            for name, columns in rows.items()
        ]
        for task, rows in values.items()
    }
    return {
        "config": board.config_hash,
        "store": board.store_hash,
        "models": {who.name: who.made_of for who in board.models},
        "repetitions": board.config.repetitions,
        "tasks": tasks,
        "checks": checks(values),
    }


def _columns(columns: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, values in columns.items():
        mean, half = interval(values)
        found[name] = {"mean": _number(mean), "interval": _number(half), "values": [_number(v) for v in values]}
    return found


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def checks(values: Values) -> list[dict[str, Any]]:
    """Whether the board can be believed: each control worse than ground truth by the column that should see it, on the same
    windows, by more than the difference's interval; and the representation there and back within a millimetre."""
    found = []
    for task, rows in values.items():
        seen_by = {SHUFFLED: "predicates"} if task == TEXT else {name: c.metric for name, c in CONTROLS.items()}
        for name, column in seen_by.items():
            truth, spoilt = (np.array(rows[who][column]) for who in (TRUTH, name))
            worse, half = interval(truth - spoilt if column in MORE_IS_BETTER else spoilt - truth)
            means = {"truth": _number(float(truth.mean())), "found": _number(float(spoilt.mean()))}
            found.append(
                {"task": task, "check": name, "column": column, **means, "holds": bool(worse > np.nan_to_num(half))}
            )
        if REPRESENTATION in rows:
            error = interval(rows[REPRESENTATION]["ade_m"])[0]
            row = {"task": task, "check": REPRESENTATION, "column": "ade_m", "truth": 0.0, "found": _number(error)}
            found.append(row | {"holds": bool(error < FAITHFUL)})
    return found


def shown(task: str, columns: Mapping[str, Any]) -> list[str]:
    """The columns that a task's table has."""
    known = COLUMNS.get(task, tuple(columns))
    return [name for name in known if name in columns]


def _cell(column: Mapping[str, Any] | None) -> str:
    if column is None or column["mean"] is None:
        return "-"
    mean, half = (
        None if value is None else 0.0 if abs(value) < NOTHING else value
        for value in (column["mean"], column["interval"])
    )
    return f"{mean:.3g}" + ("" if half is None else f" ±{half:.2g}")


def _tables(told: Mapping[str, Any]) -> list[tuple[str, list[list[str]]]]:
    """(task, lines of cells, the first being the heads)."""
    found = []
    for task, rows in told["tasks"].items():
        names = shown(task, rows[0]["columns"])
        lines = [["", *names]]
        lines += [[row["name"], *(_cell(row["columns"].get(name)) for name in names)] for row in rows]
        found.append((task, lines))
    return found


def screen(told: Mapping[str, Any]) -> str:
    """The board as aligned text, WIDE columns at a time."""
    lines = []
    for task, cells in _tables(told):
        lines.append(f"{task} (means ± 95 % over {told['repetitions']} repetitions)")
        for first in range(1, len(cells[0]), WIDE):
            rows = [[row[0], *row[first : first + WIDE]] for row in cells]
            wide = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
            lines += ["  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip() for row in rows]
            lines.append("")
    return "\n".join([*lines, *_closing(told)])


def markdown(told: Mapping[str, Any]) -> str:
    """The board as Markdown: a table a task, the checks and the hashes."""
    lines = []
    for task, cells in _tables(told):
        head, *rows = cells
        lines += [f"## {task}", "", f"Means ± 95 % over {told['repetitions']} repetitions.", ""]
        lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
    return "\n".join(["# Board", "", *lines, "## Checks", "", *(f"- {line}" for line in _closing(told)), ""])


def _closing(told: Mapping[str, Any]) -> list[str]:
    lines = []
    for row in told["checks"]:
        verdict = "holds" if row["holds"] else "FAILS"
        lines.append(
            f"{row['task']}: {row['check']}: {row['column']} {_cell({'mean': row['found'], 'interval': None})}, "
            f"ground truth {_cell({'mean': row['truth'], 'interval': None})}: {verdict}"
        )
    models = ", ".join(f"{name} {made_of}" for name, made_of in told["models"].items()) or "none"
    return [*lines, f"weights: {models}; store {told['store'][:12]}; config {told['config'][:12]}"]
