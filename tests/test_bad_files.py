"""Files that are broken, foreign or out of reach: both command lines say it in one line, exit with 2 and leave nothing behind."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import lmm.cli
import motionverse.cli
from motionverse.features.text import TextEncoder
from tests import forge
from tests.lmm import forged_weights

JOURNEY = Path(__file__).parents[1] / "configs" / "journey.yaml"
LEGLESS = """HIERARCHY
ROOT Hips
{
OFFSET 0 0 0
CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
JOINT Spine
{
OFFSET 0 40 0
CHANNELS 3 Zrotation Xrotation Yrotation
End Site
{
OFFSET 0 40 0
}
}
}
MOTION
Frames: 2
Frame Time: 0.033333
0 90 0 0 0 0 0 0 0
0 90 0 0 0 0 0 0 0
"""


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A folder with a sound motion file, a store and weights, all of which the tests only copy."""
    place = tmp_path_factory.mktemp("given")
    forge.walk(1.0).save(place / "walk.bvh")
    forge.walk(1.0).save(place / "walk.npz")
    (place / "clips").mkdir()
    forge.walk(1.5).save(place / "clips" / "walk.bvh")
    building = ["build", str(place / "clips"), "--source", "folder", "-o", str(place / "store"), "--workers", "1"]
    assert motionverse.cli.main(building) == 0
    forged_weights.write(place / "weights")
    return place


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The working folder; sentences need no encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)
    return tmp_path


def refused(capsys, cli, *arguments):
    """What a command says on stderr, which must be one line, with exit code 2."""
    capsys.readouterr()
    code = cli.main([str(argument) for argument in arguments])
    told = capsys.readouterr().err
    assert code == 2 and told.count("\n") == 1 and "Traceback" not in told, told
    return told


def damaged(given, kind):
    """A motion file with a fault; returns its path."""
    text = (given / "walk.bvh").read_text()
    if kind == "nan.npz":
        with np.load(given / "walk.npz") as arrays:
            held = dict(arrays)
        held["poses"][3, 4] = np.nan
        np.savez(kind, **held)  # type: ignore[arg-type]
    else:
        content = {
            "hierarchy.bvh": text[: text.index("MOTION") // 2], "header.bvh": text[: text.index("Frame Time")],
            "frames.bvh": text[: (len(text) + text.index("Frame Time")) // 2], "empty.bvh": "", "legless.bvh": LEGLESS,
            "nan.bvh": " nan ".join(text.rsplit(" ", 2)[::2]), "words.bvh": "walks, then stops\n",
        }  # fmt: skip
        Path(kind).write_text(content[kind])
    return Path(kind)


FAULTS = {
    "hierarchy.bvh": "line", "header.bvh": "Frame Time", "frames.bvh": "cut short", "empty.bvh": "empty", "nan.bvh": "nan",
    "nan.npz": "finite", "words.bvh": "HIERARCHY", "legless.bvh": "no legs",
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_a_motion_file_with_a_fault(given, here, capsys, kind):
    path = damaged(given, kind)
    told = refused(capsys, motionverse.cli, "convert", path, "out.npz", "--whole-body")
    assert kind in told and FAULTS[kind] in told
    refused(capsys, motionverse.cli, "render", path, "out.png", "--whole-body")
    assert [found.name for found in here.iterdir()] == [kind]


def test_a_folder_whose_every_clip_has_a_fault(given, here, capsys):
    (here / "clips").mkdir()
    damaged(given, "nan.bvh").rename(here / "clips" / "nan.bvh")
    assert "nan.bvh" in refused(capsys, motionverse.cli, "build", "clips", "--source", "folder", "-o", "store")
    assert not (here / "store").exists()


def test_a_store_with_a_flipped_byte(given, here, capsys):
    for name in sorted(found.name for found in (given / "store").iterdir()):
        shutil.copytree(given / "store", here / "store", dirs_exist_ok=True)
        content = bytearray((here / "store" / name).read_bytes())
        content[len(content) // 2] ^= 1
        (here / "store" / name).write_bytes(content)
        assert name in refused(capsys, motionverse.cli, "inspect", "store", "--verify")
        assert name in refused(capsys, lmm.cli, "train", JOURNEY, "data.store=store", "run.folder=run")
    assert not [found for found in (here / "run").rglob("*") if found.suffix == ".safetensors"]


@pytest.mark.parametrize("name", ["model.safetensors", "config.yaml", "licences.json"])
@pytest.mark.parametrize("content", [None, b"\x00\xff{["])
def test_weights_with_a_missing_or_foreign_file(given, here, capsys, name, content):
    shutil.copytree(given / "weights", here / "weights")
    (here / "weights" / name).unlink()
    if content is not None:
        (here / "weights" / name).write_bytes(content)
    told = refused(capsys, lmm.cli, "generate", "a person walks", "--model", "weights", "-o", "walk.bvh")
    assert name in told
    assert [found.name for found in here.iterdir()] == ["weights"]


@pytest.mark.parametrize("name", ["model.safetensors", "config.yaml", "licences.json"])
def test_weights_with_a_flipped_byte(given, here, capsys, name):
    shutil.copytree(given / "weights", here / "weights")
    content = bytearray((here / "weights" / name).read_bytes())
    content[-3] ^= 1
    (here / "weights" / name).write_bytes(content)
    assert name in refused(capsys, lmm.cli, "generate", "a person walks", "--model", "weights", "-o", "walk.bvh")


def calls(given, suffix):
    """One call of every command that writes a motion or a picture."""
    asked = ("generate", "a person walks", "--seconds", "0.5", "--model", given / "weights", "-o", f"out/x{suffix}")
    yield lmm.cli, asked
    verb = "render" if suffix == ".png" else "convert"
    yield motionverse.cli, (verb, given / "walk.bvh", f"out/x{suffix}")


@pytest.mark.parametrize("suffix", [".bvh", ".npz", ".png"])
def test_a_place_that_cannot_be_written(given, here, capsys, monkeypatch, suffix):
    (here / "out").mkdir()
    for cli, arguments in calls(given, suffix):
        with monkeypatch.context() as patched:  # not chmod: root may write anywhere
            patched.setattr(os, "access", lambda path, mode: False)
            assert "not writable" in refused(capsys, cli, *arguments)
        (here / "out" / f"x{suffix}").mkdir()
        assert "is a folder" in refused(capsys, cli, *arguments)
        (here / "out" / f"x{suffix}").rmdir()


@pytest.mark.parametrize("suffix", [".bvh", ".npz", ".json", ".png"])
def test_a_disk_that_fills_up_leaves_no_half_written_file(given, here, capsys, monkeypatch, suffix):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (here / "out").mkdir()
    monkeypatch.setattr(Path, "replace", full)
    for cli, arguments in calls(given, suffix):
        assert "No space left" in refused(capsys, cli, *arguments)
        assert not list((here / "out").iterdir())
