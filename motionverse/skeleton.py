"""Skeletons: names, a tree, rest offsets. WHOLE_BODY is the one skeleton that the models know.

Rest pose of WHOLE_BODY: T-pose, facing +Z, Y up, the subject's left is +X; metres. Names and order are SMPL-H's
(22 body joints, then 15 joints a hand). The default offsets are our own: symmetric, rounded to 5 mm, near those of an
adult of 1.70 m; they are stated once here and every generated motion uses them.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from motionverse.errors import MotionError


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A tree of joints.

    names: J joint names; parents: J parent indices (-1 for the root, a parent comes before its children);
    offsets: (J, 3) rest offset from the parent [m], in the parent's frame (the root's is where it rests);
    ends: end-site offsets [m] of leaf joints, by name, kept for formats that write them.
    Raises MotionError for anything that is not a tree in this order.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    ends: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Skeleton({len(self.names)} joints: {self.names[0]} ... {self.names[-1]})"

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(str(n) for n in self.names))
        object.__setattr__(self, "parents", tuple(int(p) for p in self.parents))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, np.float64))
        if not self.names:
            raise MotionError("skeleton: has no joints")
        if len(self.parents) != len(self.names) or self.offsets.shape != (len(self.names), 3):
            counts = f"{len(self.names)} names, {len(self.parents)} parents, offsets {self.offsets.shape}"
            raise MotionError(f"skeleton: {counts}; they must agree")
        if len(set(self.names)) != len(self.names):
            twice = sorted({n for n in self.names if self.names.count(n) > 1})
            raise MotionError(f"skeleton: joint name {twice[0]!r} appears twice; names must differ")
        if self.parents[0] != -1 or any(not 0 <= p < j for j, p in enumerate(self.parents) if j):
            raise MotionError("skeleton: joint 0 must be the only root and every parent must come before its children")
        if not np.isfinite(self.offsets).all():
            raise MotionError("skeleton: an offset is not a finite number")

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Index of a joint by name; MotionError names the joints there are."""
        if name not in self._by_name:
            raise MotionError(f"skeleton: no joint {name!r}; there are {', '.join(self.names[:8])}, ...")
        return self._by_name[name]

    def has(self, name: str) -> bool:
        return name in self._by_name

    @functools.cached_property
    def _by_name(self) -> dict[str, int]:
        return {name: j for j, name in enumerate(self.names)}

    @functools.cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For each joint, its children's indices."""
        found: list[list[int]] = [[] for _ in self.names]
        for j, p in enumerate(self.parents):
            if p >= 0:
                found[p].append(j)
        return tuple(tuple(c) for c in found)

    @functools.cached_property
    def levels(self) -> tuple[np.ndarray, ...]:
        """Joint indices by depth below the root (the root excluded): what kinematics walks instead of joints."""
        depth = [0] * len(self)
        for j, p in enumerate(self.parents):
            depth[j] = depth[p] + 1 if p >= 0 else 0
        return tuple(np.array([j for j, d in enumerate(depth) if d == k]) for k in range(1, max(depth) + 1))

    @functools.cached_property
    def steps(self) -> tuple[tuple[slice | np.ndarray, np.ndarray], ...]:
        """The levels with the joints' parents; a level is a slice where its joints stand side by side."""
        return self._steps(self.levels)

    @functools.cached_property
    def bearing_steps(self) -> tuple[tuple[slice | np.ndarray, np.ndarray], ...]:
        """`steps` of the joints that have children: whose rotations carry something."""
        bearing = [np.array([j for j in level if self.children[j]], int) for level in self.levels]
        return self._steps([level for level in bearing if len(level)])

    def _steps(self, levels: Sequence[np.ndarray]) -> tuple[tuple[slice | np.ndarray, np.ndarray], ...]:
        parents = np.array(self.parents)
        return tuple(
            (slice(int(k[0]), int(k[-1]) + 1) if k[-1] - k[0] == len(k) - 1 else k, parents[k]) for k in levels
        )

    @functools.cached_property
    def mirror(self) -> np.ndarray:
        """(J,) index of each joint's partner on the other side (itself where it has none), by left/right in the names."""
        swap = {"left": "right", "Left": "Right", "LEFT": "RIGHT"}
        pairs = {**swap, **{b: a for a, b in swap.items()}}

        def partner(name: str) -> str:
            for word, other in pairs.items():
                if word in name:
                    return name.replace(word, other)
            return name

        return np.array([self._by_name.get(partner(n), j) for j, n in enumerate(self.names)])

    def rest_positions(self) -> np.ndarray:
        """(J, 3) joint positions [m] of the rest pose with the root at the origin."""
        positions = np.zeros((len(self), 3))
        for j, p in enumerate(self.parents):
            if p >= 0:
                positions[j] = positions[p] + self.offsets[j]
        return positions

    def bone_lengths(self) -> np.ndarray:
        """(J,) distance to the parent [m]; the root's is 0."""
        lengths = np.linalg.norm(self.offsets, axis=-1)
        lengths[0] = 0.0
        return lengths

    def standing_height(self) -> float:
        """Height [m] of the root over the lowest joint in the rest pose."""
        return float(-self.rest_positions()[:, 1].min())

    def with_offsets(self, offsets: np.ndarray) -> "Skeleton":
        """The same tree with other proportions: offsets (J, 3) [m]."""
        return replace(self, offsets=np.asarray(offsets, np.float64))


