"""The price of the bridge, split: what the rate costs, what the features cost, and which way back costs less."""

import json
import sys

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.formats import humanml3d_loss
from motionverse.formats.humanml3d_loss import measure, summary
from tests import forge
from tools import humanml3d_bridge


def test_the_parts_of_the_loss():
    slow, still = measure("a", forge.motion(2, 20, 1, size=0.2)), measure("b", forge.motion(2, 60, 2, size=0.2))
    assert slow.mm["rate"] == (0.0, 0.0), "it is at 20 fps already"
    for loss in (slow, still):
        assert loss.mm["features"][1] < 0.05 and loss.mm["stored"][0] > 10 * loss.mm["features"][0]
        assert loss.mm["whole"][1] <= loss.mm["rate"][1] + 3
        assert loss.degrees["features"] > 1 and loss.degrees["stored"] > 1, "no file says how limbs are twisted"
    report = summary([slow, still])
    assert report["clips"] == 2 and report["stored"]["largest_mm"] == max(slow.mm["stored"][1], still.mm["stored"][1])
    # a fast wave that 20 fps cannot hold is in the rate's column, and nowhere else
    fast = forge.motion(2, 120, 3, size=0.2)
    arm = fast.skeleton.index("left_elbow")
    rotations = fast.rotations.copy()
    swing = 0.3 * np.sin(2 * np.pi * 15 * fast.times)
    c, s, z = np.cos(swing), np.sin(swing), 0 * swing
    turn = np.stack([c, z, s, z, z + 1, z, -s, z, c], -1).reshape(-1, 3, 3)
    rotations[:, arm] = turn @ rotations[:, arm]
    loss = measure("c", fast.with_(rotations=rotations))
    assert loss.mm["rate"][1] > 40 and loss.mm["features"][1] < 0.05


def test_what_cannot_be_measured():
    with pytest.raises(MotionError, match="three frames"):
        measure("a", forge.walk(0.1))
    with pytest.raises(MotionError, match="no motion"):
        summary([])


def test_the_tool_draws_from_every_source(tmp_path, monkeypatch, capsys):
    (tmp_path / "folder").mkdir()
    for k in range(3):
        forge.motion(1, 30, k, size=0.1).save(tmp_path / "folder" / f"{k}.bvh")
    (tmp_path / "folder" / "broken.bvh").write_text("HIERARCHY")
    monkeypatch.setattr(sys, "argv", ["bridge", str(tmp_path), "--clips", "9", "--json"])
    humanml3d_bridge.main()
    assert json.loads(capsys.readouterr().out)["clips"] == 3
    monkeypatch.setattr(sys, "argv", ["bridge", str(tmp_path), "--clips", "2"])
    humanml3d_bridge.main()
    assert "2 clips" in (told := capsys.readouterr().out) and all(
        words in told for words in humanml3d_bridge.LINES.values()
    )
    monkeypatch.setattr(sys, "argv", ["bridge", str(tmp_path / "no")])
    with pytest.raises(SystemExit):
        humanml3d_bridge.main()
    assert capsys.readouterr().err.count("\n") == 1
    assert set(humanml3d_bridge.LINES) == set(humanml3d_loss.PARTS)
