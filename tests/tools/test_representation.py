"""The survey of a store: every clip there and back, the retarget's errors beside it, one line for what cannot be read."""

import json
import sys

import pytest

from motionverse.build import BuildReport, ClipRow
from motionverse.build.report import write_rows
from motionverse.clip import Clip
from motionverse.store import Writer
from tests import forge
from tools import representation


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "store"
    with Writer(path) as writer:
        for k in range(3):
            motion = forge.motion(1.5, seed=k, size=0.1)
            writer.add(Clip(motion, f"forged/{k}", "forged", "unknown", f"forged-{k}", split="train"))
        writer.close()
    return path


def told(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["representation.py", *map(str, arguments)])
    representation.main()
    return capsys.readouterr().out


def test_every_clip_is_surveyed_with_its_retarget_error(store, monkeypatch, capsys):
    rows = [ClipRow("forged", f"forged/{k}", error_mm=(10.0 * k, 50.0 + k), direction_deg=(1.0, 2.0)) for k in range(3)]
    with BuildReport.rows_of(store).open("w") as stream:
        write_rows(stream, rows)
    report = json.loads(told(monkeypatch, capsys, store, "--commute", "2", "--json"))
    assert report["clips"] == 3 and report["commuted"] == 2
    (row,) = report["sources"]
    assert 0 < row["mm"] < 0.01 and row["retarget_mm"] == [10.0, 52.0] and row["retarget_degrees"] == [1.0, 2.0]
    text = told(monkeypatch, capsys, store, "--commute", "all")
    assert "3 clips within" in text and "unfiltered, 3 clips" in text and "52.0" in text


@pytest.mark.parametrize(("content", "arguments"), [("{}", ()), (None, ("--commute", "some"))])
def test_what_is_wrong_is_said_in_one_line(store, monkeypatch, capsys, content, arguments):
    if content:
        BuildReport.rows_of(store).write_text(content)
    with pytest.raises(SystemExit) as stop:
        told(monkeypatch, capsys, store, "--commute", "0", *arguments)
    assert stop.value.code == 2 and capsys.readouterr().err.count("\n") == 1
