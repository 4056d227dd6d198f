"""`motionverse lint`: files, folders and stores, what is printed, and the exit code."""

import json

import numpy as np
import pytest

from motionverse import cli, rotation, sweep
from motionverse.clip import Clip
from motionverse.skeleton import WHOLE_BODY
from motionverse.store.writer import Writer
from tests import forge


@pytest.fixture
def folder(tmp_path):
    """A clean motion, one with a glitch, points with a gap, and a file that is no motion."""
    made = tmp_path / "motions"
    made.mkdir()
    forge.walk(speed=0.8).save(made / "clean.bvh")
    rotations = forge.walk(speed=0.8).rotations
    rotations[20, WHOLE_BODY.index("left_elbow")] = rotation.about("X", np.array(1.5))
    forge.walk(speed=0.8).with_(rotations=rotations).save(made / "glitch.bvh")
    joints = forge.walk(speed=0.8).joints()
    joints[5:9, WHOLE_BODY.index("left_wrist")] = np.nan
    np.savez(made / "gaps.npz", positions=joints, fps=30.0, names=WHOLE_BODY.names, parents=WHOLE_BODY.parents)
    (made / "broken.bvh").write_text("HIERARCHY\n", encoding="utf-8")
    return made


def test_a_clean_file_passes_in_silence(folder, capsys):
    assert cli.main(["lint", str(folder / "clean.bvh")]) == 0
    assert capsys.readouterr().out == "1 motions, 0.0 min: 0 refused, 0 with warnings, 1 clean\n"


def test_a_warning_fails_only_where_it_is_strict(folder, capsys):
    assert cli.main(["lint", str(folder / "glitch.bvh")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "warning joint_jump 0.67-0.70 s left_elbow" in told[0] and told[-1] == "  warning joint_jump: 1"
    assert cli.main(["lint", str(folder / "glitch.bvh"), "--strict"]) == 1


def test_points_keep_their_gaps(folder, capsys):
    assert cli.main(["lint", str(folder / "gaps.npz"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["motions"][0]
    assert told["refused"]
    found = {finding["check"]: finding for finding in told["findings"]}["not_finite"]
    assert found["joint"] == "left_wrist" and found["start"] == pytest.approx(5 / 30, abs=1e-3)


def test_a_folder_is_examined_to_its_end(folder, capsys):
    assert cli.main(["lint", str(folder)]) == 1
    told = capsys.readouterr().out
    assert (
        "broken.bvh: error unreadable" in told and "4 motions" in told and "2 refused, 1 with warnings, 1 clean" in told
    )
    steps = []
    assert len(list(sweep.examine(folder, lambda done, total, _: steps.append((done, total))))) == 4
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_store(tmp_path, capsys):
    with Writer(tmp_path / "store") as writer:
        for k, motion in enumerate((forge.walk(speed=0.8), forge.walk(speed=0.8).with_(fps=5.0))):
            writer.add(Clip(motion, f"clip{k}", "folder", "unknown", f"clip{k}", split="train"))
        writer.close()
    assert cli.main(["lint", str(tmp_path / "store"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["motions"] == 2


def test_the_table_of_checks(capsys):
    assert cli.main(["lint", "--checks"]) == 0 and "sides_swapped" in capsys.readouterr().out
    assert cli.main(["lint", "--checks", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(sweep.CHECKS)


def test_what_cannot_be_looked_at(tmp_path, capsys):
    (tmp_path / "x.bvh").write_text("HIERARCHY\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for given in ([], [str(tmp_path / "no.bvh")], [str(tmp_path / "x.bvh")], [str(tmp_path / "empty")]):
        assert cli.main(["lint", *given]) == 2
        assert capsys.readouterr().err.count("\n") == 1
