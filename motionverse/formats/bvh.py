"""BVH (Biovision hierarchy): read whatever is in use, write one plain dialect.

Reading. Any root name, joint order, channel order and subset; keywords in any case; braces on any line; joint names with
spaces. Rotations are intrinsic, in the order of the channels; angles are degrees. Position channels stand in place of
the joint's OFFSET (as Blender, MotionBuilder and bvhio read them), except in files whose non-root position channels are
all zero though their OFFSETs are not: those are exporters that write differences, and the OFFSETs stay.

A `Motion` has rigid bones, so position channels of joints other than the root go like this:
- constant ones (nearly every file) become the joint's offset;
- where a joint that carries the body travels below a root that does not follow it (a reference node at the origin, as in
  the Bandai-Namco files), the nodes above it are folded into it: it becomes the root, with its world position and
  rotation, and the nodes above it, with whatever else hung on them, are gone;
- any other that varies (stretching bones) takes its median over the frames as offset; the stretch is lost.

Two joints of one name are told apart by a suffix (`Hand`, `Hand_2`). If the names are exactly WHOLE_BODY's, the joints
come in WHOLE_BODY's order; otherwise in the file's. Frame Time is printed with few digits: 0.033333 is read as 30 fps.

Writing. Centimetres (1 unit = 0.01 m), Y up, root with position and rotation, other joints with rotation only, channels
Zrotation Xrotation Yrotation, angles unwrapped over time, root OFFSET zero. Faces and the `observed` mask are not in BVH.
BVH has no word for units and axes. By the digits that we print (six, twelve of the Frame Time) our own files are known again,
and what we write is believed of them, however the body lies or tumbles and whatever its size.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionverse import rotation
from motionverse.files import atomic_path
from motionverse.formats import bvh_text, detect, rigid
from motionverse.formats.bvh_text import Joint
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton

WRITTEN_UNIT = 0.01  # [m] one unit of the files we write
WRITTEN_ORDER = "ZXY"
_OWN_ROOT = re.compile(
    rb"HIERARCHY\r?\nROOT [^\n]+\n\{\r?\n\tOFFSET 0\.000000 0\.000000 0\.000000\r?\n"
    rb"\tCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\r?\n"
)
_OWN_TIME = re.compile(rb"Frame Time: \d+\.\d{12}\r?\n")


def read(path: str | Path, scale: float | None = None, up: str | None = None) -> Motion:
    """The motion in a BVH file, on the file's own skeleton, in metres, Y up.

    scale: metres in one file unit; up: the file's vertical axis ('X', 'Y', 'Z', '-Y' ...); None: as `write` has it in a file
    of ours, else found out from the body (motionverse.formats.detect). Raises MotionError, in one line, for anything broken or
    cut short.
    """
    data = bvh_text.read_bytes(path)
    joints, rows, fps = bvh_text.parsed(data, path)
    if _is_ours(data):
        scale, up = WRITTEN_UNIT if scale is None else scale, up or "Y"
    return assemble(joints, rows, fps, path, scale, up)


def _is_ours(data: bytes) -> bool:
    """Whether a BVH was printed by `write`."""
    return _OWN_ROOT.match(data) is not None and _OWN_TIME.match(data, data.find(b"Frame Time: ")) is not None


def assemble(
    joints: list[Joint], rows: np.ndarray, fps: float, path: str | Path, scale: float | None, up: str | None
) -> Motion:
    """The Motion that rows (T, C) of channel values, in degrees and file units, mean on `joints`."""
    joints = _in_body_order(joints)
    rotations = _rotations(joints, rows)
    offsets = np.array([j.offset for j in joints])
    moving = _positions(joints, rows, offsets)
    root = moving.pop(0, np.broadcast_to(offsets[0], (len(rows), 3)))
    ends = {j.name: j.end for j in joints if j.end is not None}
    skeleton = Skeleton(tuple(j.name for j in joints), tuple(j.parent for j in joints), offsets, ends)
    tall = max(detect.stature(skeleton), 1e-9)
    motion = rigid.settled_bones(Motion(rotations, root, fps, skeleton), moving, tall)
    motion = detect.settle(motion, path, scale, up)
    return rigid.ordered(motion, WHOLE_BODY.names)


def _in_body_order(joints: list[Joint]) -> list[Joint]:
    """The joints in WHOLE_BODY's order where they are WHOLE_BODY's: now that costs nothing, later it copies every frame."""
    place = {joint.name: j for j, joint in enumerate(joints)}
    if set(place) != set(WHOLE_BODY.names):
        return joints
    order = [place[name] for name in WHOLE_BODY.names]
    moved = {j: k for k, j in enumerate(order)} | {-1: -1}
    made = [replace(joints[j], parent=moved[joints[j].parent]) for j in order]
    return made if all(joint.parent < k for k, joint in enumerate(made)) else joints


def _rotations(joints: list[Joint], rows: np.ndarray) -> np.ndarray:
    """(T, J, 3, 3): all joints of one Euler order at a time; axes without a channel stay at zero."""
    groups: dict[str, list[tuple[int, list[int]]]] = {}
    for j, joint in enumerate(joints):
        turns = joint.axes("rotation")
        if turns:
            order = "".join(turns) + "".join(axis for axis in "XYZ" if axis not in turns)
            groups.setdefault(order, []).append((j, [turns.get(axis, -1) for axis in order]))
    rotations = np.empty((len(rows), len(joints), 3, 3))
    rotations[:, [j for j, joint in enumerate(joints) if not joint.axes("rotation")]] = np.eye(3)
    for order, members in groups.items():
        columns = np.array([c for _, c in members])
        angles = rows[:, columns]
        angles *= np.pi / 180
        if (columns < 0).any():
            angles[:, columns < 0] = 0.0
        turned = rotation.from_euler(angles, order)
        if len(members) == len(joints):
            return turned
        rotations[:, [j for j, _ in members]] = turned
    return rotations


def _positions(joints: list[Joint], rows: np.ndarray, offsets: np.ndarray) -> dict[int, np.ndarray]:
    """(T, 3) position in the parent's frame, in file units, of every joint that has position channels."""
    found = {}
    for j, joint in enumerate(joints):
        places = joint.axes("position")
        if places:
            found[j] = np.tile(offsets[j], (len(rows), 1))
            found[j][:, ["XYZ".index(axis) for axis in places]] = rows[:, list(places.values())]
    others = {j: p for j, p in found.items() if j}
    if any(np.any(offsets[j]) for j in others) and not any(p.any() for p in others.values()):
        return {j: p for j, p in found.items() if not j}  # differences, all zero: the offsets stand
    return found


