"""Forged FBX files as text, and where their joints are, worked out joint by joint with scipy."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from tests.motionverse.formats.foreign import BODY

SECOND = 46186158000  # FBX's units of time in one
ORDERS = ("XYZ", "XZY", "YZX", "YXZ", "ZXY", "ZYX")  # extrinsic: the first letter turns first
UPS = {"Y": (1, 1, 2, 1, 0, 1), "Z": (2, 1, 1, -1, 0, 1)}  # up, front and the third axis, each with its sign
MODES = {30.0: 6, 24.0: 11, 60.0: 3}


@dataclass
class Scene:
    """A body whose joints turn. orders, pre: each joint's rotation order and pre-rotation; angles: (T, J, 3) degrees, XYZ."""

    unit: float = 0.01
    up: str = "Y"
    fps: float = 30.0
    frames: int = 9
    seed: int = 0
    skinned: bool = False
    start: float = 0.0
    takes: tuple[str, ...] = ("take",)
    names: list[str] = field(default_factory=lambda: [row[0] for row in BODY])

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        joints = len(BODY)
        self.parents = [row[1] for row in BODY]
        self.orders = [ORDERS[k] for k in rng.integers(0, 6, joints)]
        self.pre = rng.uniform(-90, 90, (joints, 3))
        turns = [Rotation.from_euler("xyz", pre, degrees=True) for pre in self.pre]
        base = Rotation.identity() if self.up == "Y" else Rotation.from_rotvec([np.pi / 2, 0, 0])
        bound: list[Rotation] = []
        self.offsets = np.zeros((joints, 3))
        for j, (_, parent, offset) in enumerate(BODY):
            before = bound[parent] if parent >= 0 else Rotation.identity()
            self.offsets[j] = before.inv().apply(base.apply(np.array(offset, float))) / self.unit
            bound.append(before * turns[j])
        self.bound = bound  # world turns, in the file's axes, where all angles are 0
        self.angles = rng.uniform(-60, 60, (1, joints, 3)) + np.linspace(0, 1, self.frames)[
            :, None, None
        ] * rng.uniform(-40, 40, (1, joints, 3))
        self.root = self.offsets[0] + np.linspace(0, 1, self.frames)[:, None] * rng.uniform(-30, 30, 3)

    def joints(self) -> np.ndarray:
        """(T, J, 3) in metres, Y up."""
        places, turns = [], []
        for j, parent in enumerate(self.parents):
            order = [("XYZ".index(letter), letter.lower()) for letter in self.orders[j]]
            angles = self.angles[:, j][:, [k for k, _ in order]]
            own = Rotation.from_euler("xyz", self.pre[j], degrees=True) * Rotation.from_euler(
                "".join(letter for _, letter in order), angles, degrees=True
            )
            place = self.root if parent < 0 else places[parent] + turns[parent].apply(self.offsets[j])
            places.append(place)
            turns.append(own if parent < 0 else turns[parent] * own)
        found = np.stack(places, 1) * self.unit
        return found if self.up == "Y" else found[..., [0, 2, 1]] * [1, 1, -1]

    def bind(self) -> np.ndarray:
        """(J, 3) places in metres, Y up, where all angles are 0."""
        return (
            np.array(_places(self))
            * self.unit
            @ (np.eye(3) if self.up == "Y" else np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]]))
        )

    def text(self) -> str:
        objects, links = [], []
        for j, name in enumerate(self.names):
            rows = [
                _property("Lcl Translation", "Lcl Translation", self.root[0] if j == 0 else self.offsets[j]),
                _property("Lcl Rotation", "Lcl Rotation", self.angles[0, j]),
                _property("PreRotation", "Vector3D", self.pre[j]),
                'P: "RotationActive", "bool", "", "", 1',
                f'P: "RotationOrder", "enum", "", "", {ORDERS.index(self.orders[j])}',
            ]
            objects.append(f'Model: {1000 + j}, "Model::{name}", "LimbNode" {{ Version: 232\n{_properties(rows)} }}')
            objects.append(f'NodeAttribute: {2000 + j}, "NodeAttribute::", "LimbNode" {{ TypeFlags: "Skeleton" }}')
            links += [f'C: "OO",{2000 + j},{1000 + j}', f'C: "OO",{1000 + j},{1000 + self.parents[j] if j else 0}']
        for k, take in enumerate(self.takes):
            self._take(10000 * (k + 1), take, k, objects, links)
        if self.skinned:
            self._skin(objects, links)
        return "\n".join([*self._head(), "Objects: {", *objects, "}", "Connections: {", *links, "}", ""])

    def _head(self) -> list[str]:
        up, sign, front, front_sign, third, third_sign = UPS[self.up]
        rows = [f'P: "{name}", "int", "Integer", "", {value}' for name, value in (
            ("UpAxis", up), ("UpAxisSign", sign), ("FrontAxis", front), ("FrontAxisSign", front_sign),
            ("CoordAxis", third), ("CoordAxisSign", third_sign),
        )]  # fmt: skip
        rows.append(f'P: "UnitScaleFactor", "double", "Number", "", {self.unit * 100:g}')
        rows.append(f'P: "TimeMode", "enum", "", "", {MODES[self.fps]}')
        return [
            "; FBX 7.4.0 project file",
            "FBXHeaderExtension: { FBXHeaderVersion: 1003\nFBXVersion: 7400 }",
            f"GlobalSettings: {{ Version: 1000\n{_properties(rows)} }}",
        ]

    def _take(self, first: int, name: str, which: int, objects: list[str], links: list[str]) -> None:
        """A take; the second and later ones last a frame less each, and turn the other way."""
        frames = self.frames - which
        stamps = np.round((self.start + np.arange(frames) / self.fps) * SECOND).astype(np.int64)
        ends = [
            f'P: "Local{end}", "KTime", "Time", "", {value}'
            for end, value in (("Start", stamps[0]), ("Stop", stamps[-1]))
        ]
        objects.append(f'AnimationStack: {first}, "AnimStack::{name}", "" {{ {_properties(ends)} }}')
        objects.append(f'AnimationLayer: {first + 1}, "AnimLayer::base", "" {{ }}')
        links += [f'C: "OO",{first},0', f'C: "OO",{first + 1},{first}']
        number = first + 2
        tracks = [(j, "R", "Lcl Rotation", self.angles[:, j]) for j in range(len(self.names))]
        for j, letter, path, values in [(0, "T", "Lcl Translation", self.root), *tracks]:
            node, number = number, number + 1
            objects.append(f'AnimationCurveNode: {node}, "AnimCurveNode::{letter}", "" {{ }}')
            links += [f'C: "OO",{node},{first + 1}', f'C: "OP",{node},{1000 + j}, "{path}"']
            for axis in range(3):
                keys = values[:frames, axis] * (-1 if which else 1)
                objects.append(_curve(number, stamps, keys))
                links.append(f'C: "OP",{number},{node}, "d|{"XYZ"[axis]}"')
                number += 1

    def _skin(self, objects: list[str], links: list[str]) -> None:
        """A triangle that hangs on every bone, bound where all angles are 0."""
        objects.append(
            'Geometry: 5000, "Geometry::", "Mesh" { Vertices: *9 { a: 0,0,0,1,0,0,0,1,0 }\nPolygonVertexIndex: *3 { a: 0,1,-3 } }'
        )
        objects.append('Model: 5001, "Model::body", "Mesh" { Version: 232 }')
        objects.append('Deformer: 5002, "Deformer::", "Skin" { Version: 101 }')
        links += ['C: "OO",5001,0', 'C: "OO",5000,5001', 'C: "OO",5002,5000']
        for j, place in enumerate(_places(self)):
            world = np.eye(4)
            world[:3, :3], world[3, :3] = self.bound[j].as_matrix().T, place
            held = f"Weights: *1 {{ a: 1 }}\nTransform: *16 {{ a: {_list(np.linalg.inv(world))} }}"
            held += f"\nTransformLink: *16 {{ a: {_list(world)} }}"
            objects.append(
                f'Deformer: {6000 + j}, "SubDeformer::", "Cluster" {{ Version: 100\nIndexes: *1 {{ a: {j % 3} }}\n{held} }}'
            )
            links += [f'C: "OO",{6000 + j},5002', f'C: "OO",{1000 + j},{6000 + j}']


