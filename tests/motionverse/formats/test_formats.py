import pytest

from motionverse import formats
from motionverse.errors import MotionError
from tests import forge


def test_table():
    read = ".bvh .npz .joints.npz .json .amc .glb .gltf .vrm .fbx .vrma .npy .hml263.npy .csv .c3d"
    assert set(read.split()) <= set(formats.SUFFIXES)
    assert formats.format_of("A.B.JOINTS.NPZ").about != formats.format_of("a.NPZ").about


@pytest.mark.parametrize("name", ["a.xyz", "a", "bvh", ".npz.txt"])
def test_unknown_suffix(tmp_path, name):
    for act in (lambda: formats.load(tmp_path / name), lambda: forge.walk(1).save(tmp_path / name)):
        with pytest.raises(MotionError, match="use one of .bvh"):
            act()


def test_places_that_cannot_be_written(tmp_path):
    motion = forge.walk(0.2)
    (tmp_path / "folder.bvh").mkdir()
    for path, says in ((tmp_path / "none" / "a.bvh", "does not exist"), (tmp_path / "folder.bvh", "is a folder")):
        with pytest.raises(MotionError, match=says):
            motion.save(path)
    with pytest.raises(MotionError, match="only read"):
        motion.save(tmp_path / "a.amc")


def test_fps_in_place_of_the_files(tmp_path):
    motion = forge.walk(1, fps=24)
    for suffix in (".bvh", ".npz", ".json", ".joints.npz", ".glb", ".gltf", ".npy", ".csv"):
        motion.save(tmp_path / f"a{suffix}")
        assert formats.load(tmp_path / f"a{suffix}", fps=48).fps == 48
        with pytest.raises(MotionError, match=f"a{suffix}"):
            formats.load(tmp_path / f"a{suffix}", fps=0)
