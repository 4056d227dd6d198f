"""Clips and recordings drawn, joined, checked and written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionverse.build import moments
from motionverse.build.corridor import moved
from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
from motionverse.features.cache import Cache
from motionverse.motion import Motion
from motionverse.pairs import recordings, warp
from motionverse.pairs.account import Fit, Told
from motionverse.pairs.acts import ACTS, SOURCES, Acts, usable
from motionverse.pairs.beats import Beats, kinematic_beats, strokes
from motionverse.pairs.recordings import Recording
from motionverse.split import TEST, TRAIN, VALIDATION
from motionverse.stats import Stats
from motionverse.store import Store, Writer

LONGEST, SHORTEST = 20.0, 1.5  # [s] of a clip's piece
LEAST = 3  # beats of a motion that can be paired, and of it that must be met
MET = 0.6  # of the weight of a motion's beats, that must be met
MISS = 0.5  # of chance: mean distance at most, afterwards, from a beat of the motion to the nearest of the sound
TRIES = 6  # recordings that are tried in a round for a piece
SHARES = {TRAIN: 0.8, VALIDATION: 0.1, TEST: 0.1}  # of the hours
ACCENTS = {
    "music": 0.35,
    "speech": -0.35,
}  # a dancer lingers on the beat, a hand strikes on the stress: how much slower there
EVENTS: Mapping[str, Callable[[Motion], Beats]] = {"music": kinematic_beats, "speech": strokes}

Progress = Callable[[int, int, str], None]


class Refused(Exception):
    """A motion and a recording that do not go together; its text is the reason that is counted."""


@dataclass(frozen=True)
class Asked:
    """What sound to pair with: kind "music" or "speech", its folder, hours of pairs at most."""

    kind: str
    folder: Path
    hours: float


def pair(
    store: str | Path,
    asked: Sequence[Asked],
    out: str | Path,
    seed: int = 0,
    sounds: bool = False,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> list[Told]:
    """Write a store at `out` of a store's clips beside recordings; what came of it, kind by kind.

    sounds: copy the recordings into the store; cache: folder for what is heard in them. The same store, recordings and seed
    give the same store. Raises MotionError where nothing can be paired.
    """
    held, kept = Store(store), None if cache is None else Cache(cache)
    told, stats = [Told(one.kind) for one in asked], Stats()
    with Writer(out, sounds=sounds) as writer:
        for one, account in zip(asked, told, strict=True):
            heard = recordings.read(one.folder, one.kind, kept, account.refused, progress)
            for clip in _pairs(held, one, heard, account, seed, progress):
                writer.add(clip)
                if clip.split == TRAIN:
                    stats = stats.merge(moments(clip.motion))
        if not len(writer):
            why = ", ".join(f"{reason} {count}" for account in told for reason, count in account.refused.items())
            raise MotionError(f"{held.where}: no clip could be paired ({why or 'none dances, keeps time or gestures'})")
        writer.close(stats)
    return told


def _pairs(
    store: Store, asked: Asked, heard: Sequence[Recording], told: Told, seed: int, progress: Progress | None
) -> Iterator[Clip]:
    rng, used = np.random.default_rng(seed), set[str]()
    for acts in ACTS[asked.kind]:
        for split, share in SHARES.items():
            songs = [one for one in heard if one.split == split]
            room = asked.hours * 3600 * acts.share * share
            pieces = list(_pieces(store, acts, asked.kind, split))
            made = 0.0
            for clip in _rounds(pieces, store, acts, songs, told, rng, used):
                made += clip.motion.seconds
                yield clip
                if progress is not None:
                    progress(round(min(made, room)), round(room), f"{acts.name}, {split}:")
                if made >= room:
                    break


Piece = tuple[int, int, int]  # a clip, and its frames from .. to


def _pieces(store: Store, acts: Acts, kind: str, split: str) -> Iterator[Piece]:
    """Stretches of a split's clips, none longer than LONGEST."""
    for index in store.indices(split):
        record = store.records[int(index)]
        if record.seconds < SHORTEST or not usable(record, kind) or not acts.take(record):
            continue
        parts = int(np.ceil(record.seconds / LONGEST))
        edges = np.linspace(0, record.frames, parts + 1).round().astype(int)
        yield from ((int(index), int(first), int(last)) for first, last in zip(edges, edges[1:], strict=False))


