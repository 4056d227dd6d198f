"""The board as people read it: means with 95 % intervals, on screen, as Markdown and as plain values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lmm.evaluate import hearing
from lmm.evaluate.board import Board, title
from lmm.evaluate.checks import Rows, checks, interval, number
from lmm.evaluate.controls import ACTION, COMPLETION, MIX, TEXT
from lmm.evaluate.rows import TRUTH
from lmm.evaluate.sounding import ANOTHERS, SEEN_BY

_FEET = ("skate_m_s", "float_cm", "penetration_cm", "jitter_m_s2", "jerk_m_s3")
_TOPS = tuple(f"{pools}r@{k}" for pools in ("", "classic_") for k in (1, 2, 3))
_SET = ("fid", "fid_infinite", "kid", "diversity", "multimodality")
_SEAM = ("constraint_cm", "kept_max_mm", "seam_peak_m_s3", "seam_area_m_s2", "lint")
_COMPLETED = ("l2p", "l2q", "npss", "ade_m", "fde_m", "best_ade_m", "best_fde_m", *_SEAM, *_FEET)
_AHEAD = (
    *(f"mpjpe_{ms}_mm" for ms in (80, 160, 320, 400, 560, 1000, 2000)), "ade_m", "fde_m", "best_ade_m", "best_fde_m", "npss",
    *_SEAM, *_FEET,
)  # fmt: skip
GAINS = {"beat_alignment": "beat_gain", "stress_alignment": "stress_gain"}  # over what is made to another's sound
WIDE = 6  # columns side by side on a screen
NOTHING = 1e-6  # what is smaller is shown as 0
COLUMNS = {  # what a task, or a kind of them, shows; all that was measured is in the JSON
    "prediction": _AHEAD,
    "motion prediction": _AHEAD,
    "conditional prediction": _AHEAD,
    COMPLETION: _COMPLETED,
    TEXT: (*_TOPS, "mm_dist", *_SET, "predicates", "lint", *_FEET),
    ACTION: ("accuracy", "accuracy_of_labels", *_SET, "lint", *_FEET),
    "music": ("windows", "recorded", "fid_k", "fid_g", "div_k", "div_g", "beat_alignment", "beat_gain", "pfc_cm2"),
    "speech": (
        "windows", "recorded", "fgd", "kid", "stress_alignment", "stress_gain", "beat_consistency", "l1_diversity_m",
    ),
    MIX: (
        "r@1_of_8", "mm_dist", "beat_alignment", "stress_alignment", "mpjpe_mm", "pa_mpjpe_mm", "acceleration_m_s2", "path_cm",
        "given_mm", "lint", *_FEET,
    ),
}  # fmt: skip
Values = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]  # task -> row -> column -> over repetitions


def report(board: Board, values: Values) -> dict[str, Any]:
    """All that was measured, JSON-ready: no times and no places, so that one command gives one report; NaN as None."""
    groups = {who.name: who for task in board.tasks for who in board.rows(task)}
    kinds = {task: board.kind(task) for task in board.tasks}
    tasks = {
        task: [
            {"name": name, "group": groups[name].group, "weights": groups[name].made_of, "columns": _columns(columns)}
            for name, columns in gained(rows, kinds[task]).items()
        ]
        for task, rows in values.items()
    }
    return {
        "config": board.config_hash,
        "store": board.store_hash,
        "space": board.space_hash,
        "models": {who.name: who.made_of for who in board.models},
        "repetitions": board.config.repetitions,
        "kinds": kinds,
        "tasks": tasks,
        "checks": checks(values, kinds, {task: board.against(task) for task in board.tasks}),
    }


def gained(rows: Rows, kind: str) -> dict[str, dict[str, Sequence[float]]]:
    """The rows of a task of sound with what each gains over what is made to, or measured by, another's sound."""
    found = {name: dict(columns) for name, columns in rows.items()}
    for name, columns in found.items() if kind in SEEN_BY else ():
        other = rows.get(ANOTHERS if name == TRUTH else name + hearing.MISTAKEN)
        for column, gain in GAINS.items():
            if other and column in columns:
                columns[gain] = [a - b for a, b in zip(columns[column], other[column], strict=True)]
    return found


def _columns(columns: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, values in columns.items():
        mean, half = interval(values)
        found[name] = {"mean": number(mean), "interval": number(half), "values": [number(v) for v in values]}
    return found


def shown(task: str, kind: str, columns: Iterable[str]) -> list[str]:
    """The columns that a task's table has, of those that its rows have."""
    there = tuple(columns)
    known = COLUMNS.get(task) or COLUMNS.get(kind) or there
    return [name for name in known if name in there]


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
        names = shown(task, told["kinds"][task], dict.fromkeys(name for row in rows for name in row["columns"]))
        lines = [["", *names]]
        lines += [[row["name"], *(_cell(row["columns"].get(name)) for name in names)] for row in rows]
        found.append((title(task), lines))
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
        beside = row.get("beside", TRUTH)
        lines.append(
            f"{title(row['task'])}: {row['check']}: {row['column']} {found}, {beside} {truth}{sure}: {verdict}"
        )
    models = ", ".join(f"{name} {made_of}" for name, made_of in told["models"].items()) or "none"
    space = f"motion-text space {told['space'][:12]}; " if told["space"] else ""
    return [*lines, f"weights: {models}; {space}store {told['store'][:12]}; config {told['config'][:12]}"]
