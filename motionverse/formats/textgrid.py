"""Praat TextGrid (.TextGrid), long and short: the intervals of each tier, such as words with their times [s]. Read only."""

import re
from pathlib import Path

from motionverse.errors import MotionError

Interval = tuple[str, float, float]  # text, start [s], end [s]
_VALUE = re.compile(r'"((?:[^"]|"")*)"|(?<![\w.])(-?\d+(?:\.\d*)?(?:e[-+]?\d+)?)(?![\w\]])', re.IGNORECASE)
_TIERS = ("IntervalTier", "TextTier")


def read(path: str | Path) -> dict[str, list[Interval]]:
    """The intervals of each interval tier by its name; pauses are intervals without text. UTF-8 or UTF-16.

    Raises MotionError for a file that is missing or no TextGrid.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError as error:
        raise MotionError(f"{path}: not a text file ({error.reason} at byte {error.start})") from None
    values: list[str | float] = [
        float(match[2]) if match[2] else match[1].replace('""', '"') for match in _VALUE.finditer(text)
    ]
    if values[:2] != ["ooTextFile", "TextGrid"]:
        raise MotionError(f"{path}: not a TextGrid (it does not begin with ooTextFile, TextGrid)")
    try:
        return _tiers(values[5:])  # after start, end and number of tiers
    except (ValueError, IndexError, TypeError, OverflowError):
        raise MotionError(f"{path}: a tier breaks off or has no numbers for times; export it again") from None


def _tiers(values: list[str | float]) -> dict[str, list[Interval]]:
    """Both formats hold the same values in the same order: class, name, start, end, count, then the intervals."""
    tiers: dict[str, list[Interval]] = {}
    place = 0
    while place < len(values):
        kind, name, count = values[place], str(values[place + 1]), int(values[place + 4])
        if kind not in _TIERS or not 0 <= count <= len(values):
            raise ValueError
        place += 5
        if kind == "IntervalTier":
            rows = [values[place + 3 * k : place + 3 * k + 3] for k in range(count)]
            tiers[name] = [(str(text), float(start), float(end)) for start, end, text in rows]
        place += (3 if kind == "IntervalTier" else 2) * count
    return tiers
