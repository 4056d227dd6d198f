"""Looking up a motion by the beats of its sound."""

import numpy as np
import pytest

from lmm.baselines.beats import Kept, interval, look_up


def beat(period, first=0.0, seconds=6.0):
    return Kept(seconds, np.arange(first, seconds, period))


def test_the_nearest_tempo_is_played_from_where_its_beats_meet_the_asked_ones():
    stock = [beat(0.4), beat(0.55, 0.3), beat(0.75)]
    which, start = look_up(np.arange(0.1, 2.0, 0.5), 2.0, stock, seed=0)
    assert which == 1
    nearest = np.abs(stock[1].instants - start - 0.1).min()
    assert nearest == pytest.approx(0, abs=1e-9) and 0 <= start <= 4.0


def test_of_one_tempo_the_one_with_room_to_meet_the_beat_is_taken():
    asked = np.arange(0.2, 2.0, 0.5)
    short = [Kept(2.0, np.arange(0.0, 2.0, 0.5)), Kept(2.0, np.arange(0.2, 2.0, 0.5))]  # neither can be moved
    assert look_up(asked, 2.0, short, seed=0) == (1, 0.0)


def test_among_equals_the_seed_decides_and_one_beat_has_no_tempo():
    stock = [beat(0.5), beat(0.5)]
    found = {look_up(np.array([0.0, 0.5]), 2.0, stock, seed)[0] for seed in range(20)}
    assert found == {0, 1}
    assert look_up(np.array([0.3]), 2.0, [beat(0.5), Kept(3.0, np.array([1.3]))], 0) == (1, 1.0)
    assert np.isinf(interval(np.array([1.0]))) and interval(np.array([0.0, 0.5, 1.0, 9.0])) == 0.5
