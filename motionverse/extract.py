"""Features of files and stores, each computed once: sound, 2-D keypoints and sentences under one contract, in one cache.

    extract.track("song.mp3", "music", "cache")                  # a Track: rows with their instants [s], and events
    extract.tracks(["songs", "store"], "music", "cache")         # of all that is in folders and stores, one by one
    extract.sentences(["store"], "cache", "some-org/some-model") # token embeddings of every caption

What runs along time is a Track (motionverse.features.track), kept under the hash of the content that it was made from. The
tokens of a sentence have no instants: a caption's start and end [s] are theirs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import formats, onto, sweep
from motionverse.clip import Word
from motionverse.errors import MotionError
from motionverse.features import keypoints2d, music, speech
from motionverse.features.cache import DIGEST, Cache, digest_of
from motionverse.features.text import ENCODER, TextEncoder
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import beat
from motionverse.store import Store
from motionverse.store.layout import MANIFEST, ClipRecord, SoundRecord

SOUNDS = {"music": music, "speech": speech}
KINDS = (*SOUNDS, "keypoints")
SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".mp4", ".mkv", ".webm")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Cameras:
    """Where motions are seen from: `count` random cameras, of seeds `seed`, `seed` + 1 ...; size: of the picture [pixels]."""

    count: int = 1
    seed: int = 0
    size: tuple[int, int] = (640, 480)


@dataclass(frozen=True)
class Made:
    """One track: what of, what made it, the file that it is kept in, its rows, channels and length [s], its events' counts.

    cached: it was there before; error: why there is none, or "".
    """

    name: str
    encoder: str
    place: str = ""
    rows: int = 0
    channels: int = 0
    seconds: float = 0.0
    events: dict[str, int] = field(default_factory=dict)
    cached: bool = False
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {key: value for key, value in asdict(self).items() if key != "error" or value}


@dataclass(frozen=True)
class Job:
    """A track to be made. digest: of the content, asked for when its turn comes; words: spoken in it, with their times."""

    name: str
    encoder: str
    digest: Callable[[Cache], str]
    make: Callable[[], Track]
    words: Callable[[], Sequence[Word]] = tuple

    def run(self, cache: Cache) -> tuple[Track, Path, bool]:
        """The track, where it is kept, and whether it was there before. MotionError for what cannot be read."""
        digest = self.digest(cache)
        place = cache.place(digest, self.encoder)
        cached = place.is_file()
        return with_words(cache.kept(digest, self.encoder, self.make), self.words()), place, cached


def track(path: str | Path, kind: str, cache: str | Path, cameras: Cameras | None = None) -> Track:
    """The one track of a file: "music" or "speech" of its sound (a .TextGrid beside it gives the events "word" and
    "word_end"), "keypoints" of its motion as the first of `cameras` sees it. Raises MotionError naming the file."""
    jobs = list(_of_file(Path(path), _known(kind), cameras or Cameras()))
    return jobs[0].run(Cache(cache))[0]


def tracks(
    paths: Iterable[str | Path],
    kind: str,
    cache: str | Path,
    cameras: Cameras | None = None,
    progress: Progress | None = None,
) -> Iterator[Made]:
    """Make every track of files, folders and stores that the cache does not hold yet; say of each what it is.

    kind: one of KINDS. progress(done, total, name) is called after each. What cannot be read is one Made with the error.
    Raises MotionError for a path that is missing and for one that holds nothing of the kind.
    """
    jobs = [job for path in paths for job in _jobs(Path(path), _known(kind), cameras or Cameras())]
    held = Cache(cache)
    for k, job in enumerate(jobs, 1):
        try:
            made, place, cached = job.run(held)
            events = {name: len(instants) for name, instants in made.events.items()}
            length, width = made.values.shape
            yield Made(job.name, job.encoder, str(place), length, width, float(made.times[-1]), events, cached)
        except MotionError as error:
            yield Made(job.name, job.encoder, error=str(error))
        if progress is not None:
            progress(k, len(jobs), job.name)


def sentences(
    paths: Iterable[str | Path],
    cache: str | Path,
    model: str | Path = ENCODER,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Embed the captions of stores and the lines of text files; what the cache holds already is not embedded again.

    Returns the encoder's name, the file, how many different sentences there are, how many were new, and the width. Raises
    MotionError for a path that is neither, for files without a sentence and for a model that is not there.
    """
    texts = {text for path in paths for text in _sentences(Path(path))}
    encoder = TextEncoder(cache, model)
    new = encoder.precompute(sorted(texts), progress)
    return {
        "encoder": encoder.name,
        "place": str(encoder.path),
        "sentences": len(texts),
        "new": new,
        "width": encoder.width,
    }