def _whole_body() -> Skeleton:
    middle = [
        ("pelvis", "", (0, 0, 0)),
        ("spine1", "pelvis", (0, 0.115, -0.035)),
        ("spine2", "spine1", (0, 0.135, 0.025)),
        ("spine3", "spine2", (0, 0.055, 0.005)),
        ("neck", "spine3", (0, 0.215, -0.035)),
        ("head", "neck", (0, 0.085, 0.050)),
    ]
    left = [
        ("hip", "pelvis", (0.060, -0.085, -0.015)),
        ("knee", "hip", (0.040, -0.385, 0.005)),
        ("ankle", "knee", (-0.015, -0.420, -0.035)),
        ("foot", "ankle", (0.035, -0.060, 0.125)),
        ("collar", "spine3", (0.075, 0.115, -0.020)),
        ("shoulder", "collar", (0.115, 0.045, -0.020)),
        ("elbow", "shoulder", (0.255, -0.015, -0.025)),
        ("wrist", "elbow", (0.260, 0.010, -0.005)),
    ]
    fingers = {
        "index": ((0.100, -0.010, 0.020), (0.030, 0, 0.005), (0.020, 0, 0)),
        "middle": ((0.110, -0.005, -0.005), (0.030, 0, 0), (0.025, -0.005, 0)),
        "pinky": ((0.090, -0.015, -0.045), (0.015, 0, -0.005), (0.015, 0, -0.005)),
        "ring": ((0.095, -0.010, -0.025), (0.030, 0, -0.005), (0.025, 0, -0.005)),
        "thumb": ((0.040, -0.015, 0.025), (0.025, 0, 0.025), (0.025, -0.005, 0.020)),
    }
    for finger, bones in fingers.items():
        for k, bone in enumerate(bones, 1):
            left.append((f"{finger}{k}", "wrist" if k == 1 else f"{finger}{k - 1}", bone))
    middle_names = {name for name, _, _ in middle}
    table = {name: (parent, offset) for name, parent, offset in middle}
    for name, parent, (x, y, z) in left:
        for side, sign in (("left", 1), ("right", -1)):
            table[f"{side}_{name}"] = (parent if parent in middle_names else f"{side}_{parent}", (sign * x, y, z))
    body = (
        "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot neck "
        "left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist"
    ).split()
    hands = [f"{side}_{finger}{k}" for side in ("left", "right") for finger in fingers for k in (1, 2, 3)]
    names = tuple(body + hands)
    parents = tuple(names.index(table[n][0]) if table[n][0] else -1 for n in names)
    return Skeleton(names, parents, np.array([table[n][1] for n in names], np.float64))


WHOLE_BODY = _whole_body()
BODY_JOINTS = 22  # the first 22 of WHOLE_BODY; hands follow
