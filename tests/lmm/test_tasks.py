import numpy as np
import pytest

from lmm import tasks
from motionverse.errors import MotionError
from motionverse.parts import CELLS, PARTS, part_cells
from motionverse.skeleton import WHOLE_BODY

TIMES = np.arange(40) / 20.0


def test_prefix_and_ends_are_in_seconds():
    given = tasks.prefix(TIMES, 0.5)
    assert given.shape == (40, CELLS) and given[:10].all() and not given[10:].any()
    given = tasks.ends(TIMES, 0.2)
    assert given[:4].all() and given[-4:].all() and not given[4:-4].any()
    assert tasks.ends(TIMES, 0.0)[[0, -1]].all()


def test_same_instants_are_given_at_every_rate():
    slow, fast = np.arange(20) / 10.0, np.arange(60) / 30.0
    assert (tasks.prefix(fast, 0.7)[::3] == tasks.prefix(slow, 0.7)).all()


def test_gaps_and_regions_hide_what_lies_between_two_instants():
    given = tasks.gap(TIMES, 0.5, 1.0)
    assert (~given[:, 0]).nonzero()[0].tolist() == list(range(10, 21)) and (given == given[:, :1]).all()
    assert (~tasks.gap(TIMES, 0.51, 0.52)[:, 0]).sum() == 1  # between two frames: the nearest
    given = tasks.region(TIMES, ["left_arm", "face"], 0.5, 1.0)
    assert (given[10:21] == ~tasks.parts(TIMES[10:21], ["left_arm", "face"])).all()
    assert given[:10].all() and given[21:].all()
    assert "in-betweening" in tasks.matching(tasks.Given({"gap": {"start": 0.5, "end": 1.0}}), [])


def test_parts_joints_and_root_path_pick_cells_by_name():
    given = tasks.parts(TIMES, ["left_arm", "face"])
    expected = {WHOLE_BODY.index(n) for n in PARTS["left_arm"]} | set(part_cells("face"))
    assert set(np.flatnonzero(given[3])) == expected
    assert set(np.flatnonzero(tasks.root_path(TIMES)[0])) == {0}
    assert tasks.keyframes(TIMES, [0.0, 1.02]).any(1).nonzero()[0].tolist() == [0, 20]


def test_given_is_the_union_of_its_forms():
    given = tasks.Given({"prefix": {"seconds": 0.5}, "root_path": {}}).mask(TIMES)
    assert given[:10].all() and given[10:, 0].all() and not given[10:, 1:].any()


def test_the_table_has_ten_tasks_and_checks_requests():
    assert len(tasks.TASKS) == 10
    ahead = tasks.Given({"prefix": {"seconds": 1.0}})
    assert "motion prediction" in tasks.matching(ahead, [])
    assert "conditional prediction" in tasks.matching(ahead, ["text"])
    assert tasks.matching(tasks.Given(), ["text"]) == ("text-to-motion", "action-to-motion")
    assert "multi-modal generation" in tasks.matching(tasks.Given(), ["text", "music"])
    # what the commands ask with: a path on the ground, and regions as arrays
    assert tasks.matching(tasks.Given({"way": {}}), ["text"]) == ("conditional in-betweening",)
    shown = tasks.Given({"shown": {"mask": tasks.gap(TIMES, 0.5, 1.0)}})
    assert set(tasks.matching(shown, [])) == {"motion prediction", "in-betweening", "conditional in-betweening"}


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: tasks.parts(TIMES, ["tail"]), "tail"),
        (lambda: tasks.joints(TIMES, ["wing"]), "wing"),
        (lambda: tasks.Given({"halo": {}}).mask(TIMES), "halo"),
        (lambda: tasks.check("juggling", tasks.Given(), []), "juggling"),
        (lambda: tasks.check("music-to-dance", tasks.Given(), ["text"]), "music"),
        (lambda: tasks.check("motion prediction", tasks.Given(), []), "prefix"),
        (lambda: tasks.check("conditional prediction", tasks.Given({"prefix": {"seconds": 1.0}}), []), "at least 1"),
    ],
)
def test_errors_are_one_line_and_name_the_value(call, word):
    with pytest.raises(MotionError) as error:
        call()
    assert word in str(error.value) and "\n" not in str(error.value)
