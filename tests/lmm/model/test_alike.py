"""Which captions say the same."""

import numpy as np

from lmm.model.alike import alike, gists, meanings, same, shown
from motionverse.store.layout import CaptionRecord, ClipRecord


def record(name, action, *texts, style=""):
    said = tuple(CaptionRecord(text) for text in texts)
    return ClipRecord(
        name, "forged", "cmu", name, "train", 30.0, 60, "s", (0,), captions=said, action=action, style=style
    )


def test_sides_and_numbers_tell_apart_what_the_encoder_does_not():
    near = np.array([[1.0, 0.0], [0.99, 0.141], [0.0, 1.0]])
    texts = ["raise the left hand", "raise the right hand", "walk"]
    assert (alike(texts, near) == np.eye(3, dtype=bool)).all()
    texts[1] = "lift the left hand"
    assert alike(texts, near)[0, 1] and not alike(texts, near)[0, 2]
    assert alike(["Walk", " walk "], np.eye(2)).all()  # the same words, whatever the encoder says


def test_a_caption_fits_every_clip_that_shows_the_same():
    clips = [record("a", "bow", "a person bows"), record("b", "bow", "lowering the head"), record("c", "run", "run")]
    known = meanings(clips)
    fits = same(["a person bows", "lowering the head", "run"], [shown(c) for c in clips], known, np.eye(3))
    assert fits[0, 1] and fits[1, 0] and not fits[0, 2]
    assert ("wave right hand", "") in meanings([record("d", "wave-left-hand", "x left")])["x right"]
    assert shown(record("e", "")) != shown(record("f", ""))  # clips without a label show something of their own


def test_gists_are_unit_vectors():
    rows = gists([np.ones((3, 4), np.float32), np.zeros((0, 4), np.float32)])
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0])
