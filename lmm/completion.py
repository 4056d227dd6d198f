"""What is given of a motion, as the model reads it, and what the model made, put where the motion stands. Knows no model.

Cells that are given in the same frames are taken out together. Frames that are given in a row are brought to the model's rate and
encoded by themselves: neither the rates' filters nor the features' derivatives see a frame that is not given. A frame that stands
alone is given at the model's nearest instant, in flow: as the cubic spline through all given frames passes there.
"""

from dataclasses import dataclass

import numpy as np

from lmm import constraint, seam
from lmm.baselines import interpolation
from lmm.tasks import Given
from motionverse import derivative, resample, tomato
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import CELLS, FACE_CELL
from motionverse.resample import KEEP
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.tomato import FEATURE_CELL, Frame

_EDGE = 1e-6  # [s] an instant this close to a frame is that frame


@dataclass(frozen=True, eq=False)
class Asked:
    """Motions of one length and rate, what is given of them, the rate [fps] that the model samples at and the cells (53,) bool
    that it makes."""

    motions: tuple[Motion, ...]
    given: Given
    rate: float
    cells: np.ndarray

    def __post_init__(self) -> None:
        if not self.motions or len({(len(motion), motion.fps) for motion in self.motions}) > 1:
            raise MotionError("complete: give motions of one length and one frame rate; resample and cut them first")
        if any(motion.skeleton.names != WHOLE_BODY.names for motion in self.motions):
            raise MotionError("complete: a motion on another skeleton; retarget it to WHOLE_BODY first")

    @property
    def last(self) -> float:
        """The instant [s] of the motions' last frame."""
        return float(self.motions[0].times[-1])

    @property
    def frames(self) -> int:
        """Frames at the model's rate, up to the last instant or beyond it by less than one."""
        return int(np.ceil(self.last * self.rate - _EDGE)) + 1

    def there(self, motion: Motion) -> np.ndarray:
        """(53,) bool: cells that the motion has and the model makes."""
        return self.cells & np.append(motion.present, motion.face is not None)

    def pieces(self, motion: Motion) -> list["Piece"]:
        """What is given of a motion, at the model's rate."""
        own, there = self.given.mask(motion.times), self.there(motion)
        patterns, pattern = np.unique(own[:, there], axis=1, return_inverse=True)
        found: list[Piece] = []
        for k, rows in enumerate(patterns.T):
            cells = np.zeros(CELLS, bool)
            cells[np.flatnonzero(there)[pattern.ravel() == k]] = True
            found += [Piece(cells, *shown) for shown in self._shown(motion, rows)]
        return found

    def _shown(self, motion: Motion, rows: np.ndarray) -> list[tuple[int, Motion, np.ndarray]]:
        """(first row, motion, (T',) bool the frames that count) at the model's rate of the frames that are given (T,) bool."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8))).reshape(-1, 2)
        found, alone = [], []
        for a, b in edges:
            first = int(np.ceil(a / motion.fps * self.rate - _EDGE))
            stop = int(np.floor((b - 1) / motion.fps * self.rate + _EDGE)) + 1
            if stop - first < 2:  # too short to show how it moves
                alone += np.rint(np.arange(a, b) / motion.fps * self.rate).astype(int).tolist()
                continue
            piece = motion.frames_slice(int(a), int(b))
            if self.rate < motion.fps:
                piece = resample.low_pass(piece, KEEP * self.rate / 2)
            times = np.arange(first, stop) / self.rate - a / motion.fps
            found.append((first, resample.at_times(piece, times, self.rate), np.ones(stop - first, bool)))
        if alone:
            chosen = np.zeros(max(alone) - min(alone) + 1, bool)
            chosen[np.array(alone) - min(alone)] = True
            times = (np.arange(len(chosen)) + min(alone)) / self.rate
            found.append((min(alone), resample.through(motion, rows, times, self.rate), chosen))
        return found


@dataclass(frozen=True, eq=False)
class Piece:
    """cells (53,) bool that are given; first: row at the model's rate of the first frame of `motion`, at that rate; counts: (T,)
    bool, which of its frames are given (the others lie between, and show how it moves)."""

    cells: np.ndarray
    first: int
    motion: Motion
    counts: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """Rows at the model's rate that are given."""
        return self.first + np.flatnonzero(self.counts)


