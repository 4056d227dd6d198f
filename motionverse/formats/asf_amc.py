"""Acclaim ASF/AMC, the format of the CMU database: a skeleton (.asf) and its trials (.amc). Read only.

A bone of an ASF starts where its parent ends; here each becomes a joint at its start, under its own name (`lfemur` is the
hip, `ltibia` the knee), turned about it; a leaf's far end becomes its end site. Rotations are given in the bone's own
axes C (its `axis` line): the local rotation in the rest frame is C M C^T, with M = Rz Ry Rx for `dof rx ry rz`
(http://research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/ASF-AMC.html). Bones that stretch (`dof l`) do not here.
Lengths: metres are 0.0254 times the number over the ASF's `length` unit (0.45 in the CMU files), if that makes a
plausible body. An AMC does not say its frame rate: 120 a second is usual.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.formats import detect
from motionverse.formats.bvh_text import read_bytes
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

USUAL_FPS = 120.0
INCH = 0.0254
_DOFS = ("tx", "ty", "tz", "rx", "ry", "rz", "l")


@dataclass
class _Bone:
    name: str
    along: np.ndarray = field(default_factory=lambda: np.zeros(3))  # from start to end, in file units
    axes: np.ndarray = field(default_factory=lambda: np.eye(3))  # C
    dofs: list[str] = field(default_factory=list)


@dataclass
class _Body:
    bones: list[_Bone]  # root first, parents before children
    parents: list[int]
    place: np.ndarray  # where the root's `position` line puts it, in file units
    unit: float | None  # metres
    degrees: bool


def read(
    path: str | Path,
    asf_path: str | Path | None = None,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
) -> Motion:
    """The motion of an AMC file, on its ASF skeleton, in metres, Y up.

    asf_path: None looks beside the AMC for `NAME.asf`, then for the subject's (`02.asf` for `02_01.amc`), then for the only
    one there is. fps: frames a second, 120 if not given; scale: metres in one file unit; up: the file's vertical axis.
    Raises MotionError for files that are broken, cut short or do not belong together.
    """
    path = Path(path)
    data = read_bytes(path)
    body = _skeleton(Path(asf_path) if asf_path is not None else _beside(path))
    names, values = _trial(data, path)
    rotations = rotation.identity(len(values), len(body.bones))
    root, start = np.tile(body.place, (len(values), 1)), 0
    known = {bone.name: j for j, bone in enumerate(body.bones)}
    for name, width in names:
        if name not in known:
            raise MotionError(f"{path}: bone {name!r} is not in the ASF; the two files do not belong together")
        bone, columns = body.bones[known[name]], values[:, start : start + width]
        if len(bone.dofs) != width:
            raise MotionError(f"{path}: {name!r} has {width} values, its ASF {len(bone.dofs)} ({' '.join(bone.dofs)})")
        rotations[:, known[name]] = _turns(bone, columns, body.degrees)
        if known[name] == 0:
            for k, axis in enumerate(("tx", "ty", "tz")):
                root[:, k] += columns[:, bone.dofs.index(axis)] if axis in bone.dofs else 0.0
        start += width
    motion = Motion(rotations, root, USUAL_FPS if fps is None else fps, _tree(body))
    return detect.settle(motion, path, scale, up, unit=body.unit)


def _turns(bone: _Bone, columns: np.ndarray, degrees: bool) -> np.ndarray:
    """(T, 3, 3) local rotations C M C^T in the rest frame; the first dof named turns first."""
    turn = rotation.identity(len(columns))
    for k, dof in enumerate(bone.dofs):
        if dof[0] == "r":
            turn = rotation.about(dof[1].upper(), np.radians(columns[:, k]) if degrees else columns[:, k]) @ turn
    return bone.axes @ turn @ bone.axes.T


def _tree(body: _Body) -> Skeleton:
    offsets = [np.zeros(3)] + [body.bones[p].along for p in body.parents[1:]]
    parents = set(body.parents)
    ends = {bone.name: bone.along for j, bone in enumerate(body.bones) if j not in parents}
    return Skeleton(tuple(bone.name for bone in body.bones), tuple(body.parents), np.array(offsets), ends)


def _beside(path: Path) -> Path:
    """The ASF that goes with an AMC, by the names of the files beside it."""
    others = sorted(p for p in path.parent.glob("*") if p.suffix.lower() == ".asf")
    for stem in (path.stem, path.stem.split("_")[0]):
        for other in others:
            if other.stem.lower() == stem.lower():
                return other
    if len(others) == 1:
        return others[0]
    raise MotionError(f"{path}: no skeleton; put {path.stem.split('_')[0]}.asf beside it")


def _trial(data: bytes, path: Path) -> tuple[list[tuple[str, int]], np.ndarray]:
    """The bones of a frame with their number of values, and all values (T, C), of an AMC."""
    text = re.sub(rb"(?m)^\s*[#:].*$", b"", data).decode("latin-1")
    first = re.match(r"\s*(\d+)[ \t]*\r?\n((?:[ \t]*[A-Za-z_].*\n?|[ \t]*\r?\n)+)", text)
    if not first:
        raise MotionError(f"{path}: no frames; an AMC has lines of a frame number, then a bone and its values each")
    bones = [words for line in first[2].splitlines() if (words := line.split())]
    width = 1 + sum(map(len, bones))
    words = text.split()
    if len(words) % width:
        raise MotionError(f"{path}: {_odd(text, [w[0] for w in bones])}")
    table = np.array(words, dtype=object).reshape(-1, width)
    starts = np.cumsum([1] + [len(w) for w in bones[:-1]])
    names = np.array([w[0] for w in bones], dtype=object)
    if not (table[:, starts] == names).all():
        raise MotionError(f"{path}: {_odd(text, list(names))}")
    try:
        values = np.delete(table, [0, *starts], axis=1).astype(np.float64)
    except ValueError as error:
        raise MotionError(f"{path}: a value is not a number ({error})") from None
    if not np.isfinite(values).all():
        raise MotionError(
            f"{path}: frame {int(np.argwhere(~np.isfinite(values))[0, 0]) + 1} has a NaN; repair or cut it first"
        )
    return [(w[0], len(w) - 1) for w in bones], values


def _odd(text: str, names: list[str]) -> str:
    """Which frame differs from the first one, for people."""
    found: list[str] = []
    frame = "1"
    for words in filter(None, map(str.split, text.splitlines())):
        if len(words) == 1 and words[0].isdecimal():
            if found and found != names:
                break
            frame, found = words[0], []
        else:
            found.append(words[0])
    return f"frame {frame} does not list the bones and values of the first frame; the file is broken or cut short"


def _skeleton(path: Path) -> _Body:
    """Read an ASF."""
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in read_bytes(path).decode("latin-1").splitlines():
        words = line.split("#")[0].replace("(", " ").replace(")", " ").split()
        if words and words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            current.append(words)

    def fail(message: str) -> NoReturn:
        raise MotionError(f"{path}: {message}")

    for name in ("root", "bonedata", "hierarchy"):
        if name not in sections:
            fail(f"no :{name} section; the ASF is broken or cut short")
    units = {words[0].lower(): words[-1] for words in sections.get("units", [])}
    degrees = not units.get("angle", "deg").lower().startswith("rad")
    try:
        root, place = _root(sections["root"], degrees)
        bones = {bone.name: bone for bone in _bones(sections["bonedata"], degrees)}
        unit = INCH / _number(units["length"]) if "length" in units else None
    except (ValueError, KeyError, IndexError, ZeroDivisionError) as error:
        fail(f"a bone or the root is not described as an ASF does ({error})")
    ordered, parents = [root], [-1]
    for words in sections["hierarchy"]:
        if words[0] in ("begin", "end"):
            continue
        if words[0] not in (above := [bone.name for bone in ordered]):
            fail(f"the :hierarchy names {words[0]!r} before its parent")
        for child in words[1:]:
            if child not in bones or child in above:
                fail(f"the :hierarchy names {child!r}, which is not in :bonedata or comes twice")
            ordered.append(bones[child])
            parents.append(above.index(words[0]))
    return _Body(ordered, parents, place, unit, degrees)


def _root(lines: list[list[str]], degrees: bool) -> tuple[_Bone, np.ndarray]:
    """The root with its axes (its `orientation`), and where its `position` puts it."""
    said = {words[0].lower(): words[1:] for words in lines}
    order = [_dof(w) for w in said["order"]]
    axes = _axes([_number(w) for w in said.get("orientation", ["0"] * 3)], said.get("axis", ["XYZ"])[0], degrees)
    place = np.array([_number(w) for w in said.get("position", ["0"] * 3)])
    if place.shape != (3,):
        raise ValueError(f"position of {len(place)} numbers")
    return _Bone("root", axes=axes, dofs=order), place


def _bones(lines: list[list[str]], degrees: bool) -> list[_Bone]:
    bones: list[_Bone] = []
    said: dict[str, list[str]] = {}
    for words in lines:
        key = words[0].lower()
        if key == "begin":
            said = {}
        elif key == "end":
            direction = np.array([_number(w) for w in said["direction"]])
            if direction.shape != (3,) or not np.linalg.norm(direction) > 1e-9:
                raise ValueError(f"direction of {said['name'][0]!r}")
            along = direction / np.linalg.norm(direction) * _number(said["length"][0])
            axis = said.get("axis", ["0", "0", "0", "XYZ"])
            axes = _axes([_number(w) for w in axis[:3]], axis[3] if len(axis) > 3 else "XYZ", degrees)
            bones.append(_Bone(said["name"][0], along, axes, [_dof(w) for w in said.get("dof", [])]))
        else:
            said[key] = words[1:]
    return bones


def _axes(angles: list[float], order: str, degrees: bool) -> np.ndarray:
    """C: the first axis named turns first, so the product runs backwards."""
    a, b, c = np.radians(angles) if degrees else angles
    return rotation.from_euler(np.array([c, b, a]), rotation.check_order(order)[::-1])


def _dof(word: str) -> str:
    if word.lower() not in _DOFS:
        raise ValueError(f"degree of freedom {word!r}")
    return word.lower()


def _number(word: str) -> float:
    if not abs(value := float(word)) <= 1e9:
        raise ValueError(f"{word[:40]} is no length or angle")
    return value
