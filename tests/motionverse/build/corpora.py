"""A small corpus with something of everything that can become of a clip, and stores compared byte for byte."""

from pathlib import Path

import numpy as np

from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.motionverse.sources import files

CLIPS = 12
CHUNK = 2


def write(root: Path) -> Path:
    """Twelve clips of two sources under `root`: good ones at three rates, one with a jump, one with a rest pose, bad ones."""
    folder = root / "folder"
    folder.mkdir(parents=True)
    for k in range(6):
        forge.walk(0.8, (30.0, 60.0, 120.0)[k % 3], turn=0.1 * k).save(folder / f"walk{k}.bvh")
    jumping = forge.walk(2.0, 60.0)
    path = jumping.root.copy()
    path[30] += [0.0, 0.0, 2.0]
    jumping.with_(root=path).save(folder / "jump.bvh")
    resting(forge.walk(1.0, 30.0)).save(folder / "rest.bvh")
    forge.walk(0.2).save(folder / "short.bvh")
    (folder / "torn.bvh").write_text("HIERARCHY\nROOT x\n", encoding="utf-8")
    files.write_rows(folder / "captions.jsonl", [
        {"file": "walk0.bvh", "text": "a person walks", "licence": "cmu"},
        {"file": "walk1.bvh", "text": "a person strolls", "licence": "bandai-namco"},
    ])  # fmt: skip
    for k in range(2):
        place = root / "deepmimic" / f"humanoid3d_walk{k}.npz"
        files.write_quaternions(place, files.of("deepmimic", files.body(0.8, 30.0, seed=k)))
    return root


def resting(motion: Motion) -> Motion:
    """The motion after a third of a second of T-pose."""
    rotations = np.broadcast_to(np.eye(3), (10, len(WHOLE_BODY), 3, 3)).copy()
    return motion.with_(rotations=rotations, root=np.repeat(motion.root[:1], 10, 0)).join(motion)


def content(store: Path) -> dict[str, bytes]:
    """Every file of a store, and the rows of its report."""
    rows = store.with_name(store.name + ".report.jsonl")
    return {path.name.replace(store.name, "STORE"): path.read_bytes() for path in [*sorted(store.iterdir()), rows]}


def left_beside(store: Path) -> list[str]:
    """Hidden files and folders beside a store: what a build has not cleaned up."""
    return [path.name for path in store.parent.iterdir() if path.name.startswith(".")]
