"""Motion told by keypoints, and by several streams: is each heard? On a forged store and forged models."""

import numpy as np
import pytest

from lmm.baselines.seen import Seen
from lmm.evaluate import mixing, rows, standings
from lmm.evaluate.board import Board, BoardConfig, gathered
from lmm.evaluate.metrics import pose_error
from lmm.evaluate.mixing import MixConfig
from lmm.evaluate.rows import Who
from lmm.evaluate.wishes import Wish
from lmm.tasks import Given
from motionverse import rotation
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.stats import Stats
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge
from tests.lmm import forged_weights

STATED = BoardConfig(
    captions=0, actions=0, windows=4, repetitions=2,
    mixes={
        "motion imitation": MixConfig(["keypoints"], seconds=2.0),
        "multi-modal generation": MixConfig(["text"], {"root_path": {}}, 2.0),
    },
)  # fmt: skip


class Space:
    """Motions and words lie somewhere, by their way and their letters."""

    version, action_names = "forged", ()

    def motions(self, motions):
        return np.array([np.ptp(motion.root, 0) for motion in motions])

    def texts(self, texts):
        return np.array([[len(text), text.count("a"), 1.0] for text in texts], float)

    gists = texts

    def actions(self, motions):
        raise AssertionError("no action is asked for")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place, stats = tmp_path_factory.mktemp("mixed") / "store", Stats()
    with Writer(place) as writer:
        for k in range(12):
            motion = forge.walk(seconds=4.0, speed=0.5 + 0.2 * (k % 6), turn=0.3 * (k % 6))
            told = {"captions": (Caption(f"a person walks {'very ' * (k % 6)}far"),), "action": f"walk-{k % 6}"}
            split = "test" if k < 6 else "train"
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", f"p{k}", split=split, **told))
        writer.close(stats)
    return Store(place)


def told(store, cache, models=()):
    cache.mkdir(exist_ok=True)
    board = Board(STATED, store, models, cache, Space())
    for cell in board.wanted:
        board.compute(cell)
    return standings.report(board, gathered(board, {cell: board.known(cell) or {} for cell in board.wanted}))


def test_a_model_that_sees_is_ahead_of_itself_shown_anothers(store, tmp_path):
    """The forged model knows every motion by its track; shown none it stands still."""
    known: dict[tuple[float, ...], object] = {}
    still = forge.walk(seconds=2.0, speed=0.0).resample(30.0).frames_slice(0, 60)

    def ask(wishes, seeds):
        return [known.get(tuple(wish.tracks["keypoints"].values[0, :9])) if wish.tracks else still for wish in wishes]

    seer = Who("seer", "model", "abc", ask=ask, streams=("keypoints",))
    room = mixing.Mixing(store, None, STATED.mixes["motion imitation"], (4, 30.0), 0, tmp_path)
    for repetition in range(2):
        for wish in room.drawn(repetition).wishes:
            known[tuple(wish.tracks["keypoints"].values[0, :9])] = wish.motion
    report = told(store, tmp_path, [seer])
    found = {row["name"]: row["columns"] for row in report["tasks"]["motion imitation"]}
    assert list(found) == [
        "ground truth",
        "another's",
        "mean pose",
        "retrieval",
        "seer",
        "seer, another's",
        "seer, nothing told",
    ]
    assert found["ground truth"]["mpjpe_mm"]["mean"] == found["seer"]["mpjpe_mm"]["mean"] == 0
    assert found["retrieval"]["pa_mpjpe_mm"]["mean"] < found["another's"]["pa_mpjpe_mm"]["mean"]
    assert found["seer, another's"]["path_cm"]["mean"] > 1 and found["seer, nothing told"]["mpjpe_mm"]["mean"] > 10
    held = {row["check"]: row["holds"] for row in report["checks"]}
    assert held["seer ahead of seer, another's"]
    assert "seer" not in [row["name"] for row in report["tasks"]["multi-modal generation"]]
    assert list(report["tasks"]) == ["motion imitation", "multi-modal generation"]


