"""Reading, features, building and random windows, each as a ratio against a named baseline of the same run.

    python tools/benchmark.py data [--bvh FILE] [--store STORE] [--seconds S] [--only reading|building|windows] [--json]

--bvh: a file to read; without it a forged minute at 30 fps. --store: a store to draw windows from; without it a forged one.
--seconds: how long each figure is measured, about. What each line means: docs/benchmarks.md.

reading  BVH to features and to joint positions, against plain numpy, bvhio and pybvh
building files to a store, against a plain loop that does the same a clip at a time
windows  random windows a second, against one npz and one json a clip

Both sides of a ratio do the same work, taken in turns, on one thread; what the two read is compared before anything is timed.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: processor time of one thread is compared


def run(arguments: list[str]) -> dict[str, Any]:
    """All figures by group; keys say the unit."""
    parser = argparse.ArgumentParser(
        prog="benchmark.py data", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bvh", type=Path, help="a BVH file to read instead of the forged one")
    parser.add_argument("--store", type=Path, help="a store to draw windows from instead of the forged one")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each figure is measured (default 3)")
    parser.add_argument("--only", choices=("reading", "building", "windows"), help="this group alone")
    options = parser.parse_args(arguments)
    return {name: _group(name, options) for name in ("reading", "building", "windows") if options.only in (None, name)}


def _group(name: str, options: argparse.Namespace) -> dict[str, Any]:
    from motionverse.store import Store

    from . import building, forged, reading, windows

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if name == "reading":
            return reading.figures(options.bvh, folder, options.seconds)
        if name == "building":
            return building.figures(folder)
        store = Store(options.store or forged.store(folder / "store"))
        return windows.figures(store, folder / "npz", options.seconds)
