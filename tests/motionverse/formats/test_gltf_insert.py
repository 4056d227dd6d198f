"""A motion put into the character's own file: the character stays as it was, byte for byte, and makes the motion."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import gltf_insert
from motionverse.retarget import retarget
from tests import forge
from tests.motionverse.formats import heroes, rigs
from tests.motionverse.retarget.characters import CHARACTERS

WALK = forge.walk(0.6, raise_hand="left")
KINDS = {
    "Mixamo's names, crooked axes": lambda: heroes.hero(CHARACTERS["mixamo"]()),
    "left in a pose": lambda: heroes.posed(heroes.hero(CHARACTERS["mixamo"]()), 0.2),
    "Blender's armature in centimetres": lambda: heroes.hero(
        CHARACTERS["mixamo"](), armature=0.01, lift=(0.3, 0.1, -0.2)
    ),
    "matrices": lambda: heroes.hero(CHARACTERS["mixamo"](), matrices=True),
    "matrices under an armature": lambda: heroes.hero(CHARACTERS["mixamo"](), armature=0.01, matrices=True),
    "quantized": lambda: heroes.quantized(heroes.hero(CHARACTERS["mixamo"]())),
    "VRM 0": lambda: heroes.vrm0(heroes.hero(CHARACTERS["vrm"](), crooked=False)),
    "VRM 1": lambda: heroes.vrm1(heroes.hero(CHARACTERS["vrm"]())),
    "a root on the floor": lambda: heroes.hero(CHARACTERS["mannequin"](), armature=1.0),
    "moving already": lambda: dancing(heroes.hero(CHARACTERS["mixamo"](), armature=0.01)),
}


def dancing(made: heroes.Hero) -> heroes.Hero:
    """With an animation that moves, turns and scales, as exporters bake it."""
    rig, rng = made.rig, np.random.default_rng(1)
    rig.animation("dance")
    times = np.arange(9) / 30
    for n in made.nodes:
        rest = Rotation.from_quat(rig.nodes[n]["rotation"])
        rig.curve(n, "rotation", times, (rest * Rotation.from_quat(rigs.quats(rng, 9))).as_quat())
        rig.curve(n, "translation", times, np.tile(rig.nodes[n]["translation"], (9, 1)))
        rig.curve(n, "scale", times, np.ones((9, 3)))
    return made


def put(tmp_path, made, suffix="glb", output="out.glb", **options):
    """The motion as retargeted, the file it was put into, the new file, the animation's name."""
    (tmp_path / "hero").mkdir(exist_ok=True)
    source = made.rig.save(tmp_path / "hero" / f"hero.{suffix}")
    motion, _ = retarget(WALK, formats.load(source))
    name = gltf_insert.insert(motion, source, tmp_path / output, options.pop("name", "walk"), **options)
    return motion, source, tmp_path / output, name


def kept(old, new, but=()):
    """Everything of the old file is in the new one, where it was."""
    (before, bytes_before), (after, bytes_after) = heroes.opened(old), heroes.opened(new)
    for k, row in enumerate(before["bufferViews"]):
        assert heroes.view(before, bytes_before, k) == heroes.view(after, bytes_after, k)
        assert after["bufferViews"][k] == row
    for key, value in before.items():
        if key in ("accessors", "animations"):
            assert after[key][: len(value)] == value
        elif key not in ("bufferViews", "buffers", *but):
            assert after[key] == value, key
    assert set(after) - set(before) <= {"animations"}
    return before, after


def makes(path, motion, made, animation=-1, within=1e-3):
    """The file's own matrices put its joints where the motion has them."""
    rig = heroes.played(*heroes.opened(path), animation)
    nodes = [made.nodes[made.skeleton.names.index(name)] for name in motion.skeleton.names]
    assert np.abs(rig.joints(nodes, motion.times[::4]) - motion.joints()[::4]).max() < within


@pytest.mark.parametrize("kind", KINDS)
def test_the_character_stays_as_it_was_and_makes_the_motion(tmp_path, kind):
    made = KINDS[kind]()
    motion, source, out, name = put(tmp_path, made)
    before, after = kept(source, out, but=("nodes",) if "matrices" in kind else ())
    assert [row["name"] for row in after["animations"]] == [row["name"] for row in before.get("animations", [])] + [
        name
    ]
    makes(out, motion, made)
    read = formats.load(out, animation="walk")
    assert read.skeleton.names == motion.skeleton.names and (len(read), read.fps) == (len(motion), motion.fps)
    assert np.abs(read.joints() - motion.joints()).max() < 1e-3
    assert np.abs(read.rotations - motion.rotations).max() < 1e-4
    assert np.ptp(motion.joints()[:, :, 2], axis=0).min() > 0.2  # it walks


def test_nodes_lose_their_matrices_only_where_they_move(tmp_path):
    made = KINDS["matrices"]()
    prop = made.rig.node("prop", made.nodes[-1], matrix=np.eye(4).reshape(-1))
    motion, source, out, _ = put(tmp_path, made)
    before, after = kept(source, out, but=("nodes",))
    old, new = rigs.Rig(nodes=before["nodes"]), rigs.Rig(nodes=after["nodes"])
    assert "matrix" in after["nodes"][prop] and "matrix" not in after["nodes"][made.nodes[0]]
    for n in (*made.nodes, prop):
        assert np.abs(old.world(n) - new.world(n)).max() < 1e-9


