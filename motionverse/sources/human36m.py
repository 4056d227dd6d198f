"""Human3.6M: fifteen everyday scenarios, twice, of seven people; 32 joints from marker capture at 50 Hz.

Three forms, from github.com/facebookresearch/VideoPose3D (DATASETS.md, data/prepare_data_h36m.py, common/h36m_dataset.py):
- The official archives Poses_D3_Positions_S*.tgz unpack to S1/MyPoseFeatures/D3_Positions/Directions 1.cdf: variable Pose, 96
  numbers a frame, 32 joints [mm] in the world.
- The same as .cdf.mat from MATLAB: the cell `data`.
- data_3d_h36m.npz: positions_3d, subject -> action -> (T, 32, 3) [m]; TakingPhoto is Photo there, and WalkingDog WalkDog.
The world's Z is up: all cameras of h36m_dataset.py stand at 1.5 m in it. Order of joints: H36M_NAMES of
github.com/una-dinosauria/3d-pose-baseline, src/data_utils.py, and the parents of h36m_dataset.py. Training is S1, S5, S6, S7 and
S8, test S9 and S11. "Directions" of S11 is left out, as the readers do: its video is damaged.
"""

import functools
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.formats import pickled
from motionverse.sources import fitted_points, matlab
from motionverse.sources.points_only import Z_UP
from motionverse.sources.source import Entry, Source, stamp

FPS = 50.0
JOINTS = (
    "pelvis", "right_hip", "right_knee", "right_ankle", "right_foot", None, "left_hip", "left_knee", "left_ankle", "left_foot",
    None, None, "spine2", "neck", "head", "head_top", None, "left_shoulder", "left_elbow", "left_wrist", None, None, None, None,
    None, "right_shoulder", "right_elbow", "right_wrist", None, None, None, None,
)  # fmt: skip
SIDES = {"S1": "train", "S5": "train", "S6": "train", "S7": "train", "S8": "train", "S9": "test", "S11": "test"}
ACTIONS = {
    "Directions": "giving directions", "Discussion": "having a discussion", "Eating": "eating", "Greeting": "greeting",
    "Phoning": "talking on the phone", "Photo": "taking a photo", "Posing": "posing", "Purchases": "making purchases",
    "Sitting": "sitting", "SittingDown": "sitting down", "Smoking": "smoking", "TakingPhoto": "taking a photo",
    "Waiting": "waiting", "Walking": "walking", "WalkDog": "walking a dog", "WalkingDog": "walking a dog",
    "WalkTogether": "walking together",
}  # fmt: skip
_NAME = re.compile(r"([A-Za-z]+)(?: (\d))?$")
_NPZ = "data_3d_h36m.npz"


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every take, of whichever form is there (the archives' own first). Raises MotionError for unknown takes."""
    found = []
    for path in [*sorted(folder.rglob("*.cdf")), *sorted(folder.rglob("*.cdf.mat"))]:
        take = path.name.removesuffix(".mat").removesuffix(".cdf")
        if path.parent.name == "D3_Positions" and not take.startswith("_ALL"):
            found.append(_entry(path, path.parents[2].name, take))
    if not found:
        for path in sorted(folder.rglob(_NPZ))[:1]:
            found = [
                _entry(path, subject, take) for subject, takes in _packed(path, stamp(path)).items() for take in takes
            ]
    return [entry for entry in found if entry.name != "S11/Directions"]


def _entry(path: Path, subject: str, take: str) -> Entry:
    match = _NAME.match(take)
    if match is None or match[1] not in ACTIONS or subject not in SIDES:
        raise MotionError(
            f"{path}: {subject}, {take!r} is no take of Human3.6M; keep the archives' own folders and names"
        )
    return Entry(path, f"{subject}/{take}", {"subject": subject, "take": take, "action": match[1]})


def read(entry: Entry) -> Clip:
    """One take."""
    subject, words = str(entry.facts["subject"]), ACTIONS[str(entry.facts["action"])]
    points, metres = _points(entry)
    return SOURCE.clip(
        entry,
        fitted_points.motion(entry.path, points, JOINTS, FPS, metres, Z_UP),
        captions=(Caption(f"a person is {words}", origin="label"),),
        action=words.replace(" ", "-"),
        subject=subject,
        split=SIDES[subject],
    )


def _points(entry: Entry) -> tuple[np.ndarray, float]:
    """(T, 32, 3), and metres in its unit."""
    path = entry.path
    if path.name == _NPZ:
        return np.asarray(_packed(path, stamp(path))[entry.facts["subject"]][entry.facts["take"]]), 1.0
    held = _cdf(path) if path.suffix == ".cdf" else matlab.variables(path).get("data")
    if isinstance(held, np.ndarray) and held.dtype.hasobject and held.size:
        held = held.flat[0]
    values = np.asarray([] if held is None else held, np.float64)
    if not values.size or values.shape[-1] != 96:
        raise MotionError(f"{path}: poses {values.shape}; D3_Positions has 96 numbers a frame, 32 joints")
    return values.reshape(-1, 32, 3), 0.001


def _cdf(path: Path) -> Any:
    try:
        import cdflib
    except ImportError:
        raise MotionError(f"{path}: CDF files need cdflib: pip install 'large-motion-model[datasets]'") from None
    try:
        return cdflib.CDF(str(path)).varget("Pose")
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        why = " ".join(str(error).split())[:80]
        raise MotionError(f"{path}: not a whole CDF file with Pose ({why}); unpack it again") from None


@functools.lru_cache(maxsize=1)
def _packed(path: Path, _: int) -> dict[str, dict[str, Any]]:
    """positions_3d of the .npz, an array that holds one pickled dict."""
    try:
        with zipfile.ZipFile(path) as archive:
            stream = io.BytesIO(archive.read("positions_3d.npy"))
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        reader(stream)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        raise MotionError(f"{path}: not a whole .npz file with positions_3d; make it again with VideoPose3D") from None
    held = pickled.loads(stream.read(), path)
    while isinstance(held, list | np.ndarray) and np.size(held) == 1:
        held = held[0] if isinstance(held, list) else held.item()
    if not isinstance(held, dict) or not all(isinstance(takes, dict) for takes in held.values()):
        raise MotionError(f"{path}: positions_3d is not subject -> action -> positions; make it again with VideoPose3D")
    return held


SOURCE = Source(
    name="human36m",
    title="Human3.6M",
    licence="human36m",
    tasks=("action", "prediction", "imitation"),
    how_to_obtain="vision.imar.ro/human3.6m (registration): Poses_D3_Positions_S*.tgz, unpacked; or VideoPose3D's data_3d_h36m.npz",
    files="*.cdf, *.cdf.mat, data_3d_h36m.npz",
    find=find,
    read=read,
    release=False,
    unverified=(
        "the scenarios' names of the files of S2, S3, S4 and S10, whose poses are withheld",
        "what exactly joint 14, Neck/Nose, is: it is read as the base of the head",
    ),
)
