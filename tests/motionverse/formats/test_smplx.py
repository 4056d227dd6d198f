import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionverse import formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import smplx
from motionverse.skeleton import WHOLE_BODY
from tests import forge


def amass(path, **changes):
    """A file as AMASS has it: Z up, standing, facing -Y, raising the left arm."""
    frames = 5
    poses = np.zeros((frames, 156))
    poses[:, :3] = [np.pi / 2, 0, 0]
    poses[:, 16 * 3 + 2] = np.linspace(0, 1, frames)
    poses[:, 66:] = np.random.default_rng(0).uniform(-0.3, 0.3, (frames, 90))
    trans = np.array([[1.0, 2.0, 0.9]] * frames)
    held = {
        "poses": poses,
        "trans": trans,
        "mocap_framerate": np.array(60.0),
        "gender": np.array("male"),
        "betas": np.zeros(16),
    }
    held |= {"dmpls": np.zeros((frames, 8))} | changes
    np.savez(path, **{name: value for name, value in held.items() if value is not None})
    return held


def test_z_up_becomes_y_up(tmp_path):
    amass(tmp_path / "a.npz")
    motion = formats.load(tmp_path / "a.npz")
    assert motion.fps == 60 and motion.skeleton is WHOLE_BODY or motion.skeleton.names == WHOLE_BODY.names
    assert motion.root[0] == pytest.approx([1, 0.9, -2])
    assert motion.rotations[0, 0] == pytest.approx(np.eye(3), abs=1e-12)  # upright, facing +Z
    joints = motion.joints()
    assert joints[0, WHOLE_BODY.index("head"), 1] > joints[0, 0, 1]
    assert joints[-1, WHOLE_BODY.index("left_wrist"), 1] > joints[0, WHOLE_BODY.index("left_wrist"), 1] + 0.2
    assert motion.observed is None


def test_what_is_written_is_amass_own_convention(tmp_path):
    motion = forge.motion(1, 30, seed=2)
    motion.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as held:
        assert held["poses"].shape == (30, 156) and held["trans"].shape == (30, 3) and held["betas"].shape == (16,)
        assert float(held["mocap_framerate"]) == 30 and str(held["gender"]) == "neutral"
        assert held["trans"][:, 2] == pytest.approx(motion.root[:, 1])  # Z is up
        assert tuple(held["joint_names"]) == WHOLE_BODY.names
        assert np.abs(held["joints"] - motion.joints()).max() < 1e-6
        # a reader that knows nothing of us: chain the axis-angles with the stated bones, turn Z up to Y up
        turns = Rotation.from_rotvec(held["poses"].reshape(-1, 3)).as_matrix().reshape(30, 52, 3, 3)
        places = [held["trans"]]
        for j, parent in enumerate(WHOLE_BODY.parents[1:], 1):
            places.append(places[parent] + turns[:, parent] @ held["offsets"][j])
            turns[:, j] = turns[:, parent] @ turns[:, j]
        theirs = np.stack(places, 1)[..., [0, 2, 1]] * [1, 1, -1]
        assert np.abs(theirs - held["joints"]).max() < 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_round_trip(tmp_path, seed):
    rng = np.random.default_rng(seed)
    motion = forge.motion(1, 24, seed, size=1.5).with_(
        skeleton=WHOLE_BODY.with_offsets(WHOLE_BODY.offsets * rng.uniform(0.8, 1.2, (52, 1))),
        observed=np.arange(52) < 22,
        face=rng.normal(size=(24, 50)),
    )
    motion.save(tmp_path / "a.npz")
    back = formats.load(tmp_path / "a.npz")
    assert np.abs(back.joints() - motion.joints()).max() < 1e-9
    assert rotation.geodesic(back.rotations, motion.rotations).max() < 1e-7
    assert back.observed is not None and np.array_equal(back.observed, motion.observed)
    assert back.face is not None and np.abs(back.face - motion.face).max() < 1e-6


def test_relatives(tmp_path):
    held = amass(tmp_path / "a.npz")
    expected = formats.load(tmp_path / "a.npz")
    jaw = np.full((5, 9), 0.1)
    wide = np.concatenate([held["poses"][:, :66], jaw, held["poses"][:, 66:]], 1)
    amass(
        tmp_path / "x.npz",
        poses=wide,
        mocap_framerate=None,
        mocap_frame_rate=np.array(60),
        expression=np.ones((5, 100)),
    )
    found = formats.load(tmp_path / "x.npz")
    assert np.allclose(found.rotations, expected.rotations) and found.face is not None
    parts = {
        "root_orient": held["poses"][:, :3],
        "pose_body": held["poses"][:, 3:66],
        "pose_hand": held["poses"][:, 66:],
    }
    amass(tmp_path / "p.npz", poses=None, **parts)
    assert np.allclose(formats.load(tmp_path / "p.npz").rotations, expected.rotations)
    amass(tmp_path / "s.npz", poses=held["poses"][:, :72])
    smpl = formats.load(tmp_path / "s.npz")
    assert np.allclose(smpl.rotations[:, :22], expected.rotations[:, :22])
    assert smpl.observed is not None and smpl.observed.sum() == 22


def test_fingers_that_never_move_were_not_captured(tmp_path):
    held = amass(tmp_path / "a.npz")
    poses = held["poses"].copy()
    poses[:, 66 + 45 :] = 0.2
    amass(tmp_path / "a.npz", poses=poses)
    observed = formats.load(tmp_path / "a.npz").observed
    assert observed is not None
    assert [n for n, o in zip(WHOLE_BODY.names, observed, strict=True) if not o] == list(WHOLE_BODY.names[37:])


def test_y_up_relatives_are_seen(tmp_path):
    motion = forge.walk(1)
    motion.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        held = dict(file)
    held["poses"] = rotation.to_rotvec(motion.rotations).reshape(len(motion), -1)
    held["trans"] = motion.root
    del held["up"]
    np.savez(tmp_path / "y.npz", **held)
    assert np.allclose(formats.load(tmp_path / "y.npz").joints(), motion.joints())
    assert formats.load(tmp_path / "y.npz", up="Z").root[0, 2] == pytest.approx(-motion.root[0, 1])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"poses": np.zeros((5, 155))}, "W one of 156"),
        ({"poses": np.zeros((0, 156))}, "T >= 1"),
        ({"poses": np.full((5, 156), np.nan)}, "poses is not all finite numbers at frame 0"),
        ({"poses": np.array("text")}, "finite numbers"),
        ({"trans": np.zeros((4, 3))}, "trans"),
        ({"trans": np.full((5, 3), np.inf)}, "trans is not all finite"),
        ({"mocap_framerate": None}, "no frame rate"),
        ({"mocap_framerate": np.array(0.0)}, "fps 0.0"),
        ({"mocap_framerate": np.array([30, 30])}, "must be one number"),
        ({"offsets": np.zeros((3, 3))}, "offsets"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path, changes, says):
    amass(tmp_path / "a.npz", **changes)
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(tmp_path / "a.npz")
    assert str(caught.value).startswith(str(tmp_path / "a.npz")) and "\n" not in str(caught.value)


def test_other_skeletons_are_refused_with_the_fix(tmp_path):
    small = forge.motion(
        1, skeleton=WHOLE_BODY.__class__(WHOLE_BODY.names[:22], WHOLE_BODY.parents[:22], WHOLE_BODY.offsets[:22])
    )
    with pytest.raises(MotionError, match="--whole-body"):
        smplx.write(small, tmp_path / "a.npz")
    assert not list(tmp_path.iterdir())
