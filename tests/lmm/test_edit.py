import numpy as np
import pytest

import lmm
from lmm import edit, remade
from lmm.remade import Options
from motionverse import formats, rotation
from motionverse.parts import part_cells
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.lmm.spoilt import acceleration


def walk(fps: float = 30.0, seconds: float = 4.0):
    return forge.walk(seconds, fps, turn=0.3).turned(1.0, (2.0, 0.4, -1.0))


def kept(made, motion, first=0):
    """(T,) bool: frames of `motion` that are in `made`, from its frame `first` on, bit for bit."""
    there = made.frames_slice(first, first + len(motion))
    return (there.rotations == motion.rotations).all((1, 2, 3)) & (there.root == motion.root).all(1)


@pytest.mark.parametrize("fps", [24.0, 50.0, 120.0])
def test_a_prediction_goes_on_from_the_bits_of_what_is_there(model, fps):
    motion = walk(fps, 2.0)
    made = edit.predict(model, motion, 1.0, Options("a person walks"))
    assert len(made) == len(motion) + fps and made.fps == fps and kept(made, motion).all()
    assert made.skeleton is motion.skeleton
    seam = made.frames_slice(len(motion) - 2, len(motion) + 2)
    new = made.frames_slice(len(motion) + 1, len(made))
    assert acceleration(seam) < 1.2 * max(acceleration(motion), acceleration(new))
    other = edit.predict(model, motion, 1.0, Options("a person walks", seed=1))
    assert np.abs(other.joints() - made.joints())[len(motion) :].max() > 1e-3


def test_gaps_alone_are_made_anew(model):
    motion = walk()
    made = edit.inbetween(model, motion, [(0.5, 1.0), (2.0, 3.1)])
    inside = ((motion.times > 0.501) & (motion.times < 0.999)) | ((motion.times > 2.001) & (motion.times < 3.099))
    assert np.array_equal(~kept(made, motion), inside)
    junk = motion.with_(root=motion.root + np.where(inside[:, None], 5.0, 0.0))
    assert np.allclose(edit.inbetween(model, junk, [(0.5, 1.0), (2.0, 3.1)]).root, made.root, atol=1e-9)


def test_parts_alone_are_made_anew_and_only_for_their_time(model):
    motion = walk()
    made = edit.edit(model, motion, ["left_arm", "head"], (1.0, 2.0), Options("a person waves"))
    changed = (made.rotations != motion.rotations).any((2, 3))
    cells = np.concatenate([part_cells("left_arm"), part_cells("head")])
    rows = (motion.times > 0.999) & (motion.times < 2.001)
    assert changed[np.ix_(rows, cells)].all() and changed.sum() == rows.sum() * len(cells)
    assert np.array_equal(made.root, motion.root)


def test_poses_within_a_span_are_passed_through(model):
    motion, other = walk(), forge.motion(0.1, 30.0, 2)
    pose = other.frames_slice(0, 1).with_(root=motion.root[45:46])
    made = edit.edit(model, motion, [], (1.0, 2.0), poses={1.5: pose})
    assert np.array_equal(made.rotations[45], pose.rotations[0]) and np.array_equal(made.root[45], pose.root[0])
    assert (~kept(made, motion)).sum() == 31
    with pytest.raises(lmm.MotionError, match="a pose at 2.5 s is not in the span"):
        edit.edit(model, motion, [], (1.0, 2.0), poses={2.5: pose})
    with pytest.raises(lmm.MotionError, match="name no parts"):
        edit.edit(model, motion, ["head"], (1.0, 2.0), poses={1.5: pose})


def test_what_hangs_on_a_part_keeps_its_own_turns(model):
    motion = walk()
    made = edit.edit(model, motion, ["torso"], (1.0, 2.0))
    arm = part_cells("left_arm")
    assert np.array_equal(made.rotations[:, arm], motion.rotations[:, arm])
    assert np.abs(made.joints()[:, arm] - motion.joints()[:, arm]).max() > 1e-3


