"""Clip: what goes with the motion is cut with it."""

import numpy as np
import pytest

from motionverse.clip import Audio, Clip, Keypoints, Word
from motionverse.errors import MotionError
from tests import forge


def test_a_cut_takes_sound_words_and_keypoints_along():
    seen = Keypoints(np.arange(50 * 2 * 2).reshape(50, 2, 2), np.ones((50, 2)), ("nose", "left_eye"), 25.0)
    clip = Clip(
        forge.walk(2.0), "a", "folder", "unknown", "folder/a",
        audio=(Audio("speech", "a", start=0.5),), words=(Word("one", 0.1, 0.3), Word("two", 1.2, 1.4)), keypoints=(seen,),
    )  # fmt: skip
    part = clip.cut(30, 45)
    assert len(part.motion) == 15 and part.audio[0].start == pytest.approx(1.5)
    assert [(w.text, round(w.start, 6)) for w in part.words] == [("two", 0.2)]
    assert np.array_equal(part.keypoints[0].positions, seen.positions[25:38])


def test_keypoints_must_agree():
    with pytest.raises(MotionError, match="keypoints: positions"):
        Keypoints(np.zeros((5, 3, 2)), np.zeros((5, 3)), ("nose",), 25.0)
