"""The board as people read it: means with 95 % intervals, on screen, as Markdown and as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from lmm.evaluate.board import Board
from lmm.evaluate.checks import checks, interval, number
from lmm.evaluate.controls import ACTION, TEXT

_FEET = ("skate_m_s", "float_cm", "penetration_cm", "jitter_m_s2", "jerk_m_s3")
_TOPS = tuple(f"{pools}r@{k}" for pools in ("", "classic_") for k in (1, 2, 3))
_SET = ("fid", "fid_infinite", "kid", "diversity", "multimodality")
_SEAM = ("constraint_cm", "seam_peak_m_s3", "seam_area_m_s2", "lint")
_COMPLETED = ("l2p", "l2q", "npss", "ade_m", "fde_m", *_SEAM, *_FEET)  # of other tasks that complete windows
WIDE = 6  # columns side by side on a screen
NOTHING = 1e-6  # what is smaller is shown as 0
COLUMNS = {  # what a task shows; all that was measured is in the JSON
    "prediction": (
        *(f"mpjpe_{ms}_mm" for ms in (80, 160, 320, 400, 560, 1000)), "ade_m", "fde_m", "npss", *_SEAM, *_FEET,
    ),
    "in-between": _COMPLETED,
    TEXT: (*_TOPS, "mm_dist", *_SET, "predicates", "lint", *_FEET),
    ACTION: ("accuracy", "accuracy_of_labels", *_SET, "lint", *_FEET),
    "music": ("windows", "recorded", "fid_k", "fid_g", "div_k", "div_g", "beat_alignment", "pfc_cm2"),
    "speech": ("windows", "recorded", "fgd", "kid", "beat_consistency", "l1_diversity_m"),
}  # fmt: skip
Values = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]  # task -> row -> column -> over repetitions


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
        "space": board.space_hash,
        "models": {who.name: who.made_of for who in board.models},
        "repetitions": board.config.repetitions,
        "tasks": tasks,
        "checks": checks(values),
    }


def _columns(columns: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, values in columns.items():
        mean, half = interval(values)
        found[name] = {"mean": number(mean), "interval": number(half), "values": [number(v) for v in values]}
    return found


def shown(task: str, columns: Mapping[str, Any]) -> list[str]:
    """The columns that a task's table has."""
    known = COLUMNS.get(task, _COMPLETED if "constraint_cm" in columns else tuple(columns))
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
        found, truth = (_cell({"mean": row[name], "interval": None}) for name in ("found", "truth"))
        sure = f" (the difference is known to ±{row['interval']:.2g})" if row.get("interval") is not None else ""
        lines.append(f"{row['task']}: {row['check']}: {row['column']} {found}, ground truth {truth}{sure}: {verdict}")
    models = ", ".join(f"{name} {made_of}" for name, made_of in told["models"].items()) or "none"
    space = f"motion-text space {told['space'][:12]}; " if told["space"] else ""
    return [*lines, f"weights: {models}; {space}store {told['store'][:12]}; config {told['config'][:12]}"]
