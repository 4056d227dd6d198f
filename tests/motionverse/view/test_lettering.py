"""Titles in any language: letters that a font lacks are found in another, or spelt."""

import numpy as np
import pytest

pytest.importorskip("PIL")
from PIL import ImageFont

from motionverse.view import lettering, video

GERMAN = "Größe: ein Mann läuft über die Straße"


@pytest.fixture
def bare(monkeypatch):
    """No font but Pillow's own."""
    monkeypatch.setattr(lettering, "_fonts", lambda pixels: iter([ImageFont.load_default(pixels)]))


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
    assert lettering.lettered("café ñ ł — e\u0301 走", 20)[0] == "cafe n l - e ?"


def test_a_title_with_umlauts_leaves_no_boxes_on_the_picture(bare):
    spelt, plain = (
        video._caption(title, (320, 320)) for title in (GERMAN, "Groesse: ein Mann laeuft ueber die Strasse")
    )
    assert spelt is not None and plain is not None and np.array_equal(spelt[1], plain[1])
