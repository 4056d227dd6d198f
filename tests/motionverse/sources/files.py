"""Forged files as the distributions lay them out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import kinematics, rotation
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.sources import table
from tests import forge

BODY = Skeleton(WHOLE_BODY.names[:22], WHOLE_BODY.parents[:22], WHOLE_BODY.offsets[:22])
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # Y up to Z up


def body(seconds: float = 1.5, fps: float = 30.0, seed: int = 0) -> Motion:
    """A forged motion on the 22 body joints."""
    return forge.motion(seconds, fps, seed, BODY)


FIGURE = ("pelvis", "spine1", "left_shoulder", "right_elbow", "left_hip", "right_knee")


def called(motion: Motion, figure: Sequence[str]) -> Motion:
    """The motion with the joints of FIGURE under other names, those of a corpus."""
    new, skeleton = dict(zip(FIGURE, figure, strict=True)), motion.skeleton
    names = tuple(new.get(name, name) for name in skeleton.names)
    return motion.with_(skeleton=Skeleton(names, skeleton.parents, skeleton.offsets))


def of(source: str, motion: Motion) -> Motion:
    """The motion on the (first) skeleton of a source."""
    return called(motion, table.source(source).figures[0])


def with_rest_pose(motion: Motion) -> Motion:
    """The motion after one frame of the rest pose, as converters write it."""
    rotations = np.concatenate([rotation.identity(1, len(motion.skeleton)), motion.rotations])
    return motion.with_(rotations=rotations, root=np.concatenate([motion.root[:1], motion.root]))


def write_quaternions(path: Path, motion: Motion, up: str = "Y") -> None:
    """An npz of raw quaternions and positions; with up "Z" the raw channels live in a Z-up world."""
    positions = motion.joints()
    rotations, root = motion.rotations, motion.root
    if up == "Z":
        rotations, root = Z_UP @ rotations @ Z_UP.T, root @ Z_UP.T
    raw = np.concatenate([root, rotation.to_quat(rotations).reshape(len(motion), -1)], 1)
    _save(path, motion, raw, positions)


def write_exponential_maps(path: Path, motion: Motion, unit: float = 0.0254 / 0.45) -> None:
    """An npz of exponential maps for row vectors, root in CMU's unit."""
    maps = rotation.to_rotvec(np.swapaxes(motion.rotations, -1, -2)).reshape(len(motion), -1)
    _save(path, motion, np.concatenate([motion.root / unit, maps], 1), motion.joints())


def _save(path: Path, motion: Motion, raw: np.ndarray, positions: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        raw=raw.astype(np.float32),
        positions=positions.astype(np.float32),
        joints=np.array(motion.skeleton.names),
        parents=np.array(motion.skeleton.parents),
        fps=motion.fps,
    )


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """A JSON-lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def same(a: Motion, b: Motion, metres: float = 1e-4) -> bool:
    """Whether two motions put the joints of the same names in the same places."""
    names = [name for name in a.skeleton.names if name in b.skeleton.names]
    here = kinematics.forward(a.skeleton, a.rotations, a.root)[0][:, [a.skeleton.index(n) for n in names]]
    there = kinematics.forward(b.skeleton, b.rotations, b.root)[0][:, [b.skeleton.index(n) for n in names]]
    return bool(np.abs(here - there).max() < metres)
