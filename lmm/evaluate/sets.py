"""`lmm evaluate sets`: any made motions beside real ones, by the measures of the dance and gesture fields; no model is asked.

Each side is a store, or a folder of motion files of any format and skeleton, sound beside them under their names (walk.bvh,
walk.wav: speech where there is a walk.TextGrid, else music). FID_k and FID_g are of kinetic and geometric features; KID beside them
is without bias at any number; MultiModality is among motions made for one sound, or in files numbered walk-0, walk-1. The real
column holds what two real sets of that size are apart, by halves. Counts should be alike; a line stays empty where there is too
little. docs/evaluation.md says what each means.
"""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lmm.evaluate.metrics.beat_alignment import beat_alignment
from lmm.evaluate.metrics.beat_consistency import beat_consistency, upper_body_speeds
from lmm.evaluate.metrics.dance import dance_diversity, standardised
from lmm.evaluate.metrics.diversity import multimodality
from lmm.evaluate.metrics.frechet import extrapolated, floor, frechet
from lmm.evaluate.metrics.geometric import geometric
from lmm.evaluate.metrics.kid import kid
from lmm.evaluate.metrics.kinetic import kinetic
from lmm.evaluate.metrics.l1_diversity import l1_diversity
from lmm.evaluate.metrics.pfc import pfc
from motionverse.clip import Audio
from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_writable
from motionverse.motion import Motion
from motionverse.terminal import Bar, Parser, run, show_json, show_table

LEAST = 4  # clips a side, below which halves say nothing
_EXAMPLES = (
    "examples:\n  lmm evaluate sets out/dances store --split test\n  lmm evaluate sets mine theirs --json -o sets.json"
)


@dataclass(frozen=True, eq=False)
class Side:
    """What is known of each motion of a set: kinetic (N, 66), geometric (N, 32), one number each for pfc [cm^2] and l1 [m], joint
    speeds (N, 13) [m/s]; heard: of those with sound, the motion, the kind of sound, and the instants
    [s] of beats or onsets in it."""

    kinetic: np.ndarray
    geometric: np.ndarray
    pfc: np.ndarray
    l1: np.ndarray
    speeds: np.ndarray
    heard: tuple[tuple[Motion, str, np.ndarray], ...]
    asked: tuple[
        str, ...
    ]  # what each motion was made for: the name of its sound, or of its file without a number at the end

    def alike(self, features: np.ndarray) -> list[np.ndarray]:
        """Rows of features (N, D) of the motions that were made for one thing, for each thing that has several."""
        groups = [features[[name == other for other in self.asked]] for name in dict.fromkeys(self.asked)]
        return [group for group in groups if len(group) > 1]


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code (0, or 2 for bad input)."""
    made = Parser(prog="lmm evaluate sets", description=__doc__, epilog=_EXAMPLES)
    made.add_argument("made", type=Path, metavar="MADE", help="store or folder of motions to be judged")
    made.add_argument("real", type=Path, metavar="REAL", help="store or folder of real motions")
    made.add_argument(
        "--split", default="", metavar="NAME", help="of stores: these clips alone (train, validation, test)"
    )
    made.add_argument("--source", default="", metavar="NAME", help="of stores: clips of this source alone")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the report as JSON too")
    made.add_argument("--json", action="store_true", help="print the report as JSON")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=evaluate)
    return run(made, list(arguments))


def evaluate(chosen: argparse.Namespace) -> None:
    """Measure both sides and print them side by side."""
    if chosen.out:
        check_writable(chosen.out)
    sides = [
        side(path, Bar(path.name, chosen.json), chosen.split, chosen.source) for path in (chosen.made, chosen.real)
    ]
    report = compare(*sides)
    if chosen.out:
        with atomic_path(chosen.out) as temporary:
            temporary.write_text(json.dumps(report, indent=2), encoding="utf-8")
    if chosen.json:
        return show_json(report)
    return show_table(
        [
            {"measure": name, **{k: "" if v is None else f"{v:.4g}" for k, v in row.items()}}
            for name, row in report.items()
        ]
    )


def side(path: Path, progress: Callable[[int, int, str], None], split: str = "", source: str = "") -> Side:
    """Everything that is measured of the motions of a store or folder, one by one. Raises MotionError under four motions."""
    jobs = _jobs(path, split, source)
    if len(jobs) < LEAST:
        raise MotionError(f"{path}: {len(jobs)} motions; at least {LEAST} are needed, add some")
    rows, heard, asked = [], [], []
    for number, (name, read) in enumerate(jobs, 1):
        motion, sounds = read()
        motion = replace(motion, face=None)
        try:
            rows.append(
                (
                    kinetic(motion),
                    geometric(motion),
                    pfc(motion),
                    l1_diversity(motion),
                    upper_body_speeds(motion).mean(0),
                )
            )
            heard += [(motion, sound.kind, _instants(sound, motion.seconds)) for sound in sounds if sound.path]
        except MotionError as error:
            raise error if name in str(error) else MotionError(f"{name}: {error}") from None
        numbered = re.sub(r"-\d+(\.\w+)+$", "", name)  # of files alone
        asked.append(sounds[0].name if sounds and numbered == name else numbered)
        progress(number, len(jobs), name)
    told = tuple(row for row in heard if len(row[2]))  # music without a beat in it says nothing of a dance
    return Side(*(np.array(column) for column in zip(*rows, strict=True)), heard=told, asked=tuple(asked))


def compare(made: Side, real: Side) -> dict[str, dict[str, float | None]]:
    """Measure -> its value for the made and for the real set; None where there is none (no sound, too few samples)."""
    report: dict[str, dict[str, Any]] = {"motions": {"made": float(len(made.pfc)), "real": float(len(real.pfc))}}
    for letter, name in (("k", "kinetic"), ("g", "geometric")):
        theirs, ours = getattr(real, name), getattr(made, name)
        known, judged = standardised(theirs, ours)
        enough = min(len(known), len(judged)) >= 2 * known.shape[1]
        report[f"FID_{letter}"] = {"made": frechet(known, judged), "real": floor(known)}
        report[f"FID_{letter} at 1/N = 0"] = {"made": extrapolated(known, judged) if enough else None, "real": 0.0}
        half = len(known) // 2
        order = np.random.default_rng(0).permutation(len(known))
        apart = kid(known[order[:half]], known[order[half:]])
        report[f"KID_{letter}"] = {"made": kid(known, judged), "real": apart}
        groups = {"made": made.alike(judged), "real": real.alike(known)}
        report[f"MultiModality_{letter}"] = {key: multimodality(rows) if rows else None for key, rows in groups.items()}
        report[f"Div_{letter}"] = {"made": dance_diversity(theirs, ours), "real": dance_diversity(theirs, theirs)}
    report["PFC [cm^2]"] = {"made": made.pfc.mean(), "real": real.pfc.mean()}
    report["L1 diversity [m]"] = {"made": made.l1.mean(), "real": real.l1.mean()}
    usual = real.speeds.mean(0)
    for name, kind, score in (
        ("beat alignment", "music", beat_alignment),
        ("beat consistency", "speech", lambda motion, at: beat_consistency(motion, at, usual)),
    ):
        both = {
            key: [score(m, at) for m, k, at in one.heard if k == kind] for key, one in (("made", made), ("real", real))
        }
        report[f"with {kind}"] = {key: len(found) for key, found in both.items()}
        report[name] = {key: np.mean(found) if found else None for key, found in both.items()}
    return {name: {k: None if v is None else float(v) for k, v in row.items()} for name, row in report.items()}


def _instants(sound: Audio, seconds: float) -> np.ndarray:
    """Beats of music, onsets of speech [s] from the motion's first frame, within its `seconds`."""
    from motionverse.features import music

    assert sound.path is not None
    found = music.load(sound.path).events["beat" if sound.kind == "music" else "onset"] - sound.start
    return found[(found >= 0) & (found < seconds)]


