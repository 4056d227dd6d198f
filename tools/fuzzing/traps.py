"""Files made by hand to exhaust or mislead a reader: bombs, endless nesting, gigantic counts, absurd frame rates, circles."""

import json
import pickle
from collections.abc import Callable
from functools import cache, partial

import numpy as np

from fuzzing import damage, structure

Trap = Callable[[], bytes]
NOTHING: tuple[Trap, ...] = tuple(partial(bytes, content) for content in damage.NOTHING)
_HEAD = "HIERARCHY\nROOT hips\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Xrotation Yrotation\n"
_END = "End Site\n{\nOFFSET 0 30 0\n}\n"


def _bvh(inside: str = _END, frames: str = "2", time: str = "0.033333", row: str = "1 2 3", times: int = 2) -> bytes:
    return f"{_HEAD}{inside}}}\nMOTION\nFrames: {frames}\nFrame Time: {time}\n{(row + chr(10)) * times}".encode()


def _joint(name: str, inside: str, offset: str = "0 10 0") -> str:
    return f"JOINT {name}\n{{\nOFFSET {offset}\nCHANNELS 0\n{inside}}}\n"


def _deep(depth: int) -> bytes:
    head = "".join(f"JOINT head_{k}\n{{\nOFFSET 0 1 0\nCHANNELS 0\n" for k in range(depth))
    return _bvh(head + _END + "}\n" * depth)


def _wide(joints: int) -> bytes:
    """Half the joints are called head, half foot: who compares each with each is busy for long."""
    return _bvh("".join(_joint(f"{'head' if k % 2 else 'foot'}_{k}", _END, f"{k} 10 0") for k in range(joints)))


def _same(joints: int) -> bytes:
    return _bvh("".join(_joint("arm", _END) for _ in range(joints)))


BVH: tuple[Trap, ...] = (
    *NOTHING,
    *(partial(_bvh, frames=n) for n in ("0", "-1", "1" + "0" * 18, "9" * 5000, "nan", "2.0", "1e3", "\u0662")),
    *(
        partial(_bvh, time=t)
        for t in (
            "1e-9",
            "1e9",
            "1e-400",
            "1e400",
            "0",
            "-1",
            "nan",
            "1e-4",
            "1000",
            "0." + "0" * 5000 + "1",
            "9" * 400,
        )
    ),
    partial(_deep, 300),
    partial(_deep, 4990),
    partial(_deep, 30_000),
    partial(_wide, 4990),
    partial(_same, 2000),
    partial(_bvh, "{" * 50_000),
    partial(_bvh, "}" * 50_000),
    partial(_bvh, "OFFSET 1 2 3\n" * 50_000),
    partial(_bvh, row="1e308 -1e308 1e308"),
    partial(_bvh, row="1 " * 500_000, times=1),
    partial(_bvh, row="1" * 500_000, times=1),
    partial(_bvh, _joint("far", _END, "1e9 1e9 1e9")),
    partial(_bvh, _joint("x" * 200_000, _END)),
    partial(_bvh, "JOINT\n"),
    partial(_bvh, _joint("a\u202e\u2028b", _END)),
    partial(_bvh, row="1 2 3", times=100_000),
)


@cache
def _bomb(name: str, shape: tuple[int, ...], kind: str, megabytes: int) -> bytes:
    head = structure.with_header(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}", np.zeros(0))
    return structure.bomb(head, megabytes << 20, name)


def _npz(**arrays: object) -> bytes:
    return structure.zipped({name: structure.npy_bytes(np.asarray(value)) for name, value in arrays.items()})


def _poses(frames: int = 3, width: int = 156, rate: object = 30.0, up: float = 0.0) -> bytes:
    return _npz(poses=np.zeros((frames, width)), trans=np.full((frames, 3), up), mocap_framerate=rate)


def _circle(*parents: int) -> bytes:
    points = np.random.default_rng(0).normal(size=(3, len(parents), 3))
    return _npz(
        joints=points,
        names=[f"j{k}" for k in range(len(parents))],
        parents=list(parents),
        fps=30.0,
        offsets=points[0],
        rotations=np.tile([1.0, 0, 0, 0], (3, len(parents), 1)),
    )


