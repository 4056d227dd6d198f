"""HumanML3D: sentences for stretches of AMASS recordings and of HumanAct12, with their mirror images.

Layout (github.com/EricGuo5513/HumanML3D): the folder HumanML3D/ with texts/, new_joints/, train.txt, val.txt, test.txt, all.txt as
motionverse/sources/text_motion.py says, and index.csv of the repository (source_path, start_frame, end_frame, new_name), which is
looked for in the folder and above it.

What an ID's motion is read from, the first that is at hand:
1. the AMASS recording that index.csv names, in a folder amass in or next to this one: all rotations, at full rate;
2. CMU's own file of the same trial (folder cmu), at the same time; mirrored IDs are left out here;
3. new_joints/ID.npy, (T, 22, 3) [m], Y up, facing +Z at the start, 20 fps (motion_representation.ipynb), rotations fitted;
4. for HumanAct12, pose_data/humanact12/humanact12/NAME.npy.

The stretch (raw_pose_processing.ipynb): frames start_frame to end_frame of the recording thinned to every int(fps / 20)-th frame,
after a lead of 3, 3, 1, 1 and 0.5 s of 20 frames in five of the sets. A frame k is so at k int(fps / 20) / fps seconds.
"""

import csv
from pathlib import Path

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import humanact12, joins, points_only, text_motion
from motionverse.sources.source import Entry, Source

FPS = 20.0
JOINTS = WHOLE_BODY.names[:BODY_JOINTS]
LEADS = {
    "Eyes_Japan_Dataset": 60,
    "MPI_HDM05": 60,
    "TotalCapture": 20,
    "MPI_Limits": 20,
    "Transitions_mocap": 10,
}  # frames
CMU_FPS = 120.0  # and 60 for some: both thin to 20


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every ID of the lists whose motion is at hand, in whatever archive. Raises MotionError for a broken index.csv."""
    folder = next((folder / inner for inner in ("HumanML3D", ".") if (folder / inner / "texts").is_dir()), folder)
    index, takes = _index(folder), joins.Takes.near(folder)
    found = []
    for name, side in text_motion.sides(folder).items():
        plain = name.removeprefix("M")
        motion = _motion(folder, name, index.get(plain), takes)
        if motion is not None:
            facts = {
                **motion.facts,
                "split": side,
                "text": str(folder / "texts" / f"{name}.txt"),
                "mirrored": name != plain,
            }
            found.append(Entry(motion.path, name, {**facts, "row": index.get(plain)}))
    return found


def read(entry: Entry) -> Clip:
    """One ID with its sentences. HumanAct12's motion is under its own licence, which is stated nowhere."""
    motion, row = _open(entry), entry.facts["row"]
    theirs = row is not None and row[0].startswith("humanact12/")
    return SOURCE.clip(
        entry,
        motion,
        licence=(humanact12.SOURCE if theirs else SOURCE).licence,
        performance=_performance(entry.name.removeprefix("M"), row),
        captions=text_motion.captions(Path(entry.facts["text"]), motion.seconds),
        subject="" if row is None else "/".join(row[0].split("/")[:2]),
        split=str(entry.facts["split"]),
    )


def thinned(fps: float) -> float:
    """Seconds between the frames that index.csv counts, of a recording at `fps`."""
    return max(int(fps / FPS + 1e-6), 1) / fps


def window(row: tuple[str, int, int], fps: float) -> tuple[float, float]:
    """(start, end) [s] in the AMASS recording at `fps` of a row (AMASS name, start_frame, end_frame)."""
    lead = LEADS.get(row[0].split("/")[0], 0)
    return (lead + row[1]) * thinned(fps), (lead + row[2]) * thinned(fps)


def _open(entry: Entry) -> Motion:
    archive = entry.facts["archive"]
    if archive == "new_joints":
        return points_only.motion(entry.path, points_only.npy(entry.path), JOINTS, FPS)
    if archive == "humanact12":
        motion = humanact12.open_points(entry.path)
        return motion.mirror() if entry.facts["mirrored"] else motion
    motion = joins.open_take(entry)
    fps = motion.fps if archive == joins.AMASS else CMU_FPS
    part = joins.stretch(motion, *window(entry.facts["row"], fps), f"{entry.path}: index.csv, {entry.name}")
    return part.mirror() if entry.facts["mirrored"] else part


def _motion(folder: Path, name: str, row: tuple[str, int, int] | None, takes: joins.Takes) -> Entry | None:
    mirrored = name.startswith("M")
    take = takes.find(row[0]) if row else None
    if take is not None and not (mirrored and take.facts["archive"] == joins.CMU):
        return take
    joints = folder / "new_joints" / f"{name}.npy"
    if joints.is_file():
        return Entry(joints, name, {"archive": "new_joints"})
    if row and row[0].startswith("humanact12/"):
        for place in (folder, folder.parent):
            points = place / "pose_data" / "humanact12" / "humanact12" / f"{row[0].split('/')[-1]}.npy"
            if points.is_file():
                return Entry(points, name, {"archive": "humanact12"})
    return None


def _performance(plain: str, row: tuple[str, int, int] | None) -> str:
    if row is None:
        return f"humanml3d/{plain}"
    if row[0].startswith("humanact12/"):
        return humanact12.performance(row[0].split("/")[-1])
    return joins.performance(row[0])


def _index(folder: Path) -> dict[str, tuple[str, int, int]]:
    """(AMASS name, start_frame, end_frame) by ID; empty where there is no index.csv."""
    path = next((p / "index.csv" for p in (folder, folder.parent) if (p / "index.csv").is_file()), None)
    if path is None:
        return {}
    rows = {}
    for number, row in enumerate(csv.DictReader(text_motion.text(path).splitlines()), start=2):
        try:
            place = joins.amass_name(row["source_path"]), int(row["start_frame"]), int(row["end_frame"])
            rows[row["new_name"].removesuffix(".npy")] = place
        except (KeyError, TypeError, ValueError, AttributeError):
            raise MotionError(f"{path}: line {number}: must be source_path,start_frame,end_frame,new_name") from None
    return rows


SOURCE = Source(
    name="humanml3d",
    title="HumanML3D",
    licence="humanml3d",
    tasks=("text",),
    how_to_obtain="github.com/EricGuo5513/HumanML3D: the folder HumanML3D/ with texts.zip unpacked, and index.csv; for motion "
    "AMASS (SMPL+H G) in a folder amass next to it, or CMU's own files in cmu, or new_joints/ made with the repository's notebooks",
    files="train.txt or texts/*.txt, and motion of these names",
    find=find,
    read=read,
    release=False,
    hours=28.59,
    unverified=(
        "the rate of HumanAct12's files: HumanML3D takes their frames for 20 a second",
        "CMU's own files begin where AMASS' do, once the T-pose frame of conversions is gone",
    ),
)
