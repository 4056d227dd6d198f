"""The board as pictures, one a task: each row's repetitions as dots in every column, their mean and its 95 % interval.

Ground truth's mean is a line through the column. What is not ours is grey, ours coloured by Okabe and Ito's palette, which people
with any colour vision tell apart; the marks differ as well.
"""

import importlib.util
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm.evaluate import gaps
from motionverse.errors import MotionError
from motionverse.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")  # Okabe and Ito 2008
GREYS = {"reference": "#000000", "control": "#B0B0B0", "baseline": "#6E6E6E"}  # by group
MARKS = {"reference": "D", "control": "x", "baseline": "s", "model": "o"}
DASHES = (":", "--", "-.", "-")  # of baselines in a line plot, which are all grey
ACROSS = 4  # columns side by side
SPREAD = 10.0  # times the median row: a mean beyond it makes the column's scale logarithmic


def check(folder: Path) -> None:
    """Say early whether pictures can be drawn there; makes the folder. Raises MotionError."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MotionError("pictures need matplotlib: pip install 'large-motion-model[train]'")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MotionError(f"{folder}: no folder for pictures ({error.strerror or error}); name another") from None


def draw(told: Mapping[str, Any], names: Mapping[str, Sequence[str]], folder: Path) -> list[Path]:
    """A PNG a task into the folder; returns them. told: the report; names: task -> the columns that it shows."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = []
    for task, rows in told["tasks"].items():
        if task == gaps.GAPS:
            made.append(_over_gaps(rows, folder / f"{task}.png"))
            continue
        columns = [name for name in names[task] if any(_values(row, name) for row in rows)]
        across = min(ACROSS, max(len(columns), 1))
        down = -(-len(columns) // across)
        height = 0.55 + 0.19 * len(rows)
        figure = Figure(figsize=(2.2 + 2.9 * across, 0.8 + height * down), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(down, across, sharey=True, squeeze=False)
        for place, panel in enumerate(axes.flat):
            if place < len(columns):
                _column(panel, rows, columns[place])
            else:
                panel.set_axis_off()
        figure.suptitle(
            f"{task}: {told['repetitions']} repetitions as dots, mean and 95 % interval, ground truth as a line",
            fontsize=10,
        )
        path = folder / f"{task.replace(' ', '-').replace('/', '-')}.png"
        with atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=120)
        made.append(path)
    return made


def _over_gaps(rows: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """The error over the length of a gap: a line a row, its 95 % interval as a band."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes, colours, greys = figure.subplots(), iter(OURS * len(rows)), iter(DASHES * len(rows))
    highest = 0.0
    for row in rows[1:]:  # ground truth's is 0 throughout
        grey = GREYS.get(row["group"])
        colour, dash = (grey, next(greys)) if grey else (next(colours), "-")
        lengths = gaps.lengths(tuple(row["columns"]))
        columns = [row["columns"][gaps.column(length)] for length in lengths]
        mean = [column["mean"] for column in columns]
        half = [column["interval"] or 0.0 for column in columns]
        low, high = ([m + sign * h for m, h in zip(mean, half, strict=True)] for sign in (-1, 1))
        axes.fill_between(lengths, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.plot(
            lengths,
            mean,
            dash,
            color=colour,
            marker=MARKS[row["group"]],
            markersize=4,
            linewidth=1.4,
            label=row["name"],
        )
        highest = max(highest, *mean)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    axes.set_xlabel("gap [s]")
    axes.set_ylabel("mean distance of joints in the world [mm]")
    axes.set_xlim(left=0.0)
    axes.set_ylim(0.0, 1.3 * highest or 1.0)  # few repetitions have intervals that reach far beyond
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return path


def _column(axes: "Axes", rows: Sequence[Mapping[str, Any]], name: str) -> None:
    """One column of a task: rows from top to bottom."""
    colours = iter(OURS * len(rows))
    means = []
    for place, row in enumerate(rows):
        colour = GREYS.get(row["group"]) or next(colours)
        values = _values(row, name)
        if not values:
            continue
        column, mark = row["columns"][name], MARKS[row["group"]]
        means.append(column["mean"])
        axes.errorbar(
            column["mean"], place, xerr=column["interval"] or 0.0, color=colour, linewidth=1.6, capsize=2.5, fmt=mark,
            markersize=5, markerfacecolor="none", zorder=3,
        )  # fmt: skip
        axes.plot(values, [place + 0.27] * len(values), ".", color=colour, markersize=3.5, alpha=0.7, zorder=2)
        if place == 0:
            axes.axvline(column["mean"], color=colour, linewidth=0.8, linestyle="--", zorder=1)
    if means and _far(means):
        from matplotlib.ticker import SymmetricalLogLocator

        axes.set_xscale("symlog", linthresh=max(means) / 1000)
        axes.set_xlim(left=0.0)  # what is far off is never below 0; an interval may reach there
        ticks = SymmetricalLogLocator(base=10, linthresh=max(means) / 1000)
        ticks.set_params(numticks=4)
        axes.xaxis.set_major_locator(ticks)
    axes.set_title(name, fontsize=9)
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="y", color="#EAEAEA", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _far(means: Sequence[float]) -> bool:
    """Whether a few rows are so far off that the others could not be told apart."""
    return min(means) >= 0 and max(means) > SPREAD * sorted(means)[len(means) // 2] > 0


def _values(row: Mapping[str, Any], name: str) -> list[float]:
    """A row's repetitions of a column: those that are numbers."""
    found = row["columns"].get(name, {"values": []})["values"]
    return [value for value in found if value is not None and math.isfinite(value)]
