"""Motion-X and Motion-X++: whole-body SMPL-X motion from videos and captures, with sentences.

- Motion-X: motion_data/smplx_322/SUBSET/..., texts/semantic_labels/SUBSET/... of the same names (github.com/IDEA-Research/Motion-X,
  README.md, Dataset Download). Motion-X++: motion/motion_generation/smplx322/ and text/semantic_label/
  (the set's own page on Hugging Face, YuhongZhang/Motion-Xplusplus, folders motion and text).
- A .npy is (T, 322): root 3, body 63, hands 90, jaw 3 [rad], 50 expressions, 100 face shapes, trans 3 [m], betas 10; 30 fps
  (README.md, Data Loading). The subset humanml is made by the user at 20 fps, Y up, facing +Z (mocap-dataset-process/humanml.py).
- Split: train.txt, val.txt, test.txt of names such as humanml/004290 (datasets/ of the repository).

The jaw is dropped, as everywhere; the 50 expressions are the face. Keypoints, sound and frame-by-frame pose texts are not read.
"""

from pathlib import Path

import numpy as np

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.formats import smplx
from motionverse.motion import Motion
from motionverse.sources import points_only, text_motion
from motionverse.sources.source import Entry, Source

FPS, FPS_OF = 30.0, {"humanml": 20.0}
WIDTH = 322
LAYOUTS = (  # folders of motion and of sentences
    ("motion_data/smplx_322", "texts/semantic_labels"),
    ("motion/motion_generation/smplx322", "text/semantic_label"),
)
_COLUMNS = {
    "root_orient": slice(0, 3), "pose_body": slice(3, 66), "pose_hand": slice(66, 156), "expression": slice(159, 209),
    "trans": slice(309, 312),
}  # fmt: skip


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every .npy of either layout, named subset/...; the split where its lists are there."""
    found = []
    for motions, texts in LAYOUTS:
        place = next((p for p in (folder / motions, folder / "datasets" / motions) if p.is_dir()), None)
        if place is None:
            continue
        above = place.parents[motions.count("/")]
        sides = _sides(folder) or _sides(above)
        for path in sorted(place.rglob("*.npy")):
            name = path.relative_to(place).with_suffix("").as_posix()
            text = above / texts / f"{name}.txt"
            found.append(Entry(path, name, {"text": str(text), "split": sides.get(name, "")}))
    return found


def read(entry: Entry) -> Clip:
    """One clip with its sentences; none where the set has no text for it."""
    subset = entry.name.split("/")[0]
    motion, text = open_322(entry.path, FPS_OF.get(subset, FPS)), Path(entry.facts["text"])
    stem = entry.name.split("/")[-1]
    plain = entry.name.removesuffix(stem) + stem.removeprefix("M") if subset == "humanml" else entry.name
    return SOURCE.clip(
        entry,
        motion,
        performance=f"motion_x/{plain}",
        captions=text_motion.captions(text, motion.seconds) if text.is_file() else (),
        split=str(entry.facts["split"]),
    )


def open_322(path: Path, fps: float) -> Motion:
    """The motion of an array (T, 322), hands and face included. Raises MotionError for another width."""
    array = points_only.npy(path)
    if array.ndim != 2 or array.shape[1] != WIDTH or not len(array):
        raise MotionError(f"{path}: array {array.shape}; Motion-X has (T, {WIDTH}) with T >= 1")
    held = {name: array[:, columns] for name, columns in _COLUMNS.items()}
    return smplx.from_arrays({**held, "fps": np.array(fps)}, path, None, None, "Y")


def _sides(folder: Path) -> dict[str, str]:
    return {n: side for stem, side in text_motion.SIDES.items() for n in text_motion.names(folder / f"{stem}.txt")}


SOURCE = Source(
    name="motion_x",
    title="Motion-X and Motion-X++",
    licence="motion-x",
    tasks=("text",),
    how_to_obtain="github.com/IDEA-Research/Motion-X, form for access; motion_data and texts (or motion and text of Motion-X++) "
    "unpacked side by side, and the lists of the repository's folder datasets",
    files="*.npy",
    find=find,
    read=read,
    release=False,
    hours=144.2,
    unverified=(
        "texts are .txt files of one sentence a line, or HumanML3D's lines in the subset humanml",
        "Y is up in the subsets from videos, as it is in humanml",
        "humanml is read at 20 fps (the script's rate), where the README says 30 for all",
        "recordings of AIST++, HumanML3D and others inside are not joined to the performances of those sources",
    ),
)