def test_a_published_model_is_asked_with_each_ingredient_alone(store, tmp_path):
    place = forged_weights.write(tmp_path / "tiny", timed=forged_weights.TIMED)
    mix = MixConfig(["text", "keypoints"], {"prefix": {"seconds": 0.5}}, 2.0)
    names = [who.name for who in mixing.rows_of(mix, rows.models(place)) if who.made_of]
    assert names == [
        "tiny",
        "tiny, another's",
        *(f"tiny, {one} alone" for one in mix.ingredients),
        "tiny, nothing told",
    ]
    assert mixing.against(mix)[", text alone"] == ("mpjpe_mm", "given_mm")
    report = told(store, tmp_path / "cache", rows.models(place))
    assert report == told(store, tmp_path / "other", rows.models(place))
    found = {row["name"]: row["columns"] for row in report["tasks"]["multi-modal generation"]}
    assert found["tiny"]["given_mm"]["mean"] < 1 < found["tiny, text alone"]["given_mm"]["mean"]
    checked = {(row["check"], row["column"]) for row in report["checks"]}
    assert ("tiny ahead of tiny, text alone", "given_mm") in checked


def test_what_is_told_is_what_is_named():
    motion = forge.walk(seconds=1.0)
    track = mixing.pictured(motion, True, np.random.default_rng(0))
    wish = Wish(motion, "a person walks", {"keypoints": track}, Given({"root_path": {}}))
    assert mixing.told(wish, ("keypoints",)).text == "" and not mixing.told(wish, ("text",)).tracks
    assert not mixing.told(wish, ("text",)).given.forms and mixing.told(wish, ("given",)).given.forms
    with pytest.raises(MotionError, match="music or speech, not both"):
        mixing.check("x", MixConfig(["music", "speech"]))
    with pytest.raises(MotionError, match="'video' is unknown"):
        mixing.check("x", MixConfig(["video"]))


def test_errors_of_poses_see_what_they_should():
    rng = np.random.default_rng(0)
    real = np.cumsum(rng.normal(size=(9, 22, 3)), 0)
    turn = rotation.about("Y", 0.7)
    moved = real @ turn.T + [3.0, 0.0, -1.0]
    assert pose_error.path_error(moved, real) < 1e-9 < 100 < pose_error.mpjpe(moved, real)
    assert pose_error.pa_mpjpe(1.7 * moved, real) < 1e-6 and pose_error.pa_mpjpe(moved * [-1, 1, 1], real) > 100
    assert pose_error.mpjpe(real + [1.0, 2.0, 3.0], real) < 1e-9
    apart = real + np.linspace(0, 1, 9)[:, None, None] ** 2 * [[0.0, 1.0, 0.0]]
    assert pose_error.acceleration_error(apart, real, 8.0) == pytest.approx(2.0)  # y = t^2 over a second
    bend = real.copy()
    bend[:, 5] += [0.0, 0.1, 0.0]
    assert pose_error.mpjpe(bend, real) == pytest.approx(100 / 21)


def test_the_window_that_looks_alike_is_found_from_any_side_though_points_are_lost(store):
    seen, rng = Seen(store, (), 2.0), np.random.default_rng(3)
    train = [int(i) for i in store.indices("train")]
    asked = [store.window(i, 1.0, 2.1).resample(30.0).frames_slice(0, 60) for i in train]
    found = seen.nearest([mixing.pictured(motion, False, rng) for motion in asked], 30.0)
    apart = np.array([[pose_error.pa_mpjpe(a.joints()[:, :22], b.joints()[:, :22]) for b in asked] for a in found])
    assert np.diag(apart).mean() < apart.mean()
    lost = mixing.pictured(asked[0], False, rng)
    lost.values[:, 2:9:3] = 0
    assert len(seen.nearest([lost], 30.0)[0]) == 60
