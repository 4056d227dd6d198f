"""Every way in which a glTF file can be broken gives one line that names the file; none crashes, hangs or fills the memory."""

import json
import resource
import struct
import warnings

import numpy as np
import pytest

from motionverse import formats
from motionverse.errors import MotionError
from tests import forge
from tests.motionverse.formats import rigs

RIG, JOINTS = rigs.person(3, frames=6)
RIG.skin(JOINTS)
GOOD = RIG.document()
MUTATIONS = 400


def change(*path, to=None, held=None):
    """The good document with one value replaced (to=...) or taken out."""
    made = json.loads(json.dumps(GOOD if held is None else held))
    place = made
    for key in path[:-1]:
        place = place[key]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return made


TIMES, TURNS = GOOD["animations"][0]["samplers"][0]["input"], GOOD["animations"][0]["samplers"][0]["output"]
FIRST = ("animations", 0, "samplers", 0)
EMPTY = {"componentType": 5126, "type": "VEC4"}
SPARSE = {"count": 1, "indices": {"bufferView": 1, "componentType": 5125, "byteOffset": 4}, "values": {"bufferView": 1}}
BIND = GOOD["skins"][0]["inverseBindMatrices"]
deep = {
    "asset": {"version": "2.0"},
    "nodes": [{"children": [n + 1]} for n in range(5000)] + [{}],
    "skins": [{"joints": [4000, 5000]}],
}
BROKEN = {
    "no asset": (change("asset"), "no asset"),
    "glTF 1": (change("asset", "version", to="1.0"), "only 2.0"),
    "a version that is a number": (change("asset", "version", to=2.0), "only 2.0"),
    "no nodes": (change("nodes"), "points to nodes"),
    "nodes of words": (change("nodes", to=["a"]), "not a list of objects"),
    "nodes an object": (change("nodes", to={"a": 1}), "not a list of objects"),
    "a circle": (change("nodes", JOINTS[2], "children", to=[JOINTS[0]]), "circle"),
    "two parents": (change("nodes", JOINTS[2], "children", to=[JOINTS[4]]), "hangs on"),
    "a child that is not there": (change("nodes", 0, "children", to=[99]), r"nodes[99]"),
    "a child that is a word": (change("nodes", 0, "children", to=["1"]), "not a list of numbers"),
    "too deep": (deep, "deep"),
    "a zero rotation": (change("nodes", 1, "rotation", to=[0, 0, 0, 0]), "no length"),
    "three numbers for a rotation": (change("nodes", 1, "rotation", to=[0, 0, 1]), "4 sensible numbers"),
    "a huge translation": (change("nodes", 1, "translation", to=[0, 1e300, 0]), "sensible"),
    "no skin and no animation": (change("skins", held=change("animations")), "no skin and no animated node"),
    "a joint that is not there": (change("skins", 0, "joints", 3, to=-1), "nodes[-1]"),
    "too few bind matrices": (change("accessors", BIND, "count", to=3), "inverse bind matrices"),
    "bind matrices of another type": (change("accessors", BIND, "type", to="VEC4"), "must be MAT4"),
    "an absurd count": (change("accessors", TURNS, "count", to=10**12), "must be a whole number"),
    "a count beyond the buffer": (change("accessors", TURNS, "count", to=10**9), "bytes of bufferViews"),
    "zeros without end": (change("accessors", TURNS, to={**EMPTY, "count": 10**9}), "no bufferView"),
    "a count of none": (change("accessors", TURNS, "count", to=0), "nothing to read"),
    "a negative count": (change("accessors", TURNS, "count", to=-6), "whole number"),
    "a count that is no number": (change("accessors", TURNS, "count", to=True), "whole number"),
    "an unknown component": (change("accessors", TURNS, "componentType", to=5130), "must be one of"),
    "an accessor that is not there": (change("animations", 0, "samplers", 0, "output", to=500), "accessors[500]"),
    "times that are a list": (change("animations", 0, "samplers", 0, "input", to=[1]), "whole number"),
    "a view that is not there": (change("accessors", TURNS, "bufferView", to=500), "bufferViews[500]"),
    "a view beyond the buffer": (change("bufferViews", 1, "byteLength", to=10**8), "which has"),
    "an offset beyond the view": (change("accessors", TURNS, "byteOffset", to=10**8), "which has"),
    "a buffer of more than there is": (change("buffers", 0, "byteLength", to=10**8), "cut short"),
    "a buffer without bytes": (change("buffers", to=[{"byteLength": 9, "uri": "data:,x"}]), "base64"),
    "a sampler that is not there": (change("animations", 0, "channels", 0, "sampler", to=77), "sampler"),
    "a node that is not there": (change("animations", 0, "channels", 0, "target", "node", to=77), "nodes[77]"),
    "a path that is a list": (change("animations", 0, "channels", to=[{"sampler": 0, "target": {"node": 0, "path": []}}]), None),
    "an unknown interpolation": (change(*FIRST, "interpolation", to="QUINTIC"), "QUINTIC"),
    "too few values": (change("accessors", TURNS, "count", to=4), "LINEAR keys"),
    "values that are no cubic keys": (change(*FIRST, "interpolation", to="CUBICSPLINE"), "CUBICSPLINE keys"),
    "packed with meshopt": (change("bufferViews", 0, "extensions", to={"EXT_meshopt_compression": {"buffer": 0}}), "meshopt"),
    "a sparse element beyond the end": (change("accessors", TURNS, "sparse", to=SPARSE), "replaces element"),
    "a sparse accessor of nothing": (change("accessors", TURNS, "sparse", to={"count": 1}), "sparse"),
    "a scale of 1e20": (change("nodes", 0, "scale", to=[1e20] * 3), "measures"),
}  # fmt: skip


