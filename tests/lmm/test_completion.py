import numpy as np
import pytest

import lmm
from lmm import constraint
from lmm.completion import Asked, given_features
from lmm.tasks import Given
from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.tomato import SLICES
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
    assert apart[held].max() < 1e-9 and apart[~held].max() > 0.05
    assert np.array_equal(made.rotations[held], motion.rotations[held]) and np.array_equal(
        made.root[held], motion.root[held]
    )


def test_a_keyframe_between_the_models_frames_is_met_and_shown_in_flow(model):
    motion, given = walk(), Given({"keyframes": {"at": [0.0, 0.5, 1.1, 1.7, 2.3, 3.0]}})
    asked = Asked((motion,), given, 15.0, model.cells)
    pieces = asked.pieces(motion)
    rows = np.unique(np.concatenate([piece.rows for piece in pieces]))
    assert rows.tolist() == [0, 8, 16, 26, 34, 45]
    features, mask = given_features(asked, slice(None), model.published.stats)
    plain = model.published.stats.denormalise(features, asked.cells)[0]
    speed = np.linalg.norm(plain[rows[1:-1], SLICES["planar_velocity"]], axis=-1)
    assert mask[0].any(1).sum() == 6 and np.allclose(speed, 1.2, atol=0.2)  # the walk's
    (made,) = model.complete([motion], given)
    held = given.mask(motion.times).any(1)
    assert np.linalg.norm(made.joints() - motion.joints(), axis=-1)[held].max() < 1e-9


def test_a_joint_given_alone_is_where_it_was_seen_from_the_pelvis(model):
    motion = walk()
    (made,) = model.complete([motion], Given({"joints": {"names": ["left_wrist", "right_foot"]}}))
    mask = Given({"joints": {"names": ["left_wrist", "right_foot"]}}).mask(motion.times)
    assert constraint.residual(made, motion, mask).metres < 1e-3


def test_hands_and_a_face_that_the_model_does_not_make_are_kept_and_bridged(model):
    motion = forge.motion(3.0, 30.0, 3)
    motion = motion.with_(face=forge.smooth(np.random.default_rng(0), motion.times, 50, 0.3))
    held = ENDS.mask(motion.times).any(1)
    (made,) = model.complete([motion], ENDS)
    finger = 30
    assert not model.cells[finger] and np.array_equal(made.rotations[held], motion.rotations[held])
    assert made.face is not None and np.array_equal(made.face[held], motion.face[held])
    turns = rotation.geodesic(made.rotations[1:, finger], made.rotations[:-1, finger])
    assert turns.max() < 0.2  # no jump to the rest pose


def test_one_hand_hidden_is_not_seen_by_way_of_the_other(model):
    given, plain = Given({"region": {"names": ["left_hand"], "start": 1.0, "end": 2.0}}), forge.motion(3.0, 30.0, 3)
    hidden = np.flatnonzero(~given.mask(plain.times)[45])
    other = plain.rotations.copy()
    other[31:59, hidden[0]] = other[31:59, hidden[0]] @ rotation.about("X", 1.0)
    made, again = (model.complete([m], given)[0] for m in (plain, plain.with_(rotations=other)))
    assert not model.cells[hidden].any() and np.array_equal(made.rotations, again.rotations)


def test_variation_says_how_far_seeds_lead_apart(model):
    def apart(**asked):
        pair = [model.complete([walk()], PREFIX, seeds=[seed], **asked)[0].joints() for seed in (1, 2)]
        return float(np.linalg.norm(pair[0] - pair[1], axis=-1).mean())

    none, half, whole = (apart(variation=share) for share in (0.0, 0.5, 1.0))
    assert none == 0 and 0.001 < half < whole and apart() == half
    with pytest.raises(MotionError, match="variation: nan"):
        apart(variation=float("nan"))


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


@pytest.mark.parametrize("more", [{"texts": ["a person bows"]}, {"seeds": [3]}])
def test_what_is_not_there_for_each_motion_is_one_line(model, more):
    with pytest.raises(MotionError, match="complete: 1 (texts|seeds) for 2 motions"):
        model.complete([walk(), walk(0.2)], PREFIX, **more)
