"""Text of one data set onto motion of another: AMASS' files by name, or CMU's own files by trial, in seconds.

A recording of AMASS is named by its last three parts, set/subject/take, however a release writes them:
- SMPL-H files end in _poses.npz, SMPL-X files in _stageii.npz and have "_" for blanks
  (github.com/IDEA-Research/Motion-X, mocap-dataset-process/humanml.py);
- archives unpack to other names than the site's: BMLrub is BioMotionLab_NTroje, and so on
  (github.com/EricGuo5513/HumanML3D, raw_pose_processing.ipynb; github.com/abhinanda-punnakkal/BABEL,
  action_recognition/data_gen/create_dataset.py);
- BABEL writes the set twice (CMU/CMU/141/141_05_poses.npz: the same repository, notebooks/BABEL_explore.ipynb).

AMASS' CMU files are the trials of the CMU database from their first frame on, so a time in one is a time in the other.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from motionverse.errors import MotionError
from motionverse.formats import smplx
from motionverse.motion import Motion
from motionverse.sources import cmu, cmu_overlap
from motionverse.sources.source import Entry

AMASS, CMU = "amass", "cmu"
_SETS = {
    "bmlrub": "BioMotionLab_NTroje", "dfaust": "DFaust_67", "hdm05": "MPI_HDM05", "mosh": "MPI_mosh", "poseprior": "MPI_Limits",
    "ssm": "SSM_synced", "tcdhands": "TCD_handMocap", "transitions": "Transitions_mocap",
    "eyes_janpan_dataset": "Eyes_Japan_Dataset",
}  # fmt: skip
_TAKE = re.compile(r"(_poses|_stageii)?(\.npz|\.npy)?$")
_TRIAL = re.compile(r"0*(\d{1,3})_(\d{2})$")


def amass_name(path: str | Path) -> str:
    """set/subject/take of an AMASS file, the same for every release's way of writing it."""
    *_, group, subject, take = ("", "", *str(path).replace("\\", "/").split("/"))
    take = _TAKE.sub("", take)
    return f"{_SETS.get(group.lower(), group)}/{subject}/{take}".replace(" ", "_")


def cmu_trial(name: str) -> str:
    """The CMU trial ("07_01") that an AMASS name stands for, "" where it stands for none."""
    group, _, take = name.split("/")
    match = _TRIAL.match(take) if group == "CMU" else None
    return f"{int(match[1]):02d}_{match[2]}" if match else ""


def performance(name: str) -> str:
    """The act that an AMASS name stands for; CMU trials share theirs with the sources that have them too."""
    trial = cmu_trial(name)
    return cmu_overlap.PERFORMANCE.get(trial, f"cmu/{trial}") if trial else f"amass/{name}"


def amass_files(folder: Path) -> dict[str, Path]:
    """Every recording of AMASS under `folder` by its name; the SMPL-H file where there are both."""
    stageii = {amass_name(path): path for path in sorted(folder.rglob("*_stageii.npz"))}
    return stageii | {amass_name(path): path for path in sorted(folder.rglob("*_poses.npz"))}


def beside(folder: Path, *names: str) -> Path | None:
    """The folder of another source, under one of `names`: in `folder`, or next to it; upper and lower case are one."""
    for place in (folder, folder.parent):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if path.is_dir() and path != folder and path.name.lower() in names:
                return path
    return None


@dataclass(frozen=True)
class Takes:
    """The recordings at hand. amass: files by AMASS name; cmu: entries of the cmu source by trial."""

    amass: dict[str, Path] = field(default_factory=dict)
    cmu: dict[str, Entry] = field(default_factory=dict)

    @staticmethod
    def near(folder: Path) -> "Takes":
        """What lies in folders named amass (or amass_data) and cmu, in `folder` or next to it."""
        amass, trials = beside(folder, AMASS, "amass_data"), beside(folder, CMU)
        first: dict[str, Entry] = {}
        for entry in cmu.find(trials) if trials else []:
            first.setdefault(str(entry.facts["trial"]), entry)
        return Takes(amass_files(amass) if amass else {}, first)

    def find(self, name: str) -> Entry | None:
        """The recording of an AMASS name, AMASS' own before CMU's; facts: archive, and the cmu entry's. None: not at hand."""
        if name in self.amass:
            return Entry(self.amass[name], name, {"archive": AMASS})
        trial = cmu_trial(name)
        entry = None if trial in cmu.CUT_TRIALS else self.cmu.get(trial)
        return None if entry is None else Entry(entry.path, name, {**entry.facts, "archive": CMU})


def open_take(take: Entry) -> Motion:
    """The motion of a recording that Takes found, on WHOLE_BODY (AMASS) or its own skeleton (CMU)."""
    return smplx.read(take.path) if take.facts["archive"] == AMASS else cmu.open_take(take)


def stretch(motion: Motion, start: float, end: float, what: str) -> Motion:
    """The part from `start` to `end` [s], which must lie in the motion (to half a second). Raises MotionError naming `what`."""
    if not 0 <= start < end <= motion.seconds + 0.5 or start >= motion.seconds:
        raise MotionError(
            f"{what}: seconds {start:.2f} to {end:.2f} of a recording of {motion.seconds:.2f} s; it is another one"
        )
    return motion.slice(start, end)