def test_long_motions_are_edited_around_the_span_alone(model, monkeypatch):
    motion = walk(seconds=30.0)
    seen = []
    complete = model.complete
    monkeypatch.setattr(
        model, "complete", lambda motions, *rest: seen.append(len(motions[0])) or complete(motions, *rest)
    )
    made = edit.inbetween(model, motion, [(10.0, 11.0)])
    assert seen == [29 + 2 * 60] and kept(made, motion).sum() == len(motion) - 29


def test_gaps_far_apart_are_filled_one_by_one(model, monkeypatch):
    seen, complete = [], model.complete
    monkeypatch.setattr(
        model, "complete", lambda motions, *rest: seen.append(len(motions[0])) or complete(motions, *rest)
    )
    motion = walk(seconds=30.0)
    made = edit.inbetween(model, motion, [(3.0, 4.0), (5.0, 6.0), (25.0, 26.0)])
    assert seen == [89 + 2 * 60, 29 + 2 * 60] and (~kept(made, motion)).sum() == 3 * 29


def test_the_floor_is_that_of_the_motion_not_of_what_is_to_be_made(model, monkeypatch):
    seen, height = [], remade.canonical.floor_height
    monkeypatch.setattr(remade.canonical, "floor_height", lambda motion: seen.append(len(motion)) or height(motion))
    edit.predict(model, walk(), 10.0)
    assert seen == [60]  # the context alone


def test_more_than_a_training_window_is_predicted(model):
    model.published.recipe.curriculum.lengths = [30]
    made = edit.predict(model, walk(seconds=1.0), 5.0)
    steps = np.linalg.norm(np.diff(made.joints(), axis=0), axis=-1).max(-1)
    assert len(made) == 180 and steps.max() < 8 * np.median(steps)


def test_before_and_after(model):
    motion = walk()
    made = edit.extend(model, motion, 1.0, 0.5)
    assert len(made) == 30 + len(motion) + 15 and kept(made, motion, 30).all()


def test_two_motions_are_bridged_where_the_second_comes_in_time_or_stays(model):
    first, second = walk(seconds=1.0), forge.walk(1.0, 30.0)
    made = edit.bridge(model, first, second, 0.5)
    assert len(made) == 75 and kept(made, first).all()
    assert np.array_equal(made.rotations[45:, 1:], second.rotations[:, 1:])
    gone = np.linalg.norm(made.root[45, ::2] - first.root[-1, ::2])
    assert 0.4 < gone < 0.8  # half a second at 1.2 m/s
    stays = edit.bridge(model, first, second, 0.5, moved=False)
    assert kept(stays, second, 45).all()
    with pytest.raises(lmm.MotionError, match="30 fps, the second 60"):
        edit.bridge(model, first, forge.walk(1.0, 60.0), 0.5)


@pytest.mark.parametrize("closed", [False, True])
def test_a_loop_flows_into_its_first_frame(model, closed):
    motion = walk()
    cycle = edit.loop(model, motion, 1.0, closed=closed)
    assert len(cycle.motion) == len(motion) and kept(cycle.motion, motion).sum() == len(motion) - 30
    assert cycle.jump < 0.01 and cycle.kick < 3.0  # it flies back where it is closed
    twice = cycle.motion.join(cycle.motion.turned(cycle.turn, tuple(cycle.step.tolist())))
    assert acceleration(twice) < 1.5 * acceleration(cycle.motion) + 10
    assert (np.linalg.norm(cycle.step) < 1e-9) == closed


