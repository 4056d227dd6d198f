"""Damage that keeps a file's outer form: JSON trees, GLB chunks, arrays in an .npz. What is wrong is what they say."""

import io
import json
import random
import struct
import zipfile
import zlib
from typing import Any

import numpy as np

from fuzzing import damage

DEEP = 20_000
VALUES = (
    None, True, "", "x", -1, 0, 1, 2, 3, 1.5, 1e308, -1e308, float("nan"), float("inf"), 10**30, 2**31, 2**53, [], {}, [[]], [0],
    [None], {"a": 1}, "\u202e", "../../secret", [1e308] * 3, ["a", "a"], "DEEP", "DIGITS",
)  # fmt: skip


def tree(rng: random.Random, content: bytes) -> bytes:
    """A JSON text with some of its values changed, removed, said twice or exchanged."""
    held = json.loads(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        held = _edited(rng, held)
    text = json.dumps(held).replace('"DEEP"', "[" * DEEP + "]" * DEEP).replace('"DIGITS"', "7" * 5000)
    return text.encode()


def _edited(rng: random.Random, held: Any) -> Any:
    if not isinstance(held, dict | list) or not held or rng.random() < 0.1:
        return rng.choice(VALUES) if not isinstance(held, dict) or rng.random() < 0.1 else held
    key = rng.choice(list(held)) if isinstance(held, dict) else rng.randrange(len(held))
    if isinstance(held[key], dict | list) and rng.random() < 0.75:
        held[key] = _edited(rng, held[key])
        return held
    other = rng.choice(list(held)) if isinstance(held, dict) else rng.randrange(len(held))
    kind = rng.randrange(8)
    if kind == 0:
        del held[key]
    elif kind == 1:
        held[key], held[other] = held[other], held[key]
    elif kind == 2:
        held[key] = held[other]
    elif kind == 3 and isinstance(held, list):
        held[key:key] = [held[key]] * rng.choice((1, 1, 300))
    elif kind == 4 and isinstance(held[key], int | float):
        held[key] = rng.choice((held[key] + 1, held[key] - 1, -held[key], held[key] * 1e6, rng.randrange(40)))
    else:
        held[key] = rng.choice(VALUES)
    return held


def glb(rng: random.Random, content: bytes) -> bytes:
    """A .glb whose JSON or binary chunk is damaged, with the lengths that fit, or not."""
    (length,) = struct.unpack("<I", content[12:16])
    text, binary = content[20 : 20 + length], content[28 + length :]
    if rng.random() < 0.7:
        text = tree(rng, text)
    else:
        binary = rng.choice(damage.BYTES)(rng, binary)
    text += b" " * (-len(text) % 4)
    sizes = [12 + 8 + len(text) + 8 + len(binary), len(text), len(binary)]
    if rng.random() < 0.15:
        sizes[rng.randrange(3)] = rng.choice((0, 1, 2**31, 2**32 - 1, len(text)))
    head = struct.pack("<4sIIII", b"glTF", 2, sizes[0], sizes[1], 0x4E4F534A)
    return head + text + struct.pack("<II", sizes[2], 0x004E4942) + binary


def npz(rng: random.Random, content: bytes) -> bytes:
    """An .npz with arrays of other shapes, kinds and values, headers that lie, or entries missing and twice there."""
    with np.load(io.BytesIO(content)) as file:
        held = {name: file[name] for name in file.files}
    made = {name: npy_bytes(array) for name, array in held.items()}
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(list(held))
        kind = rng.randrange(6)
        if kind == 0:
            made.pop(name, None)
        elif kind == 1:
            made[rng.choice(list(held))] = made.get(name, b"")
        elif kind == 2:
            made[name] = lying(rng, held[name])
        else:
            made[name] = npy_bytes(changed(rng, held[name]))
    return zipped(made, rng.random() < 0.5)


def npy(rng: random.Random, content: bytes) -> bytes:
    """A .npy of another shape, kind or content, or with a header that lies."""
    held = np.load(io.BytesIO(content))
    return lying(rng, held) if rng.random() < 0.4 else npy_bytes(changed(rng, held))


def changed(rng: random.Random, array: np.ndarray) -> np.ndarray:
    """An array with another shape, kind or values."""
    kind = rng.randrange(12)
    if kind == 0:
        return array.reshape(-1)
    if kind == 1:
        return array[None]
    if kind == 2:
        return array.T
    if kind == 3:
        return array[:0] if array.ndim else np.zeros(0)
    if kind == 4 and array.ndim:
        return array[: rng.randrange(len(array) + 1)]
    if kind == 5:
        return np.concatenate([array] * 3, -1) if array.ndim else np.array([array] * 3)
    if kind == 6:
        return np.array(rng.choice((0, -1, 1e308, 1e-9, 1e9, np.nan, "x", True, 3 + 4j, b"x", np.datetime64("NaT"))))
    if kind == 7:
        return array.astype(rng.choice(("S4", "U4", "?"))) if array.dtype.kind in "fiub" else np.arange(array.size)
    if kind == 8 and array.dtype.kind == "f":
        with np.errstate(all="ignore"):
            return array.astype(rng.choice((np.float16, np.complex128, ">f8", np.float32)))
    if array.dtype.kind in "fiub" and array.size:
        array = array.copy() if array.dtype.kind != "b" else array.astype(int)
        for _ in range(rng.choice((1, 5, array.size))):
            value = rng.choice(
                (0, -1, 1, 2, 5, 40, 2**31 - 1) + ((1e38, np.nan, np.inf, -1e30) if array.dtype.kind == "f" else ())
            )
            array.flat[rng.randrange(array.size)] = min(value, 127) if array.dtype.itemsize < 4 else value
        return array
    if array.size > 1:
        array = array.copy()
        array.flat[rng.randrange(array.size)] = array.flat[rng.randrange(array.size)]
    return array


def npy_bytes(array: np.ndarray) -> bytes:
    """The bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def lying(rng: random.Random, array: np.ndarray) -> bytes:
    """A .npy whose header says something else than its content."""
    shapes = ((10**9, 156), (2**40,), (2**62, 2), (-1, 3), (0,), (3, 10**12, 3), "(1,", (1.5,), (True,) * 40, (1,) * 70)
    kinds = ("<f8", "|O", "<U1000000", "<i1", "|V8", "<M8[s]", "[('a','<f8')]", "c16", "x", "<f8" * 50, "<U2147483647")
    shape, kind = array.shape, array.dtype.str
    if rng.random() < 0.6:
        shape = rng.choice(shapes)
    else:
        kind = rng.choice(kinds)
    return with_header(
        f"{{'descr': {kind!r}, 'fortran_order': {rng.choice((True, False, None, 7))}, 'shape': {shape}, }}", array
    )


def with_header(text: str, array: np.ndarray) -> bytes:
    """A .npy with `text` for its header."""
    head = text.encode("latin1", "replace").ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + array.tobytes()


def zipped(entries: dict[str, bytes], packed: bool = True) -> bytes:
    """An .npz of entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def bomb(head: bytes, size: int, name: str) -> bytes:
    """An .npz whose one entry unpacks to `head` and `size` zeros; packed here without ever being whole."""
    packer, block, crc = zlib.compressobj(9, zlib.DEFLATED, -15), b"\0" * (1 << 20), zlib.crc32(head)
    parts = [packer.compress(head)]
    for _ in range(size >> 20):
        parts.append(packer.compress(block))
        crc = zlib.crc32(block, crc)
    body, whole, entry = b"".join([*parts, packer.flush()]), len(head) + (size >> 20 << 20), f"{name}.npy".encode()
    sizes = struct.pack("<IIIHH", crc, len(body), whole, len(entry), 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + entry + body
    central = (
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HHHII", 0, 0, 0, 0, 0)
        + entry
    )
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
