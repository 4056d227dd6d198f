"""TED-Gesture++: the TED Gesture set of Yoon et al. 2020, ten upper-body points lifted from video, words and sound.

github.com/ai4r/Gesture-Generation-from-Trimodal-Context, which the public LMM's docs (datasets/motionverse.md) name as this set:
- data/ted_dataset/lmdb_train, lmdb_val, lmdb_test (README.md, config/multimodal_context.yml). How they hold clips: ted_clips.
- Ten points: spine, neck, nose, head, left shoulder, elbow, wrist, right shoulder, elbow, wrist (dir_vec_pairs of
  scripts/utils/data_utils.py; joints 6 and 9 are the left and right wrist in motion_preprocessor.py).
- They are points 7 to 16 of Human3.6M's seventeen, so "nose" is where a head begins (see human36m).
- Metres; Y down (check_spine_angle), and the mean pose of the configuration has nose and hands at +z and joint 4 at -x: turned half
  round about z it faces +Z with its left at +X.
"""

from pathlib import Path

import numpy as np

from motionverse.clip import Clip
from motionverse.sources import ted_clips
from motionverse.sources.source import Entry, Source

JOINTS = (
    "spine2", "neck", "head", "head_top", "left_shoulder", "left_elbow", "left_wrist",
    "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
AXES = np.diag([-1.0, -1.0, 1.0])


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every clip of the three parts."""
    return ted_clips.find(folder)


def read(entry: Entry) -> Clip:
    """One clip; all clips of a talk are one performance."""
    return ted_clips.read(entry, JOINTS, AXES, SOURCE.name, SOURCE.licence)


SOURCE = Source(
    name="ted_gesture",
    title="TED-Gesture++ (TED Gesture of Yoon et al. 2020)",
    licence="ted-gesture",
    tasks=("speech",),
    how_to_obtain="github.com/ai4r/Gesture-Generation-from-Trimodal-Context: its TED dataset; then tools/ted_to_pickle.py",
    files="data.mdb, *.pickle, *.pkl",
    find=find,
    read=read,
    release=False,
    hours=97.0,
    unverified=(
        "hours: as the papers on it state, not counted",
        "which height of the back the first point, spine, is at",
        "the pyarrow 0.14 form itself: no file of it was at hand; pickles of the same videos are tested",
    ),
)
