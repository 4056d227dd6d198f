"""Folders of sound for pairs: what is heard in each recording, who made it, under what licence, on which side of the split.

A folder may say what its recordings are: a `tracks.jsonl` in it, or in the folder above it, with a line a recording
({"file": ..., "title": ..., "author": ..., "licence": ..., "bpm_score": ...}), and beside a sound of many segments a .json of its
name ({"speaker": ..., "licence": ..., "segments": [{"start_s": ..., "end_s": ...}, ...]}).
The side is decided by a hash of the author, so that a song and its remix are on one; of segments, by that of the stretch.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import files
from motionverse.errors import MotionError
from motionverse.features import music, speech
from motionverse.features.cache import Cache
from motionverse.features.stress import stresses
from motionverse.features.track import Track
from motionverse.pairs.beats import Beats
from motionverse.split import TEST, TRAIN, VALIDATION

SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac")
TRACKS = "tracks.jsonl"
SALT = 14160  # chosen so that validation and test each have songs of several authors, and speech
SHARE = 0.1  # of the authors, for validation and for test
CLEAR = 0.6  # of tracks.jsonl's bpm_score, under which no beat is clear
STEADY, NEAR = 0.8, 0.15  # share of a song's beats that lie a median interval apart, within 15 %
STRETCH = 60.0  # [s] of segments that stay together

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Recording:
    """Sound to pair: `start`..`end` [s] of a file. beats: of music its beats, of speech its stresses, on the file's clock;
    tempo: of music, beats a minute."""

    name: str
    kind: str
    path: Path
    start: float
    end: float
    beats: Beats
    split: str
    licence: str = ""
    credit: str = ""
    tempo: float | None = None


def read(
    folder: Path, kind: str, cache: Cache | None, refused: Counter[str], progress: Progress | None = None
) -> list[Recording]:
    """The recordings of a folder that can be paired; `refused` counts the others, by reason. kind: "music" or "speech".

    Raises MotionError for a folder without sound, and for a file that cannot be read.
    """
    if not folder.is_dir():
        raise MotionError(f"{folder}: no such folder; give one with recordings of {kind}")
    paths = sorted(path.resolve() for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise MotionError(f"{folder}: no recording in it; there should be {' '.join(SUFFIXES)}")
    known, found = _tracks(folder), []
    for number, path in enumerate(paths, start=1):
        made = list(READERS[kind](path, known.get(path, {}), cache))
        if not made:
            refused["no clear beat" if kind == "music" else "no stress"] += 1
        found += made
        if progress is not None:
            progress(number, len(paths), f"{kind}: {path.name}")
    return found


def side(key: str) -> str:
    """The side of the split of an author, or of a recording that names none."""
    digest = hashlib.sha256(f"{SALT}:{key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return VALIDATION if place < SHARE else TEST if place < 2 * SHARE else TRAIN


def _song(path: Path, facts: Mapping[str, Any], cache: Cache | None) -> Iterator[Recording]:
    track = music.load(path, cache)
    beats = track.events["beat"]
    if facts.get("bpm_score", CLEAR) < CLEAR or len(beats) < 4:
        return
    between = np.diff(beats)
    if (np.abs(between / np.median(between) - 1) < NEAR).mean() < STEADY:
        return
    heard = Beats(beats, np.ones(len(beats)))
    yield _recording(path, "music", facts, track, heard, music.tempo(track))


def _talk(path: Path, facts: Mapping[str, Any], cache: Cache | None) -> Iterator[Recording]:
    track = speech.load(path, cache)
    beside = path.with_suffix(".json")
    segments = []
    if beside.is_file():
        facts = {**files.from_json(files.text(beside), beside), **facts}
        segments = _segments(facts.get("segments", ()), beside)
    whole = _recording(path, "speech", facts, track, Beats(*stresses(track)), None)
    for number, (start, end) in enumerate(_stretches(segments) or [(whole.start, whole.end)]):
        name = f"{whole.name}#{number}" if segments else whole.name
        beats = whole.beats.within(start, end)
        if len(beats):
            split = side(name) if segments else whole.split
            yield Recording(name, "speech", path, start, end, beats, split, whole.licence, whole.credit)


def _recording(
    path: Path, kind: str, facts: Mapping[str, Any], track: Track, beats: Beats, tempo: float | None
) -> Recording:
    author, title = str(facts.get("author", facts.get("speaker", ""))), str(facts.get("title", ""))
    credit = ", ".join(part for part in (title, author) if part)
    end, split = float(track.times[-1]), side(author or path.stem)
    return Recording(path.stem, kind, path, 0.0, end, beats, split, str(facts.get("licence", "")), credit, tempo)


READERS: Mapping[str, Callable[[Path, Mapping[str, Any], Cache | None], Iterator[Recording]]] = {
    "music": _song, "speech": _talk,
}  # fmt: skip


def _stretches(segments: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Segments that follow each other, joined to stretches of STRETCH."""
    found: list[tuple[float, float]] = []
    for start, end in segments:
        if found and found[-1][1] - found[-1][0] < STRETCH:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def _segments(rows: Any, where: Path) -> list[tuple[float, float]]:
    try:
        return [(float(row["start_s"]), float(row["end_s"])) for row in rows]
    except (KeyError, TypeError, ValueError):
        raise MotionError(f"{where}: each of its segments must say start_s and end_s, in seconds; correct it") from None


def _tracks(folder: Path) -> dict[Path, Mapping[str, Any]]:
    """What tracks.jsonl says, by file."""
    place = next((place / TRACKS for place in (folder, folder.parent) if (place / TRACKS).is_file()), None)
    if place is None:
        return {}
    found = {}
    for number, line in enumerate(files.text(place).splitlines(), start=1):
        if line.strip():
            row = files.from_json(line, f"{place}, line {number}")
            try:
                found[(place.parent / row["file"]).resolve()] = {**row, "bpm_score": float(row.get("bpm_score", CLEAR))}
            except (KeyError, TypeError, ValueError):
                raise MotionError(
                    f'{place}, line {number}: must say "file", and of bpm_score a number; correct it'
                ) from None
    return found
