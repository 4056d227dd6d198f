"""Accessors of a glTF document: numbers in its buffers, any component type, stride, normalised, sparse, as float64 arrays.

Source: the glTF 2.0 specification (Khronos), sections Accessors, Sparse Accessors, Animations (normalised integers).
"""

from typing import Any

import numpy as np

from motionverse.formats.gltf_file import Document, Row

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
FLOAT = 5126
MAX_EMPTY = 1 << 22  # numbers of an accessor that has no bytes behind it: they are zeros, and cost the file nothing


def values(document: Document, index: Any, kind: str, whose: str) -> np.ndarray:
    """(N, width) finite float64: what accessor `index` holds, integers divided by their largest where they are normalised.

    kind: the type it must have ('SCALAR', 'VEC3', 'VEC4', 'MAT4'); whose: who pointed there. Raises MotionError.
    """
    row, name = document.row("accessors", index, whose), f"accessors[{index}]"
    if row.get("type") != kind:
        document.fail(f"type of {name} ({whose}) is {str(row.get('type'))[:20]!r}; must be {kind}")
    width, code = WIDTHS[kind], document.whole(row, "componentType", None, name)
    count = document.whole(row, "count", None, name)
    if code not in COMPONENTS:
        document.fail(f"componentType of {name} is {code}; must be one of {', '.join(map(str, COMPONENTS))}")
    if count < 1:
        document.fail(f"count of {name} ({whose}) is 0; there is nothing to read")
    if "bufferView" in row:
        offset = document.whole(row, "byteOffset", 0, name)
        found = _view(document, row["bufferView"], offset, count, width, COMPONENTS[code], name).astype(np.float64)
    elif count * width > MAX_EMPTY:
        document.fail(f"{name} has {count} elements and no bufferView; that is no motion")
    else:
        found = np.zeros((count, width))
    if "sparse" in row:
        _overlay(document, document.inner(row, "sparse"), found, COMPONENTS[code], name)
    if row.get("normalized") is True and code != FLOAT:
        found = np.maximum(found / np.iinfo(COMPONENTS[code]).max, -1.0)
    if not np.isfinite(found).all():
        document.fail(f"{name} ({whose}) has a value that is no finite number, element {_first_bad(found)}")
    return found


def _first_bad(found: np.ndarray) -> int:
    return int(np.argmin(np.isfinite(found).all(1)))


def _view(
    document: Document, index: Any, offset: int, count: int, width: int, dtype: str, whose: str, tight: bool = False
) -> np.ndarray:
    """(count, width) elements of a bufferView from a byte offset on, checked against its length; no copy."""
    view, name = document.row("bufferViews", index, whose), f"bufferViews[{index}]"
    if document.inner(view, "extensions", "EXT_meshopt_compression"):
        document.fail("is compressed with EXT_meshopt_compression; unpack it first (gltfpack -noq, or glTF-Transform)")
    data = document.buffer(view.get("buffer"), name)
    begin, length = document.whole(view, "byteOffset", 0, name), document.whole(view, "byteLength", None, name)
    size = np.dtype(dtype).itemsize
    stride = size * width if tight else document.whole(view, "byteStride", 0, name, 252) or size * width
    needed = offset + stride * (count - 1) + size * width
    if begin + length > len(data) or needed > length:
        document.fail(f"{whose} needs {needed} bytes of {name}, which has {min(length, max(len(data) - begin, 0))}")
    return np.ndarray((count, width), dtype, data, begin + offset, (stride, size))


def _overlay(document: Document, sparse: Row, found: np.ndarray, dtype: str, whose: str) -> None:
    """Put the elements that a sparse accessor names into `found`."""
    name = f"sparse of {whose}"
    count = document.whole(sparse, "count", None, name, len(found))
    indices, elements = document.inner(sparse, "indices"), document.inner(sparse, "values")
    code = document.whole(indices, "componentType", None, name)
    if not count or code not in (5121, 5123, 5125):
        document.fail(f"{name} has count {count} and indices of type {code}; must be at least 1, of 5121, 5123 or 5125")
    offset = document.whole(indices, "byteOffset", 0, name)
    places = _view(document, indices.get("bufferView"), offset, count, 1, COMPONENTS[code], name, tight=True)[:, 0]
    if places.max() >= len(found):
        document.fail(f"{name} replaces element {places.max()} of {len(found)}")
    offset = document.whole(elements, "byteOffset", 0, name)
    found[places] = _view(document, elements.get("bufferView"), offset, count, found.shape[1], dtype, name, tight=True)
