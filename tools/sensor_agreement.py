"""How far apart two sensors' versions of one performance come out: UI-PRMD, Kinect against Vicon, both on WHOLE_BODY.

    python tools/sensor_agreement.py FOLDER [--every N]

Each pair is brought to 30 frames a second and WHOLE_BODY; then the lag (the cuts differ), the heading and the place of the whole
clip that bring the two nearest are taken out, nothing else. Printed: mean distance of the 22 body joints [cm], by exercise: in the
room, and with the pelvis laid on the pelvis.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS
from motionverse.sources import ui_prmd
from motionverse.sources.source import Entry

FPS, OVERLAP = 30.0, 0.7


def joints(entry: Entry) -> np.ndarray:
    """(T, 22, 3) on WHOLE_BODY [m]."""
    return retarget(ui_prmd.read(entry).motion.resample(FPS))[0].joints()[:, :BODY_JOINTS]


def laid(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """b (T, J, 3) after the one turn about Y and the one shift that bring it nearest to a (T, J, 3), in squares."""
    middle = a.mean((0, 1))
    a, b = a - middle, b - b.mean((0, 1))
    angle = np.arctan2((b[..., 2] * a[..., 0] - b[..., 0] * a[..., 2]).sum(), (b[..., [0, 2]] * a[..., [0, 2]]).sum())
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * b[..., 0] + s * b[..., 2], b[..., 1], c * b[..., 2] - s * b[..., 0]], -1) + middle


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(T, J) distances [m] of two clips of equal length after one turn about Y and one shift."""
    return np.linalg.norm(a - laid(a, b), axis=-1)


def nearest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The distances at the lag where they are least, over at least 70 % of the shorter clip."""
    length = int(OVERLAP * min(len(a), len(b)))
    found = []
    for lag in range(length - len(b), len(a) - length + 1, 2):
        first, last = max(lag, 0), min(len(a), lag + len(b))
        found.append(apart(a[first:last], b[first - lag : last - lag]))
    return min(found, key=lambda distances: float(distances.mean()))


def main(folder: Path, every: int) -> None:
    """Print the table."""
    pairs: dict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in ui_prmd.find(folder):
        pairs[entry.path.stem][entry.facts["sensor"]] = entry
    both = [pair for _, pair in sorted(pairs.items()) if len(pair) == 2][::every]
    rows: dict[str, list[np.ndarray]] = defaultdict(list)
    for pair in both:
        places = [joints(entry) for entry in pair.values()]
        poses = [place - place[:, :1] for place in places]
        found = [nearest(*places).mean(0), nearest(*poses).mean(0)]
        rows[ui_prmd.ACTIONS[pair["kinect"].facts["movement"] - 1]].append(np.array(found))
    for action, distances in [*rows.items(), ("all", [pair for both_ in rows.values() for pair in both_])]:
        whole, pose = 100 * np.mean(distances, axis=(0, 2))
        print(f"{action:45s} {len(distances):4d} pairs  {whole:5.1f} cm in the room  {pose:5.1f} cm from the pelvis")


if __name__ == "__main__":
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th performance")
    chosen = made.parse_args()
    main(chosen.folder, chosen.every)
