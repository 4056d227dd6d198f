"""Corpora that saw a part of the body, or no more than points: climbing, nine markers; each forged, each broken."""

from pathlib import Path

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.sources import holosoma_climb, table
from tests import forge
from tests.motionverse.sources import files

FRAMES = 40


def save(path: Path, positions: np.ndarray, names, fps: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, positions=positions.astype(np.float32), joints=np.array(names), fps=fps)


def climbing(motion) -> np.ndarray:
    """The 53 points of Holosoma of a motion."""
    joints, fingers = motion.joints(), {"FootMod": "ankle"}
    points = []
    for theirs, ours in holosoma_climb.JOINTS.items():
        side = "left" if theirs.startswith("Left") else "right"
        name = f"{side}_{fingers['FootMod']}" if theirs.endswith("FootMod") else ours
        if name is None or name.endswith("knuckle"):
            name = f"{side}_{theirs[len(side) + 4 :].lower()}"
        points.append(joints[:, WHOLE_BODY.index(name)])
    return np.stack(points, 1)


def test_climbers_lie_where_the_points_are_and_their_fingers_count_as_absent(tmp_path: Path) -> None:
    motion = forge.motion(FRAMES / 30, seed=3)
    save(tmp_path / "seq_0.npz", climbing(motion), list(holosoma_climb.JOINTS), 120)
    files.write_rows(tmp_path / "labels.jsonl", [{"file": "seq_0.npz", "labels": {"action": "climb over boxes"}}])
    (clip,) = table.source("holosoma_climb").clips(tmp_path)
    assert clip.motion.fps == 120 and clip.action == "climb-over-boxes"
    assert clip.motion.present[:BODY_JOINTS].all() and not clip.motion.present[BODY_JOINTS:].any()
    limbs = [
        WHOLE_BODY.index(f"{s}_{p}") for s in ("left", "right") for p in ("hip", "knee", "ankle", "elbow", "wrist")
    ]
    assert np.linalg.norm(clip.motion.joints() - motion.joints(), axis=-1)[:, limbs].max() < 0.02


def test_climbers_in_another_order_are_refused(tmp_path: Path) -> None:
    points, names = climbing(forge.motion(1)), list(holosoma_climb.JOINTS)
    save(tmp_path / "seq_0.npz", points, names[::-1], 120)
    with pytest.raises(MotionError, match="the same in another order; a recording has 53"):
        list(table.source("holosoma_climb").clips(tmp_path))
    save(tmp_path / "seq_0.npz", points[:, :52], names, 120)
    with pytest.raises(MotionError, match=r"positions \(30, 52, 3\) for 53 points"):
        list(table.source("holosoma_climb").clips(tmp_path))
    (tmp_path / "seq_0.npz").unlink()
    with pytest.raises(MotionError, match="no clip of holosoma_climb found"):
        table.source("holosoma_climb").entries(tmp_path)
