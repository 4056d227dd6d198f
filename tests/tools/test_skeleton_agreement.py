"""The comparison of two conversions: nothing apart where both are the same motion, and a fault is seen."""

from pathlib import Path

import numpy as np
import pytest

from motionverse import rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tools import skeleton_agreement


@pytest.fixture
def files(monkeypatch):
    """Two readers that give the same walk, the BVH's a few frames late, turned and elsewhere."""
    walk = forge.walk(2.0, turn=0.3, raise_hand="left")
    held = {"amc": walk, "daz": walk.frames_slice(4, 60).turned(0.7, (1.0, 0.0, 2.0))}
    monkeypatch.setattr(skeleton_agreement.asf_amc, "read", lambda path: held["amc"])
    monkeypatch.setattr(skeleton_agreement.bvh, "read", lambda path: held["daz"])
    monkeypatch.setattr(skeleton_agreement, "drop_rest_pose", lambda motion: motion)
    return held


def test_one_motion_in_two_places_is_one_motion(files):
    published, stored = skeleton_agreement.both(Path("a"), Path("b"))
    assert published.room < 0.5 and published.pose < 0.5 and published.far == 0
    assert isinstance(stored, skeleton_agreement.Pair) and stored.room < 0.5


def test_an_elbow_bent_backwards_is_seen_and_the_gate_refuses_it(files):
    motion: Motion = files["daz"]
    broken = motion.rotations.copy()
    broken[:, WHOLE_BODY.index("right_elbow")] = rotation.about("Y", np.full(len(motion), -1.2))
    files["daz"] = motion.with_(rotations=broken)
    published, stored = skeleton_agreement.both(Path("a"), Path("b"))
    assert published.room > 0.3 and published.worst.startswith("right_wrist")
    assert isinstance(stored, str) and "Daz file: bent_backwards" in stored


def test_joints_that_are_thrown_about_are_refused_by_the_gate(files):
    motion: Motion = files["daz"]
    thrown = motion.root.copy()
    thrown[::20] += [0.0, 4.0, 0.0]
    files["daz"] = motion.with_(root=thrown)
    stored = skeleton_agreement.both(Path("a"), Path("b"))[1]
    assert isinstance(stored, str) and "Daz file: jumps" in stored


def test_trials_are_paired_by_name(tmp_path):
    (tmp_path / "cmu_daz_01").mkdir()
    for name in ("cmu_daz_01/01_01.bvh", "01_01.amc", "02_01.amc"):
        (tmp_path / name).touch()
    assert list(skeleton_agreement.trials(tmp_path)) == ["01_01"]
    with pytest.raises(SystemExit, match="no trial"):
        skeleton_agreement.main(tmp_path, ["05_01"])
