"""glTF as other programs write it: the joints are where the file's own matrices say."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import gltf
from tests import forge
from tests.motionverse.formats import foreign, rigs

TURNED = Rotation.from_rotvec([-np.pi / 2, 0, 0]).as_quat()


def where(motion, names):
    return motion.joints()[:, [motion.skeleton.index(name) for name in names]]


def agrees(path, rig, joints, names=None, within=2e-6):
    """The motion read is where the rig's own matrices say, frame by frame."""
    motion = formats.load(path)
    found = where(motion, names or [rig.nodes[j]["name"] for j in joints])
    start = min(times[0] for times, _ in rig.curves.values())
    assert np.abs(found - rig.joints(joints, start + motion.times)).max() < within
    return motion


@pytest.mark.parametrize("crooked", [False, True])
@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_skinned_person(tmp_path, crooked, suffix):
    rig, joints = rigs.person(1, crooked=crooked)
    rig.skin(joints)
    motion = agrees(rig.save(tmp_path / f"a.{suffix}"), rig, joints)
    assert motion.fps == 30 and motion.skeleton.names == tuple(b[0] for b in foreign.BODY)
    offsets = np.array([b[2] for b in foreign.BODY])
    assert np.abs(motion.skeleton.offsets - offsets).max() < 1e-6, "the rest pose has the world's axes"


def test_armature_in_centimetres_and_z_up(tmp_path):
    """As Mixamo figures come out of Blender: an armature node that turns and shrinks."""
    rig = rigs.Rig()
    armature = rig.node("Armature", rotation=TURNED, scale=[0.01] * 3, translation=[1.0, 0, 2.0])
    back = Rotation.from_quat(TURNED).inv()
    hips = rig.node("holder", armature, rotation=back.as_quat())
    rig, joints = rigs.person(2, unit=0.01, prefix="mixamorig:", above=hips, rig=rig)
    rig.skin(joints, space=rig.world(armature))
    motion = agrees(rig.save(tmp_path / "a.glb"), rig, joints)
    assert motion.skeleton.rest_positions()[2] == pytest.approx([0, 0.6, 0], abs=1e-6)


def test_nodes_in_centimetres(tmp_path):
    rig, joints = rigs.person(2, unit=0.01)
    rig.skin(joints)
    motion = formats.load(rig.save(tmp_path / "a.glb"))
    assert np.abs(where(motion, motion.skeleton.names) - rig.joints(joints, motion.times) * 0.01).max() < 1e-5
    assert formats.load(tmp_path / "a.glb", scale=0.02).skeleton.offsets[1] == pytest.approx([0, 0.5, 0], abs=1e-6)


def test_rest_pose_is_the_one_the_skin_was_bound_in(tmp_path):
    """Nodes left in some frame of the animation; the inverse bind matrices remember the T-pose."""
    straight, joints = rigs.person(4)
    bind = [straight.world(j) for j in joints]
    rig, joints = rigs.person(4)
    armature = np.eye(4)
    armature[:3, :3] = 100 * Rotation.from_quat(TURNED).as_matrix()
    for j in joints:
        rig.nodes[j]["rotation"] = rig.curves[j, "rotation"][1][5].tolist()
    top = rig.node("Armature", rotation=TURNED, scale=[0.01] * 3)
    rig.nodes[top]["children"] = [joints[0]]
    rig.skin(joints, bind, space=np.linalg.inv(armature))
    motion = agrees(rig.save(tmp_path / "a.glb"), rig, joints)
    turned = np.array([b[2] for b in foreign.BODY[1:]]) * 0.01 @ Rotation.from_quat(TURNED).as_matrix().T
    assert np.abs(motion.skeleton.offsets[1:] - turned).max() < 1e-6


def test_matrix_nodes_and_a_mirror(tmp_path):
    rig = rigs.Rig()
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec([0.3, 1.0, -0.2]).as_matrix() * 0.5
    matrix[:3, 3] = [0.2, 0.1, -3]
    top = rig.node("Scene", matrix=matrix.T.reshape(-1))
    mirror = rig.node("Mirror", top, scale=[-2, 2, 2])
    rig, joints = rigs.person(5, above=mirror, rig=rig)
    rig.skin(joints)
    agrees(rig.save(tmp_path / "a.glb"), rig, joints)


def test_channels_with_keys_of_their_own(tmp_path):
    rig, joints = rigs.person(6)
    rig.skin(joints)
    rng = np.random.default_rng(0)
    for k, j in enumerate(joints[1:]):
        own = np.unique([0, 12, *rng.integers(1, 12, k % 5)]) / 30
        rig.animations[0]["channels"] = [
            c for c in rig.animations[0]["channels"] if c["target"] != {"node": j, "path": "rotation"}
        ]
        rig.curve(j, "rotation", own, rigs.quats(rng, len(own)))
    agrees(rig.save(tmp_path / "a.glb"), rig, joints)


