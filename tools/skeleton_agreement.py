"""How far apart two conversions of one trial come out: CMU's ASF/AMC against the Daz BVH, both on WHOLE_BODY.

    python -m tools.skeleton_agreement FOLDER [--trial 02_01 ...]

The lag of a few frames (conversions put a T-pose first), the heading and the place of the whole clip that bring the two
nearest are taken out, nothing else. Printed by trial: mean distance of the 22 body joints [cm], in the room and with the pelvis
laid on the pelvis; the worst joint; and what either file bends the wrong way, for such a file is at fault itself.
"""

import argparse
from pathlib import Path

import numpy as np

from motionverse.formats import asf_amc, bvh
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources.source import drop_rest_pose
from tools.sensor_agreement import apart

LAGS = range(-3, 9)  # frames


def trials(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Trial -> its .amc and its Daz .bvh, for trials that have both."""
    amc = {path.stem: path for path in sorted(folder.rglob("*.amc"))}
    daz = {path.stem: path for path in sorted(folder.rglob("*.bvh")) if "daz" in path.parent.name}
    return {trial: (amc[trial], daz[trial]) for trial in amc if trial in daz}


def compared(amc: Path, daz: Path) -> tuple[float, float, str, list[str]]:
    """Mean distance [cm] in the room and from the pelvis, the worst joint, and the joints that bend the wrong way."""
    sides = [retarget(asf_amc.read(amc)), retarget(drop_rest_pose(bvh.read(daz)))]
    a, b = (made.joints()[:, :BODY_JOINTS] for made, _ in sides)
    found = []
    for lag in LAGS:
        first, other = a[max(lag, 0) :], b[max(-lag, 0) :]
        size = min(len(first), len(other))
        found.append((apart(first[:size], other[:size]), first[:size], other[:size]))
    distances, first, other = min(found, key=lambda one: float(one[0].mean()))
    poses = np.linalg.norm((first - first[:, :1]) - (other - other[:, :1]), axis=-1)
    worst = int(np.argmax(distances.mean(0)))
    bent = [
        f"{kind} {part} {share:.0%}"
        for kind, (_, report) in zip(("AMC", "Daz"), sides, strict=True)
        for part, share in report.backwards.items()
        if share > 0.1
    ]
    return (
        100 * distances.mean(),
        100 * poses.mean(),
        f"{WHOLE_BODY.names[worst]} {100 * distances[:, worst].mean():.0f}",
        bent,
    )


def main(folder: Path, chosen: list[str]) -> None:
    """Print the table."""
    both = {trial: pair for trial, pair in trials(folder).items() if not chosen or trial in chosen}
    if not both:
        raise SystemExit(f"{folder}: no trial lies there both as .amc and as Daz .bvh (in a folder named ...daz...)")
    rows = []
    for trial, pair in both.items():
        room, pose, worst, bent = compared(*pair)
        rows.append((room, pose))
        said = f"  bent backwards: {', '.join(bent)}" if bent else ""
        print(
            f"{trial:7} {room:6.1f} cm in the room {pose:6.1f} cm from the pelvis  worst: {worst} cm{said}", flush=True
        )
    for name, place in (("mean", np.mean(rows, 0)), ("median", np.median(rows, 0))):
        print(f"{name:7} {place[0]:6.1f} cm in the room {place[1]:6.1f} cm from the pelvis, {len(rows)} trials")


if __name__ == "__main__":
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("--trial", action="append", default=[], help="only this trial (may be repeated)")
    given = made.parse_args()
    main(given.folder, given.trial)
