"""What is measured where no file and no store is given: a body that sways, and a store of such bodies."""

from pathlib import Path

import numpy as np

from motionverse import rotation, tomato
from motionverse.clip import Clip
from motionverse.motion import Motion
from motionverse.parts import CELLS
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Writer


def sway(seconds: float, fps: float = 30.0, seed: int = 0) -> Motion:
    """A motion in which every joint follows a few random sinusoids."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * fps)) / fps
    waves = np.sin(2 * np.pi * rng.uniform(0.1, 1.5, (3, 156)) * times[:, None, None] + rng.uniform(0, 6, (3, 156)))
    rotations = rotation.from_rotvec(0.2 * waves.sum(1).reshape(len(times), 52, 3))
    root = 0.1 * waves[:, 0, :3] + [0, WHOLE_BODY.standing_height(), 0]
    return Motion(rotations, root, fps)


def clip(motion: Motion, number: int) -> Clip:
    """A training clip without words."""
    return Clip(motion, f"forged-{number}", "forged", "unknown", f"forged-{number}", split="train")


def store(path: Path, clips: int = 40, seconds: float = 12.0) -> Path:
    """Write a store of body-only clips with their statistics."""
    stats = Stats()
    with Writer(path) as writer:
        for k in range(clips):
            motion = sway(seconds, seed=k).with_(observed=np.arange(52) < BODY_JOINTS)
            stats.update(tomato.encode(motion)[0], np.append(motion.present, np.zeros(CELLS - 52, bool)))
            writer.add(clip(motion, k))
        writer.close(stats)
    return path
