"""One standing place for every motion: floor at y = 0, first frame over the origin, facing +Z; and the way back."""

from dataclasses import dataclass

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion

_FLOOR_SHARE = 0.1  # of all frames: a robust minimum, as toes dip under the floor in noisy frames and leave it in jumps


@dataclass(frozen=True)
class Transform:
    """What `canonical` undid: the motion was turned by `heading` [rad] about Y, then shifted by `shift` (3,) [m]."""

    heading: float
    shift: tuple[float, float, float]

    def restore(self, motion: Motion) -> Motion:
        """Put a canonical motion back where the original stood."""
        return motion.turned(self.heading, self.shift)


def floor_height(motion: Motion) -> float:
    """Height [m] of the floor under a motion: the 10th percentile over frames of its lowest captured joint.

    Where no foot was captured (hands alone, a face, half a body) the resting feet stand on the floor.

    The floor is where the lowest joint of the standing skeleton rests, as in HumanML3D (the sole is about 2 cm lower). A clip
    that never touches its floor is set down on it: give `canonical` the floor where the source states one.
    """
    feet = [j for j, name in enumerate(motion.skeleton.names) if name.endswith(("_ankle", "_foot"))]
    seen = motion.present if not feet or motion.present[feet].any() else np.ones(len(motion.skeleton), bool)
    lowest = motion.joints()[:, seen, 1].min(1)
    return float(np.quantile(lowest, _FLOOR_SHARE))


def canonical(motion: Motion, floor: float | None = None) -> tuple[Motion, Transform]:
    """`motion` with its floor at y = 0, its first frame's root over the origin and facing +Z, and what that undid.

    floor: height [m] of the floor in the motion's own world; None estimates it by `floor_height`. The facing is the
    twist of the root's rotation about Y, so the skeleton's rest pose must face +Z.
    """
    floor = floor_height(motion) if floor is None else floor
    heading = float(rotation.twist_about_y(motion.rotations[0, 0]))
    shift = np.array([motion.root[0, 0], floor, motion.root[0, 2]])
    moved = motion.with_(root=motion.root - shift).turned(-heading)
    return moved, Transform(heading, (float(shift[0]), float(shift[1]), float(shift[2])))
