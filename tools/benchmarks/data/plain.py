"""The plain side: the steps of the reading done the way most code in circulation does them.

`float` over the words of each line, then one joint after another over all frames at once: three axis matrices a joint,
kinematics, a cubic spline a joint for the velocities.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionverse.motion import FACE_WIDTH
from motionverse.skeleton import WHOLE_BODY


@dataclass(frozen=True)
class Pose:
    """By joint name: local rotations (T, 3, 3), offsets (3,) [m], parents (None: the root's); root (T, 3) [m]; frames a second."""

    turns: dict[str, np.ndarray]
    bones: dict[str, np.ndarray]
    parents: dict[str, str | None]
    root: np.ndarray
    fps: float


def parse(path: Path) -> tuple[list[str], list[int], list[list[float]], list[list[str]], np.ndarray, float]:
    """Names, parents, offsets, channels, rows and frame time of a well-formed BVH."""
    lines = path.read_text().splitlines()
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[list[str]] = []
    open_joints: list[int] = []
    at_end = False
    start = 0
    for number, line in enumerate(lines):
        words = line.split()
        if words[0] in ("ROOT", "JOINT"):
            parents.append(open_joints[-1] if open_joints else -1)
            names.append(words[1])
            open_joints.append(len(names) - 1)
        elif words[0] == "End":
            at_end = True
        elif words[0] == "OFFSET" and not at_end:
            offsets.append([float(w) for w in words[1:]])
        elif words[0] == "CHANNELS":
            channels.append(words[2:])
        elif words[0] == "}":
            if not at_end:
                open_joints.pop()
            at_end = False
        elif words[0] == "Frame":
            start = number + 1
            break
    rows = np.array([[float(w) for w in line.split()] for line in lines[start:]])
    return names, parents, offsets, channels, rows, float(lines[start - 1].split()[2])


def pose(path: Path) -> Pose:
    """What a BVH in centimetres says."""
    names, parents, offsets, channels, rows, frame_time = parse(path)
    column, turns = 0, {}
    root = np.zeros((len(rows), 3))
    for j, name in enumerate(names):
        turn = np.tile(np.eye(3), (len(rows), 1, 1))
        for channel in channels[j]:
            if channel.endswith("position"):
                root[:, "XYZ".index(channel[0])] = rows[:, column] * 0.01
            else:
                turn = turn @ _axis_matrices(channel[0], np.radians(rows[:, column]))
            column += 1
        turns[name] = turn
    bones = {name: np.array(offset) * 0.01 for name, offset in zip(names, offsets, strict=True)}
    above = {name: names[p] if p >= 0 else None for name, p in zip(names, parents, strict=True)}
    return Pose(turns, bones, above, root, 1 / frame_time)


def _axis_matrices(axis: str, angle: np.ndarray) -> np.ndarray:
    c, s, one, zero = np.cos(angle), np.sin(angle), np.ones_like(angle), np.zeros_like(angle)
    rows = {
        "X": [[one, zero, zero], [zero, c, -s], [zero, s, c]],
        "Y": [[c, zero, s], [zero, one, zero], [-s, zero, c]],
        "Z": [[c, -s, zero], [s, c, zero], [zero, zero, one]],
    }[axis]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def features(posed: Pose) -> np.ndarray:
    """(T, 669) TOMATO features of a pose on WHOLE_BODY."""
    from scipy.interpolate import CubicSpline
    from scipy.spatial.transform import Rotation

    turns, bones, root, fps = posed.turns, posed.bones, posed.root, posed.fps
    times = np.arange(len(root)) / fps
    world: dict[str, np.ndarray] = {}
    spins: dict[str, np.ndarray] = {}
    places: dict[str, np.ndarray] = {}
    moves: dict[str, np.ndarray] = {}
    for name in WHOLE_BODY.names:
        above = posed.parents[name]
        q = Rotation.from_matrix(turns[name]).as_quat(scalar_first=True)
        for t in range(1, len(q)):
            if q[t] @ q[t - 1] < 0:
                q[t] = -q[t]
        dq = CubicSpline(times, q).derivative()(times)
        spin = 2 * (q[:, :1] * dq[:, 1:] - dq[:, :1] * q[:, 1:] - np.cross(dq[:, 1:], q[:, 1:]))
        if above is None:
            world[name], spins[name], places[name] = turns[name], spin, root
            moves[name] = CubicSpline(times, root).derivative()(times)
            yaw = np.unwrap(2 * np.arctan2(q[:, 2], q[:, 0]))
        else:
            world[name] = world[above] @ turns[name]
            spins[name] = spins[above] + np.einsum("tij,tj->ti", world[above], spin)
            bone = np.einsum("tij,j->ti", world[above], bones[name])
            places[name] = places[above] + bone
            moves[name] = moves[above] + np.cross(spins[above], bone)
    facing = np.swapaxes(_axis_matrices("Y", yaw), -1, -2)
    pelvis = np.einsum("tij,tj->ti", facing, moves["pelvis"])
    columns = [CubicSpline(times, yaw).derivative()(times)[:, None], pelvis[:, ::2], root[:, 1:2]]
    joints = WHOLE_BODY.names[1:]
    columns += [np.einsum("tij,tj->ti", facing, places[name] - root * [1, 0, 1]) for name in joints]
    columns += [np.concatenate([turns[name][:, :, 0], turns[name][:, :, 1]], -1) for name in joints]
    columns += [np.einsum("tij,tj->ti", facing, moves[name]) for name in WHOLE_BODY.names]
    columns += [np.zeros((len(root), FACE_WIDTH))]
    return np.concatenate(columns, -1).astype(np.float32)