def test_root_motion_node_over_the_hips_and_an_animated_armature(tmp_path):
    rig = rigs.Rig()
    rig.animation("run")
    times = np.arange(13) / 30
    armature = rig.node("Armature", scale=[0.5] * 3)
    rig.curve(armature, "rotation", times, rigs.quats(np.random.default_rng(1), 13, 1.0))
    root = rig.node("root", armature)
    rig.curve(root, "translation", times, np.linspace([0, 0, 0], [0, 0, 4], 13))
    rig, joints = rigs.person(7, above=root, rig=rig, unit=0.5)
    ik = rig.node("ik_foot_root", root)
    rig.skin([root, *joints, ik])
    motion = agrees(rig.save(tmp_path / "a.glb"), rig, joints, within=1e-5)
    assert motion.skeleton.names[0] == "Hips"


def test_several_skins_are_one_skeleton(tmp_path):
    rig, joints = rigs.person(8)
    hair = rig.node("hair", joints[2], translation=[0, 0.1, 0])
    rig.skin(joints[:3])
    rig.skin(joints[3:])
    rig.skin([hair])
    other, _ = rigs.person(9, prefix="still_", rig=rigs.Rig(nodes=rig.nodes))
    rig.skins.append({"joints": [len(rig.nodes) - 1, len(rig.nodes) - 2]})
    motion = agrees(rig.save(tmp_path / "a.glb"), rig, joints)
    assert set(motion.skeleton.names) == {b[0] for b in foreign.BODY} | {"hair"} and other.nodes is rig.nodes


def test_no_skin_takes_the_animated_nodes(tmp_path):
    rig, joints = rigs.person(10)
    rig.node("LeftFoot_end", joints[8], translation=[0, 0, 0.15])
    motion = agrees(rig.save(tmp_path / "a.glb"), rig, joints)
    assert list(motion.skeleton.ends) == ["LeftFoot"] and np.linalg.norm(
        motion.skeleton.ends["LeftFoot"]
    ) == pytest.approx(0.15)


def test_one_of_several_animations(tmp_path):
    rig, joints = rigs.person(11, frames=5)
    rig.skin(joints)
    for name, seconds in (("long", 2.0), ("longest but of a light", 9.0)):
        rig.animation(name)
        target = joints[0] if name == "long" else rig.node("lamp")
        rig.channel(target, "translation", rig.accessor(np.array([0, seconds])), rig.accessor(np.ones((2, 3))))
    path = rig.save(tmp_path / "a.glb")
    assert gltf.animations(path) == ["take", "long", "longest but of a light"]
    assert formats.load(path).seconds == pytest.approx(2, abs=0.05)
    for asked in ("take", "0"):
        assert len(formats.load(path, animation=asked)) == 5
    with pytest.raises(MotionError, match="no animation 'jump'; there are take, long"):
        formats.load(path, animation="jump")
    forge.walk(0.2).save(tmp_path / "a.bvh")
    with pytest.raises(MotionError, match="holds one motion"):
        formats.load(tmp_path / "a.bvh", animation="take")


def test_no_animation_is_a_pose(tmp_path):
    rig, joints = rigs.person(12)
    rig.skin(joints)
    rig.animations.clear()
    motion = formats.load(rig.save(tmp_path / "a.glb"))
    assert len(motion) == 1 and np.abs(motion.rotations - np.eye(3)).max() < 1e-6


def test_stepped_and_cubic_keys(tmp_path):
    rig, joints = rigs.person(13, frames=2, fps=1.0)
    rig.skin(joints)
    rig.animations[0] = {"name": "take", "channels": [], "samplers": []}
    times = rig.accessor(np.array([0.0, 0.5, 1.0]))
    flat = np.zeros((3, 3, 3))
    flat[:, 1] = [[0, 1, 0], [0, 1, 1], [0, 1, 0]]
    flat[:, 0, 2] = flat[:, 2, 2] = [2, -4, 6]
    rig.channel(joints[0], "translation", times, rig.accessor(flat.reshape(9, 3)), "CUBICSPLINE")
    turns = rig.accessor(Rotation.from_rotvec(np.radians([[0, 0, 0], [0, 90, 0], [0, 180, 0]])).as_quat())
    rig.channel(joints[1], "rotation", times, turns, "STEP")
    motion = formats.load(rig.save(tmp_path / "a.glb"), fps=20)
    assert len(motion) == 21 and motion.fps == 20
    u = np.linspace(0, 0.9, 10)  # between the first keys, 0.5 s apart: tangents 2 m/s and -4 m/s
    path = 0.5 * 2 * (u**3 - 2 * u**2 + u) + (3 * u**2 - 2 * u**3) + 0.5 * -4 * (u**3 - u**2)
    assert motion.root[:10, 2] == pytest.approx(path, abs=1e-6)
    turn = motion.globals()[:, 1]
    assert np.abs(turn[:10] - turn[0]).max() < 1e-6 and np.abs(turn[10:20] - turn[10]).max() < 1e-6
    assert np.abs(turn[9] - turn[10]).max() > 0.9 and np.abs(turn[20] - turn[10]).max() > 0.9


