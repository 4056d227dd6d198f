"""glTF 2.0 containers: a .glb or .gltf file as a `Document`, which checks whatever it hands out; and the way back.

Every reference in a glTF file is an index into a list, every size a number in JSON; nothing of it is believed before it is
looked at. Source: the glTF 2.0 specification (Khronos), sections GLB File Format, Buffers, URIs.
"""

import base64
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

from motionverse.errors import MotionError
from motionverse.files import atomic_path

MAGIC, JSON_CHUNK, BINARY_CHUNK = b"glTF", b"JSON", b"BIN\0"
MAX_BYTES = 1 << 31  # no buffer of motion is larger
Row = dict[str, Any]


@dataclass(eq=False)
class Document:
    """The JSON of a glTF file, with its buffers. path: for messages, and where external buffers are looked for."""

    path: Path
    held: Row
    binary: bytes | None = None
    loaded: dict[int, bytes] = field(default_factory=dict)
    checked: dict[str, list[Row]] = field(default_factory=dict)

    def fail(self, message: str) -> NoReturn:
        """Raise the MotionError that says what is wrong with this file."""
        raise MotionError(f"{self.path}: {message}")

    def rows(self, name: str) -> list[Row]:
        """A top-level list such as 'nodes'; empty where the file has none."""
        if name not in self.checked:
            self.checked[name] = self.items(self.held, name, dict, "glTF")
        return self.checked[name]

    def row(self, name: str, index: Any, whose: str) -> Row:
        """Entry `index` of a top-level list; `whose` says in a message who pointed there."""
        rows = self.rows(name)
        if not _is_index(index) or index >= len(rows):
            self.fail(f"{whose} points to {name}[{_short(index)}], of {len(rows)}; the file is broken, export it again")
        return rows[index]

    def items(self, row: Row, key: str, kind: type, whose: str) -> list[Any]:
        """A list of `kind` under `key`; empty where it is absent."""
        found = row.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
            self.fail(f"{key} of {whose} is not a list of {'objects' if kind is dict else 'numbers'}")
        return found

    def inner(self, row: Row, *keys: str) -> Row:
        """The object under nested keys; an empty one where it is absent or something else."""
        for key in keys:
            found = row.get(key)
            row = found if isinstance(found, dict) else {}
        return row

    def whole(self, row: Row, key: str, default: int | None, whose: str, most: int = MAX_BYTES) -> int:
        """A whole number from 0 to `most` under `key`."""
        value = row.get(key, default)
        if not _is_index(value) or value > most:
            self.fail(f"{key} of {whose} is {_short(value)}; must be a whole number from 0 to {most}")
        return int(value)

    def numbers(self, row: Row, key: str, count: int, whose: str) -> list[float] | None:
        """`count` finite numbers under `key`, or None where it is absent."""
        found = row.get(key)
        if found is None:
            return None
        good = isinstance(found, list) and len(found) == count and all(type(v) in (int, float) for v in found)
        if not good or not all(abs(v) < 1e30 for v in found):
            self.fail(f"{key} of {whose} is {_short(found)}; must be {count} sensible numbers")
        return [float(v) for v in found]

    def buffer(self, index: Any, whose: str) -> bytes:
        """The bytes of a buffer: the GLB's binary chunk, a data URI, or a file beside this one. At least its byteLength."""
        row = self.row("buffers", index, whose)
        if index not in self.loaded:
            length = self.whole(row, "byteLength", None, f"buffers[{index}]")
            data = self._bytes(row, index)
            if len(data) < length:
                self.fail(f"buffers[{index}] has {len(data)} bytes where {length} are stated; the file is cut short")
            self.loaded[index] = data[:length]
        return self.loaded[index]

    def _bytes(self, row: Row, index: int) -> bytes:
        uri = row.get("uri")
        if uri is None:
            if index or self.binary is None:
                self.fail(f"buffers[{index}] has neither a uri nor a binary chunk; the file is cut short or compressed")
            return self.binary
        if not isinstance(uri, str):
            self.fail(f"uri of buffers[{index}] is {_short(uri)}; must be text")
        if uri.startswith("data:"):
            head, _, body = uri.partition(",")
            try:
                if head.endswith(";base64"):
                    return base64.b64decode(body, validate=True)
            except ValueError:
                pass
            self.fail(f"buffers[{index}] is a data uri that is not base64; the file is broken")
        return self.beside(unquote(uri), f"buffers[{index}]")

    def beside(self, name: str, whose: str) -> bytes:
        """The bytes of a file in this file's folder or below it; nothing else is opened, whatever the uri says."""
        try:
            folder = self.path.resolve().parent
            place = (folder / name).resolve()
            if "://" in name or not place.is_relative_to(folder):
                self.fail(f"{whose} is at {_short(name)}; only files in the same folder are read")
            if place.stat().st_size > MAX_BYTES:
                self.fail(f"{whose} is {_short(name)}, of more than 2 GiB; not motion")
            return place.read_bytes()
        except (OSError, ValueError) as error:
            if isinstance(error, MotionError):
                raise
            why = getattr(error, "strerror", None) or "no such name"
            self.fail(f"{whose} is the file {_short(name)}, which cannot be read ({why}); put it beside this one")


