"""Statistics: streamed, merged and at once they agree; what is absent is never seen."""

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.parts import CELLS
from motionverse.stats import Stats
from motionverse.tomato import FEATURE_CELL, SLICES, WIDTH, encode, part_features
from tests import forge

BODY = np.arange(CELLS) < 22


def data(seed=0, frames=40):
    return np.random.default_rng(seed).normal(3, 2, (frames, WIDTH))


def test_streamed_merged_and_at_once_agree():
    pieces = [data(k, 10 + k) for k in range(5)]
    streamed, left, right = Stats(), Stats(), Stats()
    for k, piece in enumerate(pieces):
        streamed.update(piece)
        (left if k < 2 else right).update(piece)
    merged = right.merge(left)
    together = np.concatenate(pieces)
    for stats in (streamed, merged):
        np.testing.assert_allclose(stats.mean, together.mean(0))
        np.testing.assert_allclose(stats.std, together.std(0))
        assert (stats.count == len(together)).all()


def test_what_is_absent_is_never_seen():
    features = data()
    other = np.where(BODY[FEATURE_CELL], features, 1e6)
    a, b = Stats(), Stats()
    a.update(features, BODY)
    b.update(other, BODY)
    for name, array in a.to_arrays().items():
        np.testing.assert_array_equal(array, b.to_arrays()[name])
    np.testing.assert_array_equal(a.normalise(features, BODY), a.normalise(other, BODY))
    absent = ~BODY[FEATURE_CELL]
    assert not a.normalise(other, BODY)[:, absent].any()
    assert not a.denormalise(other, BODY)[:, absent].any()
    assert (a.scale[absent] == 1).all()
    assert (a.mean[absent] == 0).all()


def test_masks_may_be_of_a_window_a_batch_or_every_frame():
    features = data(frames=12).reshape(3, 4, WIDTH)
    stats = Stats()
    stats.update(features, np.stack([BODY, ~BODY, BODY]))
    assert (stats.count == np.where(BODY[FEATURE_CELL], 8, 4)).all()
    by_frame = np.broadcast_to(BODY, (3, 4, CELLS)) & (np.arange(4) < 2)[:, None]
    normal = stats.normalise(features, by_frame)
    assert normal[:, :2].any()
    assert not normal[:, 2:].any()
    with pytest.raises(MotionError, match="53"):
        stats.normalise(features, np.ones(52, bool))


def test_normalise_has_an_inverse():
    features = encode(forge.motion(2))[0]
    stats = Stats()
    stats.update(features)
    np.testing.assert_allclose(stats.denormalise(stats.normalise(features)), features, atol=1e-6)


def test_spread_is_shared_within_a_field_and_part_and_floored():
    motion = forge.motion(2)
    still = motion.with_(rotations=np.repeat(motion.rotations[:1], 60, 0), root=np.repeat(motion.root[:1], 60, 0))
    stats = Stats()
    stats.update(encode(motion)[0])
    arm = part_features("left_arm")
    arm = arm[(arm >= SLICES["velocities"].start) & (arm < SLICES["velocities"].stop)]
    assert len(set(stats.scale[arm])) == 1
    assert stats.scale[arm[0]] == pytest.approx(np.sqrt((stats.std[arm] ** 2).mean()))
    constant = Stats()
    constant.update(encode(still)[0])
    assert (constant.scale >= 0.01).all()


def test_arrays_and_back():
    stats = Stats()
    stats.update(data())
    back = Stats.from_arrays(stats.to_arrays())
    np.testing.assert_array_equal(back.scale, stats.scale)
    with pytest.raises(MotionError, match="squares"):
        Stats.from_arrays({**stats.to_arrays(), "squares": np.full(WIDTH, np.nan)})
