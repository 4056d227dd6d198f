"""Motions onto characters from the command line: the file, the reports, and one line for what cannot be used."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

from motionverse import cli, formats, rotation
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import Skeleton
from tests import forge
from tests.motionverse.formats import heroes
from tests.motionverse.retarget.characters import CHARACTERS, dog, named


@pytest.fixture
def walk(tmp_path):
    path = tmp_path / "walk.bvh"
    forge.walk(1.0, raise_hand="left").save(path)
    return path


@pytest.fixture
def hero(tmp_path):
    skeleton = CHARACTERS["mixamo"]()
    path = tmp_path / "hero.bvh"
    Motion(rotation.identity(1, len(skeleton)), np.array([[0.0, 1.1, 0.0]]), 30, skeleton).save(path)
    return path


class Tags(HTMLParser):
    """Counts tags, and looks for anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}
        self.from_elsewhere: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        self.from_elsewhere += [str(value) for name, value in attrs if name in ("src", "href")]


def test_retarget_writes_the_motion_on_the_character_and_three_kinds_of_report(walk, hero, tmp_path, capsys):
    out = tmp_path / "out.bvh"
    for suffix in ("html", "txt", "json"):
        report = tmp_path / f"report.{suffix}"
        arguments = ["retarget", str(walk), str(out), "--target", str(hero), "--report", str(report)]
        assert cli.main(arguments) == 0
        assert "mixamorig:LeftForeArm" in report.read_text()
    assert "target: Mixamo" in capsys.readouterr().out
    made = formats.load(out)
    assert made.skeleton.names == formats.load(hero).skeleton.names
    joints = made.joints()
    at = made.skeleton.index
    assert (joints[:, at("mixamorig:LeftHand"), 1] > joints[:, at("mixamorig:Head"), 1]).all()
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["target"]["family"] == "Mixamo" and facts["toe_skate_m_s"]["result"] >= 0
    page = Tags()
    page.feed((tmp_path / "report.html").read_text())
    assert page.seen["svg"] == 2 and page.seen["circle"] >= 104 and page.seen["tr"] > 50
    assert not page.from_elsewhere and "script" not in page.seen


