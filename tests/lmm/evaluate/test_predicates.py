"""Predicates must hold on forged motions that do the thing, and fail on ones that do not: a judge that cannot say no is none."""

import numpy as np
import pytest

from lmm.evaluate import geometry as geo
from lmm.evaluate import prompts
from lmm.evaluate.novelty import Nearest, windows
from lmm.evaluate.predicates import BY_NAME, CONTRASTS, PREDICATES
from motionverse import rotation, tomato
from motionverse.clip import Caption, Clip
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge


def still(seconds: float = 2.0, fps: float = 30.0) -> Motion:
    return forge.walk(seconds, fps, speed=0.0).with_(
        rotations=forge.walk(seconds, fps).rotations[:1].repeat(round(seconds * fps), 0)
    )


def swinging_arm(side: str, height: float = 1.0) -> Motion:
    motion = still(3)
    rotations = motion.rotations.copy()
    sign = 1 if side == "left" else -1
    rotations[:, WHOLE_BODY.index(f"{side}_shoulder")] = rotation.about("Z", np.full(len(motion), sign * height))
    swing = 0.5 * np.sin(2 * np.pi * 1.5 * motion.times)
    rotations[:, WHOLE_BODY.index(f"{side}_elbow")] = rotation.about("Z", swing + sign * 0.3)
    return motion.with_(rotations=rotations)


def test_a_walk_walks_whichever_way_it_faces_and_at_any_rate():
    for fps in (24, 60):
        for angle in (0.0, 2.0):
            assert BY_NAME["walk"].holds(forge.walk(3, fps).turned(angle))


def test_gliding_does_not_count_as_walking():
    walk = forge.walk(3)
    statue = walk.with_(rotations=walk.rotations[:1].repeat(len(walk), 0))
    assert geo.forward(geo.Geometry.of(statue)) > 1
    assert not BY_NAME["walk"].holds(statue)


def test_backwards_and_sideways_are_against_the_facing():
    back = forge.walk(3, speed=-1.2)
    assert BY_NAME["walk_back"].holds(back)
    assert not BY_NAME["walk"].holds(back)
    aside = back.with_(root=back.root[:, [2, 1, 0]] * [-1, 1, 1])
    assert BY_NAME["walk_left"].holds(aside)
    assert BY_NAME["walk_right"].holds(aside.mirror())
    assert not BY_NAME["walk_right"].holds(aside)


def test_turning_left_is_left():
    left = forge.walk(2, turn=0.8)
    end = left.joints()[-1, 0]
    assert end[0] > 0  # facing +Z, the left is +X
    assert BY_NAME["turn_left"].holds(left)
    assert not BY_NAME["turn_right"].holds(left)
    assert BY_NAME["turn_right"].holds(left.mirror())


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_raised_hand_is_that_hand(side):
    other = {"left": "right", "right": "left"}[side]
    motion = forge.walk(2, speed=0, raise_hand=side)
    assert BY_NAME[f"raise_{side}"].holds(motion)
    assert not BY_NAME[f"raise_{other}"].holds(motion)
    assert not BY_NAME["raise_both"].holds(motion)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_wave_swings_and_is_that_hand(side):
    other = {"left": "right", "right": "left"}[side]
    assert BY_NAME[f"wave_{side}"].holds(swinging_arm(side))
    assert not BY_NAME[f"wave_{other}"].holds(swinging_arm(side))
    assert not BY_NAME[f"wave_{side}"].holds(forge.walk(2, speed=0, raise_hand=side))  # up, but still


def test_standing_is_idle_and_nothing_else():
    held = [predicate.name for predicate in PREDICATES if predicate.holds(still())]
    assert held == ["idle"]


def test_prompts_are_two_a_predicate_and_half_of_them_unknown_to_the_grammar():
    rows = prompts.prompts()
    sides = {side.name for judged in (*PREDICATES, *CONTRASTS) for side in judged.sides}
    assert len(rows) == 2 * len(sides)
    for row in rows:
        assert (row.text in prompts.grammar(row.predicate)) == (row.wording == "grammar"), row.text


