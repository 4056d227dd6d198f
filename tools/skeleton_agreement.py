"""How far apart two conversions of one trial come out: CMU's ASF/AMC against the Daz BVH, both on WHOLE_BODY.

    python -m tools.skeleton_agreement FOLDER [--trial 02_01 ...]

Twice: the files as they are published, and what the build keeps of both, at 60 frames a second, where its gate refuses no
side. What brings the two nearest is taken out, nothing else: one lag, for conversions put a T-pose first and the gate cuts the
ends; one turn about the vertical; one shift. Printed by trial: mean distance of the 22 body joints [cm], in the room and with
the pelvis laid on the pelvis; the worst joint; the share of frames that are over 20 cm apart; why the gate refuses a side.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionverse.build import corridor
from motionverse.clip import Clip
from motionverse.formats import asf_amc, bvh
from motionverse.lint import Refused
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources.source import drop_rest_pose
from tools.sensor_agreement import apart, laid

LAG, OVERLAP, FRAMES = 1.0, 0.7, 200  # [s]; share of the shorter clip; frames on which the lag is found
FAR = 0.2  # [m]


@dataclass(frozen=True)
class Pair:
    """Mean distances [cm] in the room and from the pelvis, the worst joint's name and mean, the share of frames over FAR."""

    room: float
    pose: float
    worst: str
    far: float

    def __str__(self) -> str:
        far = f"  {self.far:.0%} of the frames over 20 cm" if self.far else ""
        return f"{self.room:5.1f} cm in the room {self.pose:5.1f} from the pelvis  worst: {self.worst} cm{far}"


def trials(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Trial -> its .amc and its Daz .bvh, for trials that have both."""
    amc = {path.stem: path for path in sorted(folder.rglob("*.amc"))}
    daz = {path.stem: path for path in sorted(folder.rglob("*.bvh")) if "daz" in path.parent.name}
    return {trial: (amc[trial], daz[trial]) for trial in amc if trial in daz}


def compared(one: Motion, two: Motion) -> Pair:
    """Two motions on WHOLE_BODY at one rate, at the lag where they are nearest."""
    a, b = (motion.joints()[:, :BODY_JOINTS] for motion in (one, two))
    least, most = int(OVERLAP * min(len(a), len(b))), round(LAG * one.fps)
    lags = [lag for lag in range(-most, most + 1) if min(len(a) - max(lag, 0), len(b) - max(-lag, 0)) >= least]

    def shared(lag: int) -> tuple[np.ndarray, np.ndarray]:
        first, other = a[max(lag, 0) :], b[max(-lag, 0) :]
        size = min(len(first), len(other))
        return first[:size], other[:size]

    step = max(1, least // FRAMES)
    best = min(lags, key=lambda lag: float(apart(*(side[::step] for side in shared(lag))).mean()))
    first, other = shared(best)
    other = laid(first, other)
    distances = np.linalg.norm(first - other, axis=-1)
    poses = np.linalg.norm((first - first[:, :1]) - (other - other[:, :1]), axis=-1)
    worst = int(np.argmax(distances.mean(0)))
    return Pair(
        100 * float(distances.mean()),
        100 * float(poses.mean()),
        f"{WHOLE_BODY.names[worst]} {100 * distances[:, worst].mean():.0f}",
        float((distances.mean(1) > FAR).mean()),
    )


def kept(motion: Motion) -> Motion:
    """What the build stores of it. Raises Refused."""
    return corridor.prepare(Clip(motion, "trial", "cmu", "cmu", "trial"))[0].motion


def both(amc: Path, daz: Path) -> tuple[Pair, Pair | str]:
    """The pair as published, and as the build keeps it or why it does not."""
    sides = {"AMC": asf_amc.read(amc), "Daz": drop_rest_pose(bvh.read(daz))}
    published = compared(*(retarget(motion)[0] for motion in sides.values()))
    stored = []
    for name, motion in sides.items():
        try:
            stored.append(kept(motion))
        except Refused as refused:
            return published, f"the gate refuses the {name} file: {refused.reason} ({refused})"
    return published, compared(*stored)


def main(folder: Path, chosen: list[str]) -> None:
    """Print the table."""
    pairs = {trial: pair for trial, pair in trials(folder).items() if not chosen or trial in chosen}
    if not pairs:
        raise SystemExit(f"{folder}: no trial lies there both as .amc and as Daz .bvh (in a folder named ...daz...)")
    found = {trial: both(*pair) for trial, pair in pairs.items()}
    for title, which in (("as published", 0), ("as the build keeps them", 1)):
        rows = {trial: pair[which] for trial, pair in found.items()}
        print(title)
        for trial, row in rows.items():
            print(f"  {trial:7} {row}")
        measured = [(row.room, row.pose) for row in rows.values() if isinstance(row, Pair)]
        for name, place in (("mean", np.mean), ("median", np.median)):
            room, pose = place(measured, 0) if measured else (float("nan"), float("nan"))
            print(
                f"  {name:7} {room:5.1f} cm in the room {pose:5.1f} from the pelvis, {len(measured)} of {len(rows)} trials"
            )


if __name__ == "__main__":
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("--trial", action="append", default=[], help="only this trial (may be repeated)")
    given = made.parse_args()
    main(given.folder, given.trial)