def given_features(asked: Asked, part: slice, stats: Stats) -> tuple[np.ndarray, np.ndarray]:
    """Normalised clean features (B, T, 669) float32 and where they hold (B, T, 53) bool, of the motions in `part`."""
    motions = asked.motions[part]
    known = np.zeros((len(motions), asked.frames, tomato.WIDTH), np.float32)
    mask = np.zeros((len(motions), asked.frames, CELLS), bool)
    for k, motion in enumerate(motions):
        for piece in asked.pieces(motion):
            features = stats.normalise(tomato.encode(piece.motion)[0], asked.there(motion))[piece.counts]
            columns = np.flatnonzero(piece.cells[FEATURE_CELL])
            known[k, piece.rows[:, None], columns] = features[:, columns]
            mask[k, piece.rows[:, None], np.flatnonzero(piece.cells)] = True
    return known, mask


def closed(asked: Asked, index: int, features: np.ndarray) -> Motion:
    """The motion of features (T, 669) at the model's rate, as motion `index` wherever it is given, joined without a pop.

    It has the motion's own rate, length and bones; local rotations, root and face that are given have the motion's bits, and
    joints that are given alone are where they were (lmm.constraint). What the made path is off where the pelvis is given is let in
    evenly over the hidden time between; after the last given frame the path goes on from it. What the motion has and the model
    does not make (hands, a face) goes straight from one given frame to the next.
    """
    source = asked.motions[index]
    face = bool(asked.cells[FACE_CELL])
    frame = Frame(source.skeleton.offsets, fps=asked.rate, observed=asked.cells[:FACE_CELL], face=face)
    made = tomato.decode(features, frame, derivative.SMOOTH)
    shown, mask = made, np.zeros((len(made), CELLS), bool)
    for piece in asked.pieces(source):
        shown = _put(shown, piece)
        mask[piece.rows[:, None], np.flatnonzero(piece.cells)] = True
    made = resample.at_times(seam.joined(made, shown, mask), source.times, source.fps)
    own = asked.given.held(source.times) & np.append(source.present, source.face is not None)
    if "way" in asked.given.forms:
        made = seam.led(made, source)
    return constraint.met(_unmade(asked, source, made, own), source, own)


def _put(motion: Motion, piece: Piece) -> Motion:
    """`motion` with what is given in a piece."""
    joints = np.flatnonzero(piece.cells[:FACE_CELL])
    rotations, root, face = motion.rotations.copy(), motion.root.copy(), motion.face
    rotations[piece.rows[:, None], joints] = piece.motion.rotations[piece.counts][:, joints]
    if piece.cells[0]:
        root[piece.rows] = piece.motion.root[piece.counts]
    if piece.cells[FACE_CELL] and face is not None and piece.motion.face is not None:
        face = face.copy()
        face[piece.rows] = piece.motion.face[piece.counts]
    return motion.with_(rotations=rotations, root=root, face=face)


def _unmade(asked: Asked, source: Motion, made: Motion, own: np.ndarray) -> Motion:
    """`made` with the joints and the face that are given somewhere (T, 53) and that the model makes nowhere."""
    joints = np.flatnonzero(~asked.cells[:FACE_CELL] & own[:, :FACE_CELL].any(0))
    if len(joints):
        rotations = made.rotations.copy()
        patterns, which = np.unique(own[:, joints], axis=1, return_inverse=True)
        for k, rows in enumerate(patterns.T):
            alike = joints[which.ravel() == k]
            rotations[:, alike] = interpolation.linear(source, rows).rotations[:, alike]
        made = made.with_(rotations=rotations, observed=made.present | np.isin(np.arange(FACE_CELL), joints))
    seen = np.flatnonzero(own[:, FACE_CELL])
    if made.face is None and source.face is not None and len(seen):
        face = np.stack([np.interp(np.arange(len(source)), seen, column) for column in source.face[seen].T], -1)
        made = made.with_(face=face, face_source=source.face_source)
    return made
