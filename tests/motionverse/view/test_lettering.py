"""Titles in any language: letters that a font lacks are found in another, or spelt."""

import subprocess

import numpy as np
import pytest

pytest.importorskip("PIL")
from PIL import ImageFont

from motionverse.errors import MotionWarning
from motionverse.view import lettering, video

GERMAN = "Größe: ein Mann läuft über die Straße"


@pytest.fixture
def bare(monkeypatch):
    """No font but Pillow's own."""
    monkeypatch.setattr(lettering, "_fonts", lambda pixels, text: iter([ImageFont.load_default(pixels)]))


def test_plain_words_are_in_pillow_s_own_font():
    assert lettering.lettered("a person walks", 20)[1].getname() == ImageFont.load_default(20).getname()


def test_umlauts_are_drawn_where_a_free_font_is_there():
    pytest.importorskip("matplotlib")
    text, font = lettering.lettered(GERMAN + " Жук π", 20)
    assert text == GERMAN + " Жук π" and font.getname()[0] == "DejaVu Sans"
    masks = [bytes(font.getmask(letter)) for letter in "äöüß"]
    assert len({*masks, bytes(font.getmask(chr(0xFFFF)))}) == 5


def test_umlauts_are_spelt_where_no_font_has_them(bare):
    assert lettering.lettered(GERMAN, 20)[0] == "Groesse: ein Mann laeuft ueber die Strasse"
    assert lettering.lettered("café ñ ł — e\u0301?", 20)[0] == "cafe n l - e?"
    with pytest.warns(MotionWarning, match="drawn as '\\?'; install"):
        assert lettering.lettered("café 走", 20)[0] == "cafe ?"


def test_letters_of_other_scripts_are_in_a_font_of_the_system(monkeypatch, tmp_path):
    """fontconfig is asked for the letters, and the font that it names is taken."""
    title = "人が走る, slowly"
    font = forged_font(tmp_path / "han.ttf", title)
    asked = []

    def listed(command, **options):
        asked.append(command[-1])
        return subprocess.CompletedProcess(command, 0, f"{font}\t0\n", "")

    monkeypatch.setattr(lettering.shutil, "which", lambda name: name)
    monkeypatch.setattr(lettering.subprocess, "run", listed)
    text, found = lettering.lettered(title, 20)
    assert text == title and found.path == str(font)
    assert asked == [":charset=304c 308b 4eba 8d70"]


def forged_font(path, letters):
    """A font in which every letter is a box of its own width."""
    builder = pytest.importorskip("fontTools.fontBuilder").FontBuilder(1000)
    names = {ord(letter): f"u{ord(letter):x}" for letter in sorted(set(letters))}
    order = [".notdef", *names.values()]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    pens = {}
    for k, name in enumerate(order):
        pen = pytest.importorskip("fontTools.pens.ttGlyphPen").TTGlyphPen(None)
        pen.moveTo((0, 0))
        for corner in ((0, 700), (300 + 20 * k, 700), (300 + 20 * k, 0)):
            pen.lineTo(corner)
        pen.closePath()
        pens[name] = pen.glyph()
    builder.setupGlyf(pens)
    builder.setupHorizontalMetrics({name: (600 + 20 * k, 0) for k, name in enumerate(order)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def test_a_title_with_umlauts_leaves_no_boxes_on_the_picture(bare):
    spelt, plain = (
        video._caption(title, (320, 320)) for title in (GERMAN, "Groesse: ein Mann laeuft ueber die Strasse")
    )
    assert spelt is not None and plain is not None and np.array_equal(spelt[1], plain[1])
