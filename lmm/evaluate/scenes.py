"""Windows of clips that have sound, and what is heard in them: what music to dance and speech to gesture are asked with.

Beats are those of the recording, where there is one. Of AIST++'s fragments there is none (the music may not be handed on), but
tempo and phase are known: then the beats are counted from the label, and the column `recorded`, the share of windows with a
recording, says so. One repetition is `Scenes`: of each two performances that are alike in action one is asked, the other is what
answers are held against, ground truth included; a corpus of one performance is halved by windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lmm.evaluate.completing import SPARE
from motionverse import canonical
from motionverse.errors import MotionError
from motionverse.features import music, speech
from motionverse.features.cache import Cache
from motionverse.features.stress import stresses
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.pairs.beats import Beats
from motionverse.split import TRAIN
from motionverse.store import Store
from motionverse.store.layout import ClipRecord, SoundRecord

EVENT = {"music": "beat", "speech": "onset"}  # what is heard in a kind of sound
LOOKED_UP = "music"  # the kind of sound that has a stock to look motion up in
LEAST = 2  # windows a half
EDGE = 1e-6  # [s]


@dataclass(frozen=True, eq=False)
class Heard:
    """A clip and its sound: instants [s] of what is heard in it, from the clip's first frame on; recorded: whether they were heard
    in the recording, not counted from a tempo; track: of the recording, as models are told it, beats: what a motion keeps time
    with, the beats of music, the stresses of speech, both on the recording's clock; None where there is none."""

    index: int
    record: ClipRecord
    sound: SoundRecord
    recorded: bool
    instants: np.ndarray
    track: Track | None = None
    beats: Beats | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """A window that is asked: its real motion, instants [s] of what is heard from its first frame on, and from where in its clip
    it is [s]."""

    motion: Motion
    instants: np.ndarray
    heard: Heard
    start: float

    @property
    def track(self) -> Track:
        """Of the recording, 0 s being the window's first frame. Raises MotionError where there is none."""
        track, begun = self.heard.track, self.heard.sound.start + self.start
        if track is None:
            raise MotionError(f"{self.heard.record.name}: its sound has no recording to be told of")
        events = {name: at - begun for name, at in track.events.items()}
        return replace(track, times=track.times - begun, events=events)

    def beats(self, around: float = 0.0) -> Beats:
        """What a motion keeps time with, from the window's first frame on, so many seconds `around` it as well; of a label as
        well as of a recording."""
        begun = self.heard.sound.start + self.start
        if self.heard.beats is None:
            found = Beats(self.heard.instants - self.start, np.ones(len(self.heard.instants)))
        else:
            found = Beats(self.heard.beats.instants - begun, self.heard.beats.weights)
        return found.within(-around, len(self.motion) / self.motion.fps + around)


@dataclass(frozen=True, eq=False)
class Scenes:
    """One repetition. held: real motions of the other half; stock: training clips that share a performance with neither the
    other half nor, one by one, with what is asked; of music alone."""

    asked: tuple[Scene, ...]
    held: tuple[Motion, ...]
    stock: tuple[Heard, ...]
    store: Store
    kind: str  # of sound: music or speech


Window = tuple[Heard, float]  # a clip, and from where in it [s]
Pick = tuple[str, tuple[str, ...]]  # split ("": all) and sources (none: all) of clips
Size = tuple[int, float, float]  # windows of a half at most, their seconds, their frame rate


def clips(store: Store, kind: str, pick: Pick, cache: Cache | None) -> list[Heard]:
    """Clips with this kind of sound, or with its tempo. Raises MotionError for a recording that is gone."""
    split, sources = pick
    known: dict[Path, tuple[Track, Track, Beats]] = {}
    return [
        _heard(store, int(i), record, sound, cache, known)
        for i in store.indices(split or None)
        for record in [store.records[int(i)]]
        for sound in record.audio
        if sound.kind == kind and (sound.sha256 or (kind == "music" and sound.tempo))
        if not sources or record.source in sources
    ]


def recorded(store: Store, kind: str, pick: Pick) -> bool:
    """Whether all clips with this kind of sound have the recording itself; not, where there is no clip."""
    split, sources = pick
    records = [store.records[int(i)] for i in store.indices(split or None)]
    sounds = [one for r in records if not sources or r.source in sources for one in r.audio if one.kind == kind]
    return bool(sounds) and all(sound.sha256 for sound in sounds)


