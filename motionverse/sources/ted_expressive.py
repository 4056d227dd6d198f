"""TED-Expressive: TED talks with 43 upper-body points, fingers among them, from ExPose (SMPL-X), words and sound.

github.com/alvinliu0/HA2G:
- train, val and test, each an LMDB, or ted_expressive_dataset_train.pickle ... (dataset_script/script/make_ted_dataset.py,
  merge_dataset.py). How they hold clips: ted_clips.
- 43 points: joints 9 and 12, 16 to 21, 25 to 54 and 55 to 59 of SMPL-X: spine, neck, shoulders, elbows, wrists, fifteen of each
  hand (index, middle, pinky, ring, thumb), nose, eyes, ears (dir_vec_pairs of scripts/utils/data_utils_expressive.py). The script
  in the repository keeps 23 of them, with finger tips; such clips are refused.
- Metres; the mean pose of config_expressive/hierarchy.yml has Y down, the nose at -z and the left shoulder at +x: a camera's axes.
"""

from pathlib import Path

from motionverse.clip import Clip
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import ted_clips
from motionverse.sources.points_only import CAMERA
from motionverse.sources.source import Entry, Source

JOINTS = (
    "spine3", "neck", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    *WHOLE_BODY.names[BODY_JOINTS:], "nose", "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every clip of the three parts."""
    return ted_clips.find(folder)


def read(entry: Entry) -> Clip:
    """One clip; all clips of a talk are one performance, here and in TED-Gesture++."""
    return ted_clips.read(entry, JOINTS, CAMERA, SOURCE.name, SOURCE.licence)


SOURCE = Source(
    name="ted_expressive",
    title="TED-Expressive",
    licence="ted-expressive",
    tasks=("speech",),
    how_to_obtain="github.com/alvinliu0/HA2G, dataset_script/README.md: the pre-built dataset; then tools/ted_to_pickle.py",
    files="data.mdb, *.pickle, *.pkl",
    find=find,
    read=read,
    release=False,
    hours=100.8,
    unverified=(
        "hours: as the papers on it state, not counted",
        "that the published files hold 43 points: from the training code, the repository's own script makes 23",
        "the pyarrow 0.14 form itself: no file of it was at hand; pickles of the same videos are tested",
        "SMPL-X expression coefficients are not in the published clips",
    ),
)
