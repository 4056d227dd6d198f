"""Sound files of every kind that is read, made here: what the damage starts from.

A format that can be written is fuzzed as soon as it is in motionverse.formats.FORMATS; one that is only read needs its own seed.
"""

import contextlib
import importlib.util
import io
import json
import pickle
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing import damage, scene, structure, traps
from motionverse import formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import gltf, gltf_write, pickled, textgrid
from motionverse.motion import FACE_WIDTH, Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.sources import matlab, table

Files = dict[str, bytes]
BODY = Skeleton(WHOLE_BODY.names[:22], WHOLE_BODY.parents[:22], WHOLE_BODY.offsets[:22])
FPS, FRAMES = 30.0, 9
ASF = """:version 1.10
:name small
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
{bones}:hierarchy
  begin
    root lfemur rfemur spine
    lfemur ltibia
    ltibia lfoot
    rfemur rtibia
    rtibia rfoot
    spine head
  end
"""
GRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 1
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 1
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 1
            text = "so"
"""
BONES = (("lfemur", "0.3 -1 0", 7.0, "rx ry rz"), ("ltibia", "0 -1 0", 7.2, "rx"), ("lfoot", "0 -0.3 1", 2.2, "rx rz"),
         ("rfemur", "-0.3 -1 0", 7.0, "rx ry rz"), ("rtibia", "0 -1 0", 7.2, "rx"), ("rfoot", "0 -0.3 1", 2.2, "rx rz"),
         ("spine", "0 1 0", 9.0, "rx ry rz"), ("head", "0 1 0", 3.0, ""))  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """One kind of file. seeds: files that belong together, by name, the one that is read first; struck: suffixes of those that
    are damaged; ways: of damaging; traps: whole files made by hand; read: opens the path;
    every: 20 for a slow reader, whose turn comes once in twenty.
    """

    name: str
    seeds: tuple[Files, ...]
    struck: tuple[str, ...]
    ways: tuple[damage.Damage, ...]
    traps: tuple[Callable[[], bytes], ...]
    read: Callable[[Path], Any]
    every: int = 1


def motion(skeleton: Skeleton = BODY, frames: int = FRAMES) -> Motion:
    """Somebody who stands and swings all joints a little."""
    rng, times = np.random.default_rng(5), np.arange(frames) / FPS
    swing = rng.normal(0, 0.3, (len(skeleton), 3)) * np.sin(
        3 * times[:, None, None] + rng.uniform(0, 6, (len(skeleton), 3))
    )
    root = np.stack([0.3 * times, 0.93 + 0.02 * np.sin(5 * times), 0.1 * times], 1)
    return Motion(rotation.from_rotvec(swing), root, FPS, skeleton)


def _saved(suffix: str) -> Files:
    """What our own writer makes of the first motion that the format can hold; nothing where it holds none of them."""
    face = motion(WHOLE_BODY).with_(face=np.full((FRAMES, FACE_WIDTH), 0.1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"seed{suffix}"
        for made in (motion(), motion(WHOLE_BODY), face.with_(face_source="arkit")):
            with contextlib.suppress(MotionError):
                formats.save(made, path)
                return {path.name: path.read_bytes()}
    return {}


def _gltf(suffix: str) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"seed{'.gltf' if suffix == '.gltf' else '.glb'}"
        gltf_write.write(motion(), path, body=suffix == ".glb")
        return {f"seed{suffix}": path.read_bytes()}


def _c3d() -> Files:
    from c3d import Writer

    made = motion()
    writer, rows = Writer(point_rate=FPS, point_units="m"), np.zeros((FRAMES, len(BODY), 5), np.float32)
    rows[..., :3] = made.joints()
    writer.add_frames([(row, np.zeros((0, 0))) for row in rows])
    writer.set_point_labels(list(BODY.names))
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # it misses analog signals
        writer.write(stream)
    return {"seed.c3d": stream.getvalue()}


def _acclaim() -> Files:
    bones = ""
    for number, (name, way, length, dofs) in enumerate(BONES, 1):
        bones += f"  begin\n    id {number}\n    name {name}\n    direction {way}\n    length {length}\n    axis 0 0 20 XYZ\n"
        bones += f"    dof {dofs}\n    limits (-160 20)\n" * bool(dofs) + "  end\n"
    rows = ":FULLY-SPECIFIED\n:DEGREES\n"
    for frame in range(FRAMES):
        rows += f"{frame + 1}\nroot {frame * 0.1} 17.0 0 1 2 3\n"
        rows += "".join(
            f"{n} {' '.join(str(5 + frame + k) for k in range(len(d.split())))}\n" for n, _, _, d in BONES if d
        )
    return {"seed.amc": rows.encode(), "seed.asf": ASF.format(bones=bones).encode()}


@cache
def subjects() -> dict[str, Subject]:
    """Every kind of file by name: the formats by their suffix, then tables and containers of data sets."""
    made = [*map(_format, formats.SUFFIXES), *_tables(), *_containers()]
    return {subject.name: subject for subject in made if subject is not None}


def _format(suffix: str) -> Subject | None:
    """None for a format that is only read and has no seed here: a test names it."""
    row, text, binary = formats.FORMATS[suffix], damage.TEXT, damage.BYTES
    if row.read is gltf.read:
        shape = structure.tree if suffix == ".gltf" else structure.glb
        return Subject(suffix, (_gltf(suffix),), (suffix,), (*binary, *[shape] * 6), traps.GLTF, formats.load)
    if suffix == ".amc":
        return Subject(suffix, (_acclaim(),), (".amc", ".asf"), text, traps.AMC, formats.load)
    if suffix == ".fbx" and importlib.util.find_spec("ufbx"):
        seed = {"seed.fbx": scene.fbx(motion())}
        return Subject(suffix, (seed,), (suffix,), text, traps.NOTHING, formats.load, every=20)
    if suffix == ".c3d" and importlib.util.find_spec("c3d"):
        return Subject(suffix, (_c3d(),), (suffix,), binary, traps.NOTHING, formats.load)
    if not (seed := _saved(suffix) if row.write else {}):
        return None
    ways: dict[str, tuple[tuple[damage.Damage, ...], tuple[Callable[[], bytes], ...]]] = {
        ".bvh": (text, traps.BVH), ".json": ((*text, *[structure.tree] * 8), traps.JSON),
        ".npz": ((*binary, *[structure.npz] * 8), traps.NPZ), ".npy": ((*binary, *[structure.npy] * 5), traps.NPY),
        ".csv": (text, traps.CSV),
    }  # fmt: skip
    kind = next((kind for kind in ways if suffix.endswith(kind)), None)
    chosen, made = ways[kind] if kind else (binary, ())
    return Subject(suffix, (seed,), (suffix,), chosen, made, formats.load)


def _tables() -> list[Subject]:
    bvh = _saved(".bvh")["seed.bvh"]
    rows = "file,text,start,end,action,style,subject,licence\n"
    rows += "seed.bvh,somebody waves,0.0,0.2,wave,,s1,cmu\nseed.bvh,and walks,,,,,,\n"
    row = {"file": "seed.bvh", "text": "somebody waves", "start": 0.0, "end": 0.2, "action": "wave", "licence": "cmu"}
    objects = "".join(json.dumps({**row, "text": text}) + "\n" for text in ("he waves", "he walks"))

    def clips(path: Path) -> list[Motion]:
        return [clip.motion for clip in table.source("folder").clips(path.parent)]

    made = {"captions.csv": (rows, traps.CSV), "captions.jsonl": (objects, traps.JSON)}
    return [
        Subject(name, ({name: held.encode(), "seed.bvh": bvh},), (name,), damage.TEXT, trapped, clips)
        for name, (held, trapped) in made.items()
    ]


def _containers() -> list[Subject]:
    held = {
        "poses": [np.arange(12.0).reshape(3, 4)],
        "trans": np.zeros((3, 3), np.float32),
        "name": "walk",
        "n": {1, 2.5, None},
    }
    pickles = tuple({"seed.pkl": pickle.dumps(held, protocol)} for protocol in (2, 4))
    return [
        Subject("pickle", pickles, (".pkl",), (*damage.BYTES, damage.junk), traps.PICKLE, pickled.read),
        Subject("TextGrid", ({"seed.TextGrid": GRID.encode()},), (".TextGrid",), damage.TEXT, (), textgrid.read),
        Subject("mat", ({"seed.mat": _mat()},), (".mat",), damage.BYTES, (), matlab.variables),
    ]


def _mat() -> bytes:
    from scipy.io import savemat

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.mat"
        savemat(
            path,
            {"v": np.arange(30.0).reshape(2, 15), "cell": np.array([np.zeros(3), "x"], object)},
            do_compression=True,
        )
        return path.read_bytes()
