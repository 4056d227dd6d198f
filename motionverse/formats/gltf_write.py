"""glTF 2.0 written: a skeleton, a body on it, and the animation; plays in any viewer.

Joints are nodes called as the joints, without rotation at rest; end sites are nodes NAME_end. The body is the one that pictures
are drawn with (motionverse.view): the baked CC0 mesh on WHOLE_BODY, rounded bones on any other skeleton, in vertex colours.
Joints that were not captured, or never leave the rest pose, get no channel; one that never moves, two keys. Keys are float32,
one a frame, linear: exact to 1e-6 in angle and place. Frame 0 is at 0 s. Faces are not in glTF.
Source: the glTF 2.0 specification (Khronos).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionverse import rotation
from motionverse.formats import gltf_file
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

if TYPE_CHECKING:
    from motionverse.view import Body

FLOAT, USHORT, UBYTE, UINT = 5126, 5123, 5121, 5125
VERTICES, INDICES = 34962, 34963  # what a bufferView is for
CODES = {"float32": FLOAT, "uint16": USHORT, "uint8": UBYTE, "uint32": UINT}
KINDS = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
HOLDS = 4  # joints a vertex hangs on
STILL = 1e-7  # what differs by less than this does not move


class Packer:
    """Arrays put one after the other into one buffer, with the accessors that describe them."""

    def __init__(self, views: Sequence[gltf_file.Row] = (), accessors: Sequence[gltf_file.Row] = ()) -> None:
        """views, accessors: what a document has already; set `buffer` and `binary` to what the new ones go on in."""
        self.buffer, self.binary = 0, bytearray()
        self.views, self.accessors = [*views], [*accessors]

    def add(self, array: np.ndarray, target: int | None = None, bounds: bool = False, normalized: bool = False) -> int:
        """The accessor's index for (N, width) or (N,) values; bounds: state the smallest and largest of each column."""
        array = np.ascontiguousarray(array.reshape(len(array), -1))
        view: dict[str, Any] = {"buffer": self.buffer, "byteOffset": len(self.binary), "byteLength": array.nbytes}
        self.views.append(view if target is None else {**view, "target": target})
        self.binary += array.tobytes() + b"\0" * (-array.nbytes % 4)
        row: dict[str, Any] = {
            "bufferView": len(self.views) - 1,
            "componentType": CODES[array.dtype.name],
            "count": len(array),
            "type": KINDS[array.shape[1]],
        }
        if bounds:
            row |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        self.accessors.append(row | ({"normalized": True} if normalized else {}))
        return len(self.accessors) - 1


def write(motion: Motion, path: str | Path, body: bool = True) -> None:
    """Write `motion` as .glb, or as .gltf with its buffer inside; body: with a skinned mesh to look at."""
    skeleton, packer = motion.skeleton, Packer()
    nodes, joints = _nodes(skeleton), list(range(len(skeleton)))
    rest = np.array([nodes[0]["translation"]]) + skeleton.rest_positions()
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(skeleton), 1, 1))
    inverse[:, 3, :3] = -rest  # column by column: the last four numbers are the translation
    skin = {"name": "skeleton", "joints": joints, "inverseBindMatrices": packer.add(inverse), "skeleton": 0}
    held: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "motionverse"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "skins": [skin],
    }
    if body:
        from motionverse.view import body_for

        held["meshes"], held["materials"] = [_mesh(body_for(skeleton), rest[0], packer)], [_material()]
        held["scenes"][0]["nodes"].append(len(nodes))
        nodes.append({"name": "body", "mesh": 0, "skin": 0})
    held["animations"] = [_animation(motion, packer)]
    held["accessors"], held["bufferViews"] = packer.accessors, packer.views
    gltf_file.write(held, bytes(packer.binary), path)


def rest_places(skeleton: Skeleton) -> np.ndarray:
    """(J, 3) where each joint rests on its parent [m]; the root at its offset or, where it has none, with its feet on y = 0."""
    places = skeleton.offsets.copy()
    if not places[0].any():
        places[0, 1] = skeleton.standing_height()
    return places


def _nodes(skeleton: Skeleton) -> list[dict[str, Any]]:
    """A node for every joint, in the skeleton's order, then one for every end site."""
    nodes: list[dict[str, Any]] = []
    for name, place, children in zip(skeleton.names, rest_places(skeleton), skeleton.children, strict=True):
        nodes.append({"name": name, "translation": place.tolist()} | ({"children": list(children)} if children else {}))
    for name, end in skeleton.ends.items():
        nodes[skeleton.index(name)].setdefault("children", []).append(len(nodes))
        nodes.append({"name": f"{name}_end", "translation": np.asarray(end, np.float64).reshape(3).tolist()})
    return nodes


def _mesh(body: "Body", root: np.ndarray, packer: Packer) -> dict[str, Any]:
    """The body's mesh in the rest pose, where the root stands at `root`."""
    shares, weights = body.held_by(HOLDS)
    shares = shares.astype(np.uint8 if body.weights.shape[1] <= 256 else np.uint16)
    normals = body.normals.astype(np.float64)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > 1e-6, normals / np.maximum(lengths, 1e-6), [0.0, 1.0, 0.0])
    colours = np.concatenate([body.colours, np.ones((len(body.colours), 1))], 1)
    indices = body.faces.astype(np.uint16 if len(body.vertices) < 1 << 16 else np.uint32).reshape(-1)
    attributes = {
        "POSITION": packer.add((body.vertices + root).astype(np.float32), VERTICES, bounds=True),
        "NORMAL": packer.add(normals.astype(np.float32), VERTICES),
        "COLOR_0": packer.add((colours * 255).round().astype(np.uint8), VERTICES, normalized=True),
        "JOINTS_0": packer.add(shares, VERTICES),
        "WEIGHTS_0": packer.add(weights, VERTICES),
    }
    return {
        "name": "body",
        "primitives": [{"attributes": attributes, "indices": packer.add(indices, INDICES), "material": 0}],
    }


def _material() -> dict[str, Any]:
    return {"name": "matte", "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.8}}


def _animation(motion: Motion, packer: Packer) -> dict[str, Any]:
    """Channels: the root's place, and the rotation of every joint that leaves the rest pose."""
    times = (np.arange(len(motion)) / motion.fps).astype(np.float32)
    brief: int | None = None
    every = packer.add(times, bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def channel(joint: int, path: str, values: np.ndarray) -> None:
        nonlocal brief
        still = len(motion) > 2 and float(np.ptp(values, axis=0).max()) < STILL
        if still and brief is None:
            brief = packer.add(times[[0, -1]], bounds=True)
        output = packer.add((values[[0, -1]] if still else values).astype(np.float32))
        samplers.append({"input": brief if still else every, "output": output, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": joint, "path": path}})

    channel(0, "translation", motion.root)
    quats = rotation.continuous(rotation.to_quat(motion.rotations))
    for j, seen in enumerate(motion.present):
        turned = np.abs(motion.rotations[:, j] - np.eye(3)).max() > STILL
        if j == 0 or (turned and seen):
            channel(j, "rotation", quats[:, j, [1, 2, 3, 0]])
    return {"name": "motion", "channels": channels, "samplers": samplers}
