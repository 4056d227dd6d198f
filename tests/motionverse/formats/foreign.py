"""Forged BVH files in foreign dialects, and what they mean, worked out joint by joint with scipy."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

# a small body in a T-pose, facing +Z, in metres: name, parent, offset
BODY = (
    ("Hips", -1, (0, 0.95, 0)),
    ("Spine", 0, (0, 0.25, 0)),
    ("Head", 1, (0, 0.35, 0)),
    ("LeftArm", 1, (0.2, 0.2, 0)),
    ("LeftHand", 3, (0.5, 0, 0)),
    ("RightArm", 1, (-0.2, 0.2, 0)),
    ("RightHand", 5, (-0.5, 0, 0)),
    ("LeftUpLeg", 0, (0.1, -0.05, 0)),
    ("LeftFoot", 7, (0, -0.85, 0)),
    ("RightUpLeg", 0, (-0.1, -0.05, 0)),
    ("RightFoot", 9, (0, -0.85, 0)),
)
ENDS = {"Head": (0, 0.2, 0), "LeftFoot": (0, -0.05, 0.15), "RightFoot": (0, -0.05, 0.15)}


@dataclass
class Document:
    """A BVH file to be: joints depth first, channels as (axis, kind), rows of values in degrees and file units."""

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    channels: list[list[tuple[str, str]]]
    rows: np.ndarray
    frame_time: str = "0.0333333"
    ends: dict[str, np.ndarray] = field(default_factory=dict)

    def text(self) -> str:
        lines = ["HIERARCHY"]

        def node(j: int) -> None:
            lines.extend(
                [("ROOT " if j == 0 else "JOINT ") + self.names[j], "{", "OFFSET " + _numbers(self.offsets[j])]
            )
            words = [axis + kind for axis, kind in self.channels[j]]
            lines.append(" ".join(["CHANNELS", str(len(words)), *words]))
            children = [c for c, p in enumerate(self.parents) if p == j]
            for child in children:
                node(child)
            if not children:
                end = self.ends.get(self.names[j], np.array([0, 0.01, 0]))
                lines.extend(["End Site", "{", "OFFSET " + _numbers(end), "}"])
            lines.append("}")

        node(0)
        lines += ["MOTION", f"Frames: {len(self.rows)}", f"Frame Time: {self.frame_time}"]
        return "\n".join(lines + [_numbers(row) for row in self.rows]) + "\n"

    def joints(self) -> np.ndarray:
        """(T, J, 3) world positions in file units: position channels stand in place of the offset."""
        places, turns, column = [], [], 0
        for j, parent in enumerate(self.parents):
            place, turn = np.tile(self.offsets[j], (len(self.rows), 1)), Rotation.identity(len(self.rows))
            for axis, kind in self.channels[j]:
                if kind == "position":
                    place[:, "XYZ".index(axis)] = self.rows[:, column]
                else:
                    vector = np.radians(self.rows[:, column, None]) * np.eye(3)["XYZ".index(axis)]
                    turn = turn * Rotation.from_rotvec(vector)
                column += 1
            if parent >= 0:
                place = places[parent] + turns[parent].apply(place)
                turn = turns[parent] * turn
            places.append(place)
            turns.append(turn)
        return np.stack(places, 1)


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{v:.8g}" for v in values)


def body(frames: int = 12, unit: float = 0.01, seed: int = 0, size: float = 20.0) -> Document:
    """A person who moves a little, in units of `unit` metres, ZXY rotations, root position first."""
    rng = np.random.default_rng(seed)
    names, parents, offsets = [b[0] for b in BODY], [b[1] for b in BODY], np.array([b[2] for b in BODY], float) / unit
    turns = [(axis, "rotation") for axis in "ZXY"]
    channels = [[*((axis, "position") for axis in "XYZ"), *turns]] + [list(turns) for _ in BODY[1:]]
    rows = rng.uniform(-size, size, (frames, 3 + 3 * len(BODY)))
    rows[:, :3] = offsets[0] + rng.uniform(-0.1, 0.1, (frames, 3)) / unit
    return Document(names, parents, offsets, channels, rows, ends={n: np.array(e) / unit for n, e in ENDS.items()})
