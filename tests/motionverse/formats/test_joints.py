"""Joints .npz and motion .json: the same fields in two containers."""

import json

import numpy as np
import pytest

from motionverse import formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.motionverse.formats import foreign

KINDS = (".joints.npz", ".json")


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip_of_any_skeleton(tmp_path, kind):
    (tmp_path / "a.bvh").write_text(foreign.body().text())
    motion = bvh.read(tmp_path / "a.bvh").with_(
        observed=np.arange(11) % 3 > 0, face=np.random.default_rng(0).normal(size=(12, 50))
    )
    motion.save(tmp_path / f"a{kind}")
    back = formats.load(tmp_path / f"a{kind}")
    assert back.skeleton.names == motion.skeleton.names and back.skeleton.parents == motion.skeleton.parents
    assert back.fps == motion.fps and np.array_equal(back.present, motion.present)
    assert np.abs(back.joints() - motion.joints()).max() < 5e-6
    assert np.degrees(rotation.geodesic(back.rotations, motion.rotations)).max() < 1e-4
    assert back.face is not None and np.abs(back.face - motion.face).max() < 1e-5
    assert set(back.skeleton.ends) == set(motion.skeleton.ends)


def test_json_is_for_people(tmp_path):
    motion = forge.walk(1)
    motion.save(tmp_path / "a.json")
    held = json.loads((tmp_path / "a.json").read_text())
    assert held["names"] == list(WHOLE_BODY.names) and held["fps"] == 30
    assert np.shape(held["joints"]) == (30, 52, 3) and np.shape(held["rotations"]) == (30, 52, 4)
    assert "metres" in held["about"]


@pytest.mark.parametrize("count", [22, 52])
def test_points_alone_get_rotations(tmp_path, count):
    motion = forge.motion(1, seed=4, size=0.4)
    np.savez(tmp_path / "a.npz", positions=motion.joints()[:, :count].astype(np.float32), fps=30)
    fitted = formats.load(tmp_path / "a.npz")
    assert fitted.rotation_source == "ik" and fitted.skeleton.names == WHOLE_BODY.names
    assert fitted.present.sum() == count
    # (feet, wrists and finger tips end the chains; spine3 and pelvis see three bones, fitted in the least-squares sense)
    assert np.abs(fitted.joints() - motion.joints())[:, :count].max() < 1e-5


def test_points_with_names_or_a_rest_pose(tmp_path):
    motion = forge.motion(1, seed=5)
    some = [j for j, n in enumerate(WHOLE_BODY.names[:22]) if "collar" not in n]
    names = np.array(WHOLE_BODY.names)[some]
    np.savez(tmp_path / "a.npz", joints=names, positions=motion.joints()[:, some], fps=30)
    fitted = formats.load(tmp_path / "a.npz")
    assert fitted.skeleton.names == WHOLE_BODY.names and fitted.present.sum() == 22, "collars follow from shoulders"
    assert np.abs(fitted.joints() - motion.joints())[:, some].max() < 0.03
    other = motion.with_(
        skeleton=WHOLE_BODY.__class__(tuple(f"j{k}" for k in range(52)), WHOLE_BODY.parents, WHOLE_BODY.offsets)
    )
    parents, offsets = np.array(other.skeleton.parents), other.skeleton.offsets
    np.savez(
        tmp_path / "b.npz",
        joint_names=other.skeleton.names,
        joints=other.joints(),
        fps=30,
        parents=parents,
        offsets=offsets,
    )
    assert np.abs(formats.load(tmp_path / "b.npz").joints() - motion.joints()).max() < 1e-5
    np.savez(tmp_path / "c.npz", joint_names=other.skeleton.names, joints=other.joints(), fps=30)
    with pytest.raises(MotionError, match="give offsets"):
        formats.load(tmp_path / "c.npz")


def test_units_and_axes_can_be_given(tmp_path):
    motion = forge.motion(1, seed=6)
    np.savez(tmp_path / "a.npz", joints=1000 * motion.joints()[..., [0, 2, 1]] * [1, -1, 1], fps=30)
    fitted = formats.load(tmp_path / "a.npz", scale=0.001, up="Z", fps=25)
    assert fitted.fps == 25 and np.abs(fitted.joints() - motion.joints()).max() < 1e-5


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({}, "no joints"),
        ({"joints": [1, 2]}, "must be \\(T, J, 3\\)"),
        ({"joints": [[["a", "b", "c"]]]}, "no joints|finite"),
        ({"joints": [[[0, 0, None]]]}, "finite"),
        ({"joints": np.zeros((2, 22, 3)).tolist()}, "no frame rate"),
        ({"joints": np.zeros((2, 7, 3)).tolist(), "fps": 30}, "7 joints without names"),
        ({"joints": np.zeros((2, 22, 3)).tolist(), "fps": 30, "names": ["a"]}, "1 names for 22"),
        ({"joints": np.zeros((2, 22, 3)).tolist(), "fps": -1}, "fps -1"),
        ({"joints": np.zeros((2, 22, 3)).tolist(), "fps": "fast"}, "frame rate"),
        ({"joints": np.zeros((2, 52, 3)).tolist(), "fps": 30, "rotations": [[1, 0, 0, 0]]}, "must be quaternions"),
        (
            {"joints": np.zeros((1, 52, 3)).tolist(), "fps": 30, "rotations": np.zeros((1, 52, 4)).tolist()},
            "none of them zero",
        ),
    ],
)
def test_broken_json(tmp_path, held, says):
    (tmp_path / "a.json").write_text(json.dumps(held))
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(tmp_path / "a.json")
    assert str(caught.value).startswith(str(tmp_path / "a.json")) and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 5000, "\xff\xfe", '{"joints": NaN}'])
def test_not_json(tmp_path, text):
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(MotionError):
        formats.load(tmp_path / "a.json")


def test_damaged_npz(tmp_path):
    path = tmp_path / "a.npz"
    forge.walk(0.5).save(path)
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(data), 60):
        path.write_bytes(data[:at])
        with pytest.raises(MotionError):
            formats.load(path)
    for at in rng.integers(0, len(data), 120):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        try:
            formats.load(path)
        except MotionError as error:
            assert "\n" not in str(error)


def test_no_pickle(tmp_path):
    np.savez(tmp_path / "a.npz", poses=np.array([{"a": 1}], dtype=object))
    with pytest.raises(MotionError, match="no readable array"):
        formats.load(tmp_path / "a.npz")
