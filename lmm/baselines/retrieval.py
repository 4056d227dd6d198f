"""Nearest neighbour: motion of the training split, looked up. Nothing is learned, and little is made.

A sentence gets a clip that has the training caption nearest to it (cosine of the frozen text encoder's mean tokens), from where
that caption begins; where several clips have it the seed picks one; what is shorter than asked stands still in its last pose.
What is given of a motion gets the training window that is nearest in it (lmm.baselines.bank), put in its place
(lmm.baselines.pasting): there the seed has no say.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from lmm.baselines.bank import RATE, Bank, Poses
from lmm.baselines.pasting import pasted
from lmm.model.alike import gists
from lmm.tasks import Given, placed
from motionverse import canonical
from motionverse.errors import MotionError
from motionverse.features.text import TextEncoder
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.store import Store

VERSION = 1  # of the definition: count on when a change of it changes what is found
FPS = 30.0  # of what a sentence gets
_SPARE = 0.1  # [s] more than is needed is read, so that resampling has its last frame


class Retrieval:
    """A store's training clips of these sources (none: of all) with the whole body; opened when they are first asked for.

    cache: folder for the embeddings of captions, None for memory alone.
    """

    def __init__(self, store: Store, sources: Sequence[str] = (), cache: Path | None = None) -> None:
        self.store, self._cache = store, cache
        chosen = store.indices("train")
        if sources:
            chosen = chosen[store.records.labels("source").equal(*sources)[chosen]]
        self._chosen = [int(index) for index in chosen]
        told = [VERSION, sorted(sources), hashlib.sha256(store.files.manifest()).hexdigest()]
        self.made_of = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]

    def __len__(self) -> int:
        return len(self._chosen)

    def batch(self, texts: Sequence[str], seeds: Sequence[int], seconds: float) -> list[Motion]:
        """A clip for each sentence and seed, round(seconds x 30) frames, floor at y = 0, facing +Z at first."""
        sentences, vectors, clips = self._captions
        nearest = (gists(self._encoder.tokens(texts)) @ vectors.T).argmax(1)
        found = []
        for row, seed in zip(nearest, seeds, strict=True):
            having = clips[sentences[row]]
            index, start = having[int(np.random.default_rng(seed).integers(len(having)))]
            found.append(self._cut(index, start, round(seconds * FPS), FPS))
        return found

    def complete(self, motions: Sequence[Motion], given: Given) -> list[Motion]:
        """Each motion with what is not given taken from the training window that is nearest in what is.

        motions: of one length and rate. Raises MotionError where the pelvis is given in no frame.
        """
        times = motions[0].times
        mask = given.mask(times)[:, : len(WHOLE_BODY)]
        steps = np.arange(int(times[-1] * RATE + 1e-6) + 1)
        frames = np.rint(steps / RATE * motions[0].fps).astype(int)
        steps, frames = steps[mask[frames, 0]], frames[mask[frames, 0]]
        if not len(steps):
            raise MotionError(
                "retrieval: the pelvis is given in no frame; give frames, parts with the root, or the path"
            )
        wanted = [_poses(motion, mask[:, 0], frames) for motion in motions]
        places = self._bank.nearest(wanted, _known(mask, frames), steps, int(times[-1] * RATE) + 1)
        found = (self._cut(*place, len(times), motions[0].fps) for place in places)
        return [pasted(motion, near, mask) for motion, near in zip(motions, found, strict=True)]

    def _cut(self, index: int, start: float, frames: int, fps: float) -> Motion:
        motion = self.store.window(index, start, frames / fps + _SPARE).resample(fps)
        motion = canonical.canonical(motion.with_(face=None), 0.0)[0]
        rows = np.minimum(np.arange(frames), len(motion) - 1)
        return motion.with_(rotations=motion.rotations[rows], root=motion.root[rows])

    @cached_property
    def _clips(self) -> list[int]:
        """Those of which the whole body was captured."""
        body = set(range(BODY_JOINTS))
        seen = ((index, self.store.records[index].observed) for index in self._chosen)
        return [index for index, joints in seen if not joints or body.issubset(joints)]

    @cached_property
    def _bank(self) -> Bank:
        return Bank((index, self.store.motion(index)) for index in self._clips)

    @cached_property
    def _encoder(self) -> TextEncoder:
        return TextEncoder(self._cache)

    @cached_property
    def _captions(self) -> tuple[list[str], np.ndarray, dict[str, list[tuple[int, float]]]]:
        """Sentences, their gists (N, 384), and the (clip, start [s]) that have each."""
        clips: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for index in self._clips:
            for caption in self.store.records[index].captions:
                clips[caption.text].append((index, caption.start))
        if not clips:
            raise MotionError(f"{self.store.where}: no training clip has a caption; retrieval needs some")
        sentences = sorted(clips)
        if self._cache is not None:
            self._encoder.precompute(sentences)
        return sentences, gists(self._encoder.tokens(sentences)), clips


def _poses(motion: Motion, there: np.ndarray, frames: np.ndarray) -> Poses:
    """Poses at some of the frames where the pelvis is given, each run of which is looked at by itself."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8))).reshape(-1, 2)
    runs = [(a, frames[(frames >= a) & (frames < b)] - a, motion.frames_slice(int(a), int(b))) for a, b in edges]
    parts = [Poses.of(piece, inside) for _, inside, piece in runs if len(inside)]
    return Poses(np.concatenate([part.rows for part in parts]), np.concatenate([part.path for part in parts]))


def _known(mask: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """(S, 132) bool: places of body joints that hang on given joints alone, and velocities where a frame beside is given."""
    chain = placed(mask[:, :BODY_JOINTS])
    padded = np.pad(chain, ((1, 1), (0, 0)))
    moving = chain & (padded[2:] | padded[:-2])
    return np.repeat(np.concatenate([chain[frames], moving[frames]], 1), 3, axis=1)
