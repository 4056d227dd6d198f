"""What the two TED gesture sets share: videos of clips, each with upper-body points, words and sound at 16 kHz.

A video is {vid, clips}; a clip {words: [[word, start, end], ...], skeletons_3d, audio_raw, start_time, end_time, ...}, times in
seconds of the video, its frames spread evenly from start_time to end_time (scripts/data_loader/data_preprocessor.py of
github.com/ai4r/Gesture-Generation-from-Trimodal-Context; dataset_script/script/make_ted_dataset.py of github.com/alvinliu0/HA2G).
The published LMDB holds videos as pyarrow 0.14 wrote them. Newer pyarrow cannot read that (the authors' answers to issues 5 of
HA2G and 33 of the trimodal repository), and reading it may run code: tools/ted_to_pickle.py turns it into pickles, once.
Read are: LMDB whose values are pickles, a pickle of a list of videos, and a folder of pickles of one video each. Where these are
called VIDEO.CLIPS.pickle, as that tool calls them, nothing is opened to list the clips.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Audio, Clip, Word
from motionverse.errors import MotionError
from motionverse.formats import pickled
from motionverse.sources import fitted_points
from motionverse.sources.source import Entry, stamp

_SIDES = {"train": "train", "val": "validation", "test": "test"}
_SOUND = (".wav", ".mp3", ".m4a", ".flac")
_COUNTED = re.compile(r"([\w-]+)\.(\d{1,6})$")  # a video's name and the number of its clips
_FIELDS = ("words", "skeletons_3d", "start_time", "end_time")


def find(folder: Path) -> list[Entry]:
    """Every clip of every video under `folder`; the side (train, val, test) is in the folder's or the file's name."""
    found = []
    for place in sorted(_places(folder)):
        side = next((_SIDES[word] for word in _SIDES if word in place.name.lower()), "")
        side = side or next((_SIDES[word] for word in _SIDES if word in place.parent.name.lower()), "")
        for row, video, count in _listed(place):
            for number in range(count):
                facts = {"row": row, "clip": number, "split": side, "folder": folder}
                found.append(Entry(place, f"{video}_{number}", facts))
    return found


def _listed(place: Path) -> Iterator[tuple[str, str, int]]:
    """(row, name, number of clips) of every video of a file: from the file's name where that says so, else all are opened."""
    if match := _COUNTED.match(place.stem):
        yield "0", match[1], int(match[2])
        return
    for row, video in _videos(place):
        if not isinstance(video, dict) or not isinstance(video.get("clips"), list):
            raise MotionError(
                f"{place}: entry {row} is no video with clips; use the set's own train, val and test files"
            )
        yield row, str(video.get("vid", row)), len(video["clips"])


def _places(folder: Path) -> Iterator[Path]:
    yield from (path.parent for path in folder.rglob("data.mdb"))
    for suffix in ("pickle", "pkl"):
        yield from folder.rglob(f"*.{suffix}")


def _videos(place: Path) -> Iterator[tuple[str, Any]]:
    if place.is_dir():
        yield from _lmdb(place)
        return
    held = _pickle(place)
    yield from ((str(k), video) for k, video in enumerate(held)) if isinstance(held, list) else [("0", held)]


def _pickle(place: Path) -> Any:
    return _kept(place, stamp(place))


@functools.lru_cache(maxsize=2)
def _kept(place: Path, _: int) -> Any:
    return pickled.read(place, largest=64 << 30)


def _lmdb(place: Path) -> Iterator[tuple[str, Any]]:
    environment = _open(place)
    with environment.begin() as transaction:
        for key, value in transaction.cursor():
            yield bytes(key).decode("ascii", "replace"), _value(place, bytes(value))


@functools.lru_cache(maxsize=2)
def _open(place: Path) -> Any:
    try:
        import lmdb
    except ImportError:
        raise MotionError(f"{place}: LMDB needs lmdb: pip install 'large-motion-model[datasets]'") from None
    try:
        return lmdb.open(str(place), readonly=True, lock=False)
    except lmdb.Error as error:
        raise MotionError(f"{place}: not a whole LMDB ({error}); unpack it again") from None


def _value(place: Path, value: bytes) -> Any:
    if not value.startswith(b"\x80"):
        raise MotionError(
            f"{place}: written by pyarrow 0.14, which nothing newer reads; with pyarrow 0.14.1, run tools/ted_to_pickle.py on it"
        )
    return pickled.loads(value, place)


def read(
    entry: Entry, names: Sequence[str | None], axes: np.ndarray, source: str, licence: str, landmarks: Any = None
) -> Clip:
    """One clip: points to rotations, words with times from its first frame, sound by the video's name."""
    clip = _clip(entry)
    start, end = float(clip["start_time"]), float(clip["end_time"])
    points = np.asarray(clip["skeletons_3d"], np.float64)
    points = points.reshape(len(points), -1, 3) if points.ndim > 1 and points[0].size % 3 == 0 else points
    if not end > start:
        raise MotionError(f"{entry.path}: {entry.name}: from {start} to {end} s; a clip must last")
    points = np.where((points == 0).all((1, 2), keepdims=True), np.nan, points) if points.ndim == 3 else points
    video = entry.name.rsplit("_", 1)[0]
    return Clip(
        motion=fitted_points.motion(entry.path, points, names, len(points) / (end - start), 1.0, axes, landmarks),
        name=entry.name,
        source=source,
        licence=licence,
        performance=f"ted/{video}",
        subject=video,
        split=str(entry.facts["split"]),
        audio=(Audio("speech", video, _sound(entry.facts["folder"], video), start),),
        words=tuple(Word(str(w[0]), float(w[1]) - start, float(w[2]) - start) for w in clip["words"]),
    )


def _clip(entry: Entry) -> dict[str, Any]:
    if entry.path.is_dir():
        video = _video(entry.path, entry.facts["row"])
    else:
        held = _pickle(entry.path)
        video = held[int(entry.facts["row"])] if isinstance(held, list) else held
    try:
        clip = video["clips"][entry.facts["clip"]]
    except (KeyError, IndexError, TypeError):
        raise MotionError(f"{entry.path}: no clip {entry.facts['clip']}; it is not what its name says") from None
    missing = [name for name in _FIELDS if name not in clip]
    if missing:
        raise MotionError(
            f"{entry.path}: {entry.name}: lacks {', '.join(missing)}; use the set's own train, val and test files"
        )
    return clip


@functools.lru_cache(maxsize=2)  # a video's clips are read one after the other
def _video(place: Path, row: str) -> Any:
    with _open(place).begin() as transaction:
        return _value(place, bytes(transaction.get(row.encode("ascii")) or b""))


def _sound(folder: Path, video: str) -> Path | None:
    """The video's sound file, where its owner keeps one beside the clips."""
    return next((path for path in sorted(folder.rglob(f"*{video}*")) if path.suffix in _SOUND), None)