def _is_index(value: Any) -> bool:
    return type(value) is int and value >= 0


def _short(value: Any) -> str:
    """A value for a message: one line, not long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def read(path: str | Path) -> Document:
    """The document in a .glb or .gltf file; the content says which, not the suffix. Raises MotionError."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not data:
        raise MotionError(f"{path}: the file is empty")
    text, binary = _chunks(data, path) if data[:4] == MAGIC else (data, None)
    try:
        held = json.loads(text.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not glTF ({why}); a .glb, or the JSON of a .gltf, is expected") from None
    if not isinstance(held, dict) or not isinstance(held.get("asset"), dict):
        raise MotionError(f"{path}: not glTF (no asset); a .glb, or the JSON of a .gltf, is expected")
    version = held["asset"].get("version")
    if not isinstance(version, str) or not version.startswith("2."):
        raise MotionError(f"{path}: glTF version {_short(version)}; only 2.0 is read, export it again as glTF 2.0")
    return Document(path, held, binary)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _chunks(data: bytes, path: Path) -> tuple[bytes, bytes | None]:
    """The JSON and (if there is one) the binary chunk of a GLB."""
    if len(data) < 20:
        raise MotionError(f"{path}: the GLB is cut short after {len(data)} bytes")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise MotionError(f"{path}: GLB version {version}; only 2 is read, export it again as glTF 2.0")
    if length > len(data):
        raise MotionError(f"{path}: the GLB has {len(data)} bytes where {length} are stated; it is cut short")
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<I4s", data, at)
        if at + 8 + size > length:
            raise MotionError(f"{path}: a chunk of the GLB at byte {at} goes beyond the end; the file is broken")
        found.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    if JSON_CHUNK not in found:
        raise MotionError(f"{path}: the GLB has no JSON chunk; the file is broken")
    return found[JSON_CHUNK], found.get(BINARY_CHUNK)


def write(held: Row, binary: bytes, path: str | Path) -> None:
    """Write a document with one buffer: .glb as two chunks, .gltf as JSON with the buffer inside, in base64."""
    buffer: Row = {"byteLength": len(binary)}
    if text := Path(path).suffix.lower() == ".gltf":
        buffer["uri"] = data_uri(binary)
    save({**held, "buffers": [buffer]}, None if text else binary, path)


def save(held: Row, binary: bytes | None, path: str | Path) -> None:
    """Write a document as it stands: as a GLB with `binary` as its second chunk, or as JSON where that is None."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(_json(held) if binary is None else _glb(held, binary))


def data_uri(data: bytes, kind: str = "application/octet-stream") -> str:
    """Bytes inside a uri, in base64."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _glb(held: Row, binary: bytes) -> bytes:
    text = _json(held)
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    head = struct.pack("<4sII", MAGIC, 2, 12 + 8 + len(text) + 8 + len(binary))
    return (
        head
        + struct.pack("<I4s", len(text), JSON_CHUNK)
        + text
        + struct.pack("<I4s", len(binary), BINARY_CHUNK)
        + binary
    )


def _json(held: Row) -> bytes:
    return json.dumps(held, separators=(",", ":"), allow_nan=False).encode()
