"""The motion-text space: any rate, any parts, any company in the batch; files that do not fit are named."""

import json

import numpy as np
import pytest
import torch

from lmm import config, weights
from lmm.model.embedder import Embedder, EmbedderConfig, MotionText, _binned
from motionverse import tomato
from motionverse.errors import MotionError
from motionverse.stats import Stats
from tests import forge
from tests.lmm import forged_weights

SMALL = EmbedderConfig(width=32, layers=1, space=16, actions=["walk", "wave left hand"])


class Words:
    tokens = forged_weights.tokens


@pytest.fixture(scope="module")
def stats():
    made = Stats()
    for k in range(2):
        made.update(tomato.encode(forge.walk(seconds=4, fps=15, turn=0.3 * k))[0], np.arange(53) < 22)
    return made


@pytest.fixture(scope="module")
def space(stats):
    torch.manual_seed(0)
    return Embedder(MotionText(SMALL), SMALL, stats, Words(), "0")


def test_vectors_have_length_one_and_do_not_depend_on_their_company(space):
    motions = [forge.walk(3.0), forge.walk(1.0, fps=12), forge.motion(2.0, 20, seed=3), forge.walk(19.0, turn=0.1)]
    together, alone = space.motions(motions), np.concatenate([space.motions([m]) for m in motions])
    assert together.shape == (4, 16) and np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together, alone, atol=1e-4)
    said = space.texts(["a person walks", "run"])
    assert np.allclose(said[:1], space.texts(["a person walks"]), atol=1e-5) and not np.allclose(*said)
    chances = space.actions(motions)
    assert chances.shape == (4, 2) and np.allclose(chances.sum(1), 1, atol=1e-5)
    assert space.motions([]).shape == (0, 16) and space.texts([]).shape == (0, 16)
    with pytest.raises(MotionError, match="no words"):
        space.texts([" "])


def test_the_frame_rate_moves_a_motion_less_than_another_motion_does(space):
    slow, fast, fastest = space.motions([forge.walk(4.0, fps=fps) for fps in (15, 30, 60)])
    other = space.motions([forge.motion(4.0, 30, seed=1)])[0]
    assert slow @ fast > 0.99 and slow @ fastest > 0.99 and slow @ other < slow @ fast - 0.01


def test_what_is_absent_does_not_count(space):
    body = np.arange(52) < 22
    plain = forge.motion(2.0, 20, seed=5)
    twisted = plain.with_(rotations=np.concatenate([plain.rotations[:, :22], plain.rotations[::-1, 22:]], 1))
    assert not np.allclose(*space.motions([plain, twisted]), atol=1e-4)
    assert np.allclose(*space.motions([m.with_(observed=body) for m in (plain, twisted)]), atol=1e-5)


def test_bins_are_means_over_an_eighth_of_a_second():
    times = torch.tensor([[0.0, 0.05, 0.1, 0.3], [0.0, 0.2, 0.0, 0.0]])
    frames = torch.tensor([[True] * 4, [True, True, False, False]])
    means, there, at = _binned(torch.arange(8.0).view(2, 4, 1), frames, times, 0.125)
    assert there.tolist() == [[True, False, True], [True, True, False]]
    assert torch.allclose(means[0, [0, 2], 0], torch.tensor([1.0, 3.0])) and means[1, :2, 0].tolist() == [4.0, 5.0]
    assert torch.allclose(at[0, [0, 2]], torch.tensor([0.05, 0.3]))


def test_published_files_are_checked(stats, space, tmp_path, monkeypatch):
    monkeypatch.setenv("LMM_ASSETS", str(tmp_path))
    place = tmp_path / "weights" / weights.EMBEDDER
    place.mkdir(parents=True)
    facts = weights.Facts("all-MiniLM-L6-v2", ("any",), 1, 0, 1.0, format=weights.EMBEDDER_FORMAT)
    weights.write(place / weights.WEIGHTS, space.model.state_dict(), stats, facts)
    config.save(SMALL, place / weights.CONFIG)
    (place / weights.LICENCES).write_text(json.dumps([]), encoding="utf-8")
    weights.seal(place)
    again = Embedder.load(tokens=Words())
    assert again.version == weights.file_hash(place / weights.WEIGHTS) and again.action_names == (
        "walk",
        "wave left hand",
    )
    assert np.allclose(again.motions([forge.walk(2.0)]), space.motions([forge.walk(2.0)]), atol=1e-2)
    assert weights.names() == ()  # nothing to generate with
    with pytest.raises(MotionError, match="not weights of ours"):
        weights.read(place / weights.WEIGHTS)
    config.save(EmbedderConfig(width=64, actions=["walk"]), place / weights.CONFIG)
    with pytest.raises(MotionError, match="differs from its hash"):
        Embedder.load(tokens=Words())
    weights.seal(place)
    with pytest.raises(MotionError, match="disagree"):
        Embedder.load(tokens=Words())
