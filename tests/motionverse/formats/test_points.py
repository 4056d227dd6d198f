"""Joints as .npy and .csv: their names, rates, units and axes, stated or found out, and gaps."""

import json
import warnings

import numpy as np
import pytest

from motionverse import formats, rotation
from motionverse.cli import main
from motionverse.errors import MotionError, MotionWarning
from motionverse.formats import detect, joint_sets, named_points
from motionverse.motion import Motion
from motionverse.retarget import families
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.motionverse.formats import foreign

SIDEWAYS = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # Y up to Z up


def places(motion, names):
    """(T, J, 3) joints and landmarks of a motion in the order of a set, anywhere for those that are left out."""
    from motionverse.body_fit import LANDMARKS

    joints, turns = motion.joints(), motion.globals()
    found = []
    for name in names:
        if name is None or WHOLE_BODY.has(name):
            found.append(joints[:, WHOLE_BODY.index(name or "pelvis")])
        else:
            owner, at = LANDMARKS[name]
            found.append(joints[:, WHOLE_BODY.index(owner)] + turns[:, WHOLE_BODY.index(owner)] @ np.array(at))
    return np.stack(found, 1)


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_whole_body_comes_back_with_its_rate(tmp_path, suffix):
    motion = forge.motion(2, 24, seed=3, size=0.2)
    motion.save(tmp_path / f"a{suffix}")
    back = formats.load(tmp_path / f"a{suffix}")
    assert back.fps == pytest.approx(24) and back.skeleton.names == WHOLE_BODY.names
    assert np.abs(back.joints() - motion.joints()).max() < 1e-5
    assert formats.load(tmp_path / f"a{suffix}", fps=48).fps == 48


def test_a_foreign_skeleton_comes_back_by_what_stands_beside_the_array(tmp_path):
    (tmp_path / "a.bvh").write_text(foreign.body().text())
    motion = formats.load(tmp_path / "a.bvh")
    motion.save(tmp_path / "a.npy")
    back = formats.load(tmp_path / "a.npy")
    assert back.skeleton.names == motion.skeleton.names and back.skeleton.parents == motion.skeleton.parents
    assert np.abs(back.joints() - motion.joints()).max() < 1e-4


def test_the_names_of_well_known_skeletons_are_known(tmp_path):
    mixamo, motion = next(f for f in families.FAMILIES if f.name.startswith("Mixamo")), forge.walk(1)
    names = [mixamo.names.get(name, f"Extra{k}") for k, name in enumerate(WHOLE_BODY.names)]
    motion.with_(skeleton=Skeleton(tuple(names), WHOLE_BODY.parents, WHOLE_BODY.offsets)).save(tmp_path / "a.csv")
    back = formats.load(tmp_path / "a.csv")
    ankle = WHOLE_BODY.index("left_ankle")
    assert back.skeleton.names == WHOLE_BODY.names and np.abs(back.joints() - motion.joints())[:, ankle].max() < 1e-4


@pytest.mark.parametrize("known", list(joint_sets.SETS))
def test_every_set_is_guessed_or_asked_for(tmp_path, known):
    motion, names = forge.walk(1), joint_sets.SETS[known]
    np.save(tmp_path / "a.npy", places(motion, names))
    try:
        back = formats.load(tmp_path / "a.npy", fps=30)
    except MotionError as error:
        assert known in str(error) and "--joints" in str(error)
        assert known in ("kinect25", "body25"), "the others are unlike any other set of their size"
        back = formats.load(tmp_path / "a.npy", fps=30, joints=known)
    limbs = [f"{side}_{part}" for side in ("left", "right") for part in ("knee", "ankle", "elbow", "wrist")]
    at = [WHOLE_BODY.index(name) for name in limbs]
    assert np.linalg.norm(back.joints() - motion.joints(), axis=-1)[:, at].max() < 0.03


def test_units_and_axes_are_found_out(tmp_path):
    motion = forge.walk(1)
    joints = places(motion, joint_sets.H36M)
    np.save(tmp_path / "a.npy", 1000 * joints @ SIDEWAYS.T)
    back = formats.load(tmp_path / "a.npy", fps=50)
    ankle = WHOLE_BODY.index("left_ankle")
    assert np.abs(back.joints() - motion.joints())[:, ankle].max() < 1e-3
    np.save(tmp_path / "a.npy", 100 * joints @ SIDEWAYS.T @ SIDEWAYS.T)  # centimetres, Y down
    back = formats.load(tmp_path / "a.npy", fps=50)
    assert np.abs(back.joints() - motion.joints())[:, ankle].max() < 1e-3
    turned = formats.load(tmp_path / "a.npy", fps=50, scale=0.02, up="Y")
    assert np.abs(turned.joints() - [2, -2, -2] * motion.joints())[:, ankle].max() < 2e-3


