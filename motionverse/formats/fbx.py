"""FBX read: the motion of any skeleton in a file of FBX 6 or 7, binary or text, by the library ufbx (extra `fbx`).

A second process turns the scene into glTF (motionverse.formats.fbx_scene), which is read as any glTF file is: the same rest
poses, names, roots and animations by name. ufbx's Python side is young and may crash on what it frees; in a process of its own
that is a line of text. FBX is not written: docs/formats.md has the commands that make one of a .glb.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from motionverse.errors import MotionError
from motionverse.formats import gltf
from motionverse.motion import Motion

REFUSED = 3  # the second process's exit code for what is said in a line
PATIENCE = 600.0  # [s]
INSTEAD = "convert it to .glb with Blender (docs/formats.md has the command)"


def read(
    path: str | Path,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    animation: str | None = None,
) -> Motion:
    """The motion in an .fbx file, on the file's own skeleton, in metres, Y up, as the file says what its unit and axes are.

    fps, scale, up, animation: as for gltf.read; scale is metres in what the file calls a metre. Raises MotionError.
    """
    with _as_gltf(Path(path), animation) as (made, told):
        try:
            return gltf.read(made, fps, scale, up, animation)
        except MotionError as error:
            raise MotionError(told(error)) from None


def animations(path: str | Path) -> list[str]:
    """The names of the animations in a file."""
    with _as_gltf(Path(path), None) as (made, told):
        try:
            return gltf.animations(made)
        except MotionError as error:
            raise MotionError(told(error)) from None


@contextmanager
def _as_gltf(path: Path, animation: str | None) -> Iterator:
    """A glTF file with the same scene, and what turns an error about it into one about `path`."""
    if importlib.util.find_spec("ufbx") is None:
        raise MotionError(f"{path}: .fbx is read by ufbx; pip install ufbx, or {INSTEAD}")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "scene.glb"
        asked = [] if animation is None else [animation]
        # -P: the folder that somebody happens to be in is no place to import from
        command = [sys.executable, "-P", "-m", "motionverse.formats.fbx_scene", str(path), str(made), *asked]
        home = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
        told = {**os.environ, "PYTHONPATH": home}
        try:
            done = subprocess.run(
                command, env=told, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise MotionError(f"{path}: cannot be read in {PATIENCE:g} s; {INSTEAD}") from None
        if done.returncode == REFUSED:
            raise MotionError(f"{path}: {' '.join(done.stderr.split())}")
        if done.returncode or not made.is_file():
            raise MotionError(f"{path}: the FBX library failed on it (exit code {done.returncode}); {INSTEAD}")
        yield made, lambda error: str(error).replace(str(made), str(path))
