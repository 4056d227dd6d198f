"""Predicates must hold on forged motions that do the thing, and fail on ones that do not: a judge that cannot say no is none."""

import numpy as np
import pytest

from lmm.evaluate import geometry as geo
from lmm.evaluate import prompts
from lmm.evaluate.novelty import Nearest, windows
from lmm.evaluate.predicates import BY_NAME, PREDICATES
from motionverse import rotation, tomato
from motionverse.clip import Clip
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
    from motionverse import paraphrase

    rows = prompts.prompts()
    assert len(rows) == 2 * len(PREDICATES) >= 32
    for row in rows:
        styles = row.predicate.styles or ("",)
        known = {
            text for action in row.predicate.actions for style in styles for text in paraphrase.captions(action, style)
        }
        assert (row.text in known) == (row.wording == "grammar"), row.text


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
