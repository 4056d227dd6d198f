import numpy as np
import pytest

import lmm
from lmm.completion import Asked
from lmm.tasks import Given
from tests import forge

PREFIX = Given({"prefix": {"seconds": 0.99}})
ENDS = Given({"ends": {"seconds": 0.99}})


def walk(seed: float = 0.0):
    return forge.walk(seconds=91 / 30, turn=0.4 + seed).turned(1.0, (2.0, 0.0, -1.0))


@pytest.mark.parametrize("given", [PREFIX, ENDS], ids=["prefix", "ends"])
def test_what_is_given_comes_out_where_it_was(model, given):
    motion = walk()
    (made,) = model.complete([motion], given)
    held = given.mask(motion.times).any(1)
    assert (len(made), made.fps) == (91, 30) and not held.all()
    apart = np.linalg.norm(made.joints() - motion.joints(), axis=-1)[:, :22]
    assert apart[held].mean() < 0.01 and apart[~held].max() > 0.05


def test_nothing_hidden_is_looked_at(model):
    motion, other = walk(), walk(0.5)
    held = ENDS.mask(motion.times).any(1)
    spoilt = motion.with_(
        rotations=np.where(held[:, None, None, None], motion.rotations, other.rotations),
        root=np.where(held[:, None], motion.root, other.root),
    )
    first, second = model.complete([motion], ENDS), model.complete([spoilt], ENDS)
    assert np.array_equal(first[0].joints(), second[0].joints())


def test_seeds_sentences_and_batches(model):
    motions = [walk(), walk(0.2)]
    both = model.complete(motions, PREFIX, seeds=[5, 6])
    (alone,) = model.complete(motions[1:], PREFIX, seeds=[6])
    assert np.abs(both[1].joints() - alone.joints()).max() < 1e-3
    (told,) = model.complete(motions[1:], PREFIX, ["a person bows"], seeds=[6])
    assert np.abs(told.joints() - alone.joints()).max() > 1e-6


def test_what_cannot_be_completed_is_one_line():
    cells = np.ones(53, bool)
    for motions in ((), (walk(), walk().frames_slice(0, 5))):
        with pytest.raises(lmm.MotionError, match="one length"):
            Asked(motions, PREFIX, 15.0, cells)
