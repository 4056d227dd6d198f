"""Real motions spoilt on purpose: each must look worse than ground truth to the metric that should see it, or that is blind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motionverse import rotation
from motionverse.motion import Motion

TEXT, ACTION, COMPLETION, MIX = "text", "action", "completion", "mix"  # kinds of tasks
SCALE = 1.3  # of the root's path: feet slide
NOISE = 0.02  # [m] of the root, each frame by itself


@dataclass(frozen=True)
class Control:
    """spoil: motions and a seed in, spoilt motions out; seen_by: the kinds of tasks in which it is a row, and the columns that must
    see it there. Where ground truth's error is 0 by definition every spoilt motion is worse: such columns show nothing."""

    spoil: Callable[[Sequence[Motion], int], list[Motion]]
    seen_by: Mapping[str, tuple[str, ...]]


def reverse(motions: Sequence[Motion], _seed: int) -> list[Motion]:
    """Played backwards."""
    return [motion.with_(rotations=motion.rotations[::-1], root=motion.root[::-1], face=None) for motion in motions]


def stretch(motions: Sequence[Motion], _seed: int) -> list[Motion]:
    """The root's way over the floor SCALE times as long."""
    return [
        motion.with_(root=motion.root[:1] + (motion.root - motion.root[:1]) * [SCALE, 1, SCALE]) for motion in motions
    ]


def shake(motions: Sequence[Motion], seed: int) -> list[Motion]:
    """Gaussian noise of NOISE on the root."""
    rng = np.random.default_rng(seed)
    return [motion.with_(root=motion.root + rng.normal(0, NOISE, motion.root.shape)) for motion in motions]


def freeze(motions: Sequence[Motion], _seed: int) -> list[Motion]:
    """The first pose throughout."""
    return [_still(motion, motion.rotations[0], motion.root[0]) for motion in motions]


def average(motions: Sequence[Motion], _seed: int) -> list[Motion]:
    """The mean pose of all the motions, where each begins: rotations' mean matrices, made rotations again by Gram-Schmidt."""
    pose = np.mean([motion.rotations.mean(0) for motion in motions], 0)
    pose = rotation.from_sixd(rotation.to_sixd(pose))
    return [_still(motion, pose, motion.root[0]) for motion in motions]


def _still(motion: Motion, pose: np.ndarray, root: np.ndarray) -> Motion:
    frames = len(motion)
    return motion.with_(
        rotations=np.broadcast_to(pose, (frames, *pose.shape)), root=np.broadcast_to(root, (frames, 3)), face=None
    )


CONTROLS: Mapping[str, Control] = {
    "time reversed": Control(reverse, {TEXT: ("r@1", "fid"), ACTION: ("accuracy", "fid")}),
    "root x 1.3": Control(stretch, {COMPLETION: ("skate_m_s",), TEXT: ("skate_m_s", "fid"), ACTION: ("skate_m_s",)}),
    "2 cm noise": Control(
        shake, {COMPLETION: ("jitter_m_s2",), TEXT: ("jitter_m_s2", "fid"), ACTION: ("jitter_m_s2", "fid")}
    ),
    "frozen": Control(freeze, {TEXT: ("r@1", "fid"), ACTION: ("accuracy", "fid")}),
    "mean pose": Control(average, {TEXT: ("r@1", "fid"), ACTION: ("accuracy", "fid")}),
}


def of(kind: str) -> dict[str, Control]:
    """Those that are rows of a kind of task."""
    return {name: control for name, control in CONTROLS.items() if kind in control.seen_by}
