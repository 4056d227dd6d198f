"""BEAT: 30 speakers with speech, words and emotions, BVH at 120 fps with fingers. BEAT2, the same people in SMPL-X, is beat2.py.

- A name is 1_wayne_0_1_8: speaker's number and name, kind of recording (0, 2, 4, 6 speech and 1, 3, 5, 7 conversation in English,
  Chinese, Spanish, Japanese), first and last text. .bvh (120 fps), .wav (16 kHz), .TextGrid (words), .json (face, 60 fps), .csv
  (emotion), .txt (meaning of gestures) have it in common (github.com/PantoMatrix/PantoMatrix, scripts/BEAT_2022/readme_beat.md).
- The emotion of a speech is in its number: to 64 neutral, 72 happiness, 80 anger, 86 sadness, 94 contempt, 102 surprise, 110 fear,
  118 disgust; conversations are neutral (the same file).
- Its split of the English recordings: below, as the same file lists it; recordings that it cuts in half are test as a whole.

The face is ARKit's shapes (beat_face.py), which are not FLAME's expressions (motionverse.face); the meaning of gestures is not
read.
"""

import re
from pathlib import Path

from motionverse.clip import Audio, Caption, Clip, Word
from motionverse.formats import bvh, textgrid
from motionverse.sources import beat_face
from motionverse.sources.source import Entry, Source
from motionverse.split import TEST, TRAIN, VALIDATION

NAME = re.compile(r"(\d+)_([a-z]+)_(\d)_(\d+)_(\d+)$")
EMOTIONS = (
    (64, "neutral"), (72, "happiness"), (80, "anger"), (86, "sadness"), (94, "contempt"), (102, "surprise"), (110, "fear"),
    (118, "disgust"),
)  # fmt: skip
FOUR_HOURS = {1, 2, 3, 4, 6, 7, 8, 9, 11, 21}  # speakers
_FIRST = {65, 73, 81, 87, 95, 103, 111}  # the first text of each emotion
_LAST = {72, 80, 86, 94, 102, 110, 118}
_WORDS = {"words", "word"}


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every .bvh that is named so."""
    paths = sorted(path for path in folder.rglob("*.bvh") if NAME.match(path.stem))
    return [
        Entry(path, path.stem, {"wav": _found(path.with_suffix(".wav")), "split": side(path.stem)}) for path in paths
    ]


def read(entry: Entry) -> Clip:
    """One recording with its sound, words and face."""
    motion, shapes = bvh.read(entry.path), entry.path.with_suffix(".json")
    clip = SOURCE.clip(entry, beat_face.onto(motion, shapes) if shapes.is_file() else motion)
    return spoken(clip, entry, entry.path.with_suffix(".TextGrid"))


def spoken(clip: Clip, entry: Entry, grid: Path) -> Clip:
    """The clip with what its name, sound (entry's fact wav), split and TextGrid tell. Raises MotionError for a broken TextGrid."""
    name, wav = entry.name, entry.facts["wav"]
    feeling, conversation = emotion(name), int(name.split("_")[2]) % 2 == 1
    doing = "talks with somebody" if conversation else "gives a speech"
    words_of_it = f"a person {doing}" + ("" if feeling == "neutral" else f" with {feeling}")
    return clip.with_(
        captions=(Caption(words_of_it, origin="label"),),
        action="conversation" if conversation else "speech",
        style=feeling,
        subject="_".join(name.split("_")[:2]),
        split=str(entry.facts["split"]),
        audio=() if wav is None else (Audio("speech", name, Path(wav)),),
        words=words(grid) if grid.is_file() else (),
    )


def words(grid: Path) -> tuple[Word, ...]:
    """The words of a TextGrid's word tier (or its only tier), pauses left out."""
    tiers = textgrid.read(grid)
    rows = next((rows for name, rows in tiers.items() if name.lower() in _WORDS), next(iter(tiers.values()), []))
    return tuple(Word(text.strip(), start, end) for text, start, end in rows if text.strip())


def emotion(name: str) -> str:
    """The emotion that a recording's name tells."""
    *_, kind, first, _ = name.split("_")
    if int(kind) % 2 == 1:
        return "neutral"
    return next((feeling for last, feeling in EMOTIONS if int(first) <= last), "neutral")


def side(name: str) -> str:
    """The side of the split of an English recording, "" for other languages and for texts that the split does not name."""
    speaker, _, kind, first, last = name.split("_")
    text, long = int(first), int(speaker) in FOUR_HOURS
    if kind not in "01" or first != last:
        return ""
    if kind == "1":
        return (TEST if text == 1 else VALIDATION if text == 12 else TRAIN) if long else (TEST if text == 1 else TRAIN)
    if text in _FIRST or text <= (8 if long else 4):
        return TEST
    if (text in _LAST or 57 <= text <= 64) if long else text <= 8:
        return VALIDATION
    return TRAIN if long or text <= 16 or text - 1 in _FIRST or text == 118 else ""


def _found(path: Path) -> str | None:
    return str(path) if path.is_file() else None


SOURCE = Source(
    name="beat",
    title="BEAT",
    licence="beat",
    tasks=("speech",),
    how_to_obtain="pantomatrix.github.io/BEAT-Dataset: beat_english_v0.2.1 and the other languages, unpacked",
    files="1_wayne_0_1_1.bvh and such",
    find=find,
    read=read,
    release=False,
    hours=76.0,
    figures=(("Hips", "Spine", "LeftArm", "RightForeArm", "LeftUpLeg", "RightLeg"),),
    unverified=(
        "unit and vertical axis of the BVH are found out from the body in it",
        "sound, words, face and motion begin together",
    ),
)
