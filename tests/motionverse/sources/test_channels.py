"""Raw channels: rotations and offsets come back, whatever the convention."""

from pathlib import Path

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.sources import channels
from tests.motionverse.sources import files


@pytest.mark.parametrize("up", ["Y", "Z"])
def test_quaternions_in_either_up_axis(tmp_path: Path, up: str) -> None:
    motion = files.body()
    files.write_quaternions(tmp_path / "a.npz", motion, up)
    read = channels.from_quaternions(tmp_path / "a.npz", up=up)
    assert files.same(read, motion)
    assert np.abs(read.skeleton.offsets[1:] - motion.skeleton.offsets[1:]).max() < 1e-4
    assert read.skeleton.names == motion.skeleton.names and read.fps == motion.fps


def test_exponential_maps_for_row_vectors(tmp_path: Path) -> None:
    motion = files.body(seed=3)
    files.write_exponential_maps(tmp_path / "a.npz", motion)
    read = channels.from_exponential_maps(tmp_path / "a.npz")
    assert files.same(read, motion)
    assert np.abs(read.rotations - motion.rotations).max() < 1e-4


def test_what_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(MotionError, match=r"a\.npz: not a whole \.npz"):
        channels.from_quaternions(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", raw=np.zeros((3, 4)))
    with pytest.raises(MotionError, match="lacks positions, joints"):
        channels.from_quaternions(tmp_path / "b.npz")
    files.write_exponential_maps(tmp_path / "c.npz", files.body())
    with pytest.raises(MotionError, match="raw \\(45, 69\\) for 22 joints; must be \\(T, 91\\)"):
        channels.from_quaternions(tmp_path / "c.npz")
    with pytest.raises(MotionError, match="22 joints; this corpus has 2"):
        channels.from_exponential_maps(tmp_path / "c.npz", (("a", "b"), (-1, 0)))
