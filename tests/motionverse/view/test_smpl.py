"""Licensed bodies, on forged model files: posed by smplx's own skinning, and our AMASS files by its own models."""

import contextlib
import io
import pickle
import sys

import numpy as np
import pytest

from motionverse import cli, view
from motionverse.errors import MotionError
from motionverse.skeleton import WHOLE_BODY
from motionverse.view import player, smpl
from tests import forge
from tests.motionverse.view import forged_models

smplx = pytest.importorskip("smplx", reason="the package smplx is not installed")
KINDS = tuple(smpl.KINDS)
TALL = WHOLE_BODY.with_offsets(1.2 * WHOLE_BODY.offsets)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with the three models, as smplx has them."""
    folder = tmp_path_factory.mktemp("models")
    for kind in KINDS:
        (folder / kind).mkdir()
        forged_models.write(folder / kind / f"{kind.upper()}_NEUTRAL.npz", kind, shift=(0.0, -0.22, 0.03))
    return folder


def centres(vertices):
    """Where the tetrahedra are: at the joints."""
    return vertices.reshape(-1, 4, 3).mean(1)


@pytest.mark.parametrize("kind", KINDS)
def test_vertices_go_where_the_joints_go(models, kind):
    body = view.load_body(f"{kind}:{models}")
    motion = body.fit(forge.motion(0.2, seed=1, size=0.4))
    bones = slice(1, 22 if kind == "smpl" else 52)
    assert body.kind == kind and np.abs(body.skeleton.offsets[bones] - WHOLE_BODY.offsets[bones]).max() < 1e-6
    joints, rotations = motion.joints(), motion.globals()
    owned = body.own >= 0
    for frame in (0, 3):
        vertices, normals = body.pose(joints[frame], rotations[frame])
        assert np.abs(centres(vertices)[owned] - joints[frame][body.own[owned]]).max() < 1e-5
        assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-4
    assert body.weights.shape == (4 * len(body.own), 52) and np.abs(body.weights.sum(1) - 1).max() < 1e-6


def test_pose_corrections_are_the_models(tmp_path):
    held = forged_models.write(tmp_path / "a.npz", "smplh", corrections=0.01)
    body, motion = smpl.load(tmp_path / "a.npz"), forge.motion(0.1, seed=2, size=0.4)
    vertices, _ = body.pose(motion.joints()[0], motion.globals()[0])
    feature = (motion.rotations[0, 1:] - np.eye(3)).reshape(-1)
    corrected = held["v_template"] + held["posedirs"] @ feature
    world = motion.globals()[0].repeat(4, 0)
    rest = WHOLE_BODY.rest_positions().repeat(4, 0)
    expected = (world @ (corrected - rest)[..., None])[..., 0] + motion.joints()[0].repeat(4, 0)
    assert np.abs(vertices - expected).max() < 1e-5
    assert np.abs(corrected - held["v_template"]).max() > 0.01


def test_a_motion_of_another_size_is_fitted_with_its_feet_on_the_floor(models):
    body, motion = smpl.load(models / "smplx" / "SMPLX_NEUTRAL.npz"), forge.walk(1.0).with_(skeleton=TALL)
    motion = motion.with_(root=motion.root * 1.2)
    fitted = body.fit(motion)
    assert fitted.skeleton.offsets == pytest.approx(body.skeleton.offsets)
    assert abs(fitted.joints()[..., 1].min()) < 0.03


@pytest.mark.parametrize("kind", ["smplh", "smplx"])
def test_an_amass_file_of_ours_goes_through_smplx_own_forward(models, tmp_path, monkeypatch, kind):
    import torch

    ids = smplx.body_models.VERTEX_IDS
    monkeypatch.setitem(ids, kind, dict.fromkeys(ids[kind], 0))  # the forged mesh has no nose
    motion = forge.motion(0.5, 30, seed=3, size=0.5)
    motion.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        held = {name: torch.tensor(file[name], dtype=torch.float32) for name in ("poses", "trans")}
        ours = file["joints"]
    place = {"smplh": models / "smplh" / "SMPLH_NEUTRAL.npz", "smplx": models / "smplx" / "SMPLX_NEUTRAL.npz"}[kind]
    with contextlib.redirect_stdout(io.StringIO()):
        model = smplx.create(
            str(place), kind, ext="npz", use_pca=False, flat_hand_mean=True, batch_size=len(motion), num_betas=10
        )
    poses = held["poses"]
    with torch.no_grad():
        out = model(
            global_orient=poses[:, :3], body_pose=poses[:, 3:66], left_hand_pose=poses[:, 66:111],
            right_hand_pose=poses[:, 111:], transl=held["trans"],
        )  # fmt: skip
    theirs = out.joints.numpy()[:, [k for k, name in enumerate(smpl.KINDS[kind]) if name[0] != "<"]]
    theirs = theirs[..., [0, 2, 1]] * [1, 1, -1]  # Z up to Y up
    from_rest = np.array(
        [0.0, 0.03, 0.22]
    )  # where the model's pelvis rests, which AMASS' trans leaves out (formats.smplx)
    assert np.abs(theirs - ours - from_rest).max() < 1e-4


def test_a_picture_and_a_page_of_a_licensed_body(models, tmp_path, capsys):
    forge.walk(0.3).save(tmp_path / "walk.npz")
    drawing = ["render", str(tmp_path / "walk.npz"), str(tmp_path / "walk.png"), "--size", "200x160"]
    assert cli.main([*drawing, "--body", f"smplh:{models}"]) == 0, capsys.readouterr()
    licensed = (tmp_path / "walk.png").read_bytes()
    assert cli.main(drawing) == 0 and (tmp_path / "walk.png").read_bytes() != licensed
    page = tmp_path / "walk.html"
    arguments = ["view", str(tmp_path / "walk.npz"), "-o", str(page), "--no-open"]
    assert cli.main([*arguments, "--body", f"smplx:{models}"]) == 0
    assert "its licence says" in capsys.readouterr().out
    ((row, joints),) = player.decoded(page.read_text())
    assert row["body"] == 0 and np.abs(joints - forge.walk(0.3).joints())[:, :22].max() < 0.01


def refused(place):
    with pytest.raises(MotionError) as caught:
        smpl.load(place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"v_template": None}, "no v_template"),
        ({"posedirs": np.zeros((3, 3, 3))}, "posedirs (3, 3, 3); must be"),
        ({"J_regressor": np.zeros((52, 3))}, "J_regressor (52, 3); must be"),
        ({"f": np.full((2, 3), 10**6)}, "not there"),
        ({"kintree_table": np.full((2, 52), 51)}, "a parent after its child"),
        ({"weights": np.full((208, 52), np.nan)}, "weights is not all finite"),
    ],
)
def test_models_that_lack_something(tmp_path, changes, says):
    forged_models.write(tmp_path / "a.npz", "smplh", **changes)
    assert says in refused(tmp_path / "a.npz")


def test_models_that_are_others_or_not_there(models, tmp_path, monkeypatch, capsys):
    file = models / "smplh" / "SMPLH_NEUTRAL.npz"
    assert "a model of 52 joints; smplx has 55" in refused(f"smplx:{file}")
    assert "no such model file" in refused(f"smpl:{tmp_path}") and "no such model file" in refused(tmp_path / "a.npz")
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"v_template": np.random.default_rng(0)}))
    assert "no plain data" in refused(tmp_path / "a.pkl")
    with np.load(file) as held:
        (tmp_path / "b.pkl").write_bytes(pickle.dumps(dict(held)))
    assert smpl.load(tmp_path / "b.pkl").kind == "smplh"
    forge.walk(0.2).save(tmp_path / "walk.bvh")
    drawing = ["render", str(tmp_path / "walk.bvh"), str(tmp_path / "walk.png"), "--body", "smplx:no.npz"]
    assert cli.main(drawing) == 2 and capsys.readouterr().err.count("\n") == 1
    monkeypatch.setitem(sys.modules, "smplx.lbs", None)
    assert "pip install 'large-motion-model[smplx]'" in refused(file)
