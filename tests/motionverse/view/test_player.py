"""The page that plays motions: whole, with the right numbers in it, and safe from what its titles say."""

import base64
import re
import shutil
import subprocess

import numpy as np
import pytest

from motionverse import cli, contact, face, playlist
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.store.writer import Writer
from motionverse.view import player
from tests import forge

CHAIN = Skeleton(("a", "b", "c"), (-1, 0, 1), np.array([[0, 0, 0], [0, 1.0, 0], [0.5, 0, 0]]))


def test_joints_come_back_within_a_millimetre():
    walk, other = forge.walk(2.0, 30.0), forge.motion(1.0, 60.0, skeleton=CHAIN)
    far = walk.with_(root=walk.root + np.linspace(0, 1, len(walk))[:, None] * [40.0, 0, -20])
    held = player.decoded(player.page([player.Shown(far, "far"), player.Shown(other, "chain")]))
    for (row, joints), motion in zip(held, (far, other), strict=True):
        assert np.abs(joints - motion.joints()).max() < 1e-3
        assert (
            row["fps"] == motion.fps and row["frames"] == len(motion) and tuple(row["joints"]) == motion.skeleton.names
        )
    assert [row["name"] for row, _ in held] == ["far", "chain"]


def test_contacts_turns_and_captions_are_those_of_the_motion():
    walk = forge.walk(2.0, 30.0)
    captions = (Caption("later", 1.0, 9.0), Caption("all"), Caption("never", 5.0, 6.0))
    ((row, _),) = player.decoded(player.page([player.Shown(walk, "walk", captions)]))
    bits = np.frombuffer(base64.b64decode(row["contacts"]), np.uint8)
    assert np.array_equal(
        np.unpackbits(bits[:, None], axis=1, bitorder="little")[:, :4].astype(bool), contact.feet(walk)
    )
    assert [WHOLE_BODY.names[j] for j in row["feet"]] == list(contact.FEET)
    quats = np.frombuffer(base64.b64decode(row["rotations"]), "<i2").reshape(60, 52, 4) / 32767
    assert np.abs(np.linalg.norm(quats, axis=-1) - 1).max() < 1e-3
    assert row["captions"] == [{"text": "all", "start": 0.0, "end": 2.0}, {"text": "later", "start": 1.0, "end": 2.0}]


def test_faces_are_in_the_page_by_their_convention_and_feet_that_rest_do_not_touch():
    rng, walk = np.random.default_rng(0), forge.walk(1.0)
    arkit = walk.with_(face=rng.uniform(0, 1, (30, 50)), face_source=face.ARKIT, observed=np.zeros(52, bool))
    flame = walk.with_(face=rng.normal(0, 2, (30, 50)))
    rows = [row for row, _ in player.decoded(player.page([player.Shown(m, "x") for m in (arkit, flame, walk)]))]
    for row, motion in zip(rows, (arkit, flame), strict=False):
        held, made = np.frombuffer(base64.b64decode(row["face"]["text"]), np.uint8).reshape(30, 50), row["face"]
        values = made["low"] + (made["high"] - made["low"]) * held / 255
        assert np.abs(values - motion.face).max() < made["high"] / 200 and made["source"] == motion.face_source
    assert tuple(rows[0]["face"]["names"]) == face.SLOTS and not rows[1]["face"]["names"] and "face" not in rows[2]
    assert rows[0]["feet"] == [] and "contacts" not in rows[0] and "contacts" in rows[1]


def test_feet_are_found_on_foreign_skeletons():
    words = {"hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase"}

    def mixamo(name):
        side, _, part = name.partition("_")
        return f"{side.title()}{words.get(part, part.title())}" if part else name.title()

    walk = forge.walk(2.0)
    named = Skeleton(tuple(map(mixamo, WHOLE_BODY.names)), WHOLE_BODY.parents, WHOLE_BODY.offsets)
    ((row, _),) = player.decoded(player.page([player.Shown(walk.with_(skeleton=named), "walk")]))
    assert [row["joints"][j] for j in row["feet"]] == ["LeftFoot", "LeftToeBase", "RightFoot", "RightToeBase"]
    bits = np.unpackbits(np.frombuffer(base64.b64decode(row["contacts"]), np.uint8)[:, None], axis=1, bitorder="little")
    assert (bits[:, :4].astype(bool) == contact.feet(walk)).mean() > 0.8
    ((row, _),) = player.decoded(player.page([player.Shown(forge.motion(1.0, skeleton=CHAIN), "chain")]))
    assert row["feet"] == [] and "contacts" not in row


def test_the_page_is_whole_and_needs_no_network():
    made = player.page([player.Shown(forge.walk(0.5), "walk")], "a walk")
    assert made.startswith("<!doctype html>") and made.rstrip().endswith("</html>") and "<title>a walk</title>" in made
    assert "{{" not in made and "default-src 'none'" in made
    assert not re.search(r"https?://|@import|url\(|<link[^>]+stylesheet|\bfetch\(|XMLHttpRequest|\bimport\(", made)
    wanted = set(re.findall(r'\$\("(\w+)"\)', made))
    assert wanted and all(f'id="{name}"' in made for name in wanted)


def test_every_button_has_a_name():
    made = player.page([player.Shown(forge.walk(0.5), "walk")])
    for button in re.findall(r"<button([^>]*)>(.*?)</button>", made):
        assert "aria-label" in button[0] or re.search(r"\w", re.sub("<[^>]*>", "", button[1])), button
    for control in re.findall(r"<(?:input|select)[^>]*>", made):
        assert "aria-label" in control
    assert 'lang="en"' in made and "prefers-color-scheme: dark" in made and "prefers-reduced-motion" in made


