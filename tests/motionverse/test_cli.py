import json

import numpy as np
import pytest

import motionverse
from motionverse import cli, formats
from motionverse.sources import table
from tests import forge


@pytest.fixture
def walk(tmp_path):
    path = tmp_path / "walk.bvh"
    forge.walk(1.0).save(path)
    return path


def test_convert_keeps_the_motion(walk, tmp_path, capsys):
    for name in ("walk.npz", "walk.json", "again.bvh"):
        assert cli.main(["convert", str(walk), str(tmp_path / name)]) == 0
        assert np.abs(formats.load(tmp_path / name).joints() - forge.walk(1.0).joints()).max() < 1e-3
    assert cli.main(["convert", str(walk), str(tmp_path / "slow.bvh"), "--fps", "15", "--whole-body", "--json"]) == 0
    assert formats.load(tmp_path / "slow.bvh").fps == pytest.approx(15)
    assert '"frames": 15' in capsys.readouterr().out


def test_inspect_says_what_is_in_a_file(walk, capsys):
    assert cli.main(["inspect", str(walk), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["frames"] == 30 and facts["joints"] == 52 and facts["whole_body"]["possible"]
    assert facts["path_m"] == pytest.approx(1.2, abs=0.1)
    assert cli.main(["inspect", str(walk)]) == 0 and "frames: 30" in capsys.readouterr().out
    assert facts["face"] == "not captured" and facts["captured"]["left leg"] == "captured"
    assert facts["captured"]["left fingers"] == "not captured" and "missing" not in facts["whole_body"]
    assert all(len(str(value)) < 9 for value in facts["foot_skate"].values())
    assert cli.main(["inspect", "nothing"]) == 2 and "nothing: no such file, folder or store" in capsys.readouterr().err


def test_build_then_inspect_a_store(tmp_path, capsys):
    folder = tmp_path / "folder"
    folder.mkdir()
    for k in range(3):
        forge.walk(1.5, turn=0.2 * k).save(folder / f"walk{k}.bvh")
    store = tmp_path / "store"
    assert cli.main(["build", str(folder), "--source", "folder", "-o", str(store), "--workers", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sources"][0]["clips"] == 3
    assert cli.main(["inspect", str(store), "--verify", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["clips"] == 3 and facts["verified"] and facts["bytes_per_frame"] <= 450
    assert [(row["task"], row["clips"]) for row in facts["tasks"]] == [("text", 3)]  # no sound and no action in any
    assert cli.main(["inspect", str(store)]) == 0 and "folder" in capsys.readouterr().out
    shard = next(store.glob("shard*"))
    content = bytearray(shard.read_bytes())
    content[100] ^= 1
    shard.write_bytes(content)
    assert cli.main(["inspect", str(store), "--verify"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "shard" in told


def test_render_draws(walk, tmp_path):
    assert cli.main(["render", str(walk), str(tmp_path / "walk.png"), "--size", "200x160", "--title", "walk"]) == 0
    assert (tmp_path / "walk.png").stat().st_size > 1000


def test_sources_are_listed(capsys):
    assert cli.main(["sources", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"bandai_namco", "cmu", "folder"} <= {row["name"] for row in rows} and all(row["licence"] for row in rows)
    facts = "name title licence licence_class tasks hours how_to_obtain unverified state clips problem"
    assert all(set(row) == set(facts.split()) and isinstance(row["tasks"], list) and row["tasks"] for row in rows)
    assert cli.main(["sources"]) == 0 and "bandai_namco" in capsys.readouterr().out


def test_sources_tells_found_from_missing(walk, tmp_path, capsys):
    (tmp_path / "data" / "folder").mkdir(parents=True)
    walk.rename(tmp_path / "data" / "folder" / "walk.bvh")
    assert cli.main(["sources", str(tmp_path / "data"), "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["folder"]["state"], rows["folder"]["clips"], rows["cmu"]["state"]) == ("found", 1, "missing")
    assert cli.main(["sources", str(tmp_path / "data")]) == 0
    told = capsys.readouterr().out
    assert "found: 1 clips" in told and told.endswith("found: folder\n")
    assert cli.main(["sources", str(tmp_path / "no")]) == 2


def test_sources_says_what_was_looked_for_in_a_folder_without_clips(tmp_path, capsys):
    for name in table.SOURCES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.zip").write_bytes(b"PK")
    assert cli.main(["sources", str(tmp_path), "--json"]) == 0
    for row in json.loads(capsys.readouterr().out):
        assert row["state"] == "empty" and row["problem"].startswith("no clips found (looked for "), row["name"]
        assert not row["problem"].endswith("for )")
    assert cli.main(["sources", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "empty: no clips found (looked for *_poses.npz, *_stageii.npz)" in told
    assert f"{len(table.SOURCES)} empty" in told and "empty: bandai_namco, cmu" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["convert", "IN", "x.fbx"], ["convert", "IN", "no/x.bvh"], ["convert", "no.bvh", "x.bvh"], ["inspect", "no.bvh"],
        ["convert", "IN", "x.bvh", "--fps", "0"], ["convert", "IN", "x.bvh", "--scale", "0"], ["inspect", "."], ["fly"],
        ["convert", "IN", "x.bvh", "--up", "Q"], ["render", "IN", "x.avi"], ["render", "IN", "x.mp4", "--size", "big"],
        ["render", "IN", "x.mp4", "--size", "1x1"], ["build", "no", "-o", "store"],
        ["build", ".", "-o", "store", "--source", "nothing"], ["build", ".", "-o", "store", "--workers", "0"],
    ],
)  # fmt: skip
def test_bad_input_is_one_line_exit_2_and_no_file(walk, tmp_path, monkeypatch, capsys, arguments):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    try:
        code = cli.main([str(walk) if a == "IN" else a for a in arguments])
    except SystemExit as stop:
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and told.count("\n") == 1 and "Traceback" not in told
    assert not list(empty.iterdir())


def test_a_fault_of_ours_says_so_without_a_traceback(walk, monkeypatch, capsys):
    def broken(*_, **__):
        raise KeyError("gone")

    monkeypatch.setattr(formats, "load", broken)
    assert cli.main(["convert", str(walk), "x.bvh"]) == 1
    told = capsys.readouterr().err
    assert "KeyError" in told and "--debug" in told and told.count("\n") == 1


def test_the_package_exports_what_it_says():
    for name in motionverse.__all__:
        assert getattr(motionverse, name) is not None
    with pytest.raises(AttributeError):
        _ = motionverse.nothing
