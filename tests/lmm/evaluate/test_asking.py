"""The text and the action task: halves, what is asked, and what every answer is measured by, in a forged space."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lmm.evaluate import asking, controls, halves
from lmm.evaluate.acting import Acting
from lmm.evaluate.board import Board, BoardConfig
from lmm.evaluate.rows import Who
from lmm.evaluate.speaking import Speaking
from motionverse.errors import MotionError
from motionverse.store import Store
from tests import forge
from tests.lmm.evaluate import forged_space


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(forged_space.write(tmp_path_factory.mktemp("data") / "store"))


@pytest.fixture(scope="module")
def text(store):
    return Speaking(store, forged_space.Space(), (), 30.0, 0, 40, 0)


@pytest.fixture(scope="module")
def action(store):
    return Acting(store, forged_space.Space(), (), 30.0, 0, 40)


def obedient(asked=None):
    """A model that walks at the pace it is told."""

    def generate(texts, seeds, seconds):
        if asked is not None:
            asked.extend(zip(texts, seeds, [seconds] * len(texts), strict=True))
        paces = [float(re.findall(r"\d+\.\d+", text)[0]) for text in texts]
        return [forge.walk(seconds, speed=pace) for pace in paces]

    return Who("mine", "model", "abc", generate=generate)


def test_halves_share_no_clip_and_are_alike_in_number_and_make_up(store, monkeypatch):
    def say(record, _rng):
        return f"{record.name}, the left one"

    clips = [int(i) for i in store.indices("test")]
    found = halves.halve(store, clips, say, 24, seed=0)
    assert len(found.asked) == len(found.held) == 24
    assert not {w.index for w in found.asked} & {w.index for w in found.held}
    makeup = [Counter(window.shows for window in half) for half in (found.asked, found.held)]
    assert makeup[0] == makeup[1] and len(makeup[0]) > 2
    pairs = zip(found.asked[::2], found.asked[1::2], strict=True)
    for plain, mirror in pairs:
        assert (plain.index, plain.start, plain.seconds) == (mirror.index, mirror.start, mirror.seconds)
        assert not plain.mirrored and mirror.mirrored and mirror.caption.endswith("the right one")
    assert found == halves.halve(store, clips, say, 24, seed=0) != halves.halve(store, clips, say, 24, seed=1)
    monkeypatch.setattr(halves, "ALIKE", 4)
    whole = halves.halve(store, clips, say, 1000, seed=0)
    assert set(Counter(window.shows for window in (*whole.asked, *whole.held)).values()) == {2 * 4}
    with pytest.raises(MotionError, match="3 test clips"):
        halves.halve(store, clips[:3], say, 24, seed=0)


def test_windows_are_as_long_as_asked_and_a_mirrored_one_is_its_clip_s_mirror_image(store):
    window = halves.halve(store, list(map(int, store.indices("test"))), lambda *_: "walk", 8, seed=0).asked[0]
    plain, mirror = halves.motions(store, [window, replace(window, mirrored=True)], 30.0)
    assert len(plain) == round(30 * window.seconds)
    np.testing.assert_allclose(mirror.mirror().joints(), plain.joints(), atol=1e-9)


def test_ground_truth_fits_its_captions_and_shuffled_captions_are_chance(text):
    truth, shuffled = (text.columns(Who(name, ""), 0) for name in ("ground truth", asking.SHUFFLED))
    assert truth["r@1"] > 0.95 and truth["mm_dist"] < 0.02 and "predicates" not in truth
    assert shuffled["r@1"] == pytest.approx(1 / 32, abs=0.02) and shuffled["mm_dist"] > 10 * truth["mm_dist"]
    floor = text.columns(Who(asking.FLOOR, ""), 0)
    assert 0 <= floor["fid"] < 0.05 and abs(truth["fid"]) < 0.05


def test_a_model_is_asked_for_every_window_once_and_for_some_again(text):
    asked = []
    found = text.columns(obedient(asked), 0)
    windows = text.asked(0).windows
    assert [(t, s) for t, _, s in sorted(asked, key=lambda one: one[1])][: len(windows)] == [
        (window.caption, window.seconds) for window in windows
    ]
    again = Counter(t for t, *_ in asked)
    assert len(asked) - len(windows) == asking.AGAIN * len(text.asked(0).groups) > 0 == found["multimodality"]
    assert max(again.values()) == 2 + asking.AGAIN  # a window, its mirror, and again
    text.columns(obedient(asked), 1)
    assert len({seed for _, seed, _ in asked}) == len(asked)
    assert found["r@1"] > 0.95 and found["lint"] == pytest.approx(
        np.mean([text.columns(Who("ground truth", ""), 0)["lint"]])
    )


def test_a_deaf_model_is_not_taken_for_one_that_hears(text):
    deaf = Who("deaf", "model", "", generate=lambda texts, _seeds, s: [forge.walk(s, speed=1.0) for _ in texts])
    found, truth = (text.columns(who, 0) for who in (deaf, Who("ground truth", "")))
    assert found["r@1"] < 0.1 < truth["r@1"] and found["fid"] > 10 * truth["fid"] and found["diversity"] < 0.01


def test_controls_stand_where_their_columns_are(text, store):
    names = [who.name for who in asking.rows([obedient(), Who("mute", "model")], controls.TEXT)]
    assert names == ["ground truth", "floor", asking.SHUFFLED, *controls.of(controls.TEXT), "mine"]
    frozen = text.columns(Who("frozen", "control"), 0)
    assert frozen["r@1"] < 0.2 and frozen["jitter_m_s2"] == 0


def test_actions_are_asked_for_plainly_and_seen_by_the_classifier(action):
    assert action.labels == ("run", "walk")  # nobody flies
    assert {window.caption for window in action.asked(0).windows} == {"a person runs forward", "a person walks forward"}
    truth, shuffled = (action.columns(Who(name, ""), 0) for name in ("ground truth", asking.SHUFFLED))
    assert truth["accuracy"] == truth["accuracy_of_labels"] == 1 and truth["multimodality"] > 0
    assert 0.3 < shuffled["accuracy"] < 0.7
    walks = Who("walks", "model", "", generate=lambda texts, _seeds, s: [forge.walk(s, speed=0.9) for _ in texts])
    found = action.columns(walks, 0)
    assert found["accuracy_of_labels"] == 0.5 and found["fid"] > 10 * truth["fid"] and "r@1" not in found


def test_too_few_unlike_captions_leave_a_column_empty(store):
    few = Speaking(store, forged_space.Space(), (), 30.0, 0, 8, 0).columns(Who("ground truth", ""), 0)
    assert np.isnan([few["r@1"], few["classic_r@1"]]).all() and few["mm_dist"] < 0.02


def test_a_cell_hangs_on_the_space_that_judged_it(store, tmp_path):
    config = BoardConfig(captions=8, prompts=0, actions=8, repetitions=1)
    boards = [Board(config, store, [], tmp_path, forged_space.Space(version)) for version in ("one", "two")]
    assert boards[0].tasks == ("text", "action") and [board.space_hash for board in boards] == ["one", "two"]
    cell = next(cell for cell in boards[0].wanted if cell.task == "action")
    boards[0].compute(cell)
    assert boards[0].known(cell) is not None and boards[1].known(cell) is None
