import numpy as np
import pytest

from motionverse import kinematics, rotation
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.view import body, mesh, solids
from motionverse.view.capsules import capsules
from tests import forge


def volume(solid):
    vertices, _, faces = solid
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    return float((np.cross(a, b) * c).sum() / 6)


def test_solids_are_closed_and_face_outward():
    sphere = solids.ellipsoid(np.array([1.0, 2, 3]), np.array([0.1, 0.2, 0.3]), 48, 48)
    assert volume(sphere) == pytest.approx(4 / 3 * np.pi * 0.1 * 0.2 * 0.3, rel=0.02)
    cone = solids.rounded_cone(np.zeros(3), np.array([0, 0, 1.0]), 0.1, 0.1, 48, 24)
    assert volume(cone) == pytest.approx(np.pi * 0.01 + 4 / 3 * np.pi * 0.001, rel=0.02)
    for vertices, normals, _ in (sphere, cone):
        assert np.allclose(np.linalg.norm(normals, axis=-1), 1)
        assert ((vertices - vertices.mean(0)) * normals).sum(-1).min() > 0


def test_a_cone_that_one_end_swallows_is_a_sphere():
    vertices, _, _ = solids.rounded_cone(np.zeros(3), np.array([0.05, 0, 0]), 0.2, 0.1)
    assert np.allclose(np.linalg.norm(vertices, axis=-1), 0.2)


@pytest.mark.parametrize("make", [capsules, mesh.baked])
def test_rest_pose_is_left_alone_and_weights_sum_to_one(make):
    made = make(WHOLE_BODY)
    assert np.allclose(made.weights.sum(1), 1, atol=1e-5) and made.faces.max() < len(made.vertices)
    vertices, normals = made.pose(made.joints, rotation.identity(52))
    assert np.abs(vertices - made.vertices).max() < 1e-5
    assert np.allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-4)


@pytest.mark.parametrize("make", [capsules, mesh.baked])
def test_flesh_follows_its_joint(make):
    made = make(WHOLE_BODY)
    rotations = rotation.identity(52)
    rotations[WHOLE_BODY.index("left_shoulder")] = rotation.about("Z", np.array(1.2))
    positions, world = kinematics.forward(WHOLE_BODY, rotations, np.zeros(3))
    vertices, _ = made.pose(positions, world)
    hand = made.weights[:, WHOLE_BODY.index("left_wrist")] > 0.9
    moved = np.linalg.norm(vertices[hand].mean(0) - positions[WHOLE_BODY.index("left_wrist")])
    assert moved < 0.08 and vertices[hand, 1].mean() > made.vertices[hand, 1].mean() + 0.3
    right = made.weights[:, WHOLE_BODY.index("right_wrist")] > 0.9
    assert np.abs(vertices[right] - made.vertices[right]).max() < 1e-5


def test_the_baked_body_stands_as_tall_as_an_adult_on_its_soles():
    made = mesh.baked(WHOLE_BODY)
    assert made is not None
    low, high = made.vertices[:, 1].min(), made.vertices[:, 1].max()
    assert -low == pytest.approx(WHOLE_BODY.standing_height() + 0.022, abs=0.02)
    assert 1.6 < high - low < 1.8
    nose = made.vertices[made.weights[:, WHOLE_BODY.index("head")] > 0.9]
    assert nose[nose[:, 2].argmax(), 2] > 0.08  # faces +Z


def test_the_baked_body_takes_other_proportions():
    made = mesh.baked(WHOLE_BODY.with_offsets(WHOLE_BODY.offsets * 1.3))
    plain = mesh.baked(WHOLE_BODY)
    assert made is not None and plain is not None
    feet = plain.weights[:, WHOLE_BODY.index("left_foot")] > 0.9
    ratio = made.vertices[feet].mean(0)[1] / plain.vertices[feet].mean(0)[1]
    assert ratio == pytest.approx(1.3, abs=0.03)


def test_any_skeleton_has_a_body():
    chain = Skeleton(("a", "b", "c"), (-1, 0, 1), np.array([[0, 0, 0], [0, 1.0, 0], [1.0, 0, 0]]))
    for skeleton in (chain, Skeleton(("only",), (-1,), np.zeros((1, 3)))):
        made = mesh.body_for(skeleton)
        assert np.isfinite(made.vertices).all() and np.isfinite(made.normals).all() and len(made.faces)


@pytest.mark.parametrize(
    ("name", "side"),
    [("left_knee", "L"), ("RightArm", "R"), ("LKnee", "L"), ("Knee_R", "R"), ("mixamorig:LeftUpLeg", "L"), ("lfemur", "L"),
     ("rclavicle", "R"), ("LowerBack", "-"), ("root", "-"), ("Spine1", "-"), ("lowerback", "-"), ("RHipJoint", "R")],
)  # fmt: skip
def test_sides_are_read_from_names(name, side):
    assert {body.LEFT: "L", body.RIGHT: "R", body.MIDDLE: "-"}[body.tint(name)] == side


def test_only_hands_that_were_not_captured_are_relaxed():
    made = forge.walk(0.1)
    assert mesh.with_relaxed_hands(made) is made
    seen = np.arange(52) < 22
    relaxed = mesh.with_relaxed_hands(made.with_(observed=seen))
    assert np.array_equal(relaxed.rotations[:, seen], made.rotations[:, seen])
    tips = [WHOLE_BODY.index(f"{side}_middle3") for side in ("left", "right")]
    plain = rotation.identity(1, 52)
    straight = kinematics.forward(WHOLE_BODY, plain, np.zeros((1, 3)))[0]
    bent = mesh.with_relaxed_hands(made.with_(rotations=plain, root=np.zeros((1, 3)), observed=seen)).joints()
    assert (bent[0, tips, 1] < straight[0, tips, 1] - 0.01).all()  # toward the palms
