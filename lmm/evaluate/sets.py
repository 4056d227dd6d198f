"""`lmm evaluate sets`: any made motions beside real ones, by the measures of text-to-motion, of dances and of gestures.

Each side is a store, or a folder of motion files of any format and skeleton, sound beside them under their names (walk.bvh,
walk.wav: speech where there is a walk.TextGrid, else music). FID, KID and Diversity are in the motion-text space (with a store's
captions R-precision and MM-Dist too), and of kinetic (_k) and geometric (_g) features; MultiModality is among motions made for one
sound, or in files numbered walk-0, walk-1. The real column holds what two real sets of that size are apart, by halves. Counts
should be alike; a line stays empty where there is too little. docs/evaluation.md says what each means.
"""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lmm.evaluate.metrics.beat_alignment import beat_alignment
from lmm.evaluate.metrics.beat_consistency import beat_consistency, upper_body_speeds
from lmm.evaluate.metrics.dance import standardised
from lmm.evaluate.metrics.diversity import diversity, multimodality
from lmm.evaluate.metrics.frechet import extrapolated, floor, frechet
from lmm.evaluate.metrics.geometric import geometric
from lmm.evaluate.metrics.kid import kid
from lmm.evaluate.metrics.kinetic import kinetic
from lmm.evaluate.metrics.l1_diversity import l1_diversity
from lmm.evaluate.metrics.mm_distance import mm_distance
from lmm.evaluate.metrics.pfc import pfc
from lmm.evaluate.metrics.r_precision import POOL, r_precision
from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_writable
from motionverse.motion import Motion
from motionverse.terminal import Bar, Parser, run, show_json, show_table

LEAST = 4  # clips a side, below which halves say nothing
_EXAMPLES = (
    "examples:\n  lmm evaluate sets out/dances store --split test\n  lmm evaluate sets mine theirs --json -o sets.json"
)


class Space(Protocol):
    """What motions and sentences are judged in (lmm.model.embedder.Embedder)."""

    version: str

    def motions(self, motions: Sequence[Motion], /) -> np.ndarray: ...

    def texts(self, texts: Sequence[str], /) -> np.ndarray: ...


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
    embedded: np.ndarray | None  # (N, E) in the motion-text space
    captions: tuple[str, ...]  # "" where there is none
    asked: tuple[str, ...]  # what each was made for: the name of its sound, or of its file without a number at the end

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
    made.add_argument("--space", default="embedder", metavar="NAME|DIR", help="motion-text space; none: without one")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the report as JSON too")
    made.add_argument("--json", action="store_true", help="print the report as JSON")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    made.set_defaults(command=evaluate)
    return run(made, list(arguments))


def evaluate(chosen: argparse.Namespace) -> None:
    """Measure both sides and print them side by side."""
    if chosen.out:
        check_writable(chosen.out)
    space = None
    if chosen.space != "none":
        from lmm.model.embedder import Embedder

        space = Embedder.load(chosen.space)
    made, real = (
        side(path, Bar(path.name, chosen.json), space, chosen.split, chosen.source)
        for path in (chosen.made, chosen.real)
    )
    report: dict[str, Any] = {"space": space.version if space else None, "measures": compare(made, real, space)}
    if chosen.out:
        with atomic_path(chosen.out) as temporary:
            temporary.write_text(json.dumps(report, indent=2), encoding="utf-8")
    if chosen.json:
        return show_json(report)
    show_table(
        [
            {"measure": name, **{k: "" if v is None else f"{v:.4g}" for k, v in row.items()}}
            for name, row in report["measures"].items()
        ]
    )
    return print(f"motion-text space {space.version[:12]}") if space else None


def side(
    path: Path, progress: Callable[[int, int, str], None], space: Space | None = None, split: str = "", source: str = ""
) -> Side:
    """Everything that is measured of the motions of a store or folder, one by one. Raises MotionError under four motions."""
    jobs = _jobs(path, split, source)
    if len(jobs) < LEAST:
        raise MotionError(f"{path}: {len(jobs)} motions; at least {LEAST} are needed, add some")
    rows, heard, asked, captions, embedded = [], [], [], [], []
    for number, (name, read) in enumerate(jobs, 1):
        clip = read()
        motion = clip.motion.with_(face=None)
        try:
            speeds = upper_body_speeds(motion).mean(0)
            rows.append((kinetic(motion), geometric(motion), pfc(motion), l1_diversity(motion), speeds))
            heard += [(motion, sound.kind, _instants(sound, motion.seconds)) for sound in clip.audio if sound.path]
            embedded += [space.motions([motion])[0]] if space else []
        except MotionError as error:
            raise error if name in str(error) else MotionError(f"{name}: {error}") from None
        numbered = re.sub(r"-\d+(\.\w+)+$", "", name)  # of files alone
        asked.append(clip.audio[0].name if clip.audio and numbered == name else numbered)
        captions.append(clip.captions[0].text if clip.captions else "")
        progress(number, len(jobs), name)
    told = tuple(row for row in heard if len(row[2]))  # music without a beat in it says nothing of a dance
    measured = (np.array(column) for column in zip(*rows, strict=True))
    vectors = np.array(embedded) if space else None
    return Side(*measured, heard=told, embedded=vectors, captions=tuple(captions), asked=tuple(asked))