def _heard(
    store: Store,
    index: int,
    record: ClipRecord,
    sound: SoundRecord,
    cache: Cache | None,
    known: dict[Path, tuple[Track, Track, Beats]],
) -> Heard:
    """known: what is heard in the recordings that were read so far."""
    if not sound.sha256:
        period = 60 / (sound.tempo or np.inf)
        instants = np.arange(int((sound.start + record.seconds) / period) + 1) * period - sound.start
        return Heard(index, record, sound, False, _inside(instants, record))
    path = store.sound(sound)
    if path not in known:
        known[path] = _listened(path, sound.kind, cache)
    whole, track, beats = known[path]
    return Heard(
        index, record, sound, True, _inside(whole.events[EVENT[sound.kind]] - sound.start, record), track, beats
    )


def _listened(path: Path, kind: str, cache: Cache | None) -> tuple[Track, Track, Beats]:
    """A recording's track as music, the track that models are told, and what a motion keeps time with."""
    whole = music.load(path, cache)
    if kind == "music":
        beats = whole.events["beat"]
        return whole, whole, Beats(beats, np.ones(len(beats)))
    track = speech.load(path, cache)
    return whole, track, Beats(*stresses(track))


def _inside(instants: np.ndarray, record: ClipRecord) -> np.ndarray:
    within = instants[(instants >= -EDGE) & (instants < record.seconds - EDGE)]
    return np.maximum(within, 0.0)


def draw(store: Store, kind: str, pick: Pick, size: Size, seed: int, cache: Cache | None) -> Scenes:
    """Scenes of the clips that are picked, by the seed alone.

    Raises MotionError where there are too few with sound.
    """
    count, seconds, fps = size
    rng = np.random.default_rng(seed)
    found = clips(store, kind, pick, cache)
    windows = [window for heard in found for window in windows_of(heard, seconds, rng)]
    halves = _halves(windows, rng)
    if min(map(len, halves)) < LEAST:
        raise MotionError(
            f"{store.where}: {len(windows)} windows of {seconds:g} s with {kind} in split {pick[0] or 'any'}; "
            f"{2 * LEAST} in two halves are needed, build clips that have sound with --sounds, or name another split"
        )
    asked, held = ([half[k] for k in sorted(rng.permutation(len(half))[:count])] for half in halves)
    away = {heard.record.performance for heard, _ in held}
    known = clips(store, kind, (TRAIN, pick[1]), cache) if kind == LOOKED_UP else []
    stock = (heard for heard in known if heard.record.performance not in away)
    return Scenes(
        tuple(
            Scene(cut(store, heard.index, start, seconds, fps), _within(heard.instants, start, seconds), heard, start)
            for heard, start in asked
        ),
        tuple(cut(store, heard.index, start, seconds, fps) for heard, start in held),
        tuple(heard for heard in stock if len(heard.instants) and heard.record.seconds >= seconds + SPARE),
        store,
        kind,
    )


def windows_of(heard: Heard, seconds: float, rng: np.random.Generator) -> list[Window]:
    """Windows one after the other, from an instant that is drawn, in which something is heard."""
    room = heard.record.seconds - SPARE
    fit = int(room / seconds + EDGE)
    first = float(rng.random()) * max(room - fit * seconds, 0.0)
    starts = (first + k * seconds for k in range(fit))
    return [(heard, start) for start in starts if len(_within(heard.instants, start, seconds))]


def _halves(windows: Sequence[Window], rng: np.random.Generator) -> tuple[list[Window], list[Window]]:
    """Neighbours in action are on different sides, which a coin says; of one performance, windows are what is dealt out."""
    acts = sorted({(heard.record.action, heard.record.performance) for heard, _ in windows})
    if len(acts) > 1:
        sides = _coins(len(acts), rng)
        first = {performance for (_, performance), side in zip(acts, sides, strict=True) if side}
        chosen = [heard.record.performance in first for heard, _ in windows]
    else:
        chosen = list(_coins(len(windows), rng))
    pairs = list(zip(windows, chosen, strict=True))
    return [row for row, side in pairs if side], [row for row, side in pairs if not side]


def _coins(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) bool: of each two neighbours one, at random."""
    coins = rng.integers(2, size=(count + 1) // 2).astype(bool)
    return np.stack([coins, ~coins], 1).reshape(-1)[:count]


def _within(instants: np.ndarray, start: float, seconds: float) -> np.ndarray:
    return instants[(instants >= start) & (instants < start + seconds)] - start


def cut(store: Store, index: int, start: float, seconds: float, fps: float) -> Motion:
    """`seconds` of a clip from `start` [s] on, floor at y = 0, first frame at the origin facing +Z; SPARE more must be there."""
    motion = store.window(index, start, seconds + SPARE).resample(fps).frames_slice(0, round(seconds * fps))
    return canonical.canonical(motion.with_(face=None), 0.0)[0]