NPZ: tuple[Trap, ...] = (
    *NOTHING,
    partial(_bomb, "poses", (200_000, 156), "|i1", 30),
    partial(_bomb, "poses", (75_000, 52), "<f8", 30),
    partial(_bomb, "joints", (450_000, 22, 3), "|u1", 29),
    partial(_bomb, "joints", (10**9, 22, 3), "<f8", 5),
    partial(_bomb, "dmpls", (10**10,), "|i1", 30),
    partial(_bomb, "joint_names", (7_500_000,), "<U1", 29),
    *(partial(_poses, rate=rate) for rate in (1e-9, 1e9, 0.0, -1.0, np.nan, [30.0, 30.0], "30", 1e4, 1e-300)),
    partial(_poses, 0),
    partial(_poses, 1),
    partial(_poses, 30_000),
    partial(_poses, 3, 157),
    partial(_poses, up=1e308),
    partial(_poses, up=1e9),
    partial(_circle, -1, 2, 1),
    partial(_circle, 0, 0, 1),
    partial(_circle, -1, -1, 0),
    partial(_circle, 1, -1, 0),
    partial(_circle, -1, 0, 99),
    lambda: structure.zipped({f"a{k}": b"" for k in range(5000)}),
    lambda: structure.zipped({"poses": structure.zipped({"poses": b"x"})}),
)
NPY: tuple[Trap, ...] = (
    *NOTHING,
    *(
        partial(structure.with_header, f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}", np.zeros(6))
        for shape in ((10**9, 22, 3), (10**6, 22, 3), (0, 22, 3), (2, 0, 3), (-1, 22, 3))
    ),
    partial(structure.with_header, "(" * 5000, np.zeros(6)),
    partial(structure.with_header, "{'descr': '" + "x" * 20_000, np.zeros(6)),
)


def _json(**changes: object) -> bytes:
    held = {
        "names": ["pelvis", "head"],
        "parents": [-1, 0],
        "offsets": [[0, 0, 0], [0, 1, 0]],
        "fps": 30,
        "rotations": [[[1, 0, 0, 0]] * 2] * 3,
        "joints": [[[0, 1, 0], [0, 2, 0]]] * 3,
    }
    return json.dumps(held | changes).replace('"DIGITS"', "7" * 5000).encode()


JSON: tuple[Trap, ...] = (
    *NOTHING,
    _json,
    *(partial(_json, fps=fps) for fps in (1e-9, 1e9, 0, "DIGITS", None, "30", [30], 1e400, True)),
    *(
        partial(_json, parents=parents)
        for parents in ([1, 0], [0, 0], [-1, 5], [-1, "DIGITS"], [-1, 0.5], [-1, 10**30], {}, "ab")
    ),
    partial(_json, joints=[[[0, 1e308, 0], [0, 2, 0]]] * 3),
    partial(_json, offsets=[[0, 0, 0], [0, 1e308, 0]]),
    partial(_json, names=["a" * 100_000, "b"]),
    partial(_json, names=["a", "a"]),
    partial(_json, names=[["a"], "b"]),
    partial(_json, end_names=["head"], end_offsets=[]),
    partial(_json, end_names=["nobody"], end_offsets=[[0, 1, 0]]),
    partial(_json, observed=[2]),
    partial(_json, face=[[1.0]]),
    partial(_json, observed="yes"),
    partial(_json, rotations=[[[0] * 4] * 2] * 3),
)
AMC: tuple[Trap, ...] = (
    *NOTHING,
    lambda: b":DEGREES\n1\n" + b"root 1 2 3 4 5 6\n" * 20_000,
    lambda: b"1\nroot " + b"1 " * 500_000,
    lambda: b":hierarchy\nbegin\n" + b"root a\n" * 50_000,
    lambda: b"9" * 5000 + b"\nroot 1 2 3 4 5 6\n",
    lambda: b"1\n" * 100_000,
    lambda: b"1\n" + b"x\n" * 50_000,
    lambda: b"#" * 1_000_000 + b"\n1\nroot 0 0 0 0 0 0\n",
    lambda: b" " * 300_000 + b"1\nroot 0",
    lambda: (b"\n" + b" " * 300) * 2000,
)
CSV: tuple[Trap, ...] = (
    *NOTHING,
    lambda: b"file,text\nseed.bvh," + b"x" * 1_000_000,
    lambda: b'file,text\nseed.bvh,"' + b"x\n" * 100_000,
    lambda: b"file,file,text\nseed.bvh,seed.bvh,x,y,z\n",
    lambda: b"file\n../../etc/hosts\n",
    lambda: b"file,text\nseed.bvh,\0\n",
    lambda: b"file,text,start,end\nseed.bvh,x,1e308,nan\n",
    lambda: b"file,text,start,end\nseed.bvh,x,inf,-inf\n",
    lambda: b"file,text,start,end\nseed.bvh,x,5,1\n",
    lambda: b"," * 500_000,
    lambda: b"a,b\n" + b"1,2\n" * 100_000,
)


