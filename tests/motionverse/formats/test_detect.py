import numpy as np
import pytest

from motionverse import formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import bvh, detect
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.motionverse.formats import foreign


def write(path, document):
    path.write_text(document.text())
    return path


@pytest.mark.parametrize("unit", detect.UNITS)
def test_unit_is_found_from_the_body(tmp_path, unit):
    document = foreign.body(unit=unit)
    motion = bvh.read(write(tmp_path / "a.bvh", document))
    assert np.abs(motion.joints() - unit * document.joints()).max() < 1e-4


def test_a_body_in_no_known_unit_becomes_an_adult(tmp_path):
    motion = bvh.read(write(tmp_path / "a.bvh", foreign.body(unit=20.0)))
    assert detect.stature(motion.skeleton) == pytest.approx(detect.ADULT)


def test_scale_can_be_given(tmp_path):
    document = foreign.body(unit=0.01)
    motion = formats.load(write(tmp_path / "a.bvh", document), scale=0.02)
    assert np.abs(motion.joints() - 0.02 * document.joints()).max() < 1e-4
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(MotionError, match="metres per file unit"):
            formats.load(tmp_path / "a.bvh", scale=wrong)


@pytest.mark.parametrize("axis", ["X", "Y", "Z", "-X", "-Y", "-Z"])
@pytest.mark.parametrize("rest", ["along", "flat"])
def test_up_is_found_from_the_motion(tmp_path, axis, rest):
    """`along`: the rest pose stands along the same axis; `flat`: it stays Y up, and the root's rotation lifts the body."""
    document = foreign.body(size=8.0)
    expected = 0.01 * document.joints()
    turn = detect._TO_Y[axis].T  # from Y up to the file's axes
    turned = bvh.read(write(tmp_path / "y.bvh", document), scale=1.0, up="Y")
    rotations = turned.rotations.copy()
    skeleton = turned.skeleton
    if rest == "along":
        rotations = turn @ rotations @ turn.T
        ends = {name: turn @ end for name, end in skeleton.ends.items()}
        skeleton = type(skeleton)(skeleton.names, skeleton.parents, skeleton.offsets @ turn.T, ends)
    else:
        rotations[:, 0] = turn @ rotations[:, 0]
    file_axes = turned.with_(rotations=rotations, root=turned.root @ turn.T, skeleton=skeleton)
    settled = detect.settle(file_axes, "some file", None, None)
    assert np.abs(settled.joints() - expected).max() < 1e-5
    assert np.abs(detect.settle(file_axes, "some file", 0.01, axis.lower()).joints() - expected).max() < 1e-5
    if rest == "along":
        assert np.abs(settled.skeleton.offsets[1:] - 0.01 * turned.skeleton.offsets[1:]).max() < 1e-6


def test_a_lying_body_goes_by_its_rest_pose(tmp_path):
    motion = forge.walk(1)
    lying = motion.with_(rotations=motion.rotations.copy())
    lying.rotations[::2, 0] = detect._TO_Y["Z"] @ lying.rotations[::2, 0]
    lying.rotations[1::2, 0] = detect._TO_Y["X"] @ lying.rotations[1::2, 0]
    assert detect.find_up(lying) == "Y"


@pytest.mark.parametrize("heading", [0.0, 0.6, np.pi / 2, 2.5])
def test_one_who_only_lies_comes_back_lying(tmp_path, heading):
    motion = forge.walk(1, speed=0.0)
    rotations = motion.rotations.copy()
    rotations[:, 0] = rotation.about_y(heading) @ rotation.about("X", np.array(-np.pi / 2)) @ rotations[:, 0]
    lying = motion.with_(rotations=rotations, root=motion.root * 0 + [0.5, 0.1, 1.0])
    lying.save(tmp_path / "lying.bvh")
    assert np.abs(bvh.read(tmp_path / "lying.bvh").joints() - lying.joints()).max() < 1e-5


def test_wrong_axis_is_named(tmp_path):
    with pytest.raises(MotionError, match="up 'W'"):
        formats.load(write(tmp_path / "a.bvh", foreign.body()), up="W")


def test_stature_without_names_is_near():
    plain = WHOLE_BODY.__class__(tuple(f"j{k}" for k in range(22)), WHOLE_BODY.parents[:22], WHOLE_BODY.offsets[:22])
    assert detect.stature(plain) == pytest.approx(detect.stature(WHOLE_BODY), rel=0.2)
