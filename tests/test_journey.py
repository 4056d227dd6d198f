"""The whole way once, through the command lines: files and sentences, a store, a model, a new motion, an independent reader."""

import csv
import json
from pathlib import Path

import bvhio
import numpy as np
import pytest

import lmm.cli
import motionverse.cli
from lmm import zoo
from motionverse.formats import bvh
from tests import forge

CONFIG = Path(__file__).parents[1] / "configs" / "journey.yaml"
SENTENCES = ("a person walks forward", "someone walks and turns to the left")
CLIPS, SECONDS, FPS = 12, 2.0, 30
MM = 1e-3


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with `clips` (BVH files and their captions), where everything else is put too."""
    place = tmp_path_factory.mktemp("journey")
    clips = place / "clips"
    clips.mkdir()
    with (clips / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("file", "text"))
        for k in range(CLIPS):
            forge.walk(SECONDS, FPS, speed=0.8 + 0.1 * k, turn=0.3 * (k % 2)).save(clips / f"take{k}.bvh")
            table.writerow((f"take{k}.bvh", SENTENCES[k % 2]))
    return place


def test_from_files_and_sentences_to_a_motion_that_others_read(place, capsys):
    store, run, out = place / "store", place / "run", place / "out"
    told = call(capsys, motionverse.cli, "build", place / "clips", "--source", "folder", "-o", store, "--workers", "1")
    assert told["sources"][0]["clips"] == CLIPS
    told = call(capsys, motionverse.cli, "inspect", store, "--verify")
    assert told["clips"] == CLIPS and told["captions"] == CLIPS

    told = call(capsys, lmm.cli, "train", CONFIG, f"data.store={store}", f"run.folder={run}", "run.threads=1")
    weights = zoo.publish(Path(told["folder"]), place / "weights" / "journey")

    out.mkdir()
    files = [out / f"walk{suffix}" for suffix in (".bvh", ".npz")]
    asked = ("--seconds", "1.5", "--fps", str(FPS), "--seed", "3", "--steps", "4")
    outs = [option for file in files for option in ("-o", file)]
    told = call(capsys, lmm.cli, "generate", SENTENCES[0], *asked, "--model", weights, *outs)
    assert told["motions"][0]["files"] == [str(file) for file in files]
    assert sorted(out.iterdir()) == files

    with np.load(files[1], allow_pickle=False) as arrays:
        joints, names = arrays["joints"], [str(name) for name in arrays["joint_names"]]
        assert joints.shape == (45, 52, 3) and arrays["poses"].shape == (45, 156) and arrays["trans"].shape == (45, 3)
        assert float(arrays["mocap_framerate"]) == FPS
    assert np.isfinite(joints).all() and joints.std(0).max() > MM
    apart = np.linalg.norm(independent(files[0], names, len(joints)) - joints, axis=-1)
    assert apart.max() < MM


def call(capsys, cli, *arguments):
    """What a command says with --json; it must succeed."""
    capsys.readouterr()
    assert cli.main([*(str(argument) for argument in arguments), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def independent(path, names, frames):
    """World positions (T, J, 3) [m] of the named joints of a BVH file, as bvhio reads it."""
    root = bvhio.readAsHierarchy(str(path))
    found = {joint.Name: joint for joint, _, _ in root.layout()}
    assert set(names) <= set(found)
    poses = []
    for frame in range(frames):
        root.loadPose(frame)
        poses.append([[*found[name].PositionWorld] for name in names])
    return np.array(poses) * bvh.WRITTEN_UNIT