def test_the_release_s_predicates_keep_their_bounds_and_wordings():
    step = [(1, None), (None, 0.55)]
    bounds = {
        "walk": [(1.0, None), *step], "run": [(1.5, None), (1.0, None), (1, None)], "walk_back": [(None, -1.0), *step],
        "turn_left": [(0.6109, None), (0.3, None)], "turn_right": [(None, -0.6109), (0.3, None)],
        "walk_left": [(0.5, None)], "walk_right": [(None, -0.5)],
        "raise_left": [(0, None), (None, 0)], "raise_right": [(0, None), (None, 0)], "raise_both": [(0, None), (0, None)],
        "wave_left": [(1, None), (None, 0)], "wave_right": [(1, None), (None, 0)], "wave_both": [(1, None), (1, None)],
        "bow": [(0.1, None), (0.4363, None), (None, 0.8)], "idle": [(None, 0.35), (None, 0.35)],
        "dance": [(0.35, None)], "walk_exhausted": [(None, 1.1), (0.6, None), *step],
        "run_active": [(1.9, None), (1, None)], "punch": [(3.0, None)], "kick": [(0.35, None)], "jump": [(0.1, None)],
    }  # fmt: skip
    found = {
        name: [
            tuple(bound and round(float(bound), 4) for bound in (c.above, c.below)) for c in BY_NAME[name].conditions
        ]
        for name in bounds
    }
    assert found == bounds
    assert [predicate.name for predicate in PREDICATES[: len(bounds)]] == list(bounds)  # the order chooses the wordings
    texts = [row.text for row in prompts.prompts()[: 2 * len(bounds) : 10]]
    assert texts == ["he steps forward", "someone walks diagonally to the left", "a man lifts his left arm to wave",
                     "the man dances", "the figure jumps into the air"]  # fmt: skip


def test_nearest_training_window_is_zero_for_training_clips_and_not_for_others():
    nearest = Nearest([forge.motion(3, seed=s) for s in range(3)])
    assert nearest.distance(forge.motion(3, seed=1)) < 1e-3
    assert nearest.distance(forge.motion(3, seed=9)) > 0.05
    assert windows(forge.motion(0.5)).shape[0] == 1


def test_the_run_reports_what_it_measured():
    def generate(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        return [forge.walk(seconds) if seed % 2 else still(seconds) for seed in seeds]

    rows = [row for row, _ in prompts.run(generate, None, seeds=4, only=["walk", "idle"])]
    assert {row.name: row.rate for row in rows} == {"walk": 0.5, "idle": 0.5}
    assert "walk" in prompts.table(rows)
    assert prompts.summary(rows)["rows"][0]["samples"] == 8


def test_ground_truth_is_measured_beside_the_model(tmp_path):
    place, stats = tmp_path / "store", Stats()
    with Writer(place) as writer:
        for k, motion in enumerate([forge.walk(4.0), still(4.0)]):
            stats.update(tomato.encode(motion)[0])
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", f"p{k}", (), action="walk", split="test"))
        writer.close(stats)
    run = prompts.run(lambda texts, seeds, seconds: [still(seconds)] * len(texts), Store(place), seeds=1, only=["walk"])
    row = next(run)[0]
    assert (row.truth, row.rate) == (0.5, 0.0)
    assert row.truth_skate > row.skate
    assert prompts.summary([row])["truth_skate_m_per_s"] == row.truth_skate


def test_a_contrast_is_judged_over_pairs_and_what_has_no_clip_says_so(tmp_path):
    place, stats = tmp_path / "store", Stats()
    with Writer(place) as writer:
        for k, (speed, style) in enumerate([(0.7, "exhausted"), (1.5, "exhausted"), (1.2, "active"), (1.3, "active")]):
            motion = forge.walk(4.0, speed=speed)
            stats.update(tomato.encode(motion)[0])
            writer.add(Clip(motion, f"f/{k}", "f", "cmu", f"p{k}", (), action="walk", style=style, split="test"))
        writer.close(stats)

    def generate(texts: list[str], seeds: list[int], seconds: float) -> list[Motion]:
        return [forge.walk(seconds, speed=0.7 if "wear" in text or "drag" in text else 1.4) for text in texts]

    only = ["walk:exhausted/active", "circle_left"]
    contrast, circle = sorted(
        (row for row, _ in prompts.run(generate, Store(place), 1, only)), key=lambda row: -row.test_clips
    )
    assert (contrast.truth, contrast.rate, contrast.test_clips) == (0.5, 1.0, 2)
    assert np.isnan(circle.truth) and not circle.common
    assert "circle_left   " in prompts.table([circle]) and " none " in prompts.table([circle])


def test_people_s_words_choose_ground_truth_and_only_the_model_s_corpora_count(tmp_path):
    place, stats = tmp_path / "store", Stats()
    slow = BY_NAME["walk_slow"]
    with Writer(place) as writer:
        for k, text in enumerate(["a person walks slowly", "a person walks"]):
            motion = forge.walk(4.0, speed=0.8)
            stats.update(tomato.encode(motion)[0])
            said = (Caption(text, origin="human"),)
            writer.add(Clip(motion, f"f/{k}", "f", "cmu", f"p{k}", said, action="walk", split="train"))
        writer.close(stats)
    store = Store(place)
    assert prompts.truth_clips(store, slow, "train") == [(0, False)]
    for sources, count in ((None, 1), ({"f"}, 1), ({"other"}, 0)):
        run = prompts.run(lambda texts, seeds, seconds: [still(seconds)], store, 1, ["walk_slow"], sources)
        assert next(run)[0].train_clips == count
