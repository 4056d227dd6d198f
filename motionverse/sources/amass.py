"""AMASS: marker captures of many laboratories as SMPL-H (or SMPL-X) parameters.

- Archives unpack to SET/SUBJECT/TAKE_poses.npz; shape.npz and the like beside them are no motion
  (github.com/nghorbani/amass, src/amass/data/prepare_data.py: datasets/subjects/*_poses.npz).
- An npz holds poses (T, 156), trans (T, 3), betas, dmpls, gender, mocap_framerate (the same repository,
  notebooks/01-AMASS_Visualization.ipynb); Z is up. What trans means is said in motionverse/formats/smplx.py.
- The SMPL-X release has TAKE_stageii.npz with root_orient, pose_body, pose_hand, pose_jaw, trans and mocap_frame_rate
  (github.com/IDEA-Research/Motion-X, mocap-dataset-process/humanml.py).

No texts of its own: HumanML3D, KIT-ML and BABEL describe its files and are sources beside this one. No split of its own
either (the repository's lists of sets are an example for pose priors): ours is used, by performance.
"""

from pathlib import Path

from motionverse.clip import Clip
from motionverse.formats import smplx
from motionverse.sources import joins
from motionverse.sources.source import Entry, Source


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every recording, named set/subject/take; the SMPL-H file where there are both."""
    return [Entry(path, name) for name, path in sorted(joins.amass_files(folder).items())]


def read(entry: Entry) -> Clip:
    """One recording. Raises MotionError for arrays that are not SMPL parameters."""
    return SOURCE.clip(
        entry,
        smplx.read(entry.path),
        performance=joins.performance(entry.name),
        subject="/".join(entry.name.split("/")[:2]),
    )


SOURCE = Source(
    name="amass",
    title="AMASS",
    licence="amass",
    tasks=("unconditional", "completion", "prediction"),
    how_to_obtain="amass.is.tue.mpg.de after registration: the SMPL+H G (or SMPL-X G) archives, unpacked side by side",
    files="*_poses.npz, *_stageii.npz",
    find=find,
    read=read,
    release=False,
    hours=40.0,
    unverified=("archives of sets that joined AMASS after HumanML3D unpack like the others",),
)
