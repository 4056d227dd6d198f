import json

import numpy as np
import pytest

from lmm import cli
from motionverse import formats
from motionverse.features.text import TextEncoder
from tests import forge
from tests.lmm import forged_weights

VERBS = {
    "predict": ["walk.bvh", "--seconds", "0.5"],
    "inbetween": ["walk.bvh", "--gap", "0.5:1"],
    "edit": ["walk.bvh", "--parts", "left_arm", "--span", "0.5:1"],
    "extend": ["walk.bvh", "--before", "0.5"],
    "loop": ["walk.bvh", "--seconds", "0.5"],
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return forged_weights.write(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with a walk, one at another rate, one of a single frame, and files that are no motions."""
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)
    monkeypatch.chdir(tmp_path)
    forge.walk(2.0, 30.0, turn=0.3).save("walk.bvh")
    forge.walk(1.0, 60.0).save("fast.bvh")
    forge.walk(1.0, 30.0).frames_slice(0, 1).save("one.bvh")
    (tmp_path / "brief.csv").write_text("time,x,z\n0,0,0\n1,1,1\n")
    (tmp_path / "odd.json").write_text('{"soon": "walk.bvh"}')
    (tmp_path / "torn.bvh").write_text("HIERARCHY\nROOT hips\n")
    (tmp_path / "nan.bvh").write_text((tmp_path / "walk.bvh").read_text().rstrip().rsplit(" ", 1)[0] + " nan\n")
    return tmp_path


def call(weights, verb, *arguments):
    try:
        return cli.main([verb, *arguments, "--model", str(weights)])
    except SystemExit as stop:  # argparse
        return stop.code


@pytest.mark.parametrize("verb", VERBS)
def test_a_file_in_a_file_out_and_what_was_kept_is_told(weights, verb, capsys):
    assert call(weights, verb, *VERBS[verb], "-o", "out.json", "--json", "--text", "a person walks") == 0
    told = json.loads(capsys.readouterr().out)
    made, motion = formats.load("out.json"), formats.load("walk.bvh")
    assert told["files"] == ["out.json"] and told["frames"] == len(made) and told["fps"] == made.fps == motion.fps
    assert told["kept_s"] > 0.9 and abs(told["kept_s"] + told["made_s"] - len(made) / 30) < 1e-3
    assert len(made.skeleton) == len(motion.skeleton) and told["seam_m_s2"] >= 0
    assert call(weights, verb, *VERBS[verb], "-o", "again.json", "--text", "a person walks") == 0
    assert np.array_equal(formats.load("again.json").rotations, made.rotations)
    assert "made anew" in capsys.readouterr().out


def test_what_follows_alone_and_two_motions_bridged(weights, capsys):
    assert call(weights, "predict", "walk.bvh", "--seconds", "0.5", "--only", "-o", "next.bvh") == 0
    assert len(formats.load("next.bvh")) == 15
    assert call(weights, "inbetween", "walk.bvh", "walk.bvh", "--seconds", "0.4", "-o", "both.bvh") == 0
    assert "0.40 s made anew\nkept bit for bit: 4.00 s" in capsys.readouterr().out
    assert len(formats.load("both.bvh")) == 60 + 12 + 60


def test_poses_of_a_table_are_passed_through(weights, place):
    formats.load("walk.bvh").frames_slice(20, 21).save("pose.bvh")
    (place / "poses.json").write_text(json.dumps({"0.7": "pose.bvh"}))
    assert call(weights, "edit", "walk.bvh", "--span", "0.5:1", "--keyframes", "poses.json", "-o", "out.json") == 0
    apart = formats.load("out.json").joints()[21] - formats.load("pose.bvh").joints()[0]
    assert np.linalg.norm(apart, axis=-1).max() < 1e-3


def test_a_motion_is_led_along_a_way_and_keeps_what_is_above_its_pelvis(weights, place, capsys):
    (place / "way.csv").write_text("time,x,z\n0,0,0\n1,1,0\n2.0,1,1\n")
    assert call(weights, "edit", "walk.bvh", "--path", "way.csv", "-o", "out.json") == 0
    assert "every turn above the pelvis" in capsys.readouterr().out
    made, walk = formats.load("out.json"), formats.load("walk.bvh")
    legs = [j for j, name in enumerate(walk.skeleton.names) if name.endswith(("hip", "knee", "ankle", "foot"))]
    assert len(legs) == 8
    above = np.setdiff1d(np.arange(1, len(walk.skeleton)), legs)
    assert np.allclose(made.rotations[:, above], walk.rotations[:, above], atol=1e-6)
    assert np.allclose(made.root[[0, 30], ::2], [[0, 0], [1, 0]], atol=1e-3)
    assert np.allclose(made.root[:, 1], walk.root[:, 1], atol=1e-6)
    assert not np.allclose(made.rotations[:, legs], walk.rotations[:, legs], atol=1e-3)


WRONG = [
    ("edit walk.bvh --path way.csv --span 0.5:1", "leave out --span"),
    ("edit walk.bvh --path absent.csv", "absent.csv: no such file"),
    ("edit walk.bvh --path brief.csv", "walk.bvh: the way takes 1 s, the motion 1.97 s"),
    ("edit walk.bvh --path brief.csv -o brief.csv", "brief.csv: is read and would be overwritten"),
    ("edit walk.bvh --span 0.5:1 --keys 0.7", "of --keyframes FILE, which is not given"),
    ("edit walk.bvh --span 0.5:1 --keyframes walk.bvh", "walk.bvh: which of its poses? give --keys"),
    ("edit walk.bvh --span 0.5:1 --keyframes walk.bvh --keys 1.5", "a pose at 1.5 s is not in the span"),
    ("edit walk.bvh --span 0.5:1 --keyframes walk.bvh --keys x", "no instants"),
    ("edit walk.bvh --span 0.5:1 --keyframes odd.json", "odd.json: 'soon' is no instant"),
    ("predict absent.bvh", "absent.bvh: no such file"),
    ("predict walk.xyz", "unknown format '.xyz'"),
    ("predict torn.bvh", "torn.bvh"),
    ("predict nan.bvh", "nan.bvh"),
    ("predict one.bvh", "one.bvh: the motion lasts 0.033 s; at least 0.1 s"),
    ("predict walk.bvh --seconds 0", "--seconds 0; allowed are above 0 to 60"),
    ("predict walk.bvh --seconds 61", "--seconds 61"),
    ("predict walk.bvh --seconds nan", "--seconds nan"),
    ("predict walk.bvh --seconds soon", "invalid float"),
    ("predict walk.bvh --second 2", "did you mean --seconds?"),
    ("predict walk.bvh --seed -1", "seed: -1"),
    ("predict walk.bvh --steps 0", "steps: 0 is out of range"),
    ("predict walk.bvh --variation 1.5", "variation: 1.5 is out of range"),
    ("predict walk.bvh --guidance -2", "guidance"),
    ("predict walk.bvh --text ?!", "no words"),
    ("predict walk.bvh -o walk.bvh", "walk.bvh: is read and would be overwritten"),
    ("predict walk.bvh -o out.fbx", "unknown suffix '.fbx'"),
    ("predict walk.bvh -o no/such/out.bvh", "does not exist"),
    ("predict walk.bvh --model nanoo", "nanoo"),
    ("predict", "IN"),
    ("inbetween walk.bvh", "give --gap FROM:TO within IN, or a SECOND motion"),
    ("inbetween walk.bvh fast.bvh --gap 1:2", "not both"),
    ("inbetween walk.bvh --gap 1", "'1' is no span; give seconds FROM:TO"),
    ("inbetween walk.bvh --gap 1:x", "'1:x' is no span"),
    ("inbetween walk.bvh --gap 1:9", "walk.bvh: gap 1:9 is outside the motion, which lasts 2.00 s"),
    ("inbetween walk.bvh --gap 1.5:1", "ends before it begins"),
    ("inbetween walk.bvh --gap 1.01:1.02", "holds no frame"),
    ("inbetween walk.bvh --gap 0:1", "predict or extend"),
    ("inbetween walk.bvh --gap nan:1", "give two numbers"),
    ("inbetween walk.bvh --gap 0.5:1 --seconds 2", "of a SECOND motion"),
    ("inbetween walk.bvh fast.bvh", "fast.bvh: the first has 30 fps, the second 60"),
    ("inbetween walk.bvh absent.bvh", "absent.bvh: no such file"),
    ("edit walk.bvh", "give --parts, --span, or both"),
    ("edit walk.bvh --parts left_am", "walk.bvh: part 'left_am' is unknown; did you mean left_arm?"),
    ("edit walk.bvh --parts left_arm --span 3:4", "span 3:4 is outside"),
    ("edit walk.bvh --span -1:1", "--span"),
    ("edit walk.bvh --span 0:2", "would be left"),
    ("extend walk.bvh", "nothing to add"),
    ("extend walk.bvh --before -1", "before: -1 s"),
    ("extend walk.bvh --after 1e9", "after: 1e+09 s"),
    ("loop walk.bvh --seconds 1.5", "at most half is made anew"),
    ("loop walk.bvh --seconds -1", "--seconds -1"),
    ("loop one.bvh", "one.bvh: the motion lasts 0.033 s"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[words for words, _ in WRONG])
def test_a_wrong_invocation_is_one_line_exit_2_and_no_file(weights, place, capsys, words, said):
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    verb, *arguments = words.split()
    arguments += [] if "-o" in arguments else ["-o", "out.bvh"]
    try:
        code = cli.main([verb, *arguments, *([] if "--model" in arguments else ["--model", str(weights)])])
    except SystemExit as stop:  # argparse
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and said in told and told.count("\n") == 1 and "Traceback" not in told
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_examples(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([verb, "--help"])
    told = capsys.readouterr().out
    assert stop.value.code == 0 and "examples:" in told and "bit for bit" in told
