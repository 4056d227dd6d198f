"""Beats and strokes are where they were put."""

import numpy as np

from motionverse.pairs.beats import kinematic_beats, strokes
from tests.motionverse.pairs.swings import swing, unsteady


def test_a_body_keeps_time_where_it_turns_back():
    instants = unsteady(0.6, 6.0, 0.08)
    found = kinematic_beats(swing(instants, 6.5))
    assert len(found) == len(instants)
    assert np.abs(found.instants - instants).max() < 0.02
    assert found.weights.min() > 0.8


def test_a_hand_strikes_halfway_and_a_slow_one_not_at_all():
    instants = np.arange(0.5, 6.0, 0.6)
    found = strokes(swing(instants, 6.0))
    inside = found.within(0.5, 5.5)
    assert np.abs(inside.instants - (instants[:-1] + 0.3)[: len(inside)]).max() < 0.02
    assert len(strokes(swing(instants, 6.0, size=0.02))) == 0


def test_a_body_that_stands_has_no_beats():
    still = swing(np.arange(0.5, 3.0, 0.5), 3.0, size=0.0)
    assert len(kinematic_beats(still)) == len(strokes(still)) == 0