def refused(path, says=None):
    with warnings.catch_warnings(), pytest.raises(MotionError, match=says) as caught:
        warnings.simplefilter("error")
        formats.load(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and len(message) < 260 + len(str(path)), message


@pytest.mark.parametrize("case", BROKEN)
def test_one_line_that_names_the_file(tmp_path, case):
    held, says = BROKEN[case]
    (tmp_path / "broken.glb").write_bytes(RIG.glb(held))
    if says is None:
        assert len(formats.load(tmp_path / "broken.glb")) == 1
    else:
        refused(tmp_path / "broken.glb", says.replace("[", r"\[").replace("]", r"\]"))


def test_the_good_one_is_good(tmp_path):
    assert len(formats.load(RIG.save(tmp_path / "a.glb"))) == 6


def test_containers_that_are_broken(tmp_path):
    good = RIG.glb()
    text = struct.unpack_from("<I", good, 12)[0]
    cases = {
        "nothing": b"", "cut": good[:15], "cut in half": good[: len(good) // 2], "version 1": good[:4] + b"\1\0\0\0" + good[8:],
        "a chunk too long": good[:12] + struct.pack("<I", 1 << 30) + good[16:], "no JSON chunk": good[:16] + b"BIN\0" + good[20:],
        "no binary chunk": good[:8] + struct.pack("<I", 20 + text) + good[12 : 20 + text], "text": b"HIERARCHY\n",
        "a list": b"[]", "depth": b"[" * 100_000, "NaN": b'{"asset":{"version":"2.0"},"nodes":[{"translation":[NaN,0,0]}]}',
        "a number without end": b'{"asset":' + b"9" * 10_000 + b"}", "not UTF-8": b'{"asset":"\xff"}',
    }  # fmt: skip
    for data in cases.values():
        (tmp_path / "a.gltf").write_bytes(data)
        refused(tmp_path / "a.gltf")


def test_a_few_keys_do_not_fill_the_memory(tmp_path):
    """Two keys a century apart, or frames asked for beyond what the file could hold."""
    rig, joints = rigs.person(3, frames=6)
    rig.channel(joints[1], "translation", rig.accessor(np.array([0.0, 3e9])), rig.accessor(np.ones((2, 3))))
    refused(rig.save(tmp_path / "a.glb"), "frames at 30 fps; at most")
    for values, says in (([0.0, np.nan], "finite"), ([1.0, 0.5], "backwards"), ([0.0, np.inf], "finite")):
        rig, joints = rigs.person(3, frames=6)
        rig.channel(joints[1], "translation", rig.accessor(np.array(values)), rig.accessor(np.ones((2, 3))))
        refused(rig.save(tmp_path / "a.glb"), says)
    with pytest.raises(MotionError, match="fps"):
        formats.load(tmp_path / "a.glb", fps=-1)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` with some bytes changed, a piece taken out, doubled, or the end cut off."""
    held, kind = bytearray(data), rng.integers(5)
    if kind <= 1:
        for at in rng.integers(0, len(held), rng.integers(1, 12)):
            held[at] = rng.integers(256)
    elif kind == 2:  # a digit of the JSON
        digits = [k for k, byte in enumerate(held) if 48 <= byte <= 57]
        for at in rng.choice(digits, rng.integers(1, 6)):
            held[at] = rng.integers(48, 58)
    elif kind == 3:
        start = rng.integers(0, len(held))
        held[start : start + rng.integers(1, 64)] = held[start : start + rng.integers(1, 64)] * rng.integers(0, 3)
    else:
        held = held[: rng.integers(0, len(held))]
    return bytes(held)


def test_mutations_are_refused_or_read(tmp_path):
    """Fixed seeds: a MotionError that names the file, or a motion; memory stays below a gigabyte more."""
    forge.motion(0.2).save(tmp_path / "own.gltf")
    seeds, path = [RIG.glb(), RIG.gltf(), (tmp_path / "own.gltf").read_bytes()], tmp_path / "a.glb"
    before, read = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    for seed in range(MUTATIONS):
        path.write_bytes(mutated(seeds[seed % 2 if seed % 8 else 2], np.random.default_rng(seed)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert np.isfinite(formats.load(path).joints()).all()
            read += 1
        except MotionError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error), seed
        except Exception as error:
            raise AssertionError(f"mutation {seed} gave {type(error).__name__}: {error}") from error
    assert 0 < read < MUTATIONS and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20


@pytest.mark.parametrize("suffix", [".glb", ".gltf", ".vrm"])
def test_an_empty_file_is_called_empty(tmp_path, suffix):
    (tmp_path / f"a{suffix}").write_bytes(b"")
    with pytest.raises(MotionError, match=rf"a\{suffix}: the file is empty"):
        formats.load(tmp_path / f"a{suffix}")