def _gltf(**changes: object) -> bytes:
    held = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "hips", "children": [1]}, {"name": "head", "translation": [0, 1, 0]}],
        "skins": [{"joints": [0, 1]}],
    }
    return json.dumps(held | changes).encode()


def _chain(depth: int) -> list[dict]:
    return [{"children": [k + 1]} for k in range(depth)] + [{"translation": [0, 1, 0]}]


GLTF: tuple[Trap, ...] = (
    *NOTHING,
    _gltf,
    partial(_gltf, nodes=[{"children": [1]}, {"children": [0]}]),
    partial(_gltf, nodes=[{"children": [0]}]),
    partial(_gltf, nodes=_chain(500), skins=[{"joints": list(range(500))}]),
    partial(_gltf, nodes=_chain(40_000)),
    partial(_gltf, nodes=[{}] * 20_000, skins=[{"joints": list(range(20_000))}]),
    partial(_gltf, nodes=[{}] * 2000, skins=[{"joints": list(range(2000))}] * 50),
    partial(
        _gltf,
        nodes=[{"children": list(range(1, 2000))}]
        + [{"name": f"{'head' if k % 2 else 'foot'}{k}", "translation": [k, 1, 0]} for k in range(1, 2000)],
        skins=[{"joints": list(range(2000))}],
    ),
    partial(
        _gltf,
        buffers=[{"byteLength": 2**31, "uri": "data:;base64,AAAA"}],
        skins=[{"joints": [0, 1], "inverseBindMatrices": 0}],
        accessors=[{"type": "MAT4", "componentType": 5126, "count": 2**28}],
    ),
    partial(
        _gltf, nodes=[{"scale": [1e30, 1e30, 1e30], "children": [1]}, {"translation": [1e29, 0, 0], "matrix": [0] * 16}]
    ),
    partial(_gltf, buffers=[{"byteLength": 4, "uri": "../../../../etc/hosts"}]),
    partial(_gltf, nodes=[{"name": "x" * 300_000, "translation": [0, 1, 0]}] * 2),
    lambda: b"glTF" + b"\xff" * 16,
    lambda: b"glTF\2\0\0\0\x14\0\0\0\0\0\0\0JSON",
    lambda: b"glTF\2\0\0\0" + b"\0" * 400,
)


def _opcodes(*parts: bytes) -> bytes:
    return b"\x80\x04" + b"".join(parts) + b"."


PICKLE: tuple[Trap, ...] = (
    *NOTHING,
    lambda: _opcodes(b"cposix\nsystem\n", b"(S'true'\ntR"),
    lambda: _opcodes(b"]" + b"q\0h\0a" * 5000),
    lambda: _opcodes(b"]\x94" + b"(" * 100_000),
    lambda: _opcodes(b"]" * 100_000 + b"a" * 99_999),
    lambda: _opcodes(b"r\xff\xff\xff\x7f"),
    lambda: _opcodes(b"\x8e" + b"\xff" * 8),
    lambda: _opcodes(b"cbuiltins\nbytearray\n(J\xff\xff\xff\x7ftR"),
    lambda: pickle.dumps({"a": np.zeros(3)}).replace(b"f8", b"O8"),
    lambda: _opcodes(b"I" + b"9" * 100_000 + b"\n"),
    lambda: _opcodes(b"]" + b"".join(b"2a" for _ in range(40))),
    lambda: _opcodes(b"]\x94" + b"(h\0h\0t\x94" * 30),
    lambda: _opcodes(b"cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR"),
    lambda: _opcodes(b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S'S999999999'\nI0\nI1\ntRtR"),
    lambda: _opcodes(b"(" + b"(lp0\n" * 2000),
    lambda: _opcodes(b"}\x94(K\x01h\0u"),
    lambda: _opcodes(b"N(K\x01K\x02t\x94h\0\x86\x94h\1\x86" * 100),
)
