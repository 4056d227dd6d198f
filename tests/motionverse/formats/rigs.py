"""Forged glTF files in the manner of other programs, and where their joints are, worked out with 4x4 matrices and scipy."""

import base64
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from tests.motionverse.formats.foreign import BODY

TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
CODES = {"f4": 5126, "i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125}


@dataclass
class Rig:
    """A glTF file to be. nodes: as in the JSON; curves: (node, path) -> (times, values), linear, that the oracle knows too."""

    nodes: list[dict[str, Any]] = field(default_factory=list)
    skins: list[dict[str, Any]] = field(default_factory=list)
    animations: list[dict[str, Any]] = field(default_factory=list)
    curves: dict[tuple[int, str], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    accessors: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    binary: bytearray = field(default_factory=bytearray)

    def node(self, name: str | None, parent: int | None = None, **transform: Any) -> int:
        self.nodes.append({} if name is None else {"name": name})
        self.nodes[-1] |= {key: np.asarray(value, float).tolist() for key, value in transform.items()}
        if parent is not None:
            self.nodes[parent].setdefault("children", []).append(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def view(self, data: bytes, **more: Any) -> int:
        self.views.append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)} | more)
        self.binary += data + b"\0" * (-len(data) % 4)
        return len(self.views) - 1

    def accessor(self, values: np.ndarray, kind: str = "f4", **more: Any) -> int:
        values = np.asarray(values).reshape(len(values), -1).astype(f"<{kind}")
        row = {"bufferView": self.view(values.tobytes()), "componentType": CODES[kind], "count": len(values)}
        self.accessors.append(row | {"type": TYPES[values.shape[1]]} | more)
        return len(self.accessors) - 1

    def sparse(self, count: int, values: dict[int, tuple[float, float, float]]) -> int:
        """An accessor of `count` vectors, all zero but for some."""
        places = self.view(np.array(list(values), "<u2").tobytes())
        rows = self.view(np.array(list(values.values()), "<f4").tobytes())
        few = {
            "count": len(values),
            "indices": {"bufferView": places, "componentType": 5123},
            "values": {"bufferView": rows},
        }
        bounds = np.array([*values.values(), (0.0, 0.0, 0.0)], np.float32)
        row = {"componentType": 5126, "count": count, "type": "VEC3", "sparse": few}
        self.accessors.append(row | {"min": bounds.min(0).tolist(), "max": bounds.max(0).tolist()})
        return len(self.accessors) - 1

    def animation(self, name: str) -> dict[str, Any]:
        self.animations.append({"name": name, "channels": [], "samplers": []})
        return self.animations[-1]

    def channel(self, node: int, path: str, times: int, values: int, mode: str = "LINEAR", which: int = -1) -> None:
        row = self.animations[which]
        row["samplers"].append({"input": times, "output": values, "interpolation": mode})
        row["channels"].append({"sampler": len(row["samplers"]) - 1, "target": {"node": node, "path": path}})

    def curve(self, node: int, path: str, times: np.ndarray, values: np.ndarray) -> None:
        """A linear channel that the oracle follows too; quaternions xyzw."""
        self.curves[node, path] = (np.asarray(times, float), np.asarray(values, float))
        bounds = {"min": [float(np.float32(times[0]))], "max": [float(np.float32(times[-1]))]}
        self.channel(node, path, self.accessor(times, **bounds), self.accessor(values))

    def skin(self, joints: list[int], bind: list[np.ndarray] | None = None, space: np.ndarray | None = None) -> None:
        """A skin bound where the joints rest, or where `bind` (world 4x4 each) says, in a space of its own."""
        bound = bind if bind is not None else [self.world(joint) for joint in joints]
        own = np.eye(4) if space is None else space
        inverse = np.array([np.linalg.inv(matrix) @ own for matrix in bound])
        self.skins.append(
            {"joints": joints, "inverseBindMatrices": self.accessor(np.swapaxes(inverse, 1, 2).reshape(-1, 16))}
        )

    def world(self, node: int, time: float | None = None) -> np.ndarray:
        """(4, 4) where a node is; time: [s] in the animation, None: at rest."""
        parent = next((n for n, row in enumerate(self.nodes) if node in row.get("children", ())), None)
        local = self._local(node, time)
        return local if parent is None else self.world(parent, time) @ local

    def _local(self, node: int, time: float | None) -> np.ndarray:
        row = self.nodes[node]
        if "matrix" in row:
            return np.array(row["matrix"]).reshape(4, 4).T
        held = {"translation": [0.0, 0, 0], "rotation": [0.0, 0, 0, 1], "scale": [1.0, 1, 1]}
        held |= {path: row[path] for path in held if path in row}
        for path in held:
            if time is not None and (node, path) in self.curves:
                times, values = self.curves[node, path]
                at = float(np.clip(time, times[0], times[-1]))
                if path == "rotation":
                    held[path] = Slerp(times, Rotation.from_quat(values))(at).as_quat()
                else:
                    held[path] = [np.interp(at, times, values[:, k]) for k in range(3)]
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_quat(held["rotation"]).as_matrix() @ np.diag(held["scale"])
        matrix[:3, 3] = held["translation"]
        return matrix

    def joints(self, nodes: list[int], times: np.ndarray) -> np.ndarray:
        """(T, J, 3) world places of nodes at instants [s]."""
        return np.array([[self.world(n, float(t))[:3, 3] for n in nodes] for t in times])

    def document(self) -> dict[str, Any]:
        roots = set(range(len(self.nodes))) - {c for row in self.nodes for c in row.get("children", ())}
        held: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": sorted(roots)}]}
        held |= {"nodes": self.nodes, "skins": self.skins, "animations": self.animations}
        held |= {"accessors": self.accessors, "bufferViews": self.views, "buffers": [{"byteLength": len(self.binary)}]}
        return {name: rows for name, rows in held.items() if rows != []} | self.extra

    def glb(self, held: dict[str, Any] | None = None) -> bytes:
        text = json.dumps(self.document() if held is None else held).encode()
        text += b" " * (-len(text) % 4)
        size = 28 + len(text) + len(self.binary)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        return (
            struct.pack("<4sII", b"glTF", 2, size)
            + chunks
            + struct.pack("<I4s", len(self.binary), b"BIN\0")
            + self.binary
        )

    def gltf(self, uri: str | None = None) -> bytes:
        data = "data:application/octet-stream;base64," + base64.b64encode(self.binary).decode()
        buffers = [{"byteLength": len(self.binary), "uri": data if uri is None else uri}]
        return json.dumps(self.document() | {"buffers": buffers}).encode()

    def save(self, path: Path) -> Path:
        path.write_bytes(self.gltf() if path.suffix == ".gltf" else self.glb())
        return path


