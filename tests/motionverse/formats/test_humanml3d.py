"""HumanML3D's features: against a second, slower reading of the released code's rules, and there and back."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from motionverse import formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import humanml3d, joint_sets
from motionverse.formats.humanml3d import decode, encode
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.motionverse.formats import foreign

CHAINS = ((0, 2, 5, 8, 11), (0, 1, 4, 7, 10), (0, 3, 6, 9, 12, 15), (9, 14, 17, 19, 21), (9, 13, 16, 18, 20))
RAW = {1: "+x", 2: "-x", 3: "+y", 6: "+y", 9: "+y", 12: "+y", 10: "+z", 11: "+z", 13: "+x", 14: "-x", 15: "+z"}


def body(motion):
    return motion.joints()[:, :22]


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def turn_onto(u, v):
    """scipy's rotation of least angle from u to v, one at a time."""
    axis = np.cross(u, v)
    sine = np.linalg.norm(axis)
    return Rotation.from_rotvec(axis / max(sine, 1e-12) * np.arctan2(sine, u @ v))


def by_the_rules(joints):
    """The released notebook's steps, one frame and joint at a time."""
    joints = joints - [0, joints[..., 1].min(), 0] - joints[0, 0] * [1, 0, 1]
    across = (joints[0, 2] - joints[0, 1]) + (joints[0, 17] - joints[0, 16])
    first = turn_onto(unit(np.cross([0, 1, 0], across)), np.array([0, 0, 1.0]))
    joints = first.apply(joints.reshape(-1, 3)).reshape(joints.shape)
    across = unit((joints[:, 1] - joints[:, 2]) + (joints[:, 17] - joints[:, 16]))  # its hips the other way round
    ahead = unit(gaussian_filter1d(np.cross([[0, 1, 0]], across), 20, axis=0, mode="nearest"))
    rows = []
    for t in range(len(joints) - 1):
        root = [turn_onto(ahead[k], np.array([0, 0, 1.0])) for k in (t, t + 1)]
        sixd = np.zeros((22, 6))
        for chain in CHAINS:
            before = root[0]
            for parent, child in zip(chain, chain[1:], strict=False):
                letter = RAW.get(child, "-y")
                raw = np.eye(3)["xyz".index(letter[1])] * (1 if letter[0] == "+" else -1)
                whole = turn_onto(raw, unit(joints[t, child] - joints[t, parent]))
                sixd[child] = (before.inv() * whole).as_matrix()[:, :2].T.reshape(-1)
                before = whole
        way = joints[t + 1] - joints[t]
        rows.append(
            [
                [np.arcsin((root[1] * root[0].inv()).as_quat()[1])],
                root[1].apply(way[0])[[0, 2]],
                joints[t, 0, 1:2],
                root[0].apply(joints[t, 1:] - joints[t, 0] * [1, 0, 1]).reshape(-1),
                sixd[1:].reshape(-1),
                root[0].apply(way).reshape(-1),
                (way[[7, 10, 8, 11]] ** 2).sum(-1) < 0.002,
            ]
        )
    return np.array([np.concatenate(row) for row in rows])


def test_the_layout_is_the_published_one():
    assert humanml3d.slices()["contacts"] == slice(259, 263) and humanml3d.slices(21)["contacts"] == slice(247, 251)
    assert humanml3d.slices()["positions"] == slice(4, 67) and humanml3d.slices()["rotations"] == slice(67, 193)


@pytest.mark.parametrize("seed", [0, 1])
def test_features_are_those_of_the_released_code(seed):
    joints = body(forge.motion(2, 20, seed, size=0.25))
    features, _ = encode(joints)
    expected = by_the_rules(joints)
    assert features.shape == expected.shape == (39, 263)
    for name, columns in humanml3d.slices().items():
        assert np.abs(features[:, columns] - expected[:, columns]).max() < 1e-9, name


@pytest.mark.parametrize("turn", [0.0, 0.8, -0.8])
def test_positions_come_back_where_they_stood_however_often_the_body_turns(turn):
    motion = forge.walk(6, 20, turn=turn).turned(2.9, (3.0, 0.4, -2.0))
    features, stood = encode(body(motion))
    assert np.abs(stood.restore(humanml3d.motion(features)).joints()[:, :22] - body(motion)[:-1]).max() < 1e-9
    assert features[60, 0] == pytest.approx(-turn / 40, abs=1e-3)
    # what single precision does to a path of 120 steps
    again = stood.restore(humanml3d.motion(features.astype(np.float32)))
    assert np.abs(again.joints()[:, :22] - body(motion)[:-1]).max() < 1e-4


