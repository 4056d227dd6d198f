"""Motion files. The suffix says which format; a format is one row of FORMATS.

`load` gives a Motion on the file's own skeleton, in metres, Y up; `save` writes the skeleton the motion has. Nothing here
retargets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from motionverse.errors import MotionError
from motionverse.files import check_writable
from motionverse.formats import (
    asf_amc,
    bvh,
    c3d_markers,
    fbx,
    gltf,
    gltf_write,
    humanml3d,
    joints_csv,
    json_motion,
    livelink,
    npy,
    smplx,
    usd,
)
from motionverse.formats import joints as joints_npz
from motionverse.motion import Motion

# of path, fps, scale, up; then the animation where there may be several, or the joints' names where the file may lack them
Reader = Callable[..., Motion]
Writer = Callable[[Motion, Path], Motion | None]  # what the file holds, where that has other frames than were given


@dataclass(frozen=True)
class Format:
    """One family of files. read: None where we only write; write: None where we only read; about: for listings.

    several: what lists the motions in a file by name, where there may be more than one; named: whether a file may not say
    which joints its points are.
    """

    about: str
    read: Reader | None
    write: Writer | None
    several: Callable[[Path], list[str]] | None = None
    named: bool = False


def _bvh(path: Path, fps: float | None, scale: float | None, up: str | None) -> Motion:
    motion = bvh.read(path, scale, up)
    return motion if fps is None else motion.with_(fps=fps)


def _npz(path: Path, fps: float | None, scale: float | None, up: str | None) -> Motion:
    held = joints_npz.arrays(path)
    return (smplx if smplx.holds(held) else joints_npz).from_arrays(held, path, fps, scale, up)


def _csv(
    path: Path, fps: float | None, scale: float | None, up: str | None, names: str | Sequence[str] | None
) -> Motion:
    if names is None and livelink.holds(path):
        return livelink.read(path, fps)
    return joints_csv.read(path, fps, scale, up, names)


FORMATS = {
    ".bvh": Format("BVH, any dialect; written in centimetres, Y up, ZXY", _bvh, bvh.write),
    ".joints.npz": Format("joints and rotations on any skeleton", _npz, joints_npz.write),
    ".npz": Format("AMASS (SMPL-H, SMPL-X) poses, or joints; AMASS is written", _npz, smplx.write),
    ".hml263.npy": Format("HumanML3D features (T, 263), 20 fps", npy.read, humanml3d.write, named=True),
    ".npy": Format("joints (T, J, 3), or HumanML3D's features; joints are written", npy.read, npy.write, named=True),
    ".face.csv": Format("Live Link Face: ARKit's 52 shapes", livelink.read, livelink.write),
    ".csv": Format("a table of joints with their times, or Live Link Face", _csv, joints_csv.write, named=True),
    ".json": Format("names, fps, rotations, joints", json_motion.read, json_motion.write),
    ".glb": Format("glTF 2.0, skins or nodes; written with a body", gltf.read, gltf_write.write, gltf.animations),
    ".gltf": Format("the same as text", gltf.read, gltf_write.write, gltf.animations),
    ".vrm": Format("VRM character: glTF with VRM's bone names", gltf.read, None, gltf.animations),
    ".fbx": Format("FBX 6 and 7, any skeleton; needs ufbx", fbx.read, None, fbx.animations),
    ".vrma": Format("VRM animation: glTF with VRM's bone names", gltf.read, None, gltf.animations),
    ".amc": Format("Acclaim, with its .asf beside it", lambda path, *options: asf_amc.read(path, None, *options), None),
    ".c3d": Format("labelled markers of a laboratory", c3d_markers.read, None, named=True),
    ".usda": Format("USD: skeleton, animation, body, as text", None, usd.write),
    ".usd": Format("the same", None, usd.write),
    ".usdc": Format("the same packed; needs usd-core", None, usd.write),
    ".usdz": Format("the same in one file to send; needs usd-core", None, usd.write),
}
SUFFIXES = tuple(suffix for suffix, row in FORMATS.items() if row.read)  # what motion is read from
WRITTEN = tuple(suffix for suffix, row in FORMATS.items() if row.write)
PICTURES = (".mp4", ".gif", ".png")  # motionverse.view's


def format_of(path: str | Path, known: Sequence[str] = SUFFIXES) -> Format:
    """The row of FORMATS for a file name; MotionError for a suffix that no row has, which names the ones in `known`."""
    name = Path(path).name.lower()
    for suffix, row in FORMATS.items():  # the longer suffix stands first
        if name.endswith(suffix):
            return row
    if Path(path).suffix.lower() in PICTURES:
        raise MotionError(f"{path}: pictures are drawn by `motionverse render`, or motionverse.view.render in Python")
    raise MotionError(f"{path}: unknown format {Path(path).suffix!r}; use one of {' '.join(known)}")


def load(
    path: str | Path,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    animation: str | None = None,
    joints: str | Sequence[str] | None = None,
) -> Motion:
    """The motion in a file, on the file's own skeleton, in metres, Y up.

    fps: frames a second in place of the file's own (nothing is resampled, but for glTF, whose keys have instants: it is
    sampled at that rate); scale: metres in one file unit; up: the file's vertical axis, 'X', 'Y', 'Z' or '-Y' ...; None: as
    the file says, or as its body shows; animation: one of several in a file, by name or number; joints: names of the
    points of a .npy or .csv, or of a set of them such as "h36m17" (formats.joint_sets). Raises MotionError, one line that names the
    file and what to do.
    """
    path, row = Path(path), format_of(path)
    if not path.is_file():
        raise MotionError(f"{path}: {'is a folder' if path.is_dir() else 'no such file'}; give a motion file")
    if animation is not None and row.several is None:
        raise MotionError(f"{path}: {path.suffix} holds one motion; leave the animation {animation!r} out")
    if joints is not None and not row.named:
        raise MotionError(f"{path}: {path.suffix} names its joints itself; leave the names of joints out")
    if row.read is None:
        raise MotionError(f"{path}: {path.suffix} is only written; export it as .glb, .bvh or .fbx from where it came")
    try:
        return row.read(path, fps, scale, up, *([animation] if row.several else []), *([joints] if row.named else []))
    except MotionError as error:
        if str(path) in str(error) or ".asf" in str(error):  # names the file, or the one beside it, already
            raise
        raise MotionError(f"{path}: {error}") from None


def animations(path: str | Path) -> list[str]:
    """The names of the motions in a file that may hold several, none for one that may not; raises MotionError as `load`."""
    listed = format_of(path).several
    return [] if listed is None else listed(Path(path))


def writer(path: str | Path) -> Writer:
    """What writes a file of this name. Raises MotionError for a format that is not written and a place that takes no files."""
    row = format_of(path, WRITTEN)
    if row.write is None:
        raise MotionError(f"{path}: {Path(path).suffix} is only read; write one of {' '.join(WRITTEN)}")
    check_writable(path)
    return row.write


def save(motion: Motion, path: str | Path) -> Motion:
    """Write `motion` in the format that the suffix says; the file appears whole or not at all. Raises MotionError.

    Returns the motion with the frames that are in the file, which differ where a format has a rate of its own.
    """
    held = writer(path)(motion, Path(path))
    return motion if held is None else held
