"""A table of plain decimal numbers, as text, to float64: many numbers at a time, and to the last bit what `float` would say.

Eight digits are read as one 64-bit word and summed by three multiplications within it (a known trick; D. Lemire, Number Parsing
at a Gigabyte per Second, 2021). A decimal of at most 15 digits is then one exact integer divided by an exact power of ten, which
is rounded once, as it must be (Clinger 1990). Anything else (exponents, signs in the middle, more digits, words) is not for
this module: it says so, and its caller reads the text with `numpy.loadtxt`.
"""

import numpy as np

DIGITS = 15  # every integer of so many digits is a float64
_BLOCK = 1 << 18  # bytes that are worked on at a time
_POWERS = 10 ** np.arange(DIGITS + 1, dtype=np.uint64)
_EXACT = _POWERS.astype(np.float64)
_WORD = 8  # digits
# of words of four and of eight digits: which bits hold a sum so far, what adds its neighbour, how far up the sum then stands
_SUMS = {
    4: ((0x0F0F0F0F, 10 * 256 + 1, 8), (0x00FF00FF, 100 * 65536 + 1, 16)),
    8: (
        (0x0F0F0F0F0F0F0F0F, 10 * 256 + 1, 8),
        (0x00FF00FF00FF00FF, 100 * 65536 + 1, 16),
        (0x0000FFFF0000FFFF, 10000 * 4294967296 + 1, 32),
    ),
}
Digits = np.ndarray | int  # how many, of each number or of all


def table(text: bytes, columns: int, start: int = 0) -> np.ndarray | None:
    """(rows, columns) float64 of the lines from `start` on, each of which holds `columns` numbers or nothing.

    None where the text is not as plain as that.
    """
    found: list[np.ndarray] = []
    while start < len(text):
        stop = len(text) if len(text) - start <= _BLOCK else text.rfind(b"\n", start, start + _BLOCK) + 1
        if stop <= start:  # a line longer than a block
            return None
        rows = _rows(text[start:stop], columns)
        if rows is None:
            return None
        found.append(rows)
        start = stop
    return np.concatenate(found) if found else None


def _rows(text: bytes, columns: int) -> np.ndarray | None:
    # a blank before makes the first number begin somewhere, one behind makes the last end, the rest is room for whole words
    data = np.frombuffer(b" " * _WORD + text + b"\n", np.uint8)
    blank, dot = data <= 32, data == ord(".")
    edges = np.flatnonzero(blank[1:] != blank[:-1])
    edges += 1
    starts, ends = edges[0::2].copy(), edges[1::2].copy()
    if not len(starts):
        return np.empty((0, columns))
    negative = data[starts] == ord("-")
    known = np.count_nonzero(blank) + np.count_nonzero(dot) + np.count_nonzero(negative)
    if known + np.count_nonzero((data - 48) < 10) != len(data) or _strange_blanks(data):
        return None
    # every line has as many numbers as there are columns, or none
    per_line = np.diff(np.searchsorted(starts, np.flatnonzero(data == ord("\n"))), prepend=0)
    if np.any((per_line != columns) & (per_line != 0)):
        return None
    starts += negative
    found = _points(starts, ends, dot)
    if found is None:
        return None
    points, part = found
    whole = points - starts
    most = int(whole.max()) + int(np.max(part))
    if most > DIGITS and (whole + part).max() > DIGITS or whole.max() > _WORD or (whole + part).min() < 1:
        return None
    value = _spelt(data, points, ends, whole, part).astype(np.float64)
    value /= _EXACT[part]
    value *= 1.0 - 2.0 * negative
    return value.reshape(-1, columns)


def _strange_blanks(data: np.ndarray) -> bool:
    """Whether a control character other than the tabulator and the ends of lines is among the bytes."""
    control = data[data < 32]
    return bool(np.any((control != 9) & (control != 10) & (control != 13)))


def _points(starts: np.ndarray, ends: np.ndarray, dot: np.ndarray) -> tuple[np.ndarray, Digits] | None:
    """Where each number's decimal point stands, its end where it has none, and how many digits follow; None where a number
    has two points. dot: (bytes,) bool."""
    many = np.count_nonzero(dot)
    if many == len(ends):  # nearly every file: as many decimals everywhere as the first number has
        part = int(ends[0] - starts[0] - np.argmax(dot[starts[0] : ends[0]]) - 1)
        points = ends - (part + 1)
        if dot[points].all() and (points >= starts).all():
            return points, part
    dots = np.append(np.flatnonzero(dot), ends[-1])
    points = np.minimum(dots[np.searchsorted(dots, starts)], ends)
    return (points, np.maximum(ends - points - 1, 0)) if np.count_nonzero(points < ends) == many else None


def _spelt(data: np.ndarray, points: np.ndarray, ends: np.ndarray, whole: np.ndarray, part: Digits) -> np.ndarray:
    """(N,) uint64: each number's digits, before and behind its point, as one integer."""
    more = np.maximum(part - _WORD, 0)  # digits that a second word has to hold
    value = _integers(data, points, whole).astype(np.uint64)
    value *= _POWERS[part - more]
    value += _integers(data, ends - more, part - more)
    if np.any(more):
        value *= _POWERS[more]
        value += _integers(data, ends, more)
    return value


def _integers(data: np.ndarray, ends: np.ndarray, digits: Digits) -> np.ndarray:
    """(N,) the integers that the at most eight `digits` before each of the places `ends` (N,) spell."""
    size = 4 if np.max(digits) <= 4 else _WORD
    kind = np.dtype(f"<u{size}")
    words = np.ndarray((len(data) - size + 1,), kind, buffer=data, strides=(1,))  # words[i]: the bytes from i on
    value = words[ends - size]
    drop = np.asarray((size - digits) << 3).astype(kind)  # bits of what stands before the digits
    value >>= drop
    value <<= drop
    for bits, factor, up in _SUMS[size]:
        value &= kind.type(bits)
        value *= kind.type(factor)
        value >>= kind.type(up)
    return value
