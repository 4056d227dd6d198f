"""UESTC RGB-D Varying-view: 40 aerobic exercises of 118 people, Kinect V2 in front, at the side and going round.

Files, from github.com/HRI-UESTC/CFM-HRI-RGB-D-action-database, readme.md:
- skeleton/aA_dD_pPPP_cC_skeleton.txt and mat_from_skeleton/ the same .mat: action 0 to 39, view 1 to 8 (8: going round), person
  1 to 118, c1 the front camera, c2 the other; 30 frames a second; 25 Kinect joints [m] of the camera.
- In a .txt, a frame is a line "#" and 75 lines, three a joint, the first of them x y z (scripts/read_skeletons.py). In a .mat, a
  row is a frame: variable `v` (github.com/Mathux/ACTOR, src/preprocess/uestc_vibe_postprocessing.py) or `skel` (the script above).
- Training persons: 51 of 118 (Mathux/ACTOR, src/datasets/uestc.py).
- In that repository's form, vibe_cache_refined.pkl beside info/names.txt holds SMPL poses made from the videos instead: `pose`, a
  list of (T, 72) axis-angles in the order of names.txt. It is read where no skeleton files are.
"""

import functools
import re
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import rotation
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import text
from motionverse.formats import pickled
from motionverse.formats.bvh_text import read_bytes
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton
from motionverse.sources import fitted_points, matlab
from motionverse.sources.points_only import CAMERA
from motionverse.sources.source import Entry, Source, stamp

FPS = 30.0
TRAIN = frozenset(
    {1, 2, 6, 12, 13, 16, 21, 24, 28, 29, 30, 31, 33, 35, 39, 41, 42, 45, 47, 50, 52, 54, 55, 57, 59, 61, 63, 64, 67, 69, 70, 71,
     73, 77, 81, 84, 86, 87, 88, 90, 91, 93, 96, 99, 102, 103, 104, 107, 108, 112, 113}
)  # fmt: skip
ACTIONS = tuple(
    """punch and knee lift|mark time and knee lift|jumping jack|squat|forward lunge|left lunge|left stretch|raise hands and jump
|left kick|rotate and clap|front raise|pull chest expand|punch|wrist circle|single dumbbell raise|shoulder raise|elbow circle
|dumbbell one arm shoulder press|arm circle|dumbbell shrug|pinch back|head counterclockwise circle|shoulder abduction
|deltoid muscle stretch|straight forward flexion|spinal stretch|dumbbell side bend|standing opposite elbow to knee crunch
|standing rotation|overhead stretch|upper back stretch|knee to chest|knee circle|alternate knee lift|bend over twist|rope skipping
|standing toe touch|standing gastrocnemius calf stretch|single leg lateral hop|high knees run""".replace(
        "\n", ""
    ).split("|")
)
_NAME = re.compile(r"a(\d+)_d(\d)_p(\d+)_c([12])(?:_skeleton|_color)?$")
_SMPL = Skeleton(WHOLE_BODY.names[:BODY_JOINTS], WHOLE_BODY.parents[:BODY_JOINTS], WHOLE_BODY.offsets[:BODY_JOINTS])
_CACHE = "vibe_cache_refined.pkl"


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every skeleton file (of a .mat and a .txt of one name the .mat), or else every name of ACTOR's cache."""
    paths = {path.stem: path for suffix in ("txt", "mat") for path in sorted(folder.rglob(f"a*_skeleton.{suffix}"))}
    if paths:
        return [_entry(path, path.stem.removesuffix("_skeleton")) for _, path in sorted(paths.items())]
    caches = sorted(folder.rglob(_CACHE))
    if not caches:
        return []
    names = caches[0].parent / "info" / "names.txt"
    if not names.is_file():
        raise MotionError(f"{names}: no such file; {_CACHE} needs it, unpack the whole archive")
    lines = text(names).split()
    return [_entry(caches[0], Path(line).stem, row) for row, line in enumerate(lines)]


