"""Time is bent so that beats meet, smoothly, within bounds, and no pose is changed."""

from dataclasses import replace

import numpy as np
import pytest

from motionverse.contact import feet
from motionverse.pairs import warp
from motionverse.pairs.beats import Beats, kinematic_beats
from tests.motionverse.pairs.swings import swing, unsteady


def plain(instants):
    return Beats(np.asarray(instants, float), np.ones(len(instants)))


@pytest.fixture(scope="module")
def bent():
    motion = swing(unsteady(0.6, 9.0, 0.06), 9.0)
    heard = np.arange(3.0, 20.0, 0.55)
    own = kinematic_beats(motion)
    rows, columns = warp.match(own, plain(heard))
    made = warp.fitted(heard[columns], own.instants[rows])
    assert made is not None
    return motion, heard, made


def test_beats_fall_on_beats(bent):
    motion, heard, made = bent
    found = kinematic_beats(made.apply(motion)).instants + made.start()
    assert len(found) >= 13
    assert np.abs(found[:, None] - heard).min(1).max() < 0.03
    before = kinematic_beats(motion).instants
    assert np.abs(before[:, None] - heard).min(1).mean() > 0.08, "or there was nothing to do"


def test_time_never_stops_and_bends_within_bounds(bent):
    motion, _, made = bent
    times = made.times(motion)
    rates = np.diff(made(times)) * motion.fps
    assert rates.min() > warp.SLOWEST and rates.max() < warp.FASTEST
    assert np.abs(np.diff(rates)).max() < 0.1, "velocities must not jump"
    assert made(times[:1])[0] == pytest.approx(0, abs=1e-9)
    assert made(times[-1:])[0] == pytest.approx(motion.times[-1], abs=2 / motion.fps)


def test_poses_are_those_of_the_motion(bent):
    motion, _, made = bent
    done = made.apply(motion)
    offsets = np.linalg.norm(done.joints()[:, 1:] - done.joints()[:, np.array(done.skeleton.parents[1:])], axis=-1)
    assert np.abs(offsets - np.linalg.norm(motion.skeleton.offsets[1:], axis=-1)).max() < 1e-9
    assert feet(done).all() and feet(motion).all()
    own = made(made.times(motion))
    nearest = motion.joints()[np.clip(np.round(own * motion.fps).astype(int), 0, len(motion) - 1)]
    assert np.linalg.norm(done.joints() - nearest, axis=-1).max() < 0.06, "half a frame of a swing"


def test_every_second_beat_of_the_sound_is_left_out_where_the_motion_is_slow():
    rows, columns = warp.match(plain(np.arange(0.5, 6, 1.0)), plain(np.arange(0, 12, 0.48)))
    assert len(rows) == 6 and (np.diff(columns) == 2).all()


def test_a_beat_that_fits_nowhere_is_left_out():
    own = np.sort(np.append(np.arange(0.5, 6, 0.6), 1.91))
    rows, _ = warp.match(Beats(own, np.where(own == 1.91, 0.1, 1.0)), plain(np.arange(0, 9, 0.6)))
    assert 1.91 not in own[rows] and len(rows) == 10


def test_what_would_be_bent_too_far_is_refused():
    own = np.array([0.5, 1.0, 1.5, 2.0])
    assert warp.fitted(2 * own, own) is None
    assert warp.fitted(own / 2, own) is None
    assert warp.fitted(1.1 * own, own) is not None


def test_an_accent_lingers_on_beats_and_meets_even_time_there():
    accent = warp.Accent(np.array([1.0, 1.5, 2.1, 2.6]), 0.35)
    times = np.linspace(0, 4, 801)
    even = accent(times)
    assert np.allclose(accent(accent.beats), accent.beats) and np.allclose(accent.rates(accent.beats[:-1]), 0.65)
    assert np.array_equal(even[times < 1], times[times < 1]) and np.array_equal(even[times > 2.6], times[times > 2.6])
    assert np.allclose(accent.inverse(even), times, atol=1e-9)
    inner = (times > 1.05) & (times < 2.55)
    assert np.allclose(np.gradient(even, times)[inner], accent.rates(times)[inner], atol=0.01)
    assert accent.rates(np.array([1.25]))[0] == pytest.approx(1.35)


def test_an_accented_warp_runs_over_the_whole_motion(bent):
    motion, heard, plain_one = bent
    made = replace(plain_one, accent=warp.Accent(heard, 0.35))
    times = made.times(motion)
    assert made(times[:1])[0] == pytest.approx(0, abs=1e-6)
    assert made(times[-1:])[0] == pytest.approx(motion.times[-1], abs=2 / motion.fps)
    rates = np.diff(made(times)) * motion.fps
    assert np.allclose(rates, made.rates((times[1:] + times[:-1]) / 2), atol=0.02) and rates.min() > 0.4
    found = kinematic_beats(made.apply(motion)).instants + made.start()
    assert np.abs(found[:, None] - heard).min(1).max() < 0.03
