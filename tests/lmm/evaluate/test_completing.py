"""What is hidden of a window by every form, and what is measured of it."""

import numpy as np
import pytest

from lmm.evaluate import completing
from lmm.tasks import Given, placed
from motionverse.errors import MotionError
from motionverse.parts import part_cells
from motionverse.skeleton import WHOLE_BODY
from motionverse.store import Store
from tests import forge

LEGS = ["root", "torso", "head", "left_arm", "right_arm"]  # all but them


def drawn(store, forms, told=False, seconds=2.0):
    store = Store(store)
    clips = completing.candidates(store, seconds, told=told)
    return completing.draw(store, clips, 3, seconds, 30.0, Given(forms), 0, told)


def moved(windows, joints, way):
    """The real windows with these joints turned by `way` [rad] about X."""
    turn = np.array([[1, 0, 0], [0, np.cos(way), -np.sin(way)], [0, np.sin(way), np.cos(way)]])
    made = []
    for motion in windows.motions:
        rotations = motion.rotations.copy()
        rotations[:, joints] = rotations[:, joints] @ turn
        made.append(motion.with_(rotations=rotations))
    return made


def test_body_parts_are_hidden_throughout_and_only_they_are_measured(store):
    windows = drawn(store, {"parts": {"names": LEGS}})
    assert windows.hidden.all() and windows.known.any(0).sum() == 22 - 8
    bent = completing.measure(windows, [moved(windows, part_cells("left_leg"), 0.3)])
    assert bent["constraint_cm"] == 0 and bent["ade_m"] > 0.01 and np.isnan(bent["seam_peak_m_s3"])
    waved = completing.measure(windows, [moved(windows, [WHOLE_BODY.index("left_elbow")], 0.3)])
    assert waved["ade_m"] == 0 and waved["constraint_cm"] > 0.01


def test_the_path_alone_holds_the_pelvis_alone(store):
    windows = drawn(store, {"root_path": {}})
    made = [motion.with_(root=motion.root + [0.1, 0, 0]) for motion in windows.motions]
    found = completing.measure(windows, [made, windows.motions], best=True)
    assert found["constraint_cm"] == pytest.approx(5) and found["kept_max_mm"] == pytest.approx(
        100
    )  # mean, and largest
    assert found["best_ade_m"] == 0 < found["ade_m"]


def test_between_keyframes_every_gap_has_its_seams_and_keyframes_do_not_count(store):
    windows = drawn(store, {"keyframes": {"at": [0.0, 1.0, 2.0]}})
    assert (~windows.hidden).nonzero()[0].tolist() == [0, 30, 60]
    made = [motion.with_(root=motion.root + windows.hidden[:, None] * [0.1, 0, 0]) for motion in windows.motions]
    found = completing.measure(windows, [made])
    assert found["ade_m"] == pytest.approx(0.1 * 22**0.5) and found["constraint_cm"] == pytest.approx(0, abs=1e-9)
    assert found["seam_peak_m_s3"] > 5 * completing.measure(windows, [windows.motions])["seam_peak_m_s3"]


def test_windows_come_with_sentences_where_these_are_asked_for(store):
    windows = drawn(store, {"prefix": {"seconds": 0.99}}, told=True)
    assert windows.texts == ("a person walks",) * 3
    silent = drawn(store, {"prefix": {"seconds": 0.99}})
    assert silent.texts is None and np.array_equal(silent.motions[0].root, windows.motions[0].root)


def test_the_lint_is_asked_of_the_whole_window(store):
    windows = drawn(store, {"prefix": {"seconds": 0.99}})
    fine = forge.motion(2 + 1 / 30, 30.0, seed=1)
    assert completing.measure(windows, [[fine, fine, windows.motions[2]]])["lint"] == pytest.approx(
        2 / 3
    )  # its feet slide


def test_what_hides_all_or_nothing_is_refused(store):
    for forms in ({"keyframes": {"at": []}}, {"prefix": {"seconds": 9}}):
        with pytest.raises(MotionError, match="hides all or nothing"):
            drawn(store, forms)


def test_places_are_given_by_chains_of_given_joints():
    mask = np.ones((1, 22), bool)
    mask[0, WHOLE_BODY.index("spine2")] = False
    lost = [WHOLE_BODY.names[j] for j in np.flatnonzero(~placed(mask)[0])]
    assert {"spine2", "spine3", "head", "left_wrist"} <= set(lost) and "left_foot" not in lost