def test_rates_that_nobody_states(tmp_path):
    motion = forge.walk(1)
    np.save(tmp_path / "a.npy", motion.joints()[:, :22])
    assert formats.load(tmp_path / "a.npy").fps == 20, "HumanML3D's"
    np.save(tmp_path / "a.npy", motion.joints())
    with pytest.raises(MotionError, match="no frame rate"):
        formats.load(tmp_path / "a.npy")
    (tmp_path / "a.npy.json").write_text(json.dumps({"fps": 25}))
    assert formats.load(tmp_path / "a.npy").fps == 25
    (tmp_path / "a.npy.json").write_text(json.dumps({"fps": 25, "names": "smplh52"}))
    assert formats.load(tmp_path / "a.npy").fps == 25


@pytest.mark.parametrize(
    ("array", "given", "says"),
    [
        (np.zeros((4, 3)), {}, "must be joints"),
        (np.zeros((4, 7, 3)), {"fps": 30}, "7 joints without names; name them: --joints"),
        (np.zeros((4, 22, 3)), {"fps": 30}, "no body as smpl22"),
        (np.full((4, 22, 3), np.nan), {"fps": 30, "joints": "smpl22"}, "neither both hips"),
        (np.ones((4, 22, 3)), {"fps": 30, "joints": "smpl22"}, "cannot be a body"),
        (np.zeros((4, 7, 3)), {"fps": 30, "joints": "smpl22"}, "22 names for 7 joints"),
        (np.zeros((4, 2, 3)), {"fps": 30, "joints": "nose,tail"}, "what is 'tail'"),
        (np.zeros((4, 2, 3)), {"fps": 30, "joints": "nose,nose"}, "two points are called nose"),
    ],
)
def test_arrays_that_say_too_little(tmp_path, array, given, says):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(tmp_path / "a.npy", **given)
    assert str(caught.value).startswith(str(tmp_path / "a.npy")) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "beside", ["{", "[1]", '{"names": ["a"], "parents": [-1], "offsets": [[0, 0, 0]]}', '{"fps": "fast"}']
)
def test_a_broken_file_beside(tmp_path, beside):
    np.save(tmp_path / "a.npy", forge.walk(0.3).joints())
    (tmp_path / "a.npy.json").write_text(beside)
    with pytest.raises(MotionError, match="a.npy"):
        formats.load(tmp_path / "a.npy")


HEADERS = (
    "{time},{n}.x,{n}.y,{n}.z",
    "{time};{n}_X;{n}_Y;{n}_Z",
    "{time}\t{n} x\t{n} y\t{n} z",
    "{time},x_{n},y_{n},z_{n}",
)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("time", ["Time", "t", "time (s)", "seconds"])
def test_tables_of_many_hands(tmp_path, header, time):
    motion = forge.walk(1, 50)
    names, joints = WHOLE_BODY.names[:22], motion.joints()
    split = next(c for c in ",;\t" if c in header)
    first = split.join(["Frame", time, *(split.join(header.split(split)[1:]).format(n=name) for name in names)])
    rows = [split.join(map(repr, [k, 3.5 + k / 50, *row.reshape(-1).tolist()])) for k, row in enumerate(joints[:, :22])]
    (tmp_path / "a.csv").write_text("\ufeff" + "\n".join([first, *rows]) + "\n\n", encoding="utf-8")
    back = formats.load(tmp_path / "a.csv")
    assert back.fps == 50 and np.abs(back.joints() - joints)[:, :22].max() < 1e-9


def test_gaps_are_bridged_and_uneven_instants_evened_out(tmp_path):
    motion = forge.walk(2, 50)
    motion.save(tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    columns = lines[0].split(",")
    knee = [columns.index(f"left_knee.{axis}") for axis in "xyz"]
    for k, empty in ((20, ""), (21, "nan"), (22, "NaN")):
        cells = lines[k].split(",")
        for column in knee:
            cells[column] = empty
        lines[k] = ",".join(cells)
    del lines[60:63]  # frames that were dropped: the instants tell
    (tmp_path / "a.csv").write_text("\n".join(lines))
    back = formats.load(tmp_path / "a.csv")
    assert back.fps == pytest.approx(50) and len(back) == len(motion)
    assert np.abs(back.joints() - motion.joints()).max() < 0.03
    assert np.abs(back.joints() - motion.joints())[:18].max() < 2e-3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time,a.x\n0,1\n", "no joints in the header"),
        ("a,b\n", "needs a header"),
        ("time,pelvis.x,pelvis.y,pelvis.z\n0,1,2,three\n", "row 2: 'three' is no number"),
        ("time,pelvis.x,pelvis.y,pelvis.z\n0,1,2,3,4\n", "row 2 has 5 cells"),
        ("time,pelvis.x,pelvis.x,pelvis.y,pelvis.z\n0,1,2,3,4\n", "two columns"),
        ("time,nose.x,nose.y,nose.z\n0,1,2,3\n0,1,2,3\n", "row 3: the time must grow"),
        ("time,nose.x,nose.y,nose.z\n0,1,2,3\n,1,2,3\n", "row 3: the time must grow"),
        ("time,nose.x,nose.y,nose.z\n0,1,2,3\n1e-6,1,2,3\n2e-6,1,2,3\n3e-6,1,2,3\n9,1,2,3\n", "check the column of the time"),
        ("time,nose.x,nose.y,nose.z\n0,1,2,3\n33.3,1,2,3\n66.7,1,2,3\n", "33.4 s from row to row"),
        ("Frame,tail.x,tail.y,tail.z\n0,1,2,3\n", "what is 'tail'"),
        ("Frame,nose.x,nose.y,nose.z\n0,1,2,3\n", "no frame rate"),
        ("time,nose.x,nose.y,nose.z\n0,1,2,3\n1,1,2,3\n", "neither both hips"),
        ("\xff\xfe\x00", "not text"),
        ("", "empty"),
    ],
)  # fmt: skip
def test_tables_that_are_none(tmp_path, text, says):
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(tmp_path / "a.csv")
    assert str(caught.value).startswith(str(tmp_path / "a.csv")) and "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".npy", ".hml263.npy", ".csv"])
