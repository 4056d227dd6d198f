"""Nearest neighbour over a forged store: it finds what is there, looks at nothing hidden, and keeps what is given."""

import numpy as np
import pytest

from lmm.baselines.pasting import BLEND, pasted
from lmm.baselines.retrieval import Retrieval
from lmm.tasks import Given
from motionverse import rotation, tomato
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.features.text import TextEncoder
from motionverse.stats import Stats
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge
from tests.lmm import forged_weights

TURNS = (0.0, 0.3, 0.6)
SAID = ("a person walks forward", "someone turns", "a man turns around")


def walk(k, seconds=5.0):
    return forge.walk(seconds=seconds, speed=0.7 + 0.3 * k, turn=TURNS[k])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place, stats = tmp_path_factory.mktemp("data") / "store", Stats()
    with Writer(place) as writer:
        for k, said in enumerate(SAID):
            stats.update(tomato.encode(walk(k))[0])
            writer.add(
                Clip(walk(k), f"forged/{k}", "forged", "cmu", f"p{k}", (Caption(said, start=1.0),), split="train")
            )
        writer.add(Clip(walk(0, 2.0), "other/0", "other", "cmu", "q", (Caption(SAID[0]),), split="train"))
        writer.add(Clip(walk(2), "forged/test", "forged", "cmu", "r", (Caption("hidden from it"),), split="test"))
        writer.close(stats)
    return Store(place)


@pytest.fixture
def words(monkeypatch):
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)


def window(k, start=1.53, seconds=2.0):
    frames = round(start * 30)
    return walk(k).frames_slice(frames, frames + round(seconds * 30) + 1).turned(0.8, (3.0, 0.0, -2.0))


@pytest.mark.parametrize(
    "forms",
    [{"prefix": {"seconds": 0.99}}, {"ends": {"seconds": 0.5}}, {"root_path": {}}, {"keyframes": {"at": [0, 1]}}],
)
def test_a_training_window_finds_itself_wherever_it_stands(store, forms):
    for k in range(3):
        (made,) = Retrieval(store).complete([window(k)], Given(forms))
        # the bank has ten windows a second: up to a twentieth of a second beside it
        away = np.linalg.norm(made.joints() - window(k).joints(), axis=-1)
        assert away.mean() < 0.06, k


@pytest.mark.parametrize(
    "forms",
    [{"prefix": {"seconds": 0.99}}, {"ends": {"seconds": 0.5}}, {"parts": {"names": ["root", "torso", "left_arm"]}}],
)
def test_given_values_stay_and_hidden_ones_are_not_looked_at(store, forms):
    motion, other, given = window(1), forge.motion(2.0 + 1 / 30, 30.0, seed=4), Given(forms)
    mask = given.mask(motion.times)[:, :52]
    spoilt = motion.with_(
        rotations=np.where(mask[..., None, None], motion.rotations, other.rotations),
        root=np.where(mask[:, :1], motion.root, other.root),
    )
    made, again = Retrieval(store).complete([motion, spoilt], given)
    assert np.array_equal(made.rotations, again.rotations) and np.array_equal(made.root, again.root)
    assert np.array_equal(made.rotations[mask], motion.rotations[mask])
    assert np.array_equal(made.root[mask[:, 0]], motion.root[mask[:, 0]])
    assert not np.allclose(made.rotations[~mask], motion.rotations[~mask])


def test_seams_are_blended_on_the_hidden_side():
    motion, found = forge.motion(2.0, 30.0, seed=1), forge.motion(2.0, 30.0, seed=2)
    given = np.repeat((np.arange(60) < 20)[:, None], 52, 1)
    made = pasted(motion, found, given)
    step = rotation.geodesic(made.rotations[20, 1:], made.rotations[19, 1:])
    cut = rotation.geodesic(found.rotations[20, 1:], motion.rotations[19, 1:])
    assert step.mean() < 0.3 * cut.mean()
    done = 20 + round(BLEND * 30)
    np.testing.assert_allclose(made.rotations[done:, 1:], found.rotations[done:, 1:], atol=1e-9)


def test_a_sentence_gets_a_clip_that_has_its_caption(store, words):
    found = Retrieval(store, ["forged"])
    made = found.batch([SAID[2], SAID[1]], [0, 0], 2.0)
    assert [len(motion) for motion in made] == [60, 60]
    for motion, k in zip(made, (2, 1), strict=True):
        real = walk(k).frames_slice(30, 90)  # from where the caption begins
        np.testing.assert_allclose(tomato.encode(motion)[0][5:-5], tomato.encode(real)[0][5:-5], atol=0.05)
    still = found.batch([SAID[0]], [0], 5.0)[0]
    assert len(still) == 150 and np.array_equal(still.rotations[120], still.rotations[149])
    several = Retrieval(store).batch([SAID[0]] * 8, range(8), 2.0)
    assert len({motion.root[:40].tobytes() for motion in several}) == 2


def test_what_it_is_made_of_and_what_it_cannot(store, words):
    found, other = Retrieval(store), Retrieval(store, ["other"])
    assert len(found) == 4 and len(other) == 1 and found.made_of != other.made_of
    with pytest.raises(MotionError, match="no training clip of 2.1 s"):
        other.complete([window(0)], Given({"prefix": {"seconds": 1.0}}))
    with pytest.raises(MotionError, match="pelvis"):
        found.complete([window(0)], Given({"parts": {"names": ["left_arm"]}}))