def _jobs(path: Path, split: str, source: str) -> list[tuple[str, Callable[[], tuple[Motion, tuple[Audio, ...]]]]]:
    """(name, how to read motion and sounds) of each motion of a store or a folder."""
    from motionverse import sweep
    from motionverse.store import Store
    from motionverse.store.layout import MANIFEST

    if not path.is_dir():
        raise MotionError(f"{path}: no such folder or store; give one")
    if not (path / MANIFEST).is_file():
        if split or source:
            raise MotionError(f"{path}: --split and --source are for stores, this is a folder; leave them out")
        return [(str(file), lambda file=file: _read(file)) for file in sweep.motion_files(path)]
    store = Store(path)

    def clip(index: int) -> tuple[Motion, tuple[Audio, ...]]:
        found = store.clip(index)
        return found.motion, found.audio

    chosen = [int(i) for i in store.indices(split or None) if source in ("", store.records[int(i)].source)]
    return [(store.records[i].name, lambda i=i: clip(i)) for i in chosen]


def _read(file: Path) -> tuple[Motion, tuple[Audio, ...]]:
    """A motion file on WHOLE_BODY, and the sound beside it."""
    from motionverse import extract, formats, onto
    from motionverse.skeleton import WHOLE_BODY

    motion = formats.load(file)
    if motion.skeleton.names != WHOLE_BODY.names:
        motion = onto.onto(motion, file)[0]
    sound = next((file.with_suffix(s) for s in extract.SUFFIXES if file.with_suffix(s).is_file()), None)
    if sound is None:
        return motion, ()
    kind = "speech" if file.with_suffix(".TextGrid").is_file() else "music"
    return motion, (Audio(kind, sound.name, sound),)
