from dataclasses import replace

import numpy as np
import pytest

from lmm.train import curriculum
from lmm.train.curriculum import CurriculumConfig
from motionverse.errors import MotionError
from motionverse.parts import CELL_PART, CELLS

CONFIG = CurriculumConfig(ramp_steps=100)


def test_draws_depend_on_seed_step_and_clip_alone():
    once = [curriculum.draw(CONFIG, 3, step, clip, 60.0) for step in range(5) for clip in range(4)]
    again = [curriculum.draw(CONFIG, 3, step, clip, 60.0) for step in reversed(range(5)) for clip in reversed(range(4))]
    assert once == again[::-1]
    assert once[0] != curriculum.draw(CONFIG, 4, 0, 0, 60.0)
    assert len({draw.seed for draw in once}) == len(once)


def test_rates_are_the_stated_shares():
    draws = [curriculum.draw(CONFIG, 0, step, clip, 60.0) for step in range(100) for clip in range(20)]
    rates = np.array([draw.rate for draw in draws])
    assert abs((rates == CONFIG.rate).mean() - CONFIG.at_rate) < 0.05
    free = rates[rates != CONFIG.rate]
    assert free.min() >= CONFIG.slowest and free.max() <= 60.0
    assert abs(np.log(free).mean() - np.log(np.sqrt(10 * 60))) < 0.1  # log-uniform


def test_no_clip_is_shown_faster_than_it_was_recorded():
    rates = [curriculum.draw(CONFIG, 0, step, 0, 12.5).rate for step in range(200)]
    assert max(rates) <= 12.5


def test_steps_share_a_length_and_a_budget():
    for step in range(20):
        clips, frames = curriculum.window(CONFIG, 0, step)
        assert frames in CONFIG.lengths and CONFIG.frames - frames < clips * frames <= CONFIG.frames
        assert curriculum.draw(CONFIG, 0, step, 0, 30.0).frames == frames


def test_levels_cover_the_diffusion_evenly():
    levels = np.sort([curriculum.draw(CONFIG, 0, 7, clip, 30.0).level for clip in range(32)])
    assert np.diff(levels).max() < 0.08


def test_a_stream_has_a_shift_of_its_own():
    both = replace(CONFIG, shift=8.0, shifts={"music": 2.0, "keypoints": 4.0}, shows={"music+keypoints": 1.0})
    alone = replace(both, shift=2.0, shifts={})
    draws = [[curriculum.draw(one, 0, 7, clip, 30.0).level for clip in range(8)] for one in (both, alone)]
    assert draws[0] == draws[1] == curriculum.levels(both, 0, 7, 8, "music+keypoints")
    assert curriculum.levels(both, 0, 7, 8, "text") != draws[0]


def test_shift_moves_levels_towards_the_noise():
    shifted = replace(CONFIG, shift=5.0)
    levels = np.array([curriculum.draw(shifted, 0, 7, clip, 30.0).level for clip in range(64)])
    plain = np.array([curriculum.draw(CONFIG, 0, 7, clip, 30.0).level for clip in range(64)])
    assert np.allclose(np.tan(levels * np.pi / 2), 5 * np.tan(plain * np.pi / 2))
    assert (levels < 1).all()


def test_weak_to_strong():
    def given(step):
        return np.mean([curriculum.draw(CONFIG, 0, step, clip, 30.0).form != "nothing" for clip in range(1000)])

    assert abs(given(0) - 0.05) < 0.03 and abs(given(100) - 0.35) < 0.05
    assert curriculum.share_of_nothing(CONFIG, 10**6) == CONFIG.nothing[1]


def test_streams_drop_and_datasets_hide_as_often_as_stated():
    draws = [curriculum.draw(CONFIG, 0, step, clip, 30.0) for step in range(50) for clip in range(40)]
    assert abs(np.mean([not draw.kept["text"] for draw in draws]) - 0.1) < 0.02
    assert abs(np.mean([draw.generic for draw in draws]) - 0.1) < 0.02


@pytest.mark.parametrize("form", list(curriculum.MASKS))
def test_masks_have_their_form_and_repeat(form):
    times = np.arange(50) / 15.0
    given = curriculum.mask(form, times, 5)
    assert given.shape == (50, CELLS) and given.dtype == bool
    assert (given == curriculum.mask(form, times, 5)).all()
    assert given.any() == (form != "nothing") and not given.all()


@pytest.mark.parametrize("frames", [6, 32, 150])
def test_gaps_regions_runs_and_loops_are_what_editing_asks_for(frames):
    times = np.arange(frames) / 15.0
    for seed in range(30):
        gap, region, runs, loop = (curriculum.mask(form, times, seed) for form in ("gap", "region", "runs", "loop"))
        for rows in (gap, runs, loop):
            assert (rows == rows[:, :1]).all() and rows.any() and not rows.all()
        hidden = np.flatnonzero(~gap[:, 0])
        assert hidden[0] > 0 and hidden[-1] < frames - 1 and len(hidden) == np.ptp(hidden) + 1
        assert np.ptp(hidden) / 15 <= 2.5
        cells, span = ~region.all(0), np.flatnonzero(~region.all(1))
        assert cells[CELL_PART < 7].any() and (~region[span][:, cells]).all() and len(span) == np.ptp(span) + 1
        assert loop[0, 0] and loop[-1, 0] and loop[:, 0].sum() <= 2 * (0.35 * 15 + 1)


def test_new_forms_have_no_share_unless_they_are_given_one():
    assert not {"gap", "region", "runs", "loop"} & set(CONFIG.forms)


def test_cell_masks_take_every_ratio():
    times = np.arange(50) / 15.0
    ratios = [curriculum.mask("cells", times, seed).mean() for seed in range(200)]
    assert np.histogram(ratios, 4, (0, 1))[0].min() > 30


def test_an_unknown_form_is_named():
    with pytest.raises(MotionError, match="halo"):
        curriculum.mask("halo", np.arange(5.0), 0)
