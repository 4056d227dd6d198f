"""Characters as people have them in glTF files: bodies with materials, pictures, skins, faces, and words of other programs."""

import base64
import json
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from scipy.spatial.transform import Rotation

from motionverse.skeleton import Skeleton
from tests.motionverse.formats.rigs import Rig

Z_UP = Rotation.from_rotvec([-np.pi / 2, 0, 0])  # what stands along Z, brought to stand along Y


def png() -> bytes:
    """A picture of four pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((k * 60, 90, 200 - k * 60, 90, k * 90, 40)) for k in range(2))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class Hero:
    """A character's file to be. nodes: those of the skeleton's joints, in its order."""

    rig: Rig
    nodes: list[int]
    skeleton: Skeleton
    spaces: list[Rotation] = field(default_factory=list)


def hero(
    skeleton: Skeleton, seed: int = 0, armature: float | None = None, crooked: bool = True, matrices: bool = False,
    lift: tuple[float, float, float] = (0, 0, 0), height: float | None = None,
) -> Hero:  # fmt: skip
    """A character whose nodes stand as the skeleton rests, feet near the floor, with a skin bound there and a mesh.

    armature: metres in a unit under a node that scales by as much and turns Z up to Y up, as Blender has it; crooked: joints
    have axes of their own; matrices: nodes state matrices.
    """
    rng, rig, nodes, spaces = np.random.default_rng(seed), Rig(), [], []
    above, unit, base = None, 1.0, Rotation.identity()
    if armature is not None:
        unit, base = armature, Z_UP
        above = rig.node("Armature", rotation=base.as_quat(), scale=[unit] * 3, translation=lift)
    high = float(-skeleton.rest_positions()[:, 1].min()) if height is None else height
    for j, parent in enumerate(skeleton.parents):
        offset = np.array([0, high, 0]) - (np.array(lift) if armature else 0) if parent < 0 else skeleton.offsets[j]
        before = spaces[parent] if parent >= 0 else base
        turn = Rotation.from_rotvec(rng.normal(0, 1.0, 3)) if crooked else base
        place, local = before.inv().apply(offset) / unit, before.inv() * turn
        if matrices:
            matrix = np.eye(4)
            matrix[:3, :3], matrix[:3, 3] = local.as_matrix(), place
            made = rig.node(skeleton.names[j], nodes[parent] if parent >= 0 else above, matrix=matrix.T.reshape(-1))
        else:
            made = rig.node(
                skeleton.names[j], nodes[parent] if parent >= 0 else above, translation=place, rotation=local.as_quat()
            )
        nodes.append(made)
        spaces.append(turn)
    rig.skin(nodes)
    return dressed(Hero(rig, nodes, skeleton, spaces))


def dressed(made: Hero) -> Hero:
    """With a mesh of a patch a joint, a material with a picture, a face that can smile, and numbers packed in every way."""
    rig, joints = made.rig, made.nodes
    places = np.array([rig.world(n)[:3, 3] for n in joints])
    corners = np.array([[0, 0, 0], [0.05, 0, 0], [0, 0.05, 0]])
    points = (places[:, None] + corners).reshape(-1, 3).astype(np.float32)
    held = np.repeat(np.arange(len(joints)), 3)
    attributes = {
        "POSITION": rig.accessor(points, min=points.min(0).tolist(), max=points.max(0).tolist()),
        "NORMAL": rig.accessor(np.tile([0.0, 0, 1], (len(points), 1))),
        "TEXCOORD_0": rig.accessor(np.tile([[0, 0], [65535, 0], [0, 65535]], (len(joints), 1)), "u2", normalized=True),
        "JOINTS_0": rig.accessor(np.stack([held, 0 * held, 0 * held, 0 * held], 1), "u2"),
        "WEIGHTS_0": rig.accessor(np.tile([255, 0, 0, 0], (len(points), 1)), "u1", normalized=True),
    }
    smile = rig.sparse(len(points), {3: (0.0, 0.01, 0.0), 7: (0.0, -0.01, 0.0)})
    primitive = {"attributes": attributes, "material": 0, "targets": [{"POSITION": smile}]}
    mesh = {"name": "body", "primitives": [primitive], "weights": [0.25], "extras": {"targetNames": ["smile"]}}
    rig.nodes.append({"name": "body", "mesh": 0, "skin": 0, "extras": {"mine": [1, 2.5, None]}})
    picture = rig.view(png())
    rig.extra |= {
        "meshes": [mesh],
        "materials": [
            {"name": "cloth", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "roughnessFactor": 0.7}}
        ],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"magFilter": 9729}],
        "images": [{"bufferView": picture, "mimeType": "image/png", "name": "weave"}],
    }
    return made


def quantized(made: Hero) -> Hero:
    """With places of vertices as short integers, which an extension allows."""
    rig = made.rig
    places = np.arange(9 * len(made.nodes)).reshape(-1, 3) % 32767
    more = {"normalized": True, "min": places.min(0).tolist(), "max": places.max(0).tolist()}
    row = rig.extra["meshes"][0]["primitives"][0]
    packed = np.concatenate([places, 0 * places[:, :1]], 1)  # rows of eight bytes
    row["attributes"]["POSITION"] = rig.accessor(packed, "i2", **more)
    rig.accessors[-1]["type"] = "VEC3"
    rig.views[-1] |= {"byteStride": 8, "target": 34962}
    rig.extra |= {"extensionsUsed": ["KHR_mesh_quantization"], "extensionsRequired": ["KHR_mesh_quantization"]}
    return made


def posed(made: Hero, size: float = 0.5, seed: int = 5) -> Hero:
    """Left in some frame of an animation: the nodes do not stand as the skin was bound."""
    rng = np.random.default_rng(seed)
    for n in made.nodes:
        row = made.rig.nodes[n]
        row["rotation"] = (
            (Rotation.from_quat(row["rotation"]) * Rotation.from_rotvec(rng.normal(0, size, 3))).as_quat().tolist()
        )
    return made


def vrm0(made: Hero) -> Hero:
    """With the words of VRM 0.x on who is who, under names that say nothing."""
    bones = [
        {"bone": name, "node": n, "useDefaultValues": True}
        for name, n in zip(made.skeleton.names, made.nodes, strict=True)
    ]
    rename(made)
    groups = [{"name": "Joy", "presetName": "joy", "binds": [{"mesh": 0, "index": 0, "weight": 100}]}]
    words = {
        "exporterVersion": "forged",
        "humanoid": {"humanBones": bones},
        "blendShapeMaster": {"blendShapeGroups": groups},
    }
    made.rig.extra |= {"extensionsUsed": ["VRM"], "extensions": {"VRM": words}}
    return made


def vrm1(made: Hero) -> Hero:
    """The same in the words of VRM 1.0."""
    bones = {name: {"node": n} for name, n in zip(made.skeleton.names, made.nodes, strict=True)}
    rename(made)
    words = {"specVersion": "1.0", "meta": {"name": "hero"}, "humanoid": {"humanBones": bones}}
    words["expressions"] = {
        "preset": {"happy": {"morphTargetBinds": [{"node": len(made.rig.nodes) - 1, "index": 0, "weight": 1}]}}
    }
    made.rig.extra |= {"extensionsUsed": ["VRMC_vrm"], "extensions": {"VRMC_vrm": words}}
    return made


def rename(made: Hero) -> None:
    for k, n in enumerate(made.nodes):
        made.rig.nodes[n]["name"] = f"J_{k:02}"


def opened(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    """The JSON of a .glb or .gltf file, and the bytes of its buffers, read as plainly as can be."""
    data, binary = path.read_bytes(), b""
    if data[:4] == b"glTF":
        assert struct.unpack_from("<II", data, 4) == (2, len(data))
        size = struct.unpack_from("<I", data, 12)[0]
        held = json.loads(data[20 : 20 + size])
        if len(data) > 20 + size:
            length, kind = struct.unpack_from("<I4s", data, 20 + size)
            assert kind == b"BIN\0" and length % 4 == 0 and size % 4 == 0 and len(data) == 28 + size + length
            binary = data[28 + size :]
    else:
        held = json.loads(data)
    buffers = []
    for row in held.get("buffers", []):
        uri = row.get("uri", "")
        inside = base64.b64decode(uri.partition(",")[2]) if uri[:5] == "data:" else binary
        found = (path.parent / unquote(uri)).read_bytes() if uri and uri[:5] != "data:" else inside
        assert 0 <= len(found) - row["byteLength"] < 4
        buffers.append(found[: row["byteLength"]])
    return held, buffers


def view(held: dict[str, Any], buffers: list[bytes], index: int) -> bytes:
    row = held["bufferViews"][index]
    begin = row.get("byteOffset", 0)
    assert begin + row["byteLength"] <= len(buffers[row["buffer"]])
    return buffers[row["buffer"]][begin : begin + row["byteLength"]]


def played(held: dict[str, Any], buffers: list[bytes], animation: int) -> Rig:
    """The file as a Rig whose `world` plays one of its animations; all its channels must be float and linear."""
    rig = Rig(nodes=held["nodes"])

    def floats(index: int) -> np.ndarray:
        row = held["accessors"][index]
        assert row["componentType"] == 5126
        values = np.frombuffer(view(held, buffers, row["bufferView"]), "<f4")
        assert held["bufferViews"][row["bufferView"]].get("byteOffset", 0) % 4 == 0
        return values.reshape(row["count"], -1).astype(float)

    row = held["animations"][animation]
    for channel in row["channels"]:
        sampler = row["samplers"][channel["sampler"]]
        times, values = floats(sampler["input"])[:, 0], floats(sampler["output"])
        assert (
            len(times) == len(values)
            and (np.diff(times) > 0).all()
            and "matrix" not in held["nodes"][channel["target"]["node"]]
        )
        if len(times) == 1:
            times, values = np.array([times[0], times[0] + 1]), np.repeat(values, 2, 0)
        rig.curves[channel["target"]["node"], channel["target"]["path"]] = times, values
    return rig