@pytest.mark.parametrize("scale", [(-1, 1, 1), (1, -2, 1), (-1, -1, -1)])
def test_mirrored_and_scaled_armatures(tmp_path, scale):
    """A node that mirrors stays; what it does to the joints is reckoned with."""
    made = heroes.hero(CHARACTERS["mixamo"](), armature=0.01)
    made.rig.nodes[0]["scale"] = [0.01 * abs(scale[1]) * np.sign(s) for s in scale]
    made.rig.skins[0].pop("inverseBindMatrices")
    made.skeleton = made.skeleton.with_offsets(made.skeleton.offsets * abs(scale[1]))
    (tmp_path / "hero").mkdir()
    source = made.rig.save(tmp_path / "hero" / "hero.glb")
    target = formats.load(source)
    motion = forge.motion(0.3, seed=4, skeleton=target.skeleton)
    gltf_insert.insert(motion, source, tmp_path / "o.glb", "x")
    makes(tmp_path / "o.glb", motion, made)


def test_a_joint_that_mirrors_and_a_buffer_of_odd_length(tmp_path):
    made = heroes.hero(CHARACTERS["mixamo"]())
    made.rig.nodes[made.nodes[3]]["scale"] = [1, -1, 1]
    made.rig.skins[0].pop("inverseBindMatrices")
    made.rig.views.append({"buffer": 0, "byteOffset": len(made.rig.binary), "byteLength": 3})
    made.rig.binary += b"odd"
    source = made.rig.save(tmp_path / "hero.gltf")
    motion = forge.motion(0.3, seed=4, skeleton=formats.load(source).skeleton)
    gltf_insert.insert(motion, source, tmp_path / "o.glb", "x")
    kept(source, tmp_path / "o.glb")
    makes(tmp_path / "o.glb", motion, made)


def test_animations_are_added_or_replaced_and_called_something_free(tmp_path):
    made = KINDS["moving already"]()
    motion, _, first, _ = put(tmp_path, made, name="dance")
    assert [row["name"] for row in heroes.opened(first)[0]["animations"]] == ["dance", "dance_2"]
    assert gltf_insert.insert(motion, first, first, "dance") == "dance_3"  # in its own place
    makes(first, motion, made)
    gltf_insert.insert(motion, first, tmp_path / "only.glb", "dance", replace=True)
    assert [row["name"] for row in heroes.opened(tmp_path / "only.glb")[0]["animations"]] == ["dance"]
    makes(tmp_path / "only.glb", motion, made, 0)


def test_what_another_animation_moves_this_one_holds(tmp_path):
    """A player that goes from one to the other leaves nothing of the first behind."""
    made = KINDS["moving already"]()
    _, _, out, _ = put(tmp_path, made)
    first, second = heroes.opened(out)[0]["animations"]
    targets = [{(c["target"]["node"], c["target"]["path"]) for c in row["channels"]} for row in (first, second)]
    assert targets[0] <= targets[1]


@pytest.mark.parametrize("how", ["inside", "beside", "far"])
@pytest.mark.parametrize("output", ["out.glb", "out.gltf", "hero/out.glb", "hero/out.gltf", "out.vrm"])
def test_buffers_and_pictures_wherever_they_are(tmp_path, how, output):
    made = KINDS["Mixamo's names, crooked axes"]()
    (tmp_path / "hero").mkdir()
    if how != "inside":
        made.rig.extra["images"].append({"uri": "a%20b.png"})
        made.rig.extra["images"].append({"uri": "nowhere.png"})
        (tmp_path / "hero" / "a b.png").write_bytes(heroes.png())
        (tmp_path / "hero" / "hero.bin").write_bytes(made.rig.binary)
    made.rig.save = lambda path: (path.write_bytes(made.rig.gltf(None if how == "inside" else "hero.bin")), path)[1]
    motion, source, out, _ = put(tmp_path, made, "gltf", output)
    _, after = kept(source, out, but=("images",))
    makes(out, motion, made)
    if how != "inside":
        near = output.startswith("hero/")
        assert (
            after["images"][1]["uri"] == "a%20b.png"
            if near
            else after["images"][1]["uri"].startswith("data:image/png;")
        )
        assert after["images"][2]["uri"] == "nowhere.png"
    if not output.endswith(".gltf"):
        assert "uri" not in after["buffers"][0] and len(after["buffers"]) == 1


def test_a_file_without_buffers_gets_one(tmp_path):
    made = KINDS["VRM 0"]()
    made.rig.skins.clear()
    rows = [row for row in made.rig.nodes if row.get("name") != "body"]
    held = {"asset": {"version": "2.0"}, "nodes": rows, "extensions": made.rig.extra["extensions"]}
    (tmp_path / "a.gltf").write_text(json.dumps(held))
    motion, _ = retarget(WALK, formats.load(tmp_path / "a.gltf"))
    for out in ("o.glb", "o.gltf"):
        gltf_insert.insert(motion, tmp_path / "a.gltf", tmp_path / out, "walk")
        makes(tmp_path / out, motion, made)


def test_what_does_not_fit_is_said_in_a_line(tmp_path):
    made = KINDS["VRM 1"]()
    source = made.rig.save(tmp_path / "hero.glb")
    with pytest.raises(MotionError, match=r"hero\.glb: the motion is not on this file's skeleton"):
        gltf_insert.insert(WALK, source, tmp_path / "o.glb", "walk")
    made = KINDS["matrices"]()
    made.rig.nodes[made.nodes[3]]["matrix"][4] = 0.7
    source = made.rig.save(tmp_path / "hero.glb")
    motion, _ = retarget(WALK, formats.load(source))
    with pytest.raises(MotionError, match="sheared"):
        gltf_insert.insert(motion, source, tmp_path / "o.glb", "walk")
    assert not (tmp_path / "o.glb").exists()
