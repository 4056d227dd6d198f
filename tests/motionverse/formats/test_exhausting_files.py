"""Small files that ask for much, or state what no number holds: refused at once, in one line that names the file."""

import io
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from motionverse import contact, formats, retarget
from motionverse.errors import MotionError
from motionverse.formats import detect, joints, textgrid
from motionverse.retarget import joint_structure
from tests import forge

HEAD = "HIERARCHY\nROOT hips\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Xrotation Yrotation\n"


def bvh(path: Path, inside: str = "End Site\n{\nOFFSET 0 30 0\n}\n", frames: str = "2") -> Path:
    path.write_text(f"{HEAD}{inside}}}\nMOTION\nFrames: {frames}\nFrame Time: 0.04\n1 2 3\n1 2 3\n")
    return path


def joint(name: str, x: int) -> str:
    return f"JOINT {name}\n{{\nOFFSET {x} 10 0\nCHANNELS 0\nEnd Site\n{{\nOFFSET 0 9 0\n}}\n}}\n"


def test_a_count_of_thousands_of_digits(tmp_path: Path):
    with pytest.raises(MotionError, match="must be a whole number"):
        formats.load(bvh(tmp_path / "a.bvh", frames="9" * 5000))
    (tmp_path / "b.json").write_text('{"fps": ' + "9" * 5000 + "}")
    with pytest.raises(MotionError, match=r"b\.json: not JSON"):
        formats.load(tmp_path / "b.json")


@pytest.mark.parametrize("names", [("head", "foot"), ("arm", "arm")])
def test_thousands_of_heads_and_feet_are_not_compared_each_with_each(tmp_path: Path, names, monkeypatch):
    calls = []
    for place, name in ((detect, "_way"), (joint_structure._Tree, "_unlike")):
        true = getattr(place, name)
        monkeypatch.setattr(place, name, lambda *given, true=true: calls.append(1) or true(*given))
    motion = formats.load(bvh(tmp_path / "a.bvh", "".join(joint(f"{names[k % 2]}", k) for k in range(2000))))
    with pytest.raises(MotionError, match="no legs found"):
        retarget.retarget(motion)
    assert len(motion.skeleton) == 2001 and 0 < len(calls) < 50_000


def archive(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(f"{name}.npy", content)
    return path


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_arrays_that_unpack_to_far_more_than_the_file_holds(tmp_path: Path):
    bomb = archive(tmp_path / "a.npz", poses=npy(np.zeros((40_000, 156), np.float32)), trans=npy(np.zeros((40_000, 3))))
    with pytest.raises(MotionError, match=r"a\.npz: 'poses\.npy' states 6,240,000 values in a file of"):
        formats.load(bomb)
    header = npy(np.zeros(6)).replace(b"(6,), ", b"(6000000000000,), ").replace(b"            \n", b"\n")
    with pytest.raises(MotionError, match="states 6,000,000,000,000 values"):
        formats.load(archive(tmp_path / "b.npz", joints=header))
    with pytest.raises(MotionError, match="states"):
        formats.load(archive(tmp_path / "c.npz", dmpls=b"x" + b"\0" * 40_000_000))
    broken = npy(np.zeros(6)).replace(b"{'descr'", b"((((((((")
    with pytest.raises(MotionError, match=r"d\.npz: not a whole \.npz"):
        formats.load(archive(tmp_path / "d.npz", joints=broken))


def test_long_motion_that_hardly_moves_is_no_bomb(tmp_path: Path):
    forge.motion(60, 120.0).with_(root=np.zeros((7200, 3))).save(tmp_path / "still.npz")
    assert len(formats.load(tmp_path / "still.npz")) == 7200
    assert joints.MOST_VALUES >= 10 * 60 * 20 * 156


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"offsets": [[0, 0, 0], [0, 1e308, 0]]}, "offsets is not all finite numbers"),
        ({"names": [["a"], "b"]}, ""),
        ({"joints": [[[0, 1, 0], [0, 2]]]}, "joints is not all finite numbers"),
        ({"end_names": ["b"], "end_offsets": []}, r"end_offsets \(0,\) of 1 end_names"),
        ({"end_names": ["c"], "end_offsets": [[0, 1, 0]]}, "end_offsets"),
    ],
)
def test_lists_that_do_not_fit(tmp_path: Path, change: dict, complaint: str):
    held = {"names": ["a", "b"], "parents": [-1, 0], "offsets": [[0, 0, 0], [0, 1, 0]], "fps": 30,
            "rotations": [[[1, 0, 0, 0]] * 2] * 3, "joints": [[[0, 1, 0], [0, 2, 0]]] * 3}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(held))
    assert len(formats.load(tmp_path / "a.json")) == 3
    (tmp_path / "a.json").write_text(json.dumps(held | change))
    if complaint:
        with pytest.raises(MotionError, match=rf"a\.json: .*{complaint}"):
            formats.load(tmp_path / "a.json")
    else:
        assert formats.load(tmp_path / "a.json").skeleton.names == ("['a']", "b")


def test_points_that_coincide_still_make_rotations(tmp_path: Path):
    points = forge.motion(0.3).joints()
    points[2] = 0.0
    np.savez(tmp_path / "a.npz", joints=points, fps=30.0)
    rotations = formats.load(tmp_path / "a.npz").rotations
    assert np.abs(rotations @ np.swapaxes(rotations, -1, -2) - np.eye(3)).max() < 1e-6
    assert np.linalg.det(rotations).min() > 0.99


def test_a_header_whose_shape_overflows(tmp_path: Path):
    header = (
        npy(np.zeros(6))
        .replace(b"(6,), ", b"(9223372036854775807, 9223372036854775807), ")
        .replace(b" " * 38 + b"\n", b"\n")
    )
    (tmp_path / "a.npy").write_bytes(header)
    with warnings.catch_warnings(action="error"), pytest.raises(MotionError, match=r"a\.npy: not a whole \.npy"):
        formats.load(tmp_path / "a.npy")


def test_a_body_that_leaps_forty_metres_is_looked_at_without_overflow(tmp_path: Path):
    motion = forge.walk(0.5)
    root = motion.root.copy()
    root[-1, 1] += 40.0
    with warnings.catch_warnings(action="error"):
        assert retarget.retarget(motion.with_(root=root))[1].skate[0] >= 0
        assert contact.foot_skate(motion.with_(root=root))["slide"] >= 0


@pytest.mark.parametrize("count", ["1000000000000", "1e400", "-2"])
def test_a_textgrid_that_states_another_number_of_intervals(tmp_path: Path, count: str):
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "0",
        "1",
        "<exists>",
        "1",
        '"IntervalTier"',
        '"words"',
        "0",
        "1",
    ]
    (tmp_path / "a.TextGrid").write_text("\n".join([*lines, count, "0", "1", '"so"']))
    with pytest.raises(MotionError, match=r"a\.TextGrid: a tier breaks off"):
        textgrid.read(tmp_path / "a.TextGrid")