def compare(made: Side, real: Side, space: Space | None = None) -> dict[str, dict[str, float | None]]:
    """Measure -> its value for the made and for the real set; None where there is none (no sound, too few samples)."""
    report: dict[str, dict[str, Any]] = {"motions": {"made": len(made.pfc), "real": len(real.pfc)}}
    if made.embedded is not None and real.embedded is not None:
        report |= _text(made, real, space)
        report |= _apart("", made, real, made.embedded, real.embedded)
    for letter in ("kinetic", "geometric"):
        known, judged = standardised(getattr(real, letter), getattr(made, letter))
        report |= _apart(f"_{letter[0]}", made, real, judged, known)
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


def _apart(suffix: str, made: Side, real: Side, judged: np.ndarray, known: np.ndarray) -> dict[str, dict[str, Any]]:
    """How far made (M, D) and real (N, D) features are apart, and each set from itself."""
    enough = min(len(known), len(judged)) >= 2 * known.shape[1]
    half, order = len(known) // 2, np.random.default_rng(0).permutation(len(known))
    groups = {"made": made.alike(judged), "real": real.alike(known)}
    return {
        f"FID{suffix}": {"made": frechet(known, judged), "real": floor(known)},
        f"FID{suffix} at 1/N = 0": {"made": extrapolated(known, judged) if enough else None, "real": 0},
        f"KID{suffix}": {"made": kid(known, judged), "real": kid(known[order[:half]], known[order[half:]])},
        f"Diversity{suffix}": {"made": diversity(judged), "real": diversity(known)},
        f"MultiModality{suffix}": {key: multimodality(rows) if rows else None for key, rows in groups.items()},
    }


def _text(made: Side, real: Side, space: Space | None) -> dict[str, dict[str, Any]]:
    """How motions and their captions find each other; empty where no side has captions enough for a pool."""
    found: dict[str, dict[str, Any]] = {}
    for key, one in (("made", made), ("real", real)):
        rows = [k for k, caption in enumerate(one.captions) if caption.split()]
        if space is None or one.embedded is None or len(rows) < POOL:
            continue
        captions = [one.captions[k] for k in rows]
        texts, motions = space.texts(captions), one.embedded[rows]
        found.setdefault("MM-Dist", {"made": None, "real": None})[key] = mm_distance(texts, motions)
        for name, said in (("", None), (", unlike captions", captions)):
            try:
                tops = r_precision(texts, motions, said)
            except MotionError:  # one caption is nearly everybody's: no pool without it
                continue
            for k, top in enumerate(tops, 1):
                found.setdefault(f"R@{k}{name}", {"made": None, "real": None})[key] = top
    return found


def _instants(sound: Audio, seconds: float) -> np.ndarray:
    """Beats of music, onsets of speech [s] from the motion's first frame, within its `seconds`."""
    from motionverse.features import music

    assert sound.path is not None
    found = music.load(sound.path).events["beat" if sound.kind == "music" else "onset"] - sound.start
    return found[(found >= 0) & (found < seconds)]


def _jobs(path: Path, split: str, source: str) -> list[tuple[str, Callable[[], Clip]]]:
    """(name, how to read it) of each motion of a store or a folder."""
    from motionverse import sweep
    from motionverse.store import Store
    from motionverse.store.layout import MANIFEST

    if not path.is_dir():
        raise MotionError(f"{path}: no such folder or store; give one")
    if not (path / MANIFEST).is_file():
        return [(str(file), partial(_read, file)) for file in sweep.motion_files(path)]
    store = Store(path)
    chosen = [int(i) for i in store.indices(split or None) if source in ("", store.records[int(i)].source)]
    return [(store.records[i].name, partial(store.clip, i)) for i in chosen]


def _read(file: Path) -> Clip:
    """A motion file on WHOLE_BODY, and the sound beside it."""
    from motionverse import extract, formats, onto
    from motionverse.skeleton import WHOLE_BODY

    motion = formats.load(file)
    if motion.skeleton.names != WHOLE_BODY.names:
        motion = onto.onto(motion, file)[0]
    sound = next((file.with_suffix(s) for s in extract.SUFFIXES if file.with_suffix(s).is_file()), None)
    kind = "speech" if file.with_suffix(".TextGrid").is_file() else "music"
    audio = () if sound is None else (Audio(kind, sound.name, sound),)
    return Clip(motion, str(file), "folder", "", "", audio=audio)
