"""What goes with a window of a clip beside its motion and its words: the sound, and the body on a camera's picture.

    Streams(store, cache).window("music", 7, store.records[7], start=3.2, seconds=6.0, seed=0)   # values and instants, or None

Sound comes out of the clip's recording, whose features are computed once and kept in a folder of Tracks. Keypoints are those
that a camera of the clip recorded; where none did, they are made from the motion as a detector would report them. Times are
seconds from the window's start, whatever the frame rates of motion, camera and sound.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from motionverse.clip import Keypoints
from motionverse.features import detector, keypoints2d, signals
from motionverse.features.cache import DIGEST, Cache
from motionverse.features.signals import SIGNALS, Values
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.recent import Recent
from motionverse.skeleton import WHOLE_BODY
from motionverse.store.layout import ClipRecord, PointsRecord, SoundRecord
from motionverse.store.reader import Store

LEAST = 8  # of the 15 points that a clip's joints or its camera must know
LONG = 4096  # frames of a clip that is not decoded whole for one window
_DENSE = 30.0  # [fps] places of points are kept at this rate or up to twice it, and read in between on straight lines
_PLACES = tuple(f"{point}_{axis}" for point in keypoints2d.POINTS for axis in "xyz")


def has(record: ClipRecord, name: str) -> bool:
    """Whether a clip has a stream (a name of motionverse.features.signals.SIGNALS)."""
    if signals.known(name).load is not None:
        return _sound(record, name) is not None
    return bool(_cameras(record)) or _captured(record.observed).sum() >= LEAST


class Streams:
    """The streams of a store's clips. cache: where Tracks of sound are kept, None: nowhere; memory: bytes to hold at most."""

    def __init__(self, store: Store, cache: Cache | None = None, memory: int = 2**28) -> None:
        self.store, self.cache = store, cache
        self._recent = Recent(memory)

    def prepare(self, records: Iterable[ClipRecord], names: Iterable[str]) -> None:
        """Make the Tracks of all the sounds of clips that the cache does not hold yet. MotionError for a file that is gone."""
        wanted = {s.sha256: (name, s) for record in records for name in names if (s := _sound(record, name))}
        for name, sound in wanted.values():
            self._heard(name, sound)

    def window(
        self,
        name: str,
        index: int,
        record: ClipRecord,
        start: float,
        seconds: float,
        seed: int,
        mirrored: bool = False,
    ) -> Values | None:
        """Values (S, width) float32 and their instants (S,) float32 [s] of a stream of clip `index`, whose record is `record`, from
        `start` on; None where the clip has none. seed: of the camera and its detector. Sound stays as it is where a window is
        mirrored."""
        if signals.known(name).load is not None:
            sound = _sound(record, name)
            if sound is None:
                return None
            found = signals.signal(name, self._heard(name, sound), sound.start + start, seconds)
        else:
            rng = np.random.default_rng((seed, index, 1))
            seen = self._recorded(index, record, start, seconds, rng) or self._forged(
                index, record, start, seconds, rng
            )
            if seen is None:
                return None
            values, times = signals.signal(name, seen, 0.0, seconds)
            found = keypoints2d.mirrored(values) if mirrored else values, times
        return found if len(found[1]) else None

    def _heard(self, name: str, sound: SoundRecord) -> Track:
        kind = SIGNALS[name]
        assert kind.load is not None
        load = kind.load

        def make() -> Track:
            if self.cache is None:
                return load(self.store.sound(sound))
            return self.cache.kept(sound.sha256[:DIGEST], kind.encoder, lambda: load(self.store.sound(sound)))

        return self._recent.get((name, sound.sha256), make)

    def _recorded(
        self, index: int, record: ClipRecord, start: float, seconds: float, rng: np.random.Generator
    ) -> Track | None:
        """What one of the clip's cameras saw, its instants counted from `start`; None where none saw a body."""
        cameras = _cameras(record)
        if not cameras:
            return None
        camera = cameras[int(rng.integers(len(cameras)))]
        fps = record.keypoints[camera].fps
        first = max(0, int(np.floor(start * fps)))
        seen = _seen(self.store.keypoints(index, camera, first / fps, seconds + 3 / fps))
        ours = np.array([point in keypoints2d.POINTS for point in seen.names])
        if not seen.confidence[:, ours].any():
            return None
        track = keypoints2d.track(seen)
        return replace(track, times=track.times + first / fps - start)

    def _forged(
        self, index: int, record: ClipRecord, start: float, seconds: float, rng: np.random.Generator
    ) -> Track | None:
        """What a camera placed at random would see of the motion, its instants counted from `start`."""
        captured = _captured(record.observed)
        if captured.sum() < LEAST:
            return None
        if record.frames <= LONG:
            places = self._recent.get(index, lambda: _places(self.store.motion(index)))
        else:
            first = max(0, int(start * record.fps) - 1) / record.fps
            places = _places(self.store.window(index, first, start - first + seconds + 3 / _DENSE))
            start -= first
        times = signals.instants("keypoints", seconds)
        points = places.at(times + start).reshape(len(times), len(keypoints2d.POINTS), 3)
        return detector.detected(points, captured, SIGNALS["keypoints"].rate, rng)


def _sound(record: ClipRecord, kind: str) -> SoundRecord | None:
    """The clip's sound of a kind whose file was there when the store was built."""
    return next((sound for sound in record.audio if sound.kind == kind and sound.sha256), None)


def _cameras(record: ClipRecord) -> list[int]:
    """The clip's cameras that tell where a body is."""
    return [k for k, seen in enumerate(record.keypoints) if _tells(seen)]


def _tells(seen: PointsRecord) -> bool:
    return min(seen.size) > 0 and len(set(seen.names) & set(keypoints2d.POINTS)) >= LEAST


def _captured(observed: Iterable[int]) -> np.ndarray:
    """(15,) bool: the points whose place a clip's observed joints decide."""
    present = np.zeros(len(WHOLE_BODY), bool)
    present[np.fromiter(observed, int)] = True
    return keypoints2d.captured(present)


def _seen(recorded: Keypoints) -> Keypoints:
    """Keypoints whose places are numbers: those that are not count as unseen."""
    gone = np.logical_not(np.isfinite(recorded.positions).all(-1))
    positions = np.where(gone[..., None], 0.0, recorded.positions)
    return replace(recorded, positions=positions, confidence=np.where(gone, 0.0, recorded.confidence))


def _places(motion: Motion) -> Track:
    """The 15 points' places [m] at _DENSE fps or up to twice that, the clip's own where it has fewer."""
    every = max(1, int(motion.fps / _DENSE))
    thin = motion.with_(rotations=motion.rotations[::every], root=motion.root[::every], face=None)
    values = keypoints2d.places(thin).reshape(len(thin), -1).astype(np.float32)
    return Track(np.arange(len(thin)) * every / motion.fps, values, _PLACES, "places15-1", {})
