"""FBX as text, in other units, axes, rotation orders and times: the joints are where the angles say."""

import subprocess
import sys

import numpy as np
import pytest

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import fbx
from tests.motionverse.formats.fbx_text import Scene

READS = pytest.mark.skipif(fbx.importlib.util.find_spec("ufbx") is None, reason="ufbx reads FBX: pip install ufbx")


def where(motion, scene):
    return motion.joints()[:, [motion.skeleton.index(name) for name in scene.names]]


@READS
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"up": "Z", "fps": 24.0, "seed": 1},
        {"unit": 1.0, "start": 2.5, "seed": 2},
        {"unit": 0.0254, "fps": 60.0, "skinned": True},
    ],
)
def test_joints_are_where_the_angles_say(tmp_path, options):
    scene = Scene(**options)
    (tmp_path / "a.fbx").write_text(scene.text())
    motion = formats.load(tmp_path / "a.fbx")
    assert (len(motion), motion.fps) == (scene.frames, scene.fps)
    assert np.abs(where(motion, scene) - scene.joints()).max() < 1e-5
    assert np.ptp(scene.joints(), axis=0).max() > 0.2


@READS
def test_the_rest_pose_is_the_one_the_skin_was_bound_in(tmp_path):
    scene = Scene(skinned=True, up="Z")
    (tmp_path / "a.fbx").write_text(scene.text())
    skeleton = formats.load(tmp_path / "a.fbx").skeleton
    rest = skeleton.rest_positions()[[skeleton.index(name) for name in scene.names]]
    assert np.abs(rest - (scene.bind() - scene.bind()[0])).max() < 1e-5


@READS
def test_one_of_several_takes(tmp_path):
    scene = Scene(takes=("idle", "jump"))
    (tmp_path / "a.fbx").write_text(scene.text())
    assert fbx.animations(tmp_path / "a.fbx") == ["idle", "jump"]
    assert len(formats.load(tmp_path / "a.fbx")) == 9  # the longer one
    jump = formats.load(tmp_path / "a.fbx", animation="jump")
    assert (
        len(jump) == 8
        and np.abs(jump.joints()[4] - formats.load(tmp_path / "a.fbx", animation="0").joints()[4]).max() > 0.1
    )
    with pytest.raises(MotionError, match="no animation 'run'; there are idle, jump"):
        formats.load(tmp_path / "a.fbx", animation="run")


@READS
@pytest.mark.parametrize("broken", ["other", "cut", "endless", "no number"])
def test_broken_files_are_a_line_that_names_them(tmp_path, broken):
    text = Scene(frames=2).text()
    if broken == "endless":
        text = text.replace('"LocalStop", "KTime", "Time", "", ', '"LocalStop", "KTime", "Time", "", 99999999')
    if broken == "no number":
        text = text.replace(
            '"Lcl Translation", "Lcl Translation", "", "A", ', '"Lcl Translation", "Lcl Translation", "", "A", 1e999,'
        )
    held = {"other": "Kaydara? no", "cut": text[: len(text) // 3], "endless": text, "no number": text}[broken]
    (tmp_path / "a.fbx").write_text(held)
    with pytest.raises(MotionError, match=r"a\.fbx: ") as told:
        formats.load(tmp_path / "a.fbx")
    assert "\n" not in str(told.value) and "scene.glb" not in str(told.value)


def test_without_the_library_the_way_round_it_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.fbx").write_text("x")
    monkeypatch.setattr(fbx.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MotionError, match=r"a\.fbx: .*pip install ufbx, or convert it to \.glb with Blender"):
        formats.load(tmp_path / "a.fbx")


def test_a_library_that_crashes_is_a_line_too(tmp_path, monkeypatch):
    monkeypatch.setattr(fbx.importlib.util, "find_spec", lambda name: True)
    crashed = subprocess.CompletedProcess([sys.executable], -11, "", "")
    monkeypatch.setattr(fbx.subprocess, "run", lambda *words, **more: crashed)
    (tmp_path / "a.fbx").write_text("x")
    with pytest.raises(MotionError, match=r"a\.fbx: the FBX library failed on it \(exit code -11\)"):
        formats.load(tmp_path / "a.fbx")