def with_words(heard: Track, words: Sequence[Word]) -> Track:
    """The track with the events "word" and "word_end" [s]; as it is without words."""
    if not words:
        return heard
    starts, ends = (np.array([getattr(word, end) for word in words], float) for end in ("start", "end"))
    return replace(heard, events={**heard.events, "word": starts, "word_end": ends})


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise MotionError(f"features: unknown kind {kind!r}; use one of {', '.join(KINDS)}")
    return kind


def _jobs(path: Path, kind: str, cameras: Cameras) -> Iterator[Job]:
    """What there is to make of a file, a folder or a store."""
    if path.is_file():
        yield from _of_file(path, kind, cameras)
        return
    if not path.is_dir():
        raise MotionError(f"{path}: no such file, folder or store; give one")
    if (path / MANIFEST).is_file():
        found = list(_of_store(Store(path), kind, cameras))
        missing = f"the store holds no {kind}" if kind in SOUNDS else "the store is empty"
    else:
        files = sound_files(path) if kind in SOUNDS else sweep.motion_files(path)
        found = [job for file in files for job in _of_file(file, kind, cameras)]
        missing = f"no files under it for {kind}: {' '.join(SUFFIXES if kind in SOUNDS else formats.SUFFIXES)}"
    if not found:
        raise MotionError(f"{path}: {missing}")
    yield from found


def sound_files(folder: Path) -> list[Path]:
    """The sound files under a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _of_file(path: Path, kind: str, cameras: Cameras) -> Iterator[Job]:
    if kind in SOUNDS:
        yield _heard(str(path), lambda: path, kind, _grid_words(path) if kind == "speech" else tuple)
    else:
        yield from _seen(str(path), partial(_whole_body, path), cameras)


def _of_store(held: Store, kind: str, cameras: Cameras) -> Iterator[Job]:
    for index, record in enumerate(held.records):
        if kind == "keypoints":
            yield from _seen(record.name, partial(held.motion, index), cameras)
            continue
        for one in record.audio:
            if one.kind == kind:
                yield _stored(held, record, one)


def _stored(held: Store, record: ClipRecord, one: SoundRecord) -> Job:
    """A clip's sound: the store knows the hash, so that what was made needs no look at the file."""
    shifted = (Word(word.text, word.start + one.start, word.end + one.start) for word in record.words)
    words = tuple(shifted) if one.kind == "speech" else ()
    job = _heard(f"{record.name}: {one.name}", lambda: held.sound(one), one.kind, lambda: words)
    return replace(job, digest=lambda cache: one.sha256[:DIGEST])


def _heard(name: str, path: Callable[[], Path], kind: str, words: Callable[[], Sequence[Word]]) -> Job:
    module = SOUNDS[kind]
    return Job(name, module.ENCODER, lambda cache: cache.digest(path()), lambda: module.load(path()), words)


def _grid_words(path: Path) -> Callable[[], Sequence[Word]]:
    grid = path.with_suffix(".TextGrid")
    return (lambda: beat.words(grid)) if grid.is_file() else tuple


def _seen(name: str, read: Callable[[], Motion], cameras: Cameras) -> Iterator[Job]:
    """A job for each camera. What counts is the motion, which may be in several files (.asf, .npy.json, .bin beside it)."""
    width, height = cameras.size

    def digest(_: Cache) -> str:
        motion = read()
        return digest_of(motion.joints(), motion.present, np.array(motion.fps))

    for seed in range(cameras.seed, cameras.seed + cameras.count):

        def make(seed: int = seed) -> Track:
            motion = read()
            camera = keypoints2d.random_camera(motion, seed, cameras.size)
            return keypoints2d.track(keypoints2d.seen_from(motion, camera, cameras.size))

        yield Job(f"{name}, camera {seed}", f"{keypoints2d.ENCODER}-{width}x{height}-camera{seed}", digest, make)


def _whole_body(path: Path) -> Motion:
    motion = formats.load(path)
    return motion if motion.skeleton.names == WHOLE_BODY.names else onto.onto(motion, path)[0]


def _sentences(path: Path) -> list[str]:
    if path.is_dir() and (path / MANIFEST).is_file():
        texts = [caption.text for record in Store(path).records for caption in record.captions]
    elif path.suffix.lower() == ".txt" and path.is_file():
        try:
            texts = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise MotionError(f"{path}: cannot be read as text ({error}); it must be UTF-8") from None
    else:
        raise MotionError(f"{path}: neither a store nor a .txt file with a sentence a line")
    found = [" ".join(text.split()) for text in texts if text.split()]
    if not found:
        raise MotionError(f"{path}: no sentence in it")
    return found