def test_another_skeleton_keeps_its_bits_and_its_names(model, tmp_path):
    """As a file of somebody else's: other names, other proportions, a prop."""
    named = {n: n.replace("left_", "Left").replace("right_", "Right") for n in WHOLE_BODY.names[:22]}
    skeleton = Skeleton(
        (*named.values(), "prop"),
        (*WHOLE_BODY.parents[:22], 21),
        np.concatenate([1.1 * WHOLE_BODY.offsets[:22], [[0.1, 0, 0]]]),
    )
    plain = walk()
    turns = np.concatenate([plain.rotations[:, :22], np.repeat(rotation.about("X", 0.3)[None, None], len(plain), 0)], 1)
    motion = plain.with_(rotations=turns, root=1.1 * plain.root, skeleton=skeleton)
    motion.save(tmp_path / "other.bvh")
    motion = formats.load(tmp_path / "other.bvh")
    made = edit.inbetween(model, motion, [(1.0, 2.0)])
    inside = (motion.times > 1.001) & (motion.times < 1.999)
    assert made.skeleton is motion.skeleton and np.array_equal(~kept(made, motion), inside)
    assert acceleration(made) < 3 * max(acceleration(motion), 60)
    armed = edit.edit(model, motion, ["left_arm"], (1.0, 2.0))
    changed = {motion.skeleton.names[j] for j in np.flatnonzero((armed.rotations != motion.rotations).any((0, 2, 3)))}
    assert changed == {"Leftcollar", "Leftshoulder", "Leftelbow", "Leftwrist"}


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda g, m: edit.predict(g, m.frames_slice(0, 1), 1.0), "at least 0.1 s"),
        (lambda g, m: edit.predict(g, m, 0.001), "less than a frame"),
        (lambda g, m: edit.predict(g, m, 61.0), "0 to 60"),
        (lambda g, m: edit.inbetween(g, m, [(1.0, 9.0)]), "outside the motion, which lasts 4.00 s"),
        (lambda g, m: edit.inbetween(g, m, [(2.0, 1.0)]), "ends before it begins"),
        (lambda g, m: edit.inbetween(g, m, [(0.0, 1.0)]), "predict or extend"),
        (lambda g, m: edit.inbetween(g, m, [(float("nan"), 1.0)]), "give two numbers"),
        (lambda g, m: edit.edit(g, m, ["left_am"]), "did you mean left_arm"),
        (lambda g, m: edit.edit(g, m, []), "would be left"),
        (lambda g, m: edit.loop(g, m, 3.0), "at most half"),
        (lambda g, m: edit.loop(g, m.frames_slice(0, 2).with_(fps=5.0), 0.2), "at most half"),
    ],
)
def test_what_cannot_be_done_is_one_line(model, ask, said):
    with pytest.raises(lmm.MotionError, match=said) as error:
        ask(model, walk())
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def nano():
    """The published weights, and somebody who walks."""
    generator = lmm.load("nano")
    return generator, generator.generate("a person walks forward", seconds=4, fps=30, seed=1)


def above_the_head(motion, side, start, stop):
    """[m] of the wrist over the head at its highest, from one instant to another."""
    joints, names = motion.joints()[round(start * motion.fps) : round(stop * motion.fps)], motion.skeleton.names
    return (joints[:, names.index(f"{side}_wrist"), 1] - joints[:, names.index("head"), 1]).max()


@pytest.mark.parametrize(
    ("parts", "text", "raised"),
    [
        (["right_arm"], "a person waves", ["right"]),
        (["left_arm"], "a person raises the left hand", ["left"]),
        (["left_arm", "right_arm"], "a person raises both hands", ["left", "right"]),
    ],
)
def test_arms_of_somebody_who_walks_do_as_they_are_told(nano, parts, text, raised):
    generator, walk = nano
    made = edit.edit(generator, walk, parts, (1.0, 3.0), Options(text))
    for side in ("left", "right"):
        assert above_the_head(walk, side, 0, 4) < -0.2
        high = above_the_head(made, side, 1.2, 2.8)
        assert high > 0.05 if side in raised else high < -0.2
    outside = np.r_[0:30, 91:120]
    assert np.array_equal(made.rotations[outside], walk.rotations[outside]) and np.array_equal(made.root, walk.root)
    legs = [j for j, name in enumerate(walk.skeleton.names) if name.endswith(("hip", "knee", "ankle", "foot"))]
    assert np.array_equal(made.rotations[:, legs], walk.rotations[:, legs])
    assert acceleration(made) < 4 * acceleration(walk)