def test_retarget_without_a_target_is_to_whole_body_and_says_so_in_json(walk, tmp_path, capsys):
    assert cli.main(["retarget", str(walk), str(tmp_path / "o.npz"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"]["family"] == "WHOLE_BODY"


def test_convert_onto_the_skeleton_of_a_file(walk, hero, tmp_path):
    assert cli.main(["convert", str(walk), str(tmp_path / "o.bvh"), "--skeleton", str(hero)]) == 0
    assert formats.load(tmp_path / "o.bvh").skeleton.names == formats.load(hero).skeleton.names


def test_what_is_on_whole_body_stays_as_it_is(tmp_path):
    """No foot is put on the floor again, no straight knee bent; other proportions are retargeted."""
    motion, out = forge.motion(1.0, 30, seed=3), str(tmp_path / "out.joints.npz")
    motion.save(tmp_path / "walk.joints.npz")
    motion.save(tmp_path / "walk.bvh")
    for name in ("walk.joints.npz", "walk.bvh"):  # float32, and six digits of a degree
        assert cli.main(["convert", str(tmp_path / name), out, "--whole-body"]) == 0
        made = formats.load(out)
        assert np.abs(made.root - motion.root).max() < 1e-6 and np.abs(made.rotations - motion.rotations).max() < 1e-6
        assert made.skeleton.names == motion.skeleton.names
    motion.with_(skeleton=motion.skeleton.with_offsets(motion.skeleton.offsets * 1.1)).save(
        tmp_path / "tall.joints.npz"
    )
    assert cli.main(["convert", str(tmp_path / "tall.joints.npz"), out, "--whole-body"]) == 0
    assert np.abs(formats.load(out).skeleton.offsets - motion.skeleton.offsets).max() < 1e-6


def test_names_of_joints_are_no_markup(walk, tmp_path):
    skeleton = CHARACTERS["nameless"]()
    odd = {n: n.replace("bone", "<b>bone&") for n in skeleton.names}
    retarget(formats.load(walk), named(skeleton, odd))[1].save(tmp_path / "r.html")
    page = Tags()
    page.feed((tmp_path / "r.html").read_text())
    assert page.seen["b"] == 3  # the legend's own
    assert page.seen["tr"] > 50


def test_a_character_in_a_glb_keeps_its_body(walk, tmp_path, capsys):
    """The file with the character, mesh and all, has one more animation; --skeleton takes the skeleton alone."""
    hero, out = heroes.hero(CHARACTERS["mixamo"]()).rig.save(tmp_path / "hero.glb"), tmp_path / "hero_walk.glb"
    assert cli.main(["retarget", str(walk), str(out), "--target", str(hero)]) == 0
    assert "animation 'hero_walk' of hero.glb" in capsys.readouterr().out
    again = ["retarget", str(walk), str(out), "--target", str(out), "--name", "walk", "--json"]
    assert cli.main(again) == 0 and json.loads(capsys.readouterr().out)["animation"] == "walk"
    held = heroes.opened(out)[0]
    assert [row["name"] for row in held["animations"]] == ["hero_walk", "walk"]
    assert held["meshes"] == heroes.opened(hero)[0]["meshes"]
    assert cli.main([*again, "--replace-animations"]) == 0
    assert [row["name"] for row in heroes.opened(out)[0]["animations"]] == ["walk"]
    assert cli.main(["convert", str(walk), str(tmp_path / "bare.glb"), "--skeleton", str(hero)]) == 0
    assert heroes.opened(tmp_path / "bare.glb")[0]["meshes"] != held["meshes"]


@pytest.mark.parametrize("extra", [["--name", "x"], ["--replace-animations"]])
def test_options_for_a_characters_own_file_need_one(walk, hero, tmp_path, capsys, extra):
    arguments = ["retarget", str(walk), str(tmp_path / "o.glb"), "--target", str(hero), *extra]
    assert cli.main(arguments) == 2 and extra[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--target", "no.bvh"], "no.bvh"), (["--report", "r.pdf"], ".html"), (["--target-map", "a=b"], "JOINT=PART"),
        (["--report", "no/r.html"], "no"), (["--source-map", "tail=left_hip"], "tail"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(walk, tmp_path, monkeypatch, capsys, extra, said):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["retarget", str(walk), "out.bvh", *extra]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and said in told
    assert not (tmp_path / "out.bvh").exists()


def test_a_target_that_is_no_body_is_named(walk, tmp_path, capsys):
    chain = Skeleton(("a", "b", "c"), (-1, 0, 1), np.ones((3, 3)))
    Motion(rotation.identity(2, 3), np.zeros((2, 3)), 30, chain).save(tmp_path / "chain.bvh")
    assert cli.main(["retarget", str(walk), str(tmp_path / "o.bvh"), "--target", str(tmp_path / "chain.bvh")]) == 2
    assert "chain.bvh" in capsys.readouterr().err


def test_a_dog_is_warned_of_once_on_stderr_and_done(walk, tmp_path, capsys):
    skeleton = dog()
    Motion(rotation.identity(2, len(skeleton)), np.zeros((2, 3)), 30, skeleton).save(tmp_path / "dog.glb")
    (tmp_path / "in").mkdir()
    for name in "ab":
        forge.walk(0.3).save(tmp_path / "in" / f"{name}.bvh")
    single = ["retarget", str(walk), str(tmp_path / "out.glb"), "--target", str(tmp_path / "dog.glb"), "--json"]
    convert = ["convert", str(walk), str(tmp_path / "out.bvh"), "--skeleton", str(tmp_path / "dog.glb"), "--json"]
    folder = ["retarget", str(tmp_path / "in"), str(tmp_path / "out"), "--to", "bvh", *single[3:]]
    for arguments in (single, convert, folder):
        assert cli.main(arguments) == 0
        told = capsys.readouterr()
        assert told.err.count("\n") == 1 and "dog.glb" in told.err and "hind legs" in told.err
        facts = json.loads(told.out)
    assert (tmp_path / "out.bvh").is_file() and facts["written"] == 2
