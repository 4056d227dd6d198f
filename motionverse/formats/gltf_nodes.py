"""The node tree of a glTF document: who hangs on whom, how each node rests, and where all of them are in the world.

A node's local transform is kept as a place, a turn and a stretch: x -> place + turn (stretch x). The turn is orthogonal (a
mirroring scale makes it improper), the stretch symmetric. Turns follow one another without the stretches, as every animation
program has it; places feel both. Source: the glTF 2.0 specification (Khronos), section Transformations.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motionverse import rotation
from motionverse.formats.gltf_file import Document, Row

MAX_NODES = 1 << 16
MAX_DEPTH = 512
Sampled = Mapping[
    tuple[int, str], np.ndarray
]  # (node, 'translation' | 'rotation' | 'scale') -> (T, 3), quaternions xyzw


@dataclass(frozen=True, eq=False)
class Nodes:
    """N nodes. parents: -1 for roots; names: None where a node has none; places (N, 3), turns and stretches (N, 3, 3)."""

    rows: list[Row]
    parents: list[int]
    children: list[list[int]]
    names: list[str | None]
    places: np.ndarray
    turns: np.ndarray
    stretches: np.ndarray

    def above(self, node: int) -> list[int]:
        """The ancestors of a node, the scene's root first."""
        found = []
        while self.parents[node] >= 0:
            node = self.parents[node]
            found.append(node)
        return found[::-1]


def read(document: Document) -> Nodes:
    """The nodes of a document; MotionError where they are no forest, or a transform is not one."""
    rows = document.rows("nodes")
    if len(rows) > MAX_NODES:
        document.fail(f"has {len(rows)} nodes; at most {MAX_NODES} are read")
    parents, children = (
        [-1] * len(rows),
        [document.items(row, "children", int, f"nodes[{n}]") for n, row in enumerate(rows)],
    )
    for n, below in enumerate(children):
        for child in below:
            document.row("nodes", child, f"children of nodes[{n}]")
            if parents[child] >= 0:
                document.fail(f"nodes[{child}] hangs on nodes[{parents[child]}] and on nodes[{n}]; the file is broken")
            parents[child] = n
    _check_depth(document, parents, children)
    names = [str(row["name"]) if row.get("name") not in (None, "") else None for row in rows]
    places, turns, stretches = np.zeros((len(rows), 3)), rotation.identity(len(rows)), rotation.identity(len(rows))
    for n, row in enumerate(rows):
        places[n], turns[n], stretches[n] = _local(document, row, f"nodes[{n}]")
    return Nodes(rows, parents, children, names, places, turns, stretches)


def _check_depth(document: Document, parents: list[int], children: list[list[int]]) -> None:
    """MotionError for nodes that hang on each other in a circle, or one on the other without end."""
    level, reached, depth = [n for n, parent in enumerate(parents) if parent < 0], 0, 0
    while level:
        reached, depth = reached + len(level), depth + 1
        level = [child for n in level for child in children[n]]
    if reached < len(parents):
        document.fail("some nodes hang on each other in a circle; the file is broken")
    if depth > MAX_DEPTH:
        document.fail(f"has nodes {depth} deep; at most {MAX_DEPTH} are read")


def _local(document: Document, row: Row, whose: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    matrix = document.numbers(row, "matrix", 16, whose)
    if matrix is not None:
        held = np.array(matrix).reshape(4, 4).T  # column by column in the file
        turn, stretch = polar(held[:3, :3])
        return held[:3, 3], turn, stretch
    place = np.array(document.numbers(row, "translation", 3, whose) or [0.0] * 3)
    quat = np.array(document.numbers(row, "rotation", 4, whose) or [0.0, 0.0, 0.0, 1.0])
    scale = np.array(document.numbers(row, "scale", 3, whose) or [1.0] * 3)
    if np.linalg.norm(quat) < 1e-6:
        document.fail(f"rotation of {whose} is a quaternion of no length; export the file again")
    sign = np.where(scale < 0, -1.0, 1.0)
    return place, rotation.from_quat(quat[[3, 0, 1, 2]]) * sign, np.diag(np.abs(scale))


def polar(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., 3, 3) as an orthogonal turn times a symmetric stretch."""
    left, sizes, right = np.linalg.svd(linear)
    return left @ right, np.swapaxes(right, -1, -2) @ (sizes[..., None] * right)


def world(
    nodes: Nodes, order: Sequence[int], sampled: Sampled, frames: int, above: Iterable[int] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """World places (T, J, 3) and turns (T, J, 3, 3) of the nodes `order`, parents first.

    sampled: what is animated; frames: T; above: the ancestors of order[0], the scene's root first.
    """
    linears: dict[int, np.ndarray] = {}
    places: dict[int, np.ndarray] = {}
    turns: dict[int, np.ndarray] = {}
    for n in (*above, *order):
        place, turn, stretch = _animated(nodes, n, sampled)
        parent = nodes.parents[n]
        linear = turn @ stretch
        if parent in places:
            place = places[parent] + (linears[parent] @ place[..., None])[..., 0]
            turn, linear = turns[parent] @ turn, linears[parent] @ linear
        places[n], turns[n], linears[n] = place, turn, linear
    there, turned = np.empty((frames, len(order), 3)), np.empty((frames, len(order), 3, 3))
    for k, n in enumerate(order):
        there[:, k], turned[:, k] = places[n], turns[n]
    return there, turned


def _animated(nodes: Nodes, n: int, sampled: Sampled) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A node's place, turn and stretch: (T, ...) where it is animated, without the axis where it is not."""
    place, turn, stretch = nodes.places[n], nodes.turns[n], nodes.stretches[n]
    if (n, "translation") in sampled:
        place = sampled[n, "translation"]
    if (n, "rotation") in sampled or (n, "scale") in sampled:
        scale = np.asarray(nodes.rows[n].get("scale", [1.0, 1.0, 1.0]), np.float64)
        quat = np.asarray(nodes.rows[n].get("rotation", [0.0, 0.0, 0.0, 1.0]), np.float64)
        quat = sampled.get((n, "rotation"), quat)
        turn = rotation.from_quat(quat[..., [3, 0, 1, 2]]) * np.where(scale < 0, -1.0, 1.0)
        if (n, "scale") in sampled:
            stretch = np.abs(sampled[n, "scale"])[..., None] * np.eye(3)
    return place, turn, stretch
