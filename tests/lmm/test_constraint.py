import numpy as np
import pytest

from lmm import constraint, tasks
from lmm.train import curriculum
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.lmm.spoilt import acceleration, spoilt

FORMS = [form for form in curriculum.MASKS if form != "nothing"]


def case(seed):
    given = forge.motion(2.0, 30, seed, size=0.4) if seed % 2 else forge.walk(2.0, 30, turn=0.4)
    return given, spoilt(given, seed)


@pytest.mark.parametrize("form", FORMS)
def test_whatever_is_given_is_met_and_nothing_pops(form):
    """Seams accelerate no more than 1.7 times what the two motions do themselves; 8 times where each cell of each frame is
    given or not by chance, so that everything is a seam."""
    for seed in range(3):
        given, made = case(seed)
        mask = curriculum.mask(form, given.times, seed)
        mask[:, 22:] = False
        out = constraint.met(made, given, mask)
        held = mask[:, :52]
        assert np.array_equal(out.rotations[held], given.rotations[held])
        assert np.array_equal(out.root[held[:, 0]], given.root[held[:, 0]])
        if held.any():
            left = constraint.residual(out, given, mask)
            assert left.metres < 1e-3 and left.radians == 0
        usual = max(acceleration(given), acceleration(made))
        assert acceleration(out) < (8 if form == "cells" else 1.7) * usual


def test_what_is_not_given_is_not_looked_at_and_far_away_stays_as_made():
    given, made = case(0)
    other = forge.motion(2.0, 30, 5)
    mask = tasks.prefix(given.times, 0.5)
    held = mask[:, :1]
    spoiled = given.with_(
        rotations=np.where(held[..., None, None], given.rotations, other.rotations),
        root=np.where(held, given.root, other.root),
    )
    out = constraint.met(made, given, mask)
    assert np.array_equal(out.rotations, constraint.met(made, spoiled, mask).rotations)
    assert np.abs(out.rotations[-15:, 1:] - made.rotations[-15:, 1:]).max() < 2e-2
    steps, own = (np.linalg.norm(np.diff(motion.root[-15:, ::2], axis=0), axis=-1) for motion in (out, made))
    assert np.abs(steps - own).max() < 1e-3  # after the last given frame the path goes on as it was made


def test_a_wrist_alone_is_brought_where_it_was_by_its_arm():
    given, made = case(1)
    mask = tasks.joints(given.times, ("pelvis", "left_wrist"))
    mask[: len(mask) // 2] = False
    wrist = WHOLE_BODY.index("left_wrist")
    before = np.linalg.norm(made.joints() - given.joints(), axis=-1)[-1, wrist]
    out = constraint.met(made, given, mask)
    apart = np.linalg.norm(out.joints() - given.joints(), axis=-1)[len(mask) // 2 :, wrist]
    assert before > 0.5 and apart.max() < 1e-4
    right = [j for j, name in enumerate(WHOLE_BODY.names) if name.startswith("right_") and j < 22]
    assert (
        np.abs(out.rotations[:, right] - made.rotations[:, right]).max() < 1e-9
    )  # what does not carry it is left alone


def test_the_residual_says_what_is_missed():
    given, made = case(0)
    mask = tasks.parts(given.times, ("root", "left_leg"))
    left = constraint.residual(made, given, mask)
    assert left.metres > 1 and left.radians > 0.1
    assert np.isnan(constraint.residual(made, given, tasks.nothing(given.times)).metres)
