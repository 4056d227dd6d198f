"""The board as pictures: what is drawn is what was measured."""

import pytest

from lmm.evaluate import pictures
from motionverse.errors import MotionError


def column(*values):
    return {"mean": sum(values) / len(values), "interval": 0.1, "values": list(values)}


NONE = {"mean": None, "interval": None, "values": [None]}
ROWS = [
    {"name": "ground truth", "group": "reference", "columns": {"ade_m": column(0.0, 0.0), "r/s": column(1.0, 2.0)}},
    {"name": "hold", "group": "baseline", "columns": {"ade_m": column(1.0, 1.2), "r/s": NONE}},
    {"name": "encoder", "group": "baseline", "columns": {"ade_m": column(90.0, 94.0), "r/s": column(3.0, 4.0)}},
    {"name": "ours", "group": "model", "columns": {"ade_m": column(0.7, 0.9), "r/s": column(1.5, 2.5)}},
]  # fmt: skip


def test_a_picture_a_task_twice_the_same(tmp_path):
    told = {"repetitions": 2, "tasks": {"prediction": ROWS, "legs / text": ROWS[:2]}}
    names = {"prediction": ["ade_m", "r/s", "unheard of"], "legs / text": ["ade_m"]}
    pictures.check(tmp_path / "a")
    pictures.check(tmp_path / "b")
    made = [pictures.draw(told, names, tmp_path / folder) for folder in "ab"]
    assert [path.name for path in made[0]] == ["prediction.png", "legs---text.png"]
    assert all(a.read_bytes() == b.read_bytes() and a.stat().st_size > 5000 for a, b in zip(*made, strict=True))


def test_a_panel_has_every_row_and_ground_truths_line_ours_alone_in_colour():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    pictures._column(axes, ROWS, "ade_m")
    assert [label.get_text() for label in axes.get_yticklabels()] == [row["name"] for row in ROWS]
    assert axes.get_xscale() == "symlog"  # the encoder is a hundred times as far off
    coloured = {line.get_color() for line in axes.lines}
    assert coloured == {pictures.GREYS["reference"], pictures.GREYS["baseline"], pictures.OURS[0]}
    assert [0.7, 0.9] in [list(line.get_xdata()) for line in axes.lines]


def test_where_nothing_can_be_drawn_it_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MotionError, match="no folder for pictures"):
        pictures.check(tmp_path / "file")