def quats(rng: np.random.Generator, count: int, size: float = 0.4) -> np.ndarray:
    """(count, 4) xyzw smooth turns of about `size` rad."""
    steps = rng.normal(0, size, 3) + np.linspace(0, 1, count)[:, None] * rng.normal(0, size, 3)
    return Rotation.from_rotvec(steps).as_quat()


def person(
    seed: int = 0, unit: float = 1.0, frames: int = 13, fps: float = 30.0, prefix: str = "", above: int | None = None,
    rig: Rig | None = None, crooked: bool = True,
) -> tuple[Rig, list[int]]:  # fmt: skip
    """A small body whose nodes rest with turns of their own, all of them animated; the rig and the nodes of the joints.

    unit: metres in one unit of the nodes; above: the node it hangs on; crooked: nodes have turns at rest.
    """
    rng, rig = np.random.default_rng(seed), rig or Rig()
    times, joints, turned = np.arange(frames) / fps, [], []
    if not rig.animations:
        rig.animation("take")
    for name, parent, offset in BODY:
        rest = Rotation.from_rotvec(rng.normal(0, 1.0, 3)) if crooked else Rotation.identity()
        before = turned[parent] if parent >= 0 else Rotation.identity()
        place = before.inv().apply(np.array(offset, float) / unit)
        made = rig.node(
            prefix + name, joints[parent] if parent >= 0 else above,
            translation=place, rotation=(before.inv() * rest).as_quat(),
        )  # fmt: skip
        joints.append(made)
        turned.append(rest)
        moves = Rotation.from_quat(rig.nodes[made]["rotation"]) * Rotation.from_quat(quats(rng, frames))
        rig.curve(made, "rotation", times, moves.as_quat())
        if parent < 0:
            rig.curve(made, "translation", times, place + rng.normal(0, 0.1, (frames, 3)) / unit)
    return rig, joints
