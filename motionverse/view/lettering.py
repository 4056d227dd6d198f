"""Letters on pictures: a font that has them, or else the nearest letters that a font has. Nothing is installed or fetched.

Pillow's own font knows little beyond ASCII. DejaVu Sans (free) knows Latin, Greek, Cyrillic and more; it is looked for among the
system's fonts and beside matplotlib, which ships it and is not imported for it.
"""

import functools
import importlib.util
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SMALLEST = 8.0  # pixels
_FREE = "DejaVuSans.ttf"
_SPELT = {
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "ð": "d", "ı": "i", "–": "-", "—": "-", "‘": "'",
    "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "…": "...", "×": "x", "°": " degrees",
}  # fmt: skip


def lettered(text: str, pixels: float) -> tuple[str, Any]:
    """The text as it can be written, and the font (PIL) for it: the first that has every letter, else the one that lacks
    fewest, and letters that it lacks are spelt with those it has (ü as ue, é as e, ? where there is nothing near)."""
    least: tuple[int, Any] | None = None
    for font in _fonts(max(float(pixels), _SMALLEST)):
        lacking = len({letter for letter in text if not _has(font, letter)})
        if not lacking:
            return text, font
        if least is None or lacking < least[0]:
            least = lacking, font
    assert least is not None  # Pillow's own font is always there
    font = least[1]
    return "".join(letter if _has(font, letter) else _spelt(font, letter) for letter in text), font


def _fonts(pixels: float) -> Iterator[Any]:
    from PIL import ImageFont

    yield ImageFont.load_default(pixels)
    for place in (_FREE, _beside_matplotlib()):
        try:
            if place is not None:
                yield ImageFont.truetype(str(place), pixels)
        except OSError:
            continue  # not among the system's fonts


@functools.cache
def _beside_matplotlib() -> Path | None:
    found = importlib.util.find_spec("matplotlib")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / _FREE if found and found.origin else None


def _has(font: Any, letter: str) -> bool:
    """Whether the font draws something else than its box for what it does not know."""
    if letter.isspace():
        return True
    drawn, unknown = font.getmask(letter), font.getmask("\uffff")
    return drawn.size != unknown.size or bytes(drawn) != bytes(unknown)


def _spelt(font: Any, letter: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    for spelling in (_SPELT.get(letter, ""), plain):
        if spelling and all(_has(font, c) for c in spelling):
            return spelling
    return "" if unicodedata.combining(letter) else "?"