def _rounds(
    pieces: list[Piece],
    store: Store,
    acts: Acts,
    songs: Sequence[Recording],
    told: Told,
    rng: np.random.Generator,
    used: set[str],
) -> Iterator[Clip]:
    """Pairs, a recording for each piece in turn, then another; none twice for one piece, nor a name that is `used` already."""
    left = {piece: [songs[k] for k in rng.permutation(len(songs))] for piece in pieces}
    for _turn in range(acts.songs):
        for piece in (pieces[k] for k in rng.permutation(len(pieces))):
            if left[piece]:
                origin = store.records[piece[0]].name
                made = _next(_cut(store, piece), left[piece], told, rng)
                if made is not None:
                    clip, fit = made
                    place = f"/{piece[1]}" if piece[1] else ""
                    name = f"{clip.source}/{origin}/{clip.audio[0].name}{place}"
                    if name in used:  # a clip may belong to two acts, and two recordings may be called alike
                        continue
                    used.add(name)
                    clip = clip.with_(name=name)
                    told.add(clip, origin, fit)
                    yield clip


def _next(clip: Clip, left: list[Recording], told: Told, rng: np.random.Generator) -> tuple[Clip, Fit] | None:
    """A clip beside the last of the recordings `left` that it fits, TRIES at most; those that were tried are taken away."""
    own = EVENTS[left[-1].kind](clip.motion)
    if len(own) < LEAST:
        told.refused["few beats"] += 1
        left.clear()
    for _ in range(min(TRIES, len(left))):
        try:
            return joined(clip, own, left.pop(), rng)
        except Refused as reason:
            told.refused[str(reason)] += 1
    return None


def _cut(store: Store, piece: Piece) -> Clip:
    index, first, last = piece
    clip = store.clip(index)
    if last - first == len(clip.motion):
        return clip
    fps = clip.motion.fps
    captions = moved(clip.captions, first / fps, (last - first) / fps, clip.motion.seconds)
    return clip.cut(first, last).with_(captions=captions)


def joined(clip: Clip, own: Beats, song: Recording, rng: np.random.Generator) -> tuple[Clip, Fit]:
    """A clip beside a stretch of a recording that is drawn, and how it fits. own: the clip's beats. Raises Refused."""
    last = float(clip.motion.times[-1])
    longest = last / warp.SLOWEST
    first = song.beats.instants[song.beats.instants <= max(song.end - longest, song.start)]
    begin = float(first[rng.integers(len(first))]) if len(first) else song.start
    heard = song.beats.within(begin, begin + longest + 1.0)
    if not len(heard):
        raise Refused("nothing heard")
    rows, columns = warp.match(own, heard)
    if len(rows) < LEAST or own.weights[rows].sum() < MET * own.weights.sum():
        raise Refused("tempo does not fit")
    bent = warp.fitted(heard.instants[columns], own.instants[rows])
    if bent is None:
        raise Refused("would be bent too far")
    if (depth := ACCENTS[song.kind]) and len(song.beats) > 1:
        bent = replace(bent, accent=warp.Accent(song.beats.instants, depth))
    start = bent.start()
    if start < song.start or bent.end(last) > song.end:
        raise Refused("recording too short")
    motion = bent.apply(clip.motion)
    fit = _fit(motion, song, start, bent.rates(bent.times(clip.motion)))
    if fit.miss > MISS * fit.chance:
        raise Refused("misses the beat")
    audio = Audio(song.kind, song.name, song.path, start, song.tempo, song.licence, song.credit)
    return _beside(clip, motion, bent, audio), fit


def _fit(motion: Motion, song: Recording, start: float, rates: np.ndarray) -> Fit:
    """What the finished motion's own beats, found afresh, say."""
    done = EVENTS[song.kind](motion).instants + start
    if len(done) < LEAST:
        raise Refused("few beats are left")
    chance = np.linspace(start, start + motion.seconds, 1000)
    miss, least = (float(np.abs(at[:, None] - song.beats.instants[None]).min(1).mean()) for at in (done, chance))
    return Fit(miss, least, float(np.abs(np.log(rates)).mean()))


def _beside(clip: Clip, motion: Motion, bent: warp.Warp, audio: Audio) -> Clip:
    """The clip as it is now: its sentences speak of the same poses, its sound is the recording."""
    times = bent.times(clip.motion)
    own = bent(times)
    captions = tuple(
        replace(one, start=float(np.interp(one.start, own, times - times[0])),
                end=None if one.end is None else float(np.interp(one.end, own, times - times[0])))
        for one in clip.captions
    )  # fmt: skip
    return clip.with_(
        motion=motion, source=SOURCES[audio.kind], captions=captions, audio=(audio,), words=(), keypoints=()
    )
