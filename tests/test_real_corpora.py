"""Real corpora, where they lie beside the repository: restored, built, and as faithful as the representation promises.

Skipped where there are none. MOTIONVERSE_CORPORA names another folder that has an `unpack.py OUT DATASET ...`.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from motionverse import build
from motionverse.contact import floating
from motionverse.store import Store
from motionverse.tomato import fidelity

CORPORA = Path(os.environ.get("MOTIONVERSE_CORPORA", Path(__file__).parents[2] / "shared" / "data"))
SOURCES = ["animated_drawings", "deepmimic", "aistpp"]  # small ones: eight skeletons, BVH and arrays, 16 to 120 fps

pytestmark = pytest.mark.skipif(
    not (CORPORA / "unpack.py").is_file(),
    reason=f"no corpora at {CORPORA}; set MOTIONVERSE_CORPORA to test on real motion",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = tmp_path_factory.mktemp("corpora")
    subprocess.run([sys.executable, CORPORA / "unpack.py", place / "files", *SOURCES], check=True, capture_output=True)
    report = build.build(place / "files", place / "store", SOURCES, workers=1)
    assert {row.source for row in report.rows} == set(SOURCES)
    return Store(place / "store")


def test_most_clips_are_kept_and_each_has_words_a_licence_and_a_side(store):
    assert len(store) > 150
    for record in store.records:
        assert record.captions and record.licence and record.split in ("train", "validation", "test"), record.name
    sides = {}
    for record in store.records:
        assert sides.setdefault(record.performance, record.split) == record.split, record.performance


def test_every_clip_comes_back_from_the_representation(store):
    millimetres, degrees = zip(*(fidelity.round_trip(store.motion(index)) for index in range(len(store))), strict=True)
    assert max(millimetres) < 1
    assert max(degrees) < 0.1


def test_people_stand_on_the_floor_and_keep_their_left(store):
    for index in range(0, len(store), 10):
        motion = store.motion(index)
        assert floating(motion)["penetration"] < 0.08, store.records[index].name
        joints = motion.joints()
        # at rest the left hip is to the left of the way that the pelvis faces, whatever the source called its joints
        across = joints[:, motion.skeleton.index("left_hip")] - joints[:, motion.skeleton.index("right_hip")]
        left = motion.globals()[:, 0, :, 0]
        assert np.median((across * left).sum(-1)) > 0.1, store.records[index].name
