"""Letters on pictures: a font that has them, or else the nearest letters that a font has. Nothing is installed or fetched.

Pillow's own font knows little beyond ASCII. DejaVu Sans (free) knows Latin, Greek, Cyrillic and more; it is looked for among the
system's fonts and beside matplotlib, which ships it and is not imported for it. For all else (Chinese, Japanese, Korean, Hindi ...)
the system is asked: fontconfig, where it is there, and by the names of the fonts that come with systems.
"""

import functools
import importlib.util
import shutil
import subprocess
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from motionverse.errors import MotionWarning

_SMALLEST = 8.0  # pixels
_FREE = "DejaVuSans.ttf"
_SYSTEMS = (  # of many scripts: Linux, macOS, Windows
    "NotoSansCJK-Regular.ttc", "NotoSansCJK-VF.otf.ttc", "DroidSansFallbackFull.ttf", "wqy-microhei.ttc", "Arial Unicode.ttf",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "Nirmala.ttf",
)  # fmt: skip
_SPELT = {
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "ð": "d", "ı": "i", "–": "-", "—": "-", "‘": "'",
    "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "…": "...", "×": "x", "°": " degrees",
}  # fmt: skip


def lettered(text: str, pixels: float) -> tuple[str, Any]:
    """The text as it can be written, and the font (PIL) for it: the first that has every letter, else the one that lacks
    fewest, and letters that it lacks are spelt with those it has (ü as ue, é as e, ? where there is nothing near, and a
    MotionWarning)."""
    least: tuple[int, Any] | None = None
    for font in _fonts(max(float(pixels), _SMALLEST), text):
        lacking = len({letter for letter in text if not _has(font, letter)})
        if not lacking:
            return text, font
        if least is None or lacking < least[0]:
            least = lacking, font
    assert least is not None  # Pillow's own font is always there
    font = least[1]
    written = {letter: letter if _has(font, letter) else _spelt(font, letter) for letter in text}
    if any(spelling == "?" != letter for letter, spelling in written.items()):
        fix = "install one that has them, such as Noto Sans CJK"
        warnings.warn(
            MotionWarning(f"title: no font here has some of its letters, which are drawn as '?'; {fix}"), stacklevel=2
        )
    return "".join(written[letter] for letter in text), font


def _fonts(pixels: float, text: str) -> Iterator[Any]:
    """Fonts of a size, the plainest first; those of the system that are said to have the text's letters last."""
    from PIL import ImageFont

    yield ImageFont.load_default(pixels)
    places = ((str(place), 0) for place in (_FREE, _beside_matplotlib()) if place is not None)
    for place, index in (*places, *_of_the_system(text), *((name, 0) for name in _SYSTEMS)):
        try:
            yield ImageFont.truetype(place, pixels, index)
        except OSError:
            continue  # not among the system's fonts


def _of_the_system(text: str) -> list[tuple[str, int]]:
    """(file, number in it) of the fonts that fontconfig knows to have all letters of a text, or else its last one."""
    rare = sorted({ord(letter) for letter in text if ord(letter) > 0x52F})  # beyond Latin, Greek and Cyrillic
    if not rare or shutil.which("fc-list") is None:
        return []
    for wanted in (rare, rare[-1:]):
        pattern = ":charset=" + " ".join(f"{code:x}" for code in wanted)
        asked = ["fc-list", "--format", "%{file}\t%{index}\n", pattern]
        try:
            told = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            return []
        found = [(file, int(index) & 0xFFFF) for file, _, index in (row.partition("\t") for row in told.splitlines())]
        if found:
            return sorted(found, key=lambda font: ("regular" not in font[0].lower(), font))[:4]
    return []


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
