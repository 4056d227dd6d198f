"""Where to look from: a camera of fixed direction that follows a motion smoothly and never loses it. Numpy only."""

from dataclasses import dataclass

import numpy as np

FIELD_OF_VIEW = np.deg2rad(32.0)  # of the shorter side of the picture
PITCH = np.deg2rad(13.0)  # looking down
SIDE = np.deg2rad(35.0)  # off the direction that the subject faces first: left and right stay apart
SMOOTHING = 0.45  # [s] standard deviation of the filter over the root's path
MARGIN = 0.09  # [of the body's height] room around the joints for flesh and air


@dataclass(frozen=True, eq=False)
class Camera:
    """targets: (T, 3) the point looked at [m]; eye: (3,) from the target to the camera [m]; turn: (3, 3) columns
    right, up, back; half: (2,) tangent of half the field of view, horizontal and vertical."""

    targets: np.ndarray
    eye: np.ndarray
    turn: np.ndarray
    half: np.ndarray

    def pose(self, frame: int) -> np.ndarray:
        """(4, 4) camera to world, looking along its own -Z."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.turn, self.targets[frame] + self.eye
        return matrix


def smooth_path(path: np.ndarray, fps: float, seconds: float) -> np.ndarray:
    """(T, n) path filtered forward and back by a Gaussian of `seconds`; the ends are continued by reflection through them."""
    if seconds <= 0:
        return path
    reach = int(3 * seconds * fps) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(seconds * fps, 1e-6)) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([_beyond(path, reach)[::-1], path, _beyond(path[::-1], reach)])
    return np.stack([np.convolve(padded[:, k], kernel, "valid") for k in range(path.shape[1])], -1)


def _beyond(path: np.ndarray, count: int) -> np.ndarray:
    """`count` frames before the first, nearest first: the point reflection of the frames after it, then standing still."""
    after = path[1 : count + 1]
    reflected = 2 * path[0] - after
    last = reflected[-1] if len(reflected) else path[0]
    return np.concatenate([reflected, np.repeat(last[None], count - len(reflected), 0)])


def facing(joints: np.ndarray, rotations: np.ndarray, lateral: tuple[int, int] | None) -> float:
    """Angle about Y [rad] that a pose faces: square to its hips (left, right indices) where it has them, else the root's +Z.

    joints: (J, 3) [m]; rotations: (J, 3, 3) world.
    """
    forward = rotations[0] @ [0, 0, 1.0]
    if lateral is not None:
        across = joints[lateral[0]] - joints[lateral[1]]
        if np.hypot(across[0], across[2]) > 1e-6:
            forward = np.cross(across, [0, 1.0, 0])
    return float(np.arctan2(forward[0], forward[2]))


def follow(
    joints: np.ndarray,
    fps: float,
    heading: float,
    height: float,
    floor: float,
    size: tuple[int, int],
    smoothing: float = SMOOTHING,
) -> Camera:
    """A camera for joints (T, J, 3) [m] of a body of `height` [m] that faces `heading` [rad] at first, picture `size` in pixels.

    smoothing: [s] of the path that it follows; 0 = it stays right above the root.
    """
    back = np.array([np.sin(heading + SIDE) * np.cos(PITCH), np.sin(PITCH), np.cos(heading + SIDE) * np.cos(PITCH)])
    right = np.cross([0, 1.0, 0], back)
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(back, right), back], -1)
    half = np.tan(FIELD_OF_VIEW / 2) * np.array(size) / min(size)
    targets = np.empty((len(joints), 3))
    targets[:, ::2] = smooth_path(joints[:, 0, ::2], fps, smoothing)
    top, bottom = float(joints[..., 1].max()) + MARGIN * height, min(floor, float(joints[..., 1].min()))
    targets[:, 1] = (top + bottom) / 2 + 0.02 * height  # a little air on top, where the title is
    local = (joints - targets[:, None]) @ turn
    needed = (np.abs(local[..., :2]) + 0.5 * MARGIN * height) / half + local[..., 2:]
    # very wide pictures of still bodies need no less than a body's height around them
    return Camera(targets, back * max(float(needed.max()), 0.72 * height / half[1]), turn, half)