def test_standing_feet_touch_and_swinging_ones_do_not():
    features, _ = encode(body(forge.walk(3, 20)))
    assert set(np.unique(features[:, -4:])) == {0.0, 1.0} and 0.2 < features[:, -4:].mean() < 0.9
    still, _ = encode(np.repeat(body(forge.walk(0.05, 20))[:1], 5, 0))
    assert still[:, -4:].all() and not still[:, humanml3d.slices()["velocities"]].any()


def test_the_stored_rotations_lay_the_bones_along_the_same_lines():
    motion = forge.walk(2, 20)
    features, _ = encode(body(motion))
    assert np.abs(humanml3d.stored_rotations(features).joints() - decode(features)).max() < 0.02
    fitted = humanml3d.motion(features)
    assert np.abs(fitted.joints()[:, :22] - decode(features)).max() < 1e-9


def test_a_file_of_any_skeleton_and_rate(tmp_path):
    (tmp_path / "a.bvh").write_text(foreign.body().text())
    motion = formats.load(tmp_path / "a.bvh")
    motion = motion.join(motion).join(motion)
    motion.save(tmp_path / "a.hml263.npy")
    features = np.load(tmp_path / "a.hml263.npy")
    assert features.dtype == np.float32 and features.shape == (round(motion.seconds * 20) - 1, 263)
    back = formats.load(tmp_path / "a.hml263.npy")
    whole = humanml3d.prepared(motion)
    assert back.fps == 20 and back.skeleton.names == WHOLE_BODY.names and back.present.sum() == 22
    stood = encode(body(whole))[1]
    assert np.abs(stood.restore(back).joints()[:, :22] - body(whole)[:-1]).max() < 1e-5
    assert np.abs(back.skeleton.offsets[:22] - WHOLE_BODY.offsets[:22]).max() < 1e-4, "every body has the same bones"
    assert formats.load(tmp_path / "a.hml263.npy", fps=10).seconds == pytest.approx(2 * back.seconds)


def test_kit_ml_in_millimetres_and_as_a_mirror_image(tmp_path):
    motion = forge.walk(2, 12.5)
    names = [name or "pelvis" for name in joint_sets.KIT]
    joints = 1000 * motion.joints()[:, [WHOLE_BODY.index(name) for name in names]] * [-1, 1, 1]
    columns = humanml3d.slices(21)
    features = np.zeros((len(motion), 251))
    features[:-1, columns["drift"]] = np.diff(joints[:, 0], axis=0)[:, [0, 2]]
    features[:, columns["height"]] = joints[:, 0, 1:2]
    features[:, columns["positions"]] = (joints[:, 1:] - joints[:, :1] * [1, 0, 1]).reshape(len(motion), -1)
    np.save(tmp_path / "a.npy", features)
    back = formats.load(tmp_path / "a.npy")
    assert back.fps == 12.5
    seen = [WHOLE_BODY.index(name) for name in joint_sets.KIT if name]
    moved = motion.joints() - motion.root[0] * [1, 0, 1]
    assert np.abs(back.joints() - moved)[:, seen].max() < 1e-6


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros((4, 262)), r"must be joints \(T, J, 3\), or features \(T, 263\)"),
        (np.zeros((0, 263)), "must be joints|not a whole"),
        (np.full((4, 263), np.nan), "features is not all finite"),
        (np.random.default_rng(0).normal(size=(9, 263)), "multiply by Std.npy"),
        (np.array(["a"]), "not a .npy of numbers"),
    ],
)
def test_what_is_not_features(tmp_path, array, says):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(tmp_path / "a.npy")
    assert str(caught.value).startswith(str(tmp_path / "a.npy")) and "\n" not in str(caught.value)


def test_a_single_pose_is_too_short(tmp_path):
    with pytest.raises(MotionError, match="two frames"):
        forge.walk(0.05, 20).save(tmp_path / "a.hml263.npy")
    assert not list(tmp_path.iterdir())
    with pytest.raises(MotionError, match=r"must be \(T, 22, 3\)"):
        encode(np.zeros((3, 24, 3)))


def test_rotations_are_least_turns():
    """What twist is lost: the fitted rotation about a bone is the hinge's, not the captured one."""
    motion = forge.motion(1, 20, 5, size=0.2)
    fitted = humanml3d.motion(encode(body(motion))[0])
    elbow = WHOLE_BODY.index("left_wrist")
    assert rotation.geodesic(fitted.rotations[:, elbow], np.eye(3)).max() < 1e-6, "no point tells of the hand"
