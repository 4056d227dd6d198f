"""What we write as glTF: read again, played, and plain enough for any viewer."""

import json

import numpy as np
import pytest

from motionverse import formats
from motionverse.formats import bvh, gltf_write
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.motionverse.formats import foreign

ARM = Skeleton(("a", "b", "c"), (-1, 0, 1), np.array([[0, 0, 0], [0, 0.5, 0], [0, 0.4, 0.0]]))


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    motion = forge.motion(1.5, 30, seed=3).turned(0.4, (3.0, 0.0, -2.0))
    motion.save(tmp_path / f"a.{suffix}")
    read = formats.load(tmp_path / f"a.{suffix}")
    assert read.skeleton.names == WHOLE_BODY.names and read.fps == 30 and len(read) == len(motion)
    assert np.abs(read.joints() - motion.joints()).max() < 1e-5
    assert np.abs(read.rotations - motion.rotations).max() < 1e-5
    assert np.abs(read.skeleton.offsets[1:] - WHOLE_BODY.offsets[1:]).max() < 1e-6


@pytest.mark.parametrize(
    "fps", [10, 12.5, 20, 24, 24 / 1.001, 25, 30 / 1.001, 30, 33.3, 60, 100, 120 / 1.001, 120, 240, 500]
)
def test_frame_rate_survives(tmp_path, fps):
    for seconds in (0.3, 40):
        motion = forge.motion(seconds, fps, skeleton=ARM)
        gltf_write.write(motion, tmp_path / "a.glb", body=False)
        read = formats.load(tmp_path / "a.glb")
        assert len(read) == len(motion) and read.fps == pytest.approx(fps, rel=2e-3 if seconds < 1 else 1e-5)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_few_frames(tmp_path, frames):
    motion = forge.motion(frames / 30, seed=1)
    motion.save(tmp_path / "a.glb")
    read = formats.load(tmp_path / "a.glb")
    assert len(read) == frames and np.abs(read.joints() - motion.joints()).max() < 1e-5


def test_bvh_to_glb_and_back(tmp_path):
    (tmp_path / "a.bvh").write_text(foreign.body(20).text())
    first = formats.load(tmp_path / "a.bvh")
    first.save(tmp_path / "a.glb")
    formats.load(tmp_path / "a.glb").save(tmp_path / "b.bvh")
    again = bvh.read(tmp_path / "b.bvh")
    assert again.skeleton.names == first.skeleton.names and set(again.skeleton.ends) == set(first.skeleton.ends)
    assert np.abs(again.joints() - first.joints()).max() < 1e-5 and again.fps == first.fps
    for name, end in first.skeleton.ends.items():
        assert np.abs(again.skeleton.ends[name] - end).max() < 1e-6


def test_the_body_is_bound_to_the_joints(tmp_path):
    """Skinning the written mesh by its own matrices gives the mesh that pictures draw."""
    from motionverse.formats import gltf_accessor, gltf_file
    from motionverse.view import body_for

    motion = forge.motion(0.2, seed=2)
    motion.save(tmp_path / "a.glb")
    document = gltf_file.read(tmp_path / "a.glb")
    attributes = document.rows("meshes")[0]["primitives"][0]["attributes"]
    kinds = {"POSITION": "VEC3", "NORMAL": "VEC3", "JOINTS_0": "VEC4", "WEIGHTS_0": "VEC4"}
    got = {name: gltf_accessor.values(document, attributes[name], kind, "test") for name, kind in kinds.items()}
    inverse = document.rows("skins")[0]["inverseBindMatrices"]
    matrices = gltf_accessor.values(document, inverse, "MAT4", "test").reshape(-1, 4, 4).swapaxes(1, 2)
    world = np.tile(np.eye(4), (len(WHOLE_BODY), 1, 1))
    world[:, :3, :3], world[:, :3, 3] = motion.globals()[3], motion.joints()[3]
    blended = np.einsum("vk,vkij->vij", got["WEIGHTS_0"], (world @ matrices)[got["JOINTS_0"].astype(int)])
    points = np.concatenate([got["POSITION"], np.ones((len(blended), 1))], 1)
    drawn, _ = body_for(motion.skeleton).pose(motion.joints()[3], motion.globals()[3])
    assert np.abs((blended @ points[..., None])[:, :3, 0] - drawn).max() < 1e-4
    assert (
        np.abs(got["WEIGHTS_0"].sum(1) - 1).max() < 1e-6
        and np.abs(np.linalg.norm(got["NORMAL"], axis=1) - 1).max() < 1e-5
    )


def test_hands_that_were_not_captured_get_no_channels(tmp_path):
    observed = np.arange(52) < 22
    motion = forge.motion(0.5).with_(observed=observed)
    motion.save(tmp_path / "a.glb")
    read = formats.load(tmp_path / "a.glb")
    assert (read.present == observed).all()
    assert np.abs(read.joints()[:, :22] - motion.joints()[:, :22]).max() < 1e-5


def test_any_skeleton_gets_a_body(tmp_path):
    for skeleton in (ARM, Skeleton(("x",), (-1,), np.zeros((1, 3)))):
        motion = forge.motion(0.3, skeleton=skeleton)
        motion.save(tmp_path / "a.glb")
        read = formats.load(tmp_path / "a.glb")
        assert read.skeleton.names == motion.skeleton.names and np.abs(read.joints() - motion.joints()).max() < 1e-5


def test_what_is_written_is_plain_gltf(tmp_path):
    """What the Khronos validator asks of accessors: aligned, bounded where it must be, unit quaternions, times that rise."""
    forge.motion(0.5, seed=9).save(tmp_path / "a.gltf")
    held = json.loads((tmp_path / "a.gltf").read_text())
    assert held["asset"]["version"] == "2.0" and all(view["byteOffset"] % 4 == 0 for view in held["bufferViews"])
    inputs = {s["input"] for s in held["animations"][0]["samplers"]}
    position = held["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    assert all({"min", "max"} <= set(held["accessors"][k]) for k in (*inputs, position))
    used = inputs | {s["output"] for s in held["animations"][0]["samplers"]} | {held["skins"][0]["inverseBindMatrices"]}
    used |= {*held["meshes"][0]["primitives"][0]["attributes"].values(), held["meshes"][0]["primitives"][0]["indices"]}
    assert used == set(range(len(held["accessors"])))
    for row in held["nodes"]:
        assert set(row) <= {"name", "translation", "children", "mesh", "skin"}
