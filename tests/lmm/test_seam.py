import numpy as np
import pytest

from lmm import seam
from tests import forge
from tests.lmm.spoilt import acceleration


@pytest.mark.parametrize("fps", [15.0, 30.0, 120.0])
def test_an_offset_is_taken_up_within_the_reach_whatever_the_frame_rate(fps):
    given = forge.motion(3.0, fps, 2)
    made = given.turned(0.5, (1.0, 0.2, 0.0))
    mask = np.zeros((len(given), 53), bool)
    mask[given.times < 1.0] = True
    out = seam.joined(made, given, mask)
    assert np.abs(out.root[:, ::2] - given.root[:, ::2]).max() < 2e-3  # a path that is elsewhere is brought whole
    off = out.root[:, 1] - made.root[:, 1]
    assert np.allclose(off[given.times < 1.0], -0.2, atol=1e-9) and abs(off[given.times > 2.0]).max() < 0.01
    assert abs(off[np.searchsorted(given.times, 1.3)]) < 0.1
    assert acceleration(out) < acceleration(given) + 15


def test_a_jump_at_the_seam_is_taken_out():
    given = forge.motion(3.0, 30.0, 3)
    mask = np.zeros((len(given), 53), bool)
    mask[given.times < 1.0] = True
    jumped = given.with_(root=given.root + np.where(mask[:, :1], 0.0, [0.0, 0.3, 0.0]))
    assert acceleration(jumped) > 200
    assert acceleration(seam.joined(jumped, given, mask)) < acceleration(given) + 20


def test_nothing_given_and_all_given():
    given, made = forge.motion(1.0, 30.0, 4), forge.motion(1.0, 30.0, 5)
    nothing = np.zeros((30, 52), bool)
    assert np.allclose(seam.joined(made, given, nothing).joints(), made.joints(), atol=1e-9)
    assert np.array_equal(seam.joined(made, given, ~nothing).rotations, given.rotations)


def test_between_two_given_places_the_path_is_let_in_evenly():
    given = forge.walk(3.0, 30.0)
    made = given.turned(0.0, (0.0, 0.0, 0.0)).with_(root=given.root * [1, 1, 0.5])
    mask = np.zeros((len(given), 52), bool)
    mask[[0, -1]] = True
    out = seam.joined(made, given, mask)
    assert np.abs(out.root - given.root).max() < 0.02
