"""Clip: one take of motion with what is known about it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.motion import Motion


@dataclass(frozen=True)
class Caption:
    """One text for a stretch of a clip.

    start, end: seconds from the clip's first frame; end None = to the last frame.
    origin: "human" a sentence somebody wrote for this motion, "index" a database's one-line description,
    "grammar" composed from labels, "label" words taken from a file name.
    """

    text: str
    start: float = 0.0
    end: float | None = None
    origin: str = "label"


@dataclass(frozen=True)
class Audio:
    """The sound that goes with a clip.

    kind: "music" or "speech"; name: what the data set calls it (AIST++'s mBR0); path: the sound file, None where it is
    named but not at hand; start: where in the file the clip's first frame is [s]; tempo: of music, beats a minute; licence and
    credit: of the recording, "" where that is not known.
    """

    kind: str
    name: str
    path: Path | None = None
    start: float = 0.0
    tempo: float | None = None
    licence: str = ""
    credit: str = ""


@dataclass(frozen=True)
class Word:
    """One spoken word; start and end in seconds from the clip's first frame. No text: a pause that a transcript marks."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Camera:
    """Where a picture was taken from: a point x [m] of the data set's world is at matrix (rotation x + translation) on it.

    matrix: (3, 3) [pixels]; rotation: (3, 3) and translation: (3,) [m], or one for each row, (T, 3, 3) and (T, 3), of a
    camera that moves; x of the camera to its right, y down, z away; distortion: OpenCV's coefficients, () = none.
    """

    matrix: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    distortion: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Keypoints:
    """The clip's body as a camera saw it: points on its picture.

    positions: (T, K, 2) [pixels], x to the right and y down; confidence: (T, K) in [0, 1], 0 = not seen; names: K;
    fps: row k is the instant k / fps from the clip's first frame; size: of the picture, (width, height) [pixels], (0, 0)
    where it is not known; view: the camera's name; camera: where it stood, None where that is not known.
    Raises MotionError for shapes that disagree.
    """

    positions: np.ndarray
    confidence: np.ndarray
    names: tuple[str, ...]
    fps: float
    size: tuple[int, int] = (0, 0)
    view: str = ""
    camera: Camera | None = None

    def __post_init__(self) -> None:
        shape = np.shape(self.positions)
        if len(shape) != 3 or shape[1:] != (len(self.names), 2) or np.shape(self.confidence) != shape[:2]:
            raise MotionError(
                f"keypoints: positions {shape}, confidence {np.shape(self.confidence)}; must be "
                f"(T, {len(self.names)}, 2) and (T, {len(self.names)})"
            )

    def slice(self, start: float, end: float) -> "Keypoints":
        """The part from `start` to `end` [s]."""
        rows = slice(max(round(start * self.fps), 0), max(round(end * self.fps), 0))
        camera = self.camera
        if camera is not None and camera.rotation.ndim == 3:
            camera = replace(camera, rotation=camera.rotation[rows], translation=camera.translation[rows])
        return replace(self, positions=self.positions[rows], confidence=self.confidence[rows], camera=camera)


@dataclass(frozen=True, eq=False)
class Clip:
    """One take.

    performance: names the act in front of the cameras; every recording, conversion or cut of it shares the name, so
    that all of them fall on one side of the split. licence: a key of motionverse.licence.LICENCES. split: the side that
    the data set itself puts the clip on, "" where it does not say. audio: music and speech, at most one of a kind;
    words: what is said, in order; keypoints: one for each camera.
    """

    motion: Motion
    name: str
    source: str
    licence: str
    performance: str
    captions: tuple[Caption, ...] = ()
    action: str = ""
    style: str = ""
    subject: str = ""
    split: str = ""
    audio: tuple[Audio, ...] = ()
    words: tuple[Word, ...] = ()
    keypoints: tuple[Keypoints, ...] = ()

    def with_(self, **changes: Any) -> "Clip":
        """A copy with some fields replaced."""
        return replace(self, **changes)

    def cut(self, start: int, stop: int) -> "Clip":
        """The frames start..stop (exclusive) of the motion, with the sound, words and keypoints of that time.

        Captions stay as they are: which of them still describe the clip is for the caller to say. A word is kept where
        its middle is.
        """
        first, last = start / self.motion.fps, stop / self.motion.fps
        words = (
            Word(w.text, w.start - first, w.end - first) for w in self.words if first <= (w.start + w.end) / 2 < last
        )
        return replace(
            self,
            motion=self.motion.frames_slice(start, stop),
            audio=tuple(replace(sound, start=sound.start + first) for sound in self.audio),
            words=tuple(words),
            keypoints=tuple(points.slice(first, last) for points in self.keypoints),
        )