@pytest.mark.parametrize(("kind", "largest", "within"), [("i2", 32767, 1e-4), ("i1", 127, 2e-2)])
def test_normalised_integers(tmp_path, kind, largest, within):
    rig, joints = rigs.person(14)
    rig.skin(joints)
    for (node, path), (times, values) in rig.curves.items():
        if path == "rotation":
            packed = rig.accessor((values * largest).round(), kind, normalized=True)
            held = next(c for c in rig.animations[0]["channels"] if c["target"] == {"node": node, "path": path})
            rig.animations[0]["samplers"][held["sampler"]]["output"] = packed
            assert len(times) == len(values)
    agrees(rig.save(tmp_path / "a.glb"), rig, joints, within=within * 2)


def test_strides_and_sparse_accessors(tmp_path):
    rig, joints = rigs.person(15)
    rig.skin(joints)
    times, values = rig.curves[joints[0], "translation"]
    held = next(c for c in rig.animations[0]["channels"] if c["target"]["path"] == "translation")
    wide = np.zeros((13, 8), "<f4")
    wide[:, 2:5] = values
    wide[4, 2:5] = 99  # replaced by the sparse values
    row = {
        "bufferView": rig.view(wide.tobytes(), byteStride=32),
        "byteOffset": 8,
        "componentType": 5126,
        "count": 13,
        "type": "VEC3",
    }
    indices, new = rig.view(np.array([4], "<u2").tobytes()), rig.view(values[4].astype("<f4").tobytes())
    row["sparse"] = {
        "count": 1,
        "indices": {"bufferView": indices, "componentType": 5123},
        "values": {"bufferView": new},
    }
    rig.accessors.append(row)
    rig.animations[0]["samplers"][held["sampler"]]["output"] = len(rig.accessors) - 1
    agrees(rig.save(tmp_path / "a.glb"), rig, joints)
    assert len(times) == 13


def test_buffer_in_a_file_beside_it(tmp_path):
    rig, joints = rigs.person(16)
    rig.skin(joints)
    (tmp_path / "my data.bin").write_bytes(rig.binary)
    (tmp_path / "a.gltf").write_bytes(rig.gltf("my%20data.bin"))
    agrees(tmp_path / "a.gltf", rig, joints)
    (tmp_path / "in").mkdir()
    for uri, says in (
        ("../my%20data.bin", "same folder"),
        ("no.bin", "put it beside"),
        ("http://x.org/a.bin", "same folder"),
        ("a\0", "no.bin|name"),
    ):
        (tmp_path / "in" / "a.gltf").write_bytes(rig.gltf(uri))
        with pytest.raises(MotionError, match=says):
            formats.load(tmp_path / "in" / "a.gltf")


@pytest.mark.parametrize("extension", ["VRMC_vrm_animation", "VRMC_vrm", "VRM"])
def test_vrm_bone_names(tmp_path, extension):
    rig, joints = rigs.person(17, prefix="J_")
    bones = {"hips": 0, "spine": 1, "head": 2, "leftUpperArm": 3, "leftHand": 4, "rightUpperArm": 5, "rightHand": 6,
             "leftUpperLeg": 7, "leftFoot": 8, "rightUpperLeg": 9, "rightFoot": 10}  # fmt: skip
    stated = [{"bone": b, "node": joints[k]} for b, k in bones.items()]
    human = stated if extension == "VRM" else {b: {"node": joints[k]} for b, k in bones.items()}
    rig.extra = {"extensions": {extension: {"humanoid": {"humanBones": human}}}}
    if extension != "VRMC_vrm_animation":
        rig.skin(joints)
    motion = agrees(rig.save(tmp_path / "a.glb"), rig, joints, list(bones))
    assert motion.skeleton.names == tuple(bones)


def test_names_that_are_missing_or_twice(tmp_path):
    rig, joints = rigs.person(18)
    rig.skin(joints)
    for j, name in ((3, "Hand"), (5, "Hand"), (6, None)):
        rig.nodes[joints[j]]["name"] = name
    names = formats.load(rig.save(tmp_path / "a.glb")).skeleton.names
    assert names[3] == "Hand" and names[5] == "Hand_2" and names[6] == f"node_{joints[6]}"


@pytest.mark.parametrize(
    ("keys", "fps"),
    [(np.arange(50) / 24, 24), (1 / 24 + np.arange(50) / 24, 24), (np.array([0, 1.0, 2.5]), 30),
     (np.array([0, 7, 31, 90]) / 24, 24), 
     (np.round(np.arange(60) / 30, 3), 30), (np.array([0.0]), 30), (np.delete(np.arange(90), [3, 7, 8, 40]) / 60, 60)],
)  # fmt: skip
def test_rate_of_keys(tmp_path, keys, fps):
    rig, joints = rigs.person(19)
    rig.skin(joints)
    rig.animations[0] = {"name": "take", "channels": [], "samplers": []}
    rig.channel(
        joints[1], "rotation", rig.accessor(keys), rig.accessor(rigs.quats(np.random.default_rng(0), len(keys)))
    )
    motion = formats.load(rig.save(tmp_path / "a.glb"))
    assert motion.fps == fps and len(motion) == round((keys[-1] - keys[0]) * fps) + 1