def test_titles_and_captions_are_text_and_nothing_else():
    evil = "</script><script>alert(1)</script>{{script}}<!--"
    made = player.page([player.Shown(forge.walk(0.5), evil, (Caption(evil),))], evil)
    assert "alert(1)</script>" not in made and made.count("<script") == 2
    ((row, _),) = player.decoded(made)
    assert row["name"] == evil and row["captions"][0]["text"] == evil


def test_absurd_sizes_are_refused():
    walk = player.Shown(forge.walk(0.5), "walk")
    long = Motion(np.broadcast_to(np.eye(3), (120_000, 52, 3, 3)), np.zeros((120_000, 3)), 120.0)
    wide = forge.walk(0.5)
    wide = wide.with_(root=wide.root * 1000)
    for shown, words in (
        ([], "1 to 12"),
        ([walk] * 13, "13"),
        ([player.Shown(long, "long")], "MiB"),
        ([player.Shown(wide, "wide")], "units"),
    ):
        with pytest.raises(MotionError, match=words) as told:
            player.page(shown)
        assert "\n" not in str(told.value)
    with pytest.raises(MotionError, match="not a page"):
        player.decoded("<html></html>")


def test_a_body_is_shared_and_can_be_left_out():
    shown = [player.Shown(forge.walk(0.5), "one"), player.Shown(forge.walk(0.5), "two")]
    assert [row["body"] for row, _ in player.decoded(player.page(shown))] == [0, 0]
    small = player.page(shown, body=False)
    assert [row["body"] for row, _ in player.decoded(small)] == [-1, -1] and "rotations" not in player.decoded(small)[
        0
    ][0]
    assert len(small) < len(player.page(shown)) / 2


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to check the script with")
def test_the_script_is_javascript(tmp_path):
    script = tmp_path / "page.js"
    script.write_text(
        "\n".join((player.PAGE / name).read_text(encoding="utf-8") for name in player.SCRIPTS), encoding="utf-8"
    )
    told = subprocess.run(["node", "--check", str(script)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_view_writes_a_page(tmp_path, capsys, monkeypatch):
    forge.walk(0.5).save(tmp_path / "walk.bvh")
    (tmp_path / "captions.csv").write_text("file,text,start,end\nwalk.bvh,walks,0,0.3\n", encoding="utf-8")
    page = tmp_path / "page.html"
    opened = []
    monkeypatch.setattr(playlist, "open_in_browser", lambda path: bool(opened.append(path)))
    files = [str(tmp_path / "walk.bvh")] * 2
    assert cli.main(["view", *files, "--captions", str(tmp_path / "captions.csv"), "-o", str(page), "--no-open"]) == 0
    assert not opened and "2 motions" in capsys.readouterr().out
    held = player.decoded(page.read_text(encoding="utf-8"))
    assert [row["captions"][0]["text"] for row, _ in held] == ["walks", "walks"]
    assert np.abs(held[0][1] - forge.walk(0.5).joints()).max() < 2e-3
    assert (
        cli.main(["view", files[0], "--fps", "15"]) == 0
        and "no browser found here; open file://" in capsys.readouterr().out
    )
    assert len(opened) == 1 and opened[0].is_file()


@pytest.mark.parametrize(
    ("rows", "says"),
    [("other.bvh,walks,0,1", "it is of other.bvh, not of walk.bvh"), ("", "it is of nothing"),
     ("walk.bvh,walks,3,1", "from 3 to 1 s"), ("walk.bvh,walks,nan,1", "from nan"), ("walk.bvh,walks,-1,1", "from -1")],
)  # fmt: skip
def test_captions_that_would_not_be_seen_are_refused(tmp_path, capsys, rows, says):
    forge.walk(0.5).save(tmp_path / "walk.bvh")
    (tmp_path / "captions.csv").write_text(f"file,text,start,end\n{rows}\n", encoding="utf-8")
    page = tmp_path / "page.html"
    arguments = ["view", str(tmp_path / "walk.bvh"), "--captions", str(tmp_path / "captions.csv"), "-o", str(page)]
    assert cli.main([*arguments, "--no-open"]) == 2 and not page.exists()
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1
    assert cli.main(["view", str(tmp_path), "--no-open"]) == 2 and "*.bvh" in capsys.readouterr().err


def test_view_of_a_store(tmp_path, capsys):
    with Writer(tmp_path / "store") as writer:
        for name in ("folder/one", "folder/two"):
            writer.add(Clip(forge.walk(0.5), name, "folder", "unknown", name, split="train", captions=(Caption(name),)))
        writer.close()
    page = tmp_path / "page.html"
    arguments = ["view", str(tmp_path / "store"), "--no-open", "-o", str(page)]
    assert cli.main([*arguments, "--clip", "two", "--clip", "0"]) == 0
    assert [row["name"] for row, _ in player.decoded(page.read_text(encoding="utf-8"))] == ["folder/two", "folder/one"]
    capsys.readouterr()
    for wrong in (
        [],
        ["--clip", "three"],
        ["--clip", "one", "-o", str(tmp_path / "page.txt")],
        ["--clip", "one", "--fps", "0"],
    ):
        assert cli.main([*arguments, *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
