"""What is given of a motion, as the model reads it, and what the model made, put where the motion stands. Knows no model.

Frames that are given in a row are taken out, brought to the model's rate and encoded by themselves: neither the rates' filters nor
the features' derivatives see a frame that is not given. A frame that stands alone is given as held still.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lmm.tasks import Given
from motionverse import derivative, resample, rotation, tomato
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import CELLS, FACE_CELL
from motionverse.resample import KEEP
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.tomato import Frame, heading

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

    @cached_property
    def mask(self) -> np.ndarray:
        """(frames, 53) bool at the model's rate: what is given."""
        times = np.arange(self.frames) / self.rate
        inside = times <= self.last + _EDGE
        mask = np.zeros((self.frames, CELLS), bool)
        mask[inside] = self.given.mask(times[inside])
        return mask

    def pieces(self, motion: Motion) -> list[tuple[int, Motion]]:
        """(first row at the model's rate, the piece at that rate) of each run of frames of which something is given."""
        own = self.given.mask(motion.times).any(1)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], own, [False]]).astype(np.int8))).reshape(-1, 2)
        found = []
        for a, b in edges:
            piece = motion.frames_slice(int(a), int(b))
            first = int(np.ceil(a / motion.fps * self.rate - _EDGE))
            stop = int(np.floor((b - 1) / motion.fps * self.rate + _EDGE)) + 1
            if first < stop:
                if self.rate < motion.fps:
                    piece = resample.low_pass(piece, KEEP * self.rate / 2)
                times = np.arange(first, stop) / self.rate - a / motion.fps
                found.append((first, resample.at_times(piece, times, self.rate)))
        return found


def given_features(asked: Asked, part: slice, stats: Stats) -> tuple[np.ndarray, np.ndarray]:
    """Normalised clean features (B, T, 669) float32 and where they hold (B, T, 53) bool, of the motions in `part`."""
    motions = asked.motions[part]
    known = np.zeros((len(motions), asked.frames, tomato.WIDTH), np.float32)
    mask = np.zeros((len(motions), asked.frames, CELLS), bool)
    for k, motion in enumerate(motions):
        there = asked.cells & np.append(motion.present, motion.face is not None)
        for first, piece in asked.pieces(motion):
            rows = slice(first, first + len(piece))
            known[k, rows] = stats.normalise(tomato.encode(piece)[0], there)
            mask[k, rows] = asked.mask[rows] & there
    return known, mask


def closed(asked: Asked, index: int, features: np.ndarray) -> Motion:
    """The motion of features (T, 669) at the model's rate, standing and heading as motion `index` wherever its pelvis is given.

    What the integrated path is off there is let in evenly over the hidden time between; after the last given frame the path goes
    on from it. The result has the motion's own rate, length and bones.
    """
    source = asked.motions[index]
    face = bool(asked.cells[FACE_CELL])
    frame = Frame(source.skeleton.offsets, fps=asked.rate, observed=asked.cells[:FACE_CELL], face=face)
    made = tomato.decode(features, frame, derivative.SMOOTH)
    held = [(first, piece) for first, piece in asked.pieces(source) if asked.mask[first, 0]]
    if held:
        made = _anchored(made, *held[0])
        rows = np.concatenate([np.arange(first, first + len(piece)) for first, piece in held])
        turn = (
            np.concatenate([heading(piece.rotations[:, 0]) for _, piece in held]) - heading(made.rotations[:, 0])[rows]
        )
        turn = np.unwrap((turn + np.pi) % (2 * np.pi) - np.pi)
        shift = np.concatenate([piece.root for _, piece in held]) - made.root[rows]
        frames, rotations = np.arange(len(made)), made.rotations.copy()
        rotations[:, 0] = rotation.about_y(np.interp(frames, rows, turn)) @ rotations[:, 0]
        root = made.root + np.stack([np.interp(frames, rows, column) for column in shift.T], -1)
        made = made.with_(rotations=rotations, root=root)
    return resample.at_times(made, source.times, source.fps)


def _anchored(made: Motion, first: int, piece: Motion) -> Motion:
    """The whole motion turned and shifted so that it agrees with the piece at the piece's last frame."""
    row = first + len(piece) - 1
    angle = float(heading(piece.rotations[:, 0])[-1] - heading(made.rotations[:, 0])[row])
    turned = made.turned(angle)
    x, _, z = piece.root[-1] - turned.root[row]
    return turned.turned(0.0, (float(x), 0.0, float(z)))