def write(motion: Motion, path: str | Path) -> None:
    """Write `motion` as BVH: centimetres, Y up, ZXY. Positions and angles are exact to 1e-6 cm and 1e-6 degrees."""
    skeleton = motion.skeleton
    lines, order = ["HIERARCHY"], list[int]()
    stack: list[tuple[int, int, bool]] = [(0, 0, False)]  # joint, depth, whether only its closing brace is left
    while stack:
        j, depth, closing = stack.pop()
        pad = "\t" * depth
        if closing:
            lines.append(pad + "}")
            continue
        order.append(j)
        lines += _opening(skeleton, j, pad)
        stack.append((j, depth, True))
        stack += [(child, depth + 1, False) for child in reversed(skeleton.children[j])]
    angles = np.degrees(np.unwrap(rotation.to_euler(motion.rotations[:, order], WRITTEN_ORDER), axis=0))
    rows = np.concatenate([motion.root / WRITTEN_UNIT, angles.reshape(len(motion), -1)], 1)
    lines += ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1 / motion.fps:.12f}"]
    form = " ".join(["%.6f"] * rows.shape[1])
    lines += [form % tuple(row) for row in rows.tolist()]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _opening(skeleton: Skeleton, j: int, pad: str) -> list[str]:
    """A joint's lines up to its children; a leaf's End Site, half its bone further on where the skeleton has none."""
    children = skeleton.children[j]
    offset = skeleton.offsets[j] if j else np.zeros(3)
    turns = " ".join(f"{axis}rotation" for axis in WRITTEN_ORDER)
    lines = [
        f"{pad}{'JOINT' if j else 'ROOT'} {skeleton.names[j]}",
        pad + "{",
        f"{pad}\tOFFSET {_three(offset)}",
        f"{pad}\tCHANNELS " + (f"3 {turns}" if j else f"6 Xposition Yposition Zposition {turns}"),
    ]
    end = skeleton.ends.get(skeleton.names[j], None if children else skeleton.offsets[j] / 2)
    if end is not None:
        lines += [f"{pad}\tEnd Site", pad + "\t{", f"{pad}\t\tOFFSET {_three(np.asarray(end))}", pad + "\t}"]
    return lines


def _three(metres: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in metres / WRITTEN_UNIT)