def _places(scene: Scene) -> list[np.ndarray]:
    """Of the joints where all angles are 0, in the file's unit and axes."""
    places: list[np.ndarray] = []
    for j, parent in enumerate(scene.parents):
        places.append(scene.offsets[j] if parent < 0 else places[parent] + scene.bound[parent].apply(scene.offsets[j]))
    return places


def _curve(number: int, stamps: np.ndarray, keys: np.ndarray) -> str:
    count = len(keys)
    flags = f"KeyAttrFlags: *1 {{ a: 4 }}\nKeyAttrDataFloat: *4 {{ a: 0,0,0,0 }}\nKeyAttrRefCount: *1 {{ a: {count} }}"
    held = f"KeyTime: *{count} {{ a: {_list(stamps)} }}\nKeyValueFloat: *{count} {{ a: {_list(keys)} }}\n{flags}"
    return f'AnimationCurve: {number}, "AnimCurve::", "" {{ Default: 0\nKeyVer: 4008\n{held} }}'


def _property(name: str, kind: str, values: np.ndarray) -> str:
    return f'P: "{name}", "{kind}", "", "A", {_list(values)}'


def _properties(rows: list[str]) -> str:
    return "Properties70: {\n" + "\n".join(rows) + "\n}"


def _list(values: np.ndarray) -> str:
    return ",".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in np.ravel(values).tolist())
