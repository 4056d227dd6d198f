"""convert and retarget from the command line: the options for every format that is read, and folders."""

import json

import numpy as np
import pytest

from lmm import cli as lmm_cli
from motionverse import cli, formats
from motionverse.skeleton import WHOLE_BODY
from tests import forge

ANKLE = WHOLE_BODY.index("left_ankle")
READ = (".bvh", ".npz", ".joints.npz", ".json", ".glb", ".gltf", ".npy", ".hml263.npy", ".csv")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The same walk in every format."""
    folder = tmp_path_factory.mktemp("walks")
    for suffix in READ:
        forge.walk(1.0, 20).save(folder / f"walk{suffix}")
    return folder


def said(capsys, *arguments, code=0):
    capsys.readouterr()
    assert cli.main([str(a) for a in arguments]) == code, capsys.readouterr()
    return capsys.readouterr()


@pytest.mark.parametrize("suffix", READ)
def test_rate_size_axis_and_skeleton_of_every_format(place, tmp_path, capsys, suffix):
    source, out = place / f"walk{suffix}", tmp_path / "out.joints.npz"
    plain = formats.load(source)
    said(capsys, "convert", source, out, "--fps", 10)
    slow = formats.load(out)
    assert slow.fps == 10 and slow.seconds == pytest.approx(plain.seconds, abs=0.11)
    said(capsys, "convert", source, out, "--fps-in", 40)
    assert formats.load(out).fps == pytest.approx(40, rel=1e-6)
    one, up = {".bvh": 0.01}.get(suffix, 1.0), "Z" if suffix == ".npz" else "Y"  # what the file is in
    said(capsys, "convert", source, out, "--scale", 2 * one, "--up", up)
    joint = 0 if suffix == ".npz" else ANKLE  # AMASS has its bones in metres, whatever its places are in
    assert np.abs(formats.load(out).joints() - 2 * plain.joints())[:, joint].max() < 1e-3
    said(capsys, "convert", source, out, "--up", f"-{up}")
    turned = formats.load(out).joints()[:, ANKLE]
    assert np.abs(turned[:, 1] + plain.joints()[:, ANKLE, 1]).max() < 1e-3
    said(capsys, "convert", source, out, "--skeleton", place / "walk.bvh", "--json")
    assert formats.load(out).skeleton.names == WHOLE_BODY.names


def test_joints_are_named_from_the_command_line(tmp_path, capsys):
    motion = forge.walk(1)
    np.save(tmp_path / "a.npy", motion.joints()[:, :22])
    said(capsys, "convert", tmp_path / "a.npy", tmp_path / "a.bvh", "--joints", "smpl22", "--fps-in", 30)
    assert np.abs(formats.load(tmp_path / "a.bvh").joints() - motion.joints())[:, ANKLE].max() < 1e-3
    told = said(capsys, "convert", tmp_path / "a.bvh", tmp_path / "b.npz", "--joints", "smpl22", code=2).err
    assert "names its joints itself" in told and told.count("\n") == 1
    assert "--fps-in 0" in said(capsys, "convert", tmp_path / "a.npy", tmp_path / "b.bvh", "--fps-in", 0, code=2).err


@pytest.mark.parametrize("verb", ["convert", "retarget"])
def test_what_is_told_of_a_file_is_what_is_in_it(place, tmp_path, capsys, verb):
    out = tmp_path / "out.hml263.npy"
    told = said(capsys, verb, place / "walk.bvh", out, "--fps", 60).out
    assert f"{len(np.load(out))} frames, 20 fps" in told


def test_kinds_of_file_are_named_by_what_is_asked_of_them(place, tmp_path, capsys):
    read = said(capsys, "convert", tmp_path / "a.txt", tmp_path / "b.bvh", code=2).err
    assert ".fbx" in read and ".usda" not in read
    for name, says in (("b.txt", "unknown format '.txt'"), ("b.fbx", "only read")):
        written = said(capsys, "convert", tmp_path / "absent.bvh", tmp_path / name, code=2).err  # before reading
        assert says in written and ".usda" in written and ".c3d" not in written


def forged(tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    forge.walk(1.0).save(folder / "a.bvh")
    forge.walk(1.0).save(folder / "a.npz")
    forge.walk(2.0, 20).save(folder / "deep" / "b.hml263.npy")
    return folder


def test_a_folder_becomes_a_folder(tmp_path, capsys):
    folder, out = forged(tmp_path), tmp_path / "out"
    report = json.loads(said(capsys, "convert", folder, out, "--to", "glb", "--fps", 15, "--json").out)
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert found == ["a.bvh.glb", "a.npz.glb", "deep/b.glb"], "two that would be one keep their suffixes"
    assert report["written"] == 3 and report["failed"] == 0 and len(report["files"]) == 3
    assert {row["fps"] for row in report["files"]} == {15.0} and report["seconds"] == pytest.approx(4, abs=0.2)
    assert formats.load(out / "deep" / "b.glb").fps == pytest.approx(15)


def test_files_that_cannot_be_read_are_named_and_the_rest_is_written(tmp_path, capsys):
    folder, out = forged(tmp_path), tmp_path / "out"
    (folder / "bad.bvh").write_text("HIERARCHY")
    report = json.loads(said(capsys, "convert", folder, out, "--to", ".bvh", "--json", code=1).out)
    assert report["written"] == 3 and report["failed"] == 1
    (failed,) = [row for row in report["files"] if "error" in row]
    assert "bad.bvh" in failed["error"] and "output" not in failed and not (out / "bad.bvh").exists()
    told = said(
        capsys, "retarget", folder, tmp_path / "mapped", "--to", "bvh", "--target", folder / "a.bvh", code=1
    ).out
    assert "left out" in told and "wrote 3 files" in told and (tmp_path / "mapped" / "deep" / "b.bvh").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("convert", "IN", "out"), "--to bvh"),
        (("convert", "IN", "out", "--to", "fbx"), "not a format that is written"),
        (("convert", "IN", "out", "--to", "amc"), "not a format that is written"),
        (("convert", "IN", "IN/a.bvh", "--to", "bvh"), "is a file"),
        (("convert", "empty", "out", "--to", "bvh"), "no motion files"),
        (("convert", "IN/a.bvh", "b.bvh", "--to", "bvh"), "for a folder"),
        (("retarget", "IN", "out", "--to", "bvh", "--report", "a.html"), "a report is of one motion"),
    ],
)
def test_folders_that_cannot_be_done(tmp_path, monkeypatch, capsys, arguments, says):
    folder = forged(tmp_path)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    told = said(capsys, *(a.replace("IN", str(folder)) for a in arguments), code=2).err
    assert says in told and told.count("\n") == 1 and not (tmp_path / "out").exists()


def test_what_would_fail_in_every_file_of_a_folder_is_said_once(tmp_path, capsys):
    folder, blocked = forged(tmp_path), tmp_path / "file"
    blocked.write_text("x")
    for out, options in (("out", ("--fps", 0)), ("out", ("--skeleton", "absent.glb")), ("file/out", ())):
        told = said(capsys, "convert", folder, tmp_path / out, "--to", "bvh", *options, code=2)
        assert not told.out and told.err.count("\n") == 1 and str(folder) not in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "walk.bvh", "walk.bvh", "--fps", 10),
        ("convert", "walk.bvh", "in/../walk.bvh"),
        ("convert", "walk.bvh", "link.bvh"),
        ("convert", "link.bvh", "walk.bvh"),
        ("convert", "in/a.bvh", "walk.bvh", "--skeleton", "walk.bvh"),
        ("convert", "in", "in", "--to", "bvh"),
        ("convert", "in", "there", "--to", "bvh"),
        ("retarget", "walk.bvh", "./walk.bvh"),
        ("retarget", "in/a.bvh", "walk.bvh", "--target", "walk.bvh"),
        ("retarget", "walk.json", "out.bvh", "--report", "walk.json"),
        ("retarget", "walk.glb", "walk.glb", "--target", "walk.glb"),
        ("retarget", "in", "linked", "--to", "bvh", "--target", "walk.bvh"),
        ("retarget", "walk.bvh", "out.json", "--report", "out.json"),
    ],
)
def test_what_is_read_is_never_written_over(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    for name in ("walk.bvh", "walk.json", "walk.glb", "in/a.bvh", "in/b.bvh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        forge.walk(0.3).save(name)
    (tmp_path / "link.bvh").symlink_to("walk.bvh")
    (tmp_path / "there").symlink_to("in")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "b.bvh").symlink_to("../in/b.bvh")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told = said(capsys, *arguments, code=2).err
    assert told.count("\n") == 1 and ("would be overwritten; give" in told or "give the report another name" in told)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_takes_other_formats_of_its_files(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    forge.walk(0.3).save(folder / "a.bvh")
    assert "wrote 1 files" in said(capsys, "convert", folder, folder, "--to", "npy").out


@pytest.mark.parametrize("main", [cli.main, lmm_cli.main])
def test_the_version_is_the_packages(capsys, main):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out.split()[-1].count(".") == 2
