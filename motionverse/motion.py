"""Motion: the value that everything here is about.

Words and units, said once: metres, seconds, radians; right-handed, Y up, the rest pose faces +Z and the subject's left
is +X; quaternions wxyz; rotation matrices inside, 6D only at the network's edge; velocities per second, never per
frame; masks are True where there is something. Frame k of a motion at `fps` is the instant k / fps.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import face as faces
from motionverse import kinematics, rotation
from motionverse.errors import MotionError
from motionverse.face import FACE_WIDTH as FACE_WIDTH
from motionverse.skeleton import WHOLE_BODY, Skeleton

MAX_FPS = 10_000.0
_REFLECT = np.diag([-1.0, 1.0, 1.0])  # mirror plane x = 0: left becomes right


@dataclass(frozen=True, eq=False)
class Motion:
    """Local rotations and a root path on a skeleton.

    rotations: (T, J, 3, 3) relative to the parent in the skeleton's rest pose (joint 0: in the world);
    root: (T, 3) world position of joint 0 [m]; fps: frames a second, any positive number;
    face: (T, 50) expression coefficients or None, and face_source: what they mean, "flame" or "arkit" (motionverse.face);
    observed: (J,) True for joints that were captured, None = all; rotation_source: "captured" where the source had
    rotations, "ik" where points were fitted.
    Raises MotionError for shapes that disagree, values that are not finite and rates that are not positive.
    """

    rotations: np.ndarray
    root: np.ndarray
    fps: float
    skeleton: Skeleton = WHOLE_BODY
    face: np.ndarray | None = None
    observed: np.ndarray | None = None
    rotation_source: str = "captured"
    face_source: str = faces.FLAME

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotations", np.asarray(self.rotations, np.float64))
        object.__setattr__(self, "root", np.asarray(self.root, np.float64))
        object.__setattr__(self, "fps", float(self.fps))
        frames, joints = self.rotations.shape[:1], len(self.skeleton)
        if self.rotations.shape[1:] != (joints, 3, 3) or not self.rotations.shape[0]:
            raise MotionError(f"motion: rotations {self.rotations.shape}; must be (T, {joints}, 3, 3) with T >= 1")
        if self.root.shape != (*frames, 3):
            raise MotionError(f"motion: root {self.root.shape}; must be ({frames[0]}, 3)")
        if not 0 < self.fps <= MAX_FPS:
            raise MotionError(f"motion: fps {self.fps}; must be above 0 and at most {MAX_FPS:g}")
        self._check_options(frames, joints)
        if not (np.isfinite(self.rotations).all() and np.isfinite(self.root).all()):
            frame = int(np.argmin(np.isfinite(self.rotations).all((1, 2, 3)) & np.isfinite(self.root).all(1)))
            raise MotionError(f"motion: NaN or infinity at frame {frame}; repair or cut it first")

    def _check_options(self, frames: tuple[int, ...], joints: int) -> None:
        faces.check(self.face_source)
        if self.face is not None and np.shape(self.face) != (*frames, FACE_WIDTH):
            raise MotionError(f"motion: face {np.shape(self.face)}; must be ({frames[0]}, {FACE_WIDTH})")
        if self.observed is not None and np.shape(self.observed) != (joints,):
            raise MotionError(f"motion: observed {np.shape(self.observed)}; must be ({joints},)")

    def __len__(self) -> int:
        return len(self.rotations)

    def __repr__(self) -> str:
        return f"Motion({len(self)} frames, {self.fps:g} fps, {self.seconds:.2f} s, {len(self.skeleton)} joints)"

    @property
    def frames(self) -> int:
        return len(self.rotations)

    @property
    def seconds(self) -> float:
        """Length [s]: each of the T frames stands for 1 / fps."""
        return len(self) / self.fps

    @property
    def times(self) -> np.ndarray:
        """(T,) the instant [s] of each frame."""
        return np.arange(len(self)) / self.fps

    @property
    def present(self) -> np.ndarray:
        """(J,) True for joints that were captured."""
        return np.ones(len(self.skeleton), bool) if self.observed is None else np.asarray(self.observed, bool)

    def with_(self, **changes: Any) -> "Motion":
        """A copy with some fields replaced."""
        return replace(self, **changes)

    def joints(self) -> np.ndarray:
        """(T, J, 3) world joint positions [m], Y up."""
        return kinematics.positions(self.skeleton, self.rotations, self.root)

    def globals(self) -> np.ndarray:
        """(T, J, 3, 3) world rotations."""
        return kinematics.to_global(self.skeleton, self.rotations)

    def frames_slice(self, start: int, stop: int) -> "Motion":
        """Frames start..stop (exclusive); for readers that count frames. Everyone else slices by seconds."""
        face = None if self.face is None else self.face[start:stop]
        return self.with_(rotations=self.rotations[start:stop], root=self.root[start:stop], face=face)

    def slice(self, start: float, end: float) -> "Motion":
        """The part from `start` to `end` [s], on the motion's own frames (at least one)."""
        first = min(max(round(start * self.fps), 0), len(self) - 1)
        return self.frames_slice(first, max(min(round(end * self.fps), len(self)), first + 1))

    def mirror(self) -> "Motion":
        """Left and right exchanged (mirror plane x = 0): the subject's left arm does what the right arm did."""
        partner = self.skeleton.mirror
        rotations = _REFLECT @ self.rotations[:, partner] @ _REFLECT
        skeleton = self.skeleton.with_offsets(self.skeleton.offsets[partner] * [-1, 1, 1])
        observed = None if self.observed is None else self.observed[partner]
        face = None if self.face is None else faces.mirrored(self.face, self.face_source)
        return self.with_(
            rotations=rotations, root=self.root * [-1, 1, 1], skeleton=skeleton, observed=observed, face=face
        )

    def join(self, other: "Motion") -> "Motion":
        """This motion, then `other` (brought to this frame rate), as they are: no blending, no re-rooting.

        The face stays where both have one of the same convention.
        """
        if other.skeleton.names != self.skeleton.names:
            raise MotionError("join: the two motions have different skeletons; retarget one first")
        other = other.resample(self.fps)
        face = None
        if self.face is not None and other.face is not None and self.face_source == other.face_source:
            face = np.concatenate([self.face, other.face])
        return self.with_(
            rotations=np.concatenate([self.rotations, other.rotations]),
            root=np.concatenate([self.root, other.root]),
            face=face,
        )

    def turned(self, angle: float, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> "Motion":
        """The whole motion turned about Y by `angle` [rad] around the origin, then shifted [m]."""
        turn = rotation.about_y(angle)
        rotations = self.rotations.copy()
        rotations[:, 0] = turn @ rotations[:, 0]
        return self.with_(rotations=rotations, root=self.root @ turn.T + np.asarray(shift))

    def resample(self, fps: float) -> "Motion":
        """The same motion at another frame rate, on true timestamps (see motionverse.resample)."""
        from motionverse import resample

        return resample.resample(self, fps)

    def save(self, path: str | Path) -> None:
        """Write a file; the suffix says which format (motionverse.formats). The file appears whole or not at all."""
        from motionverse import formats

        formats.save(self, path)
