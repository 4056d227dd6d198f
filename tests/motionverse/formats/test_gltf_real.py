"""Real clips, on skeletons of 27 to 74 joints: BVH to GLB and back. Skipped where the corpora are not there."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from motionverse import formats

CORPORA = Path(os.environ.get("MOTIONVERSE_CORPORA", Path(__file__).parents[4] / "shared" / "data"))
CLIPS = 5

pytestmark = pytest.mark.skipif(
    not (CORPORA / "unpack.py").is_file(),
    reason=f"no corpora at {CORPORA}; set MOTIONVERSE_CORPORA to test on real motion",
)


def test_real_bvh_to_glb_and_back_within_a_millimetre(tmp_path):
    subprocess.run(
        [sys.executable, CORPORA / "unpack.py", tmp_path, "animated_drawings"], check=True, capture_output=True
    )
    found = sorted(tmp_path.rglob("*.bvh"), key=lambda path: (path.stat().st_size, path.name))
    assert len(found) > CLIPS
    skeletons = set()
    for path in found[:: len(found) // CLIPS]:
        first = formats.load(path)
        first.save(tmp_path / "a.glb")
        formats.load(tmp_path / "a.glb").save(tmp_path / "b.bvh")
        again = formats.load(tmp_path / "b.bvh")
        assert (again.skeleton.names, len(again)) == (first.skeleton.names, len(first)), path.name
        assert again.fps == pytest.approx(first.fps, rel=2e-4), (
            path.name
        )  # a Frame Time of 0.03333 comes back as 30 fps
        assert np.abs(again.joints() - first.joints()).max() < 1e-3, path.name
        skeletons.add(len(first.skeleton))
    assert len(skeletons) > 1
