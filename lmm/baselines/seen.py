"""Motion from 2-D keypoints by looking it up: the training window that looks most alike from somewhere around. No learning.

Windows of the training split are looked at from AROUND sides, level and from far; what is seen is measured from the middle of the
hips, in spreads of the whole window's points, RATE times a second. Points that a detector lost count for nothing.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from motionverse import canonical
from motionverse.errors import MotionError
from motionverse.features import keypoints2d
from motionverse.features.keypoints2d import POINTS
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS
from motionverse.store import Store

RATE = 5.0  # looks a second
AROUND = 8  # sides
STRIDE = 1.0  # [s] from a window to the next
MOST = 6000  # windows; of more, as many at random
SPARE = 0.1  # [s] more than a window needs is read, so that resampling has its last frame
_HIPS = [POINTS.index(f"{side}_hip") for side in ("left", "right")]


class Seen:
    """A store's training clips of these sources (none: of all) with the whole body, in windows of `seconds`; read when first
    asked."""

    def __init__(self, store: Store, sources: Sequence[str], seconds: float) -> None:
        self.store, self.seconds = store, seconds
        chosen = store.indices("train")
        if sources:
            chosen = chosen[store.records.labels("source").equal(*sources)[chosen]]
        self._chosen = [int(i) for i in chosen if store.records.seconds[i] >= seconds + SPARE]
        self._looks = np.arange(int(seconds * RATE + 1e-6)) / RATE

    def nearest(self, tracks: Sequence[Track], fps: float) -> list[Motion]:
        """For each track of keypoints the window that looks most alike: round(seconds x fps) frames, floor at y = 0, first frame at
        the origin facing +Z. Raises MotionError where there is no window."""
        places, bank = self._bank
        squares, found = bank**2, []
        for track in tracks:
            asked, there = looked(keypoints2d.features(track, self._looks))
            cost = squares @ there - 2 * bank @ (asked * there)
            index, start = places[int(cost.argmin()) // AROUND]
            motion = self.store.window(index, start, self.seconds + SPARE).resample(fps)
            motion = motion.frames_slice(0, round(self.seconds * fps))
            found.append(canonical.canonical(motion.with_(face=None), 0.0)[0])
        return found

    @cached_property
    def _bank(self) -> tuple[list[tuple[int, float]], np.ndarray]:
        """(clip, start [s]) of N windows, and what is seen of each from all sides (N x AROUND, looks x points x 2) float32."""
        body = set(range(BODY_JOINTS))
        seen = {index: self.store.records[index].observed for index in self._chosen}
        places: list[tuple[int, float]] = [
            (index, float(start))
            for index, joints in seen.items()
            if not joints or body.issubset(joints)
            for start in np.arange(0.0, self.store.records.seconds[index] - self.seconds - SPARE + 1e-6, STRIDE)
        ]
        if not places:
            raise MotionError(f"{self.store.where}: no training clip of {self.seconds:g} s to look keypoints up in")
        if len(places) > MOST:
            places = [places[k] for k in sorted(np.random.default_rng(0).permutation(len(places))[:MOST])]
        return places, np.concatenate([self._views(index, start) for index, start in places])

    def _views(self, index: int, start: float) -> np.ndarray:
        motion = self.store.window(index, start, self.seconds + SPARE)
        rows = np.minimum(np.rint(self._looks * motion.fps).astype(int), len(motion) - 1)
        points = keypoints2d.places(motion.with_(rotations=motion.rotations[rows], root=motion.root[rows], face=None))
        sides = np.arange(AROUND) * 2 * np.pi / AROUND
        across = (
            points[None, ..., 0] * np.cos(sides)[:, None, None] + points[None, ..., 2] * np.sin(sides)[:, None, None]
        )
        flat = np.stack([across, np.broadcast_to(points[..., 1], across.shape)], -1)
        return np.stack([looked(_surely(side))[0] for side in flat])


def _surely(flat: np.ndarray) -> np.ndarray:
    """Keypoints' channels (S, 45) of places (S, 15, 2), all of them seen."""
    return np.concatenate([flat, np.ones((*flat.shape[:2], 1))], -1).reshape(len(flat), -1)


def looked(channels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints' channels (S, 45) as they are compared: places (S x 30,) float32, 0 where unseen, and 1 where seen."""
    points = channels.reshape(len(channels), -1, 3)
    there: np.ndarray = np.greater(points[..., 2], 0)
    flat, counts = points[..., :2], np.maximum(there.sum(1), 1)
    hips = np.all(there[:, _HIPS], axis=1)
    middle = np.where(hips[:, None], flat[:, _HIPS].mean(1), (flat * there[..., None]).sum(1) / counts[:, None])
    flat = (flat - middle[:, None]) * there[..., None]
    size = np.sqrt((flat**2).sum() / max(int(there.sum()), 1))
    flat = flat / max(float(size), 1e-9)
    weight = np.repeat(there[..., None], 2, -1).astype(np.float32)
    return flat.astype(np.float32).reshape(-1), weight.reshape(-1)
