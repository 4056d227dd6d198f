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


WRONG = [
    ("nanoo", "model 'nanoo' is unknown; did you mean nano?"),
    ("nowhere.yaml", "nowhere.yaml: no such configuration file"),
    ("list.yaml", "list.yaml: expected `key: value` lines, found list"),
    ("odd.yaml", "odd.yaml: model.width: 7 must be even"),
    ("endless.yaml", "endless.yaml: run.steps, run.minutes and run.cpu_minutes are all 0"),
    ("empty", "model 'empty' is unknown"),
    ("broken", "broken/config.yaml: not text"),
    ("bare", "bare/config.yaml: no such configuration file"),
    ("", "model '' is unknown"),
    ("nano tiny", "unrecognized arguments: tiny"),
    ("--jason", "did you mean --json?"),
]


@pytest.mark.parametrize(("asked", "said"), WRONG, ids=[asked for asked, _ in WRONG])
def test_what_cannot_be_broken_down_is_one_line(published, weights_folder, tmp_path, monkeypatch, capsys, asked, said):
    monkeypatch.chdir(tmp_path)
    for name, text in {"list": "- a\n", "odd": "model: {width: 7}\nrun: {steps: 1}\n", "endless": ""}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    for name in ("empty", "broken", "bare"):
        (tmp_path / name).mkdir()
    for name in ("broken", "bare"):
        (tmp_path / name / "model.safetensors").symlink_to(weights_folder / "model.safetensors")
    (tmp_path / "broken" / "config.yaml").write_bytes(bytes(range(256)))
    try:
        code = cli.main(["models", *(asked.split() or [""])])
    except SystemExit as stop:  # argparse
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and said in told and told.count("\n") == 1 and "Traceback" not in told, told


def test_a_damaged_weights_file_is_named(published, tmp_path, capsys):
    (tmp_path / "weights" / "damaged").mkdir()
    for path in (tmp_path / "weights" / "mine").iterdir():
        (tmp_path / "weights" / "damaged" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "weights" / "damaged" / "model.safetensors").write_bytes(b"half")
    assert cli.main(["models"]) == 2
    told = capsys.readouterr().err
    assert "damaged/model.safetensors: damaged or no safetensors file" in told and told.count("\n") == 1
