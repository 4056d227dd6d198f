"""What the bridge to HumanML3D's features and back costs a motion: what 20 frames a second lose, what the features lose."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.formats import humanml3d
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY

BODY = slice(0, BODY_JOINTS)
PARTS = ("rate", "features", "stored", "whole")


@dataclass(frozen=True)
class Loss:
    """One motion. mm: (mean, largest) distance of the 22 joints from where they were; degrees: mean angle of their world
    rotations from the captured ones. Each by part:

    rate: down to 20 fps and up again; features: from features and back at 20 fps, rotations fitted to the positions; stored: the
    same by the rotations that the features hold; whole: there and back at the motion's own rate.
    """

    name: str
    fps: float
    mm: dict[str, tuple[float, float]]
    degrees: dict[str, float]


def measure(name: str, motion: Motion) -> Loss:
    """The loss of one motion, put on WHOLE_BODY first where it is not, in its own proportions and where it stood.

    Raises MotionError for a motion without legs or shorter than 0.15 s.
    """
    if motion.skeleton.names != WHOLE_BODY.names:
        motion = retarget(motion)[0]
    sampled = motion.resample(humanml3d.FPS)
    if len(sampled) < 3:
        raise MotionError(
            f"{name}: {motion.seconds:.2f} s; the bridge is measured over three frames at 20 fps at least"
        )
    features, stood = humanml3d.encode(sampled.joints()[:, BODY])
    features = features.astype(np.float32)  # as files have them
    back = {
        "features": stood.restore(humanml3d.motion(features)),
        "stored": stood.restore(humanml3d.stored_rotations(features)),
    }
    seen = sampled.frames_slice(0, len(features))
    inside = motion.times <= seen.times[-1] + 1e-9
    own = motion.frames_slice(0, int(inside.sum()))
    pairs = {
        "rate": (sampled.resample(motion.fps), own),
        "features": (back["features"], seen),
        "stored": (back["stored"], seen),
        "whole": (back["features"].resample(motion.fps), own),
    }
    mm, degrees = {}, {}
    for part, (one, other) in pairs.items():
        frames = min(len(one), len(other))
        one, other = one.frames_slice(0, frames), other.frames_slice(0, frames)
        apart = 1e3 * np.linalg.norm(one.joints()[:, BODY] - other.joints()[:, BODY], axis=-1)
        mm[part] = float(apart.mean()), float(apart.max())
        degrees[part] = float(np.degrees(rotation.geodesic(one.globals()[:, BODY], other.globals()[:, BODY])).mean())
    return Loss(name, motion.fps, mm, degrees)


def summary(losses: Iterable[Loss]) -> dict[str, Any]:
    """By part: mean over clips of the mean, median and largest of the largest [mm], its clip, and mean [degrees], JSON-ready.

    Raises MotionError where there is no clip.
    """
    clips = list(losses)
    if not clips:
        raise MotionError("HumanML3D: no motion to measure the bridge on")
    table: dict[str, Any] = {}
    for part in PARTS:
        worst = max(clips, key=lambda clip: clip.mm[part][1])
        table[part] = {
            "mean_mm": float(np.mean([clip.mm[part][0] for clip in clips])),
            "median_of_largest_mm": float(np.median([clip.mm[part][1] for clip in clips])),
            "largest_mm": worst.mm[part][1],
            "of": worst.name,
            "degrees": float(np.mean([clip.degrees[part] for clip in clips])),
        }
    return {"clips": len(clips), "seconds_lost_at_the_end": 1 / humanml3d.FPS, **table}
