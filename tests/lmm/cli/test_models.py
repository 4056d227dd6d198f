"""lmm models: what is published, the sizes, and what a model is made of."""

import json

import pytest

from lmm import cli


@pytest.fixture
def published(weights_folder, tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "mine").symlink_to(weights_folder)
    monkeypatch.setenv("LMM_ASSETS", str(tmp_path))


def test_published_weights_and_sizes_are_listed(published, capsys):
    assert cli.main(["models", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (row,) = told["published"]
    assert row["name"] == "mine" and row["rate_fps"] == 15 and row["parameters_M"] > 0 and row["GFLOP_per_s"] > 0
    assert row["use"] == "research"  # the strictest of what forged weights are made of
    assert [row["name"] for row in told["sizes"]] == ["nano", "tiny", "small", "base", "large"]
    assert all(0.8 < row["of_paper"] < 1.2 for row in told["sizes"][1:])
    counts = [row["GFLOP_per_s"] for row in told["sizes"]]
    assert counts == sorted(counts)


def test_a_model_is_broken_down(published, capsys):
    assert cli.main(["models", "mine"]) == 0
    *shares, whole = capsys.readouterr().out.splitlines()[1:]
    assert whole.startswith("all") and len(shares) == 9
    assert cli.main(["models", "tiny", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert sum(row["parameters_%"] for row in rows[:-1]) == pytest.approx(100, abs=0.5)


def test_a_name_that_is_none_is_one_line(published, tmp_path, capsys):
    assert cli.main(["models", "min"]) == 2
    assert "did you mean mine?" in capsys.readouterr().err
    (tmp_path / "plain.yaml").write_text("network: encoder\nrun: {steps: 1}\n")
    assert cli.main(["models", str(tmp_path / "plain.yaml")]) == 2
    assert "no breakdown" in capsys.readouterr().err
