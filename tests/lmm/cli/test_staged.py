"""lmm generate laid out in time: sentences with their instants, ways over the floor, poses."""

import json
import shlex

import numpy as np
import pytest

from lmm import cli, places
from motionverse import formats
from motionverse.features.text import TextEncoder
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.lmm import forged_weights


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("staged")
    forged_weights.write(place / "tiny")
    forge.walk(1.0).save(place / "take.npz")
    times = np.arange(5) / 4
    (place / "way.csv").write_text("time,x,z\n" + "\n".join(f"{t},{t * t},{t}" for t in times))
    (place / "way.json").write_text(json.dumps({"time": [0, 1], "x": [0, 1], "z": [0, 0], "heading": [0, 0]}))
    (place / "back.csv").write_text("time,x,z\n0,0,0\n1,0,1\n1,0,2\n")
    (place / "gap.csv").write_text("time,x,z\n0,0,0\n1,,1\n")
    (place / "names.csv").write_text("t,x,z\n0,0,0\n1,0,1\n")
    (place / "brief.csv").write_text("time,x,z\n0,0,0\n0.1,0,1\n")
    return place


@pytest.fixture(autouse=True)
def there(monkeypatch, place):
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)
    monkeypatch.chdir(place)


def run(tmp_path, capsys, typed):
    out = tmp_path / "made.npz"
    assert cli.main(["generate", *shlex.split(typed), "--model", "tiny", "--json", f"-o{out}"]) == 0
    told = json.loads(capsys.readouterr().out)
    return told, [formats.load(path) for motion in told["motions"] for path in motion["files"]]


def test_sentences_follow_each_other_in_one_motion(tmp_path, capsys):
    told, (made,) = run(tmp_path, capsys, "--at 0 'a person walks' --at 1 'a person bows' --seconds 2 --fps 20")
    assert len(made) == 40 and told["motions"][0]["prompt"] == "0 s: a person walks; 1 s: a person bows"
    _, (other,) = run(tmp_path, capsys, "--at 0 'a person walks' --at 1 'a person sits' --seconds 2 --fps 20")
    apart = np.abs(made.joints() - other.joints()).max((1, 2))
    assert apart[:20].max() < 1e-6 and apart[25:].max() > 1e-4


@pytest.mark.parametrize("way", ["way.csv", "way.json"])
def test_the_pelvis_goes_the_way(tmp_path, capsys, way):
    told, motions = run(tmp_path, capsys, f"'a person walks' --path {way} -n 2 --fps 20")
    assert len(motions) == 2 and told["motions"][1]["seed"] == 1
    x = [0, 0.25, 1] if way == "way.csv" else [0, 0.5, 1]
    for made in motions:
        assert np.abs(made.root[[0, 10, 20], 0] - x).max() < 2e-3


def test_poses_are_passed_through(tmp_path, capsys):
    take = formats.load("take.npz")
    _, (made,) = run(tmp_path, capsys, "--keyframes take.npz --keys 0,0.5 --seconds 1 --fps 30")
    for row in (0, 15):
        assert np.abs(made.joints()[row, :22] - take.joints()[row, :22]).max() < 2e-3


def test_the_last_key_is_in_the_motion_whatever_its_frame(tmp_path, capsys):
    told, (made,) = run(tmp_path, capsys, "--keyframes take.npz --keys 0,0.65 --fps 30")  # 19.5 frames
    assert told["frames"] == len(made) == 21
    told, (made,) = run(tmp_path, capsys, "--path way.csv --fps 20")
    assert told["frames"] == len(made) == 21


def test_a_leap_in_a_file_on_another_skeleton_stays_off_the_floor(tmp_path):
    walk = forge.walk(2.0)
    root = walk.root + np.where(np.abs(walk.times - 1) < 0.3, 0.5, 0.0)[:, None] * [0, 1, 0]
    names = tuple(name.replace("left_", "Left").replace("right_", "Right") for name in WHOLE_BODY.names[:22])
    other = Skeleton(names, WHOLE_BODY.parents[:22], 1.1 * WHOLE_BODY.offsets[:22])
    leap = walk.with_(rotations=walk.rotations[:, :22], root=1.1 * root, skeleton=other, observed=np.ones(22, bool))
    leap.save(tmp_path / "leap.bvh")
    poses = places.read_poses(tmp_path / "leap.bvh", (0.2, 1.0), body=True)
    low = [pose.joints()[0, pose.present, 1].min() for pose in poses.values()]
    assert 0.4 < low[1] - low[0] < 0.7


def test_no_input_is_written_over(tmp_path, capsys):
    take = tmp_path / "take.npz"
    forge.walk(1.0).save(take)
    before = take.read_bytes()
    asked = ["generate", "--keyframes", str(take), "--keys", "0,0.5", "--model", "tiny", "-o", str(take)]
    assert cli.main(asked) == 2 and take.read_bytes() == before and "take.npz" in capsys.readouterr().err


BAD = {
    "--at soon 'a person walks'": "--at 'soon'",
    "--at 1 'a person walks'": "the first must be at 0",
    "--at 0 'a person walks' --at 0.2 'a person bows'": "last 0.5 s at least",
    "--at 0 '?!'": "no words",
    "'a person runs' --at 0 'a person walks'": "leave out TEXT",
    "--at 0 'a person walks' --path way.csv": "--at and --path cannot be had together",
    "--at 0 'a person walks' --native": "--native has no meaning",
    "--at 0 'a person walks' --keypoints a.npz": "know text, and not keypoints",
    "--at 0 'a person walks' --seconds 90": "0.5 to 60",
    "--path no.csv": "no.csv: no such file",
    "--path take.npz": "read from .csv or .json",
    "--path back.csv": "times must rise",
    "--path gap.csv": "gap.csv: x: not a list of numbers",
    "--path names.csv": "unknown column 't'",
    "--path brief.csv": "0.5 to 60",
    "--path way.csv --seconds 3": "as long as the way takes",
    "--keyframes take.npz": "give --keys",
    "--keyframes take.npz --keys 0,7": "lasts 1.00 s",
    "--keyframes take.npz --keys soon": "are no instants",
    "--keys 0,1 'a person walks'": "which is not given",
}


@pytest.mark.parametrize("typed", BAD)
def test_what_cannot_be_asked_is_one_line_exit_2_and_no_file(tmp_path, capsys, typed):
    try:
        code = cli.main(["generate", *shlex.split(typed), "--model", "tiny", "-o", str(tmp_path / "made.bvh")])
    except SystemExit as stop:  # argparse
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and BAD[typed] in told and told.count("\n") == 1 and "Traceback" not in told
    assert not list(tmp_path.iterdir())