def _entry(path: Path, stem: str, row: int | None = None) -> Entry:
    match = _NAME.match(stem)
    if match is None or int(match[1]) >= len(ACTIONS):
        raise MotionError(f"{path}: {stem} is not named aA_dD_pPPP_cC with an action of 0 to {len(ACTIONS) - 1}")
    action, view, person, camera = (int(part) for part in match.groups())
    return Entry(path, stem.removesuffix("_color"), {
        "action": action, "view": view, "person": person, "camera": camera, "row": row,
    })  # fmt: skip


def read(entry: Entry) -> Clip:
    """One exercise as one camera saw it; both cameras' views of it are one performance."""
    facts = entry.facts
    words = ACTIONS[facts["action"]]
    return SOURCE.clip(
        entry,
        _open(entry),
        performance=f"uestc/a{facts['action']}_d{facts['view']}_p{facts['person']:03d}",
        captions=(Caption(words, origin="label"),),
        action=words.replace(" ", "-"),
        subject=f"p{facts['person']:03d}",
        split="train" if facts["person"] in TRAIN else "test",
    )


def _open(entry: Entry) -> Motion:
    if entry.path.name == _CACHE:
        return _smpl(entry)
    points = _mat(entry.path) if entry.path.suffix == ".mat" else _txt(entry.path)
    return fitted_points.motion(entry.path, np.where(points == 0, np.nan, points), fitted_points.KINECT, FPS)


def _mat(path: Path) -> np.ndarray:
    held = matlab.variables(path)
    name = next((name for name in ("v", "skel") if name in held), None)
    if name is None or np.size(held[name]) % 75:
        raise MotionError(f"{path}: no variable v or skel of 25 joints a row; use the files of mat_from_skeleton")
    return np.asarray(held[name], np.float64).reshape(-1, 25, 3)


def _txt(path: Path) -> np.ndarray:
    frames = read_bytes(path).decode("ascii", "replace").split("#")[1:]
    rows = [frame.split("\n")[1:76] for frame in frames]
    try:
        points = [[[float(n) for n in row[3 * k].split()[:3]] for k in range(25)] for row in rows]
        return np.array(points, np.float64).reshape(-1, 25, 3)
    except (ValueError, IndexError):
        raise MotionError(f"{path}: not frames of # and 75 lines; unpack or download it again") from None


def _smpl(entry: Entry) -> Motion:
    poses = _cache(entry.path, stamp(entry.path))
    row = entry.facts["row"]
    if row >= len(poses) or np.shape(poses[row])[1:] != (72,):
        raise MotionError(
            f"{entry.path}: no pose (T, 72) for {entry.name}, row {row} of info/names.txt; download both again"
        )
    local = rotation.from_rotvec(np.reshape(poses[row], (-1, 24, 3))[:, :BODY_JOINTS])
    local[:, 0] = CAMERA @ local[:, 0]
    return Motion(local, np.zeros((len(local), 3)), FPS, _SMPL)


@functools.lru_cache(maxsize=1)
def _cache(path: Path, _: int) -> Any:
    held = pickled.read(path, largest=16 << 30)
    if not isinstance(held, dict) or "pose" not in held:
        raise MotionError(f"{path}: holds no pose; download it again")
    return held["pose"]


SOURCE = Source(
    name="uestc",
    title="UESTC RGB-D Varying-view action database",
    licence="uestc",
    tasks=("action",),
    how_to_obtain="github.com/HRI-UESTC/CFM-HRI-RGB-D-action-database (form by e-mail): mat_from_skeleton.tar, unpacked",
    files="a*_skeleton.txt, .mat, vibe_cache_refined.pkl",
    find=find,
    read=read,
    release=False,
    unverified=(
        "the cameras are taken to stand level",
        "English names of the actions: from public readers, the official table is a PDF that was not at hand",
        "joints at exactly 0 0 0 are taken for lost",
        "vibe_cache_refined.pkl carries no path through the room here: its pelvis stays in place",
    ),
)
