"""A forged motion-text space and clips for it: walks at paces that their captions tell, so that every answer has a known fit."""

import re

import numpy as np

from motionverse import tomato
from motionverse.clip import Caption, Clip
from motionverse.stats import Stats
from motionverse.store.writer import Writer
from tests import forge

PACES = np.linspace(0.5, 2.0, 40)  # [m/s] of the test clips
RUNNING = 1.25  # [m/s]


def caption(pace):
    """Words of which the space knows the pace."""
    return f"a person moves at pace {pace:.3f}"


def write(place):
    """A store: a test clip a pace, eight in a row in one style, and training clips enough of both actions."""
    stats = Stats()
    with Writer(place) as writer:
        for split, paces in (("test", PACES), ("train", np.linspace(0.5, 2.0, 24))):
            for k, pace in enumerate(paces):
                motion, action = forge.walk(1.7 + k // 2 % 2, speed=pace), "run" if pace > RUNNING else "walk"
                stats.update(tomato.encode(motion)[0])
                shows = {"action": action, "style": str(k // 8), "captions": (Caption(caption(pace)),)}
                writer.add(Clip(motion, f"{split}/{k}", "forged", "cmu", f"{split}{k}", **shows, split=split))
        writer.close(stats)
    return place


class Space:
    """A pace is an angle: of motions by the pelvis' way, of sentences by the number in them."""

    action_names = ("run", "walk", "fly")

    def __init__(self, version="forged"):
        self.version = version

    def motions(self, motions):
        return _turned([_pace(motion) for motion in motions])

    def texts(self, texts):
        return _turned([float(re.findall(r"\d+\.\d+", text)[0]) for text in texts])

    def gists(self, texts):
        return np.eye(max(len(texts), 2))[: len(texts)]

    def actions(self, motions):
        runs = np.array([_pace(motion) > RUNNING for motion in motions])
        return np.stack([runs, ~runs, 0 * runs], 1).astype(float)


def _pace(motion):
    return np.linalg.norm(np.diff(motion.root[:, [0, 2]], axis=0), axis=1).sum() / (len(motion) - 1) * motion.fps


def _turned(paces):
    return np.stack([np.cos(paces), np.sin(paces)], 1)
