"""What HumanML3D's features lose of real motion: python tools/humanml3d_bridge.py DATA [--clips 250] [--seed 0] [--json].

DATA is a folder with one folder a source, as `motionverse build` reads it. Clips captured with rotations are drawn evenly over the
sources, their first 30 s brought to WHOLE_BODY, to features at 20 fps and back (motionverse.formats.humanml3d_loss).
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import humanml3d_loss
from motionverse.sources import table
from motionverse.sources.source import Entry, Source
from motionverse.terminal import Bar

LONGEST = 30.0  # s of a clip
LINES = {
    "rate": "20 fps and up again",
    "features": "features, rotations fitted to positions",
    "stored": "features, by the rotations in them",
    "whole": "there and back at the clip's own rate",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="What HumanML3D's features lose of real motion.")
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--clips", type=int, default=250, metavar="N", help="how many (default 250)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        report = humanml3d_loss.summary(losses(args.data, args.clips, args.seed))
    except MotionError as error:
        print(f"humanml3d_bridge: {error}", file=sys.stderr)
        sys.exit(2)
    print(json.dumps(report, indent=1) if args.json else page(report))


def losses(data: Path, clips: int, seed: int) -> Iterator[humanml3d_loss.Loss]:
    """The loss of so many clips under a folder; those that cannot be read or measured are passed over."""
    bar, done = Bar("clips"), 0
    for source, entry in drawn(data, seed):
        if done == clips:
            return
        try:
            clip = source.read(entry)
            if clip.motion.rotation_source == "captured" and clip.motion.present.mean() > 0.4:  # not a face alone
                yield humanml3d_loss.measure(f"{source.name}/{clip.name}", clip.motion.slice(0, LONGEST))
                done += 1
                bar(done, clips, clip.name)
        except MotionError:
            continue


def drawn(data: Path, seed: int) -> Iterator[tuple[Source, Entry]]:
    """Entries under a folder, one source after the other, each in an order drawn by `seed`."""
    rng, queues = np.random.default_rng(seed), list[tuple[Source, list[Entry]]]()
    for source in table.SOURCES.values():
        if source.present(data):
            entries = source.entries(data)
            queues.append((source, [entries[k] for k in rng.permutation(len(entries))]))
    while queues:
        queues = [(source, rest) for source, rest in queues if rest]
        yield from ((source, rest.pop()) for source, rest in queues)


def page(report: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"{report['clips']} clips; joints, mm: mean, largest of the median clip, largest; angles: mean degrees"]
    for part, words in LINES.items():
        row = report[part]
        figures = (
            f"{row['mean_mm']:8.3f} {row['median_of_largest_mm']:8.2f} {row['largest_mm']:8.1f} {row['degrees']:7.2f}"
        )
        lines.append(f"{words:40} {figures}  {row['of']}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