def test_damaged_files_are_refused_in_one_line(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    forge.walk(0.5, 20).save(path)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for at in rng.integers(0, len(data), 40):
        for broken in (data[:at], data[:at] + bytes([rng.integers(256)]) + data[at + 1 :]):
            path.write_bytes(broken)
            try:
                formats.load(path)
            except MotionError as error:
                assert "\n" not in str(error) and path.name in str(error)


@pytest.mark.parametrize("axis", ["X", "-Y", "Z"])
def test_a_body_that_tumbles_is_upright_where_its_floor_is(axis):
    motion = forge.walk(2)
    rotations, root = motion.rotations.copy(), motion.root.copy()
    rotations[:, 0] = rotation.about("X", np.linspace(0, 4 * np.pi, len(motion))) @ rotations[:, 0]
    root[:, 1] -= motion.with_(rotations=rotations).joints()[..., 1].min(1)  # rolling over the floor
    root[:, 0] += 0.4 * np.sin(3 * motion.times)
    rolling = motion.with_(rotations=rotations, root=root).joints()[:, :22]
    rolling[3:9, 5] = np.nan
    assert named_points.find_up(rolling @ detect.to_y(axis), list(WHOLE_BODY.names[:22])) == (axis, False)
    upright = motion.joints()[:, :22] @ detect.to_y(axis)
    assert named_points.find_up(upright, list(WHOLE_BODY.names[:22])) == (axis, True)
    assert named_points.find_up(upright[:, :1], ["pelvis"], "Z") == ("Z", False)


def lying(heading: float) -> Motion:
    """On the back on the floor, a metre from the origin."""
    motion = forge.walk(1, speed=0.0)
    rotations = motion.rotations.copy()
    rotations[:, 0] = rotation.about_y(heading) @ rotation.about("X", np.array(-np.pi / 2)) @ rotations[:, 0]
    return motion.with_(rotations=rotations, root=motion.root * 0 + [1.0, 0.15, 2.0])


@pytest.mark.parametrize("heading", [0.0, 0.8, np.pi / 2, 2.9])
def test_a_table_of_one_who_lies_is_read_lying_and_said_to_be_a_guess(tmp_path, heading):
    motion, path = lying(heading), tmp_path / "lying.csv"
    motion.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.abs(formats.load(path).joints() - motion.joints())[:, :22].max() < 1e-3, "ours says so"
    path.write_text(path.read_text().replace("time", "Time"))
    with pytest.warns(MotionWarning, match=r"lying\.csv: which way is up does not show.*read with Y up.*--up Y"):
        guessed = formats.load(path)
    assert np.abs(guessed.joints() - motion.joints())[:, :22].max() < 1e-3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        formats.load(path, up="Y")
        forge.walk(1).save(path)
        path.write_text(path.read_text().replace("time", "Time"))
        formats.load(path)


def test_a_guess_at_the_axis_is_a_line_on_stderr(tmp_path, capsys):
    motion = forge.motion(0.7, 30, seed=5, size=1.0)  # tumbles, so that -Z seems up
    np.save(tmp_path / "a.npy", motion.joints()[:, :22])
    asked = ["convert", str(tmp_path / "a.npy"), str(tmp_path / "a.bvh"), "--fps-in", "30"]
    assert main(asked) == 0
    told = capsys.readouterr().err
    assert told.startswith("motionverse: warning: ") and "--up -Z" in told and told.count("\n") == 1
    assert main([*asked, "--up", "Y"]) == 0 and not capsys.readouterr().err
