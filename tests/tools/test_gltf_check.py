"""The validator's verdict on what we write. Skipped without node and its packages, which no test fetches."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forge

ROOT = Path(__file__).parents[2]
MODULES = os.environ.get("MOTIONVERSE_NODE", "")

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and Path(MODULES, "node_modules", "gltf-validator").is_dir()),
    reason="MOTIONVERSE_NODE names no folder with the node packages: npm install --prefix FOLDER three gltf-validator",
)


def test_ours_pass_and_a_broken_one_does_not(tmp_path):
    forge.motion(0.3).save(tmp_path / "a.glb")
    broken = (tmp_path / "a.glb").read_bytes().replace(b'"VEC3"', b'"VEC9"', 1)
    (tmp_path / "b.glb").write_bytes(broken)
    for name, code, said in (("a", 0, "a.glb: 0 errors, 0 warnings"), ("b", 1, "VEC9")):
        command = [sys.executable, "-m", "tools.gltf_check", tmp_path / f"{name}.glb", "--modules", MODULES]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == code and said in done.stdout
