"""Start-up as ratios: lmm --help, import motionverse, a cold lmm generate, against `python -c "import torch"`.

    python tools/benchmark.py startup [--repeats N] [--model NAME|DIR] [--text TEXT] [--json]

Every round starts each command once, in fresh processes, so that a busy machine is busy for all of them; ratios are medians
over rounds. Where the cold generation's time goes is from its own manifest.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LMM = "import sys; from lmm.cli import main; sys.exit(main(sys.argv[1:]))"
ALLOWED = 1 / 3  # of `import torch`, for what a person waits for before anything happens


def run(arguments: list[str]) -> dict[str, Any]:
    """All figures, flat; times in seconds, ratios to `import torch`."""
    parser = argparse.ArgumentParser(prog="benchmark.py startup")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--text", default="a person walks forward")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "cold.npz")
        cold = [LMM, "generate", options.text, "--model", options.model, "--json", "-o", out]
        commands = {
            "python": ["pass"],
            "import torch": ["import torch"],
            "import motionverse": ["import motionverse"],
            "import lmm": ["import lmm"],
            "lmm --help": [LMM, "--help"],
            "lmm generate": cold,
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        stages: list[dict[str, float]] = []
        for _ in range(max(1, options.repeats) + 1):
            for name, code in commands.items():
                seconds, told = _timed(code)
                times[name].append(seconds)
                if code is cold:
                    stages.append(json.loads(told)["stages_s"])
    return _figures(times, stages)


def _timed(code: list[str]) -> tuple[float, str]:
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", *code], capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{' '.join(code[1:])}: {done.stderr.strip()}")
    return seconds, done.stdout


def _figures(times: dict[str, list[float]], stages: list[dict[str, float]]) -> dict[str, Any]:
    """Medians without the first round, which warms the disk."""
    kept = {name: values[1:] for name, values in times.items()}
    torch = kept["import torch"]
    found: dict[str, Any] = {f"{name} [s]": round(statistics.median(values), 3) for name, values in kept.items()}
    for name, values in kept.items():
        if name not in ("python", "import torch"):
            ratios = [value / base for value, base in zip(values, torch, strict=True)]
            found[f"{name} / import torch"] = round(statistics.median(ratios), 3)
    found["allowed for imports and help"] = round(ALLOWED, 3)
    where = {name: round(statistics.median(row[name] for row in stages[1:]), 3) for name in stages[0]}
    where["interpreter, arguments, end"] = round(found["lmm generate [s]"] - sum(where.values()), 3)
    found["where a cold generation's time goes [s]"] = where
    return found
