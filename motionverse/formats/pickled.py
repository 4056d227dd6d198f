"""Data sets' pickles (.pkl), read without running anything that they hold.

Only numbers, texts, lists, tuples, dicts, sets and numpy arrays and scalars of plain kinds are made, by functions of this file:
a pickle's word for one of numpy's functions picks ours, and every other word is refused by name (MotionError). Pickles of
Python 2 are read as latin1. The pure-Python unpickler is used on purpose: the C one sizes its memo by a number in the file.
"""

import io
import pickle
import re
import struct
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError

LARGEST = 1 << 30  # [bytes] of a file
_KIND = re.compile(r"[<>|=]?([?biufcSU]\d{0,9}|O8?)$")
_BROKEN = (
    pickle.UnpicklingError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, AssertionError,
    RecursionError, MemoryError, struct.error,
)  # fmt: skip


def read(path: str | Path, largest: int = LARGEST) -> Any:
    """What a pickle holds, numpy arrays as arrays (object arrays as lists).

    largest: bytes that the file may have. Raises MotionError for a file that is missing, broken or too large, and for one
    that names a class or function which data do not need.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > largest:
            raise MotionError(f"{path}: {size:,} bytes; a pickle of at most {largest:,} is read, split it")
        return loads(path.read_bytes(), path)
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from None


def loads(content: bytes, path: object = "pickle") -> Any:
    """As `read`, for bytes; path: what messages call them."""
    try:
        return _settled(_Unpickler(io.BytesIO(content), encoding="latin1").load(), {})
    except _Foreign as error:
        raise MotionError(f"{path}: holds {error}, which is no plain data; save it again as numpy arrays") from None
    except _BROKEN as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole pickle of plain data ({why}); download it again") from None


class _Foreign(Exception):
    """A class or function that is not on the list; its text is the name."""


class _Dtype:
    """Stands for numpy.dtype while a pickle is read: the kind, and the byte order that its state adds."""

    def __init__(self, kind: str, *_: Any) -> None:
        self.kind, self.order = str(kind), "="

    def __setstate__(self, state: Any) -> None:
        self.order = str(state[1])
        if state[2] is not None or state[3] is not None or state[4] is not None:
            raise _Foreign("a structured numpy.dtype")

    def made(self) -> np.dtype:
        """The dtype itself. Raises _Foreign for kinds that are not numbers or texts."""
        if not _KIND.match(self.kind):
            raise _Foreign(f"numpy.dtype {self.kind[:20]!r}")
        dtype = np.dtype(self.kind)
        return dtype if self.order in "|=" else np.dtype(f"{self.order}{dtype.str[1:]}")


class _Array:
    """Stands for a numpy array while a pickle is read; __setstate__ gets (version, shape, dtype, Fortran order, data)."""

    value: Any = None

    def __setstate__(self, state: Any) -> None:
        *_, shape, dtype, fortran, data = state
        kind = dtype.made()
        if kind.hasobject:
            self.value = list(data)  # converted with everything else, afterwards
        else:
            self.value = _shaped(_bytes(data), kind, shape, "F" if fortran else "C")


def _shaped(data: Any, dtype: np.dtype, shape: Any, order: str) -> np.ndarray:
    return np.frombuffer(data, dtype).reshape(tuple(int(n) for n in shape), order="F" if order == "F" else "C").copy()


def _bytes(data: Any) -> Any:
    return data.encode("latin1") if isinstance(data, str) else data


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _scalar(dtype: _Dtype, data: Any = b"") -> Any:
    return np.frombuffer(_bytes(data), dtype.made())[0]


def _frombuffer(data: Any, dtype: _Dtype, shape: Any, order: str) -> np.ndarray:
    return _shaped(data, dtype.made(), shape, order)


def _encode(text: str, *_: Any) -> bytes:
    return text.encode("latin1")


def _no_bytes(*parts: Any) -> bytes:
    """`bytes` and `bytearray` as Python 3 writes them for Python 2: of nothing, or of a text; never of a length."""
    return (
        _encode(parts[0])
        if parts and isinstance(parts[0], str)
        else bytes(parts[0])
        if parts and parts[0] == []
        else b""
    )


_NUMPY: dict[str, Callable[..., Any]] = {
    "_reconstruct": _reconstruct, "scalar": _scalar, "_frombuffer": _frombuffer, "dtype": _Dtype, "ndarray": _Array,
}  # fmt: skip
_PLAIN: dict[str, Callable[..., Any]] = {
    "set": set, "frozenset": frozenset, "complex": complex, "bytes": _no_bytes, "bytearray": _no_bytes,
}  # fmt: skip
_WORDS: dict[str, dict[str, Callable[..., Any]]] = {
    "numpy": _NUMPY,
    **{
        f"numpy.{core}.{module}": _NUMPY
        for core in ("core", "_core")
        for module in ("multiarray", "numeric", "_multiarray_umath")
    },
    "builtins": _PLAIN,
    "__builtin__": _PLAIN,
    "_codecs": {"encode": _encode},
    "collections": {"OrderedDict": OrderedDict},
}


class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    stack: list[Any]

    def find_class(self, module: str, name: str) -> Any:
        """Ours for the words on the list. Raises _Foreign with the name of any other."""
        try:
            return _WORDS[module][name]
        except KeyError:
            raise _Foreign(f"{module}.{name}") from None

    def _build(self) -> None:
        """States go to our stand-ins alone: a pickle could otherwise set attributes of the classes and functions above."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], _Array | _Dtype):
            raise _Foreign(f"a state for a {type(self.stack[-1]).__name__}")
        self.stack[-1].__setstate__(state)

    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: _build}  # type: ignore[attr-defined]


def _settled(value: Any, done: dict[int, Any]) -> Any:
    """`value` with its stand-ins replaced by arrays, each part once."""
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, _Array):
        done[id(value)] = made = _settled(value.value, done)
        return made
    if isinstance(value, list):
        done[id(value)] = value
        value[:] = [_settled(part, done) for part in value]
    elif isinstance(value, dict):
        done[id(value)] = value
        for key, part in list(value.items()):
            value[key] = _settled(part, done)
    elif isinstance(value, tuple):
        made = tuple(_settled(part, done) for part in value)
        done[id(value)] = made
        return made
    return value
