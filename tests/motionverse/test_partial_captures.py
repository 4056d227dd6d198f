"""Hands, heads, faces alone: what was not captured is neither looked at nor learnt from."""

from pathlib import Path

import numpy as np
import pytest

from motionverse import describe, face, tomato
from motionverse.batch import collate
from motionverse.build.corridor import clean_stretch, moments, prepare, rest_frames
from motionverse.canonical import canonical
from motionverse.clip import Clip
from motionverse.dataset import WindowDataset
from motionverse.lint import Refused, gate
from motionverse.motion import Motion
from motionverse.parts import FACE_CELL, PART_NAMES, part_cells
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store
from motionverse.store.writer import Writer
from tests import forge


def names(found) -> set[str]:
    return {finding.check for finding in found}


def only(motion: Motion, *kept: str) -> Motion:
    """The motion with nothing but the joints of these names moving, or being captured."""
    observed = np.array([any(part in name for part in kept) for name in WHOLE_BODY.names])
    rotations = np.where(observed[:, None, None], motion.rotations, np.eye(3))
    root = np.tile([0.0, WHOLE_BODY.standing_height(), 0.0], (len(motion), 1))
    return motion.with_(rotations=rotations, root=root, observed=observed)


@pytest.mark.parametrize("kept", [("left_wrist", "left_index", "left_thumb"), ("head",), ("index",)])
def test_hands_and_heads_alone_are_looked_at_by_what_was_captured_of_them(kept):
    motion = only(forge.motion(2.0, seed=1), *kept)
    assert clean_stretch(motion) == (0, 60) and rest_frames(motion) == 0
    assert not names(gate(canonical(motion)[0])) & {"off_floor", "floating", "penetration", "t_pose", "t_pose_start"}
    held = motion.with_(rotations=np.repeat(motion.rotations[:1], len(motion), 0))
    with pytest.raises(Refused, match="nothing moves"):
        clean_stretch(held)
    with pytest.raises(Refused, match="still"):
        gate(held)
    elsewhere = held.rotations.copy()  # a leg that was not captured moves
    elsewhere[:, WHOLE_BODY.index("left_knee")] = forge.motion(2.0).rotations[:, 5]
    with pytest.raises(Refused, match="nothing moves"):
        clean_stretch(held.with_(rotations=elsewhere))


def test_a_face_alone_moves_or_does_not():
    still = only(forge.motion(2.0), "nobody")
    smile = np.zeros((60, face.FACE_WIDTH))
    smile[:, face.SLOTS.index("mouthSmileLeft")] = np.linspace(0, 1, 60)
    moving = still.with_(face=smile, face_source=face.ARKIT)
    assert clean_stretch(moving) == (0, 60) and not gate(canonical(moving)[0])
    for motion in (still, still.with_(face=0 * smile)):
        with pytest.raises(Refused, match="nothing moves"):
            clean_stretch(motion)


def test_bodies_without_legs_stand_on_the_floor_they_are_given():
    hands = only(forge.motion(2.0), "wrist", "index")
    lowered = hands.with_(root=hands.root - [0, 0.5, 0])
    placed = canonical(lowered)[0]
    assert abs(placed.joints()[0, :, 1].min()) < 1e-9  # feet, not hands, are on the floor


def stored(folder: Path, **motions: Motion) -> tuple[Store, Stats]:
    """A store of motions by name, as a build prepares them, with the statistics of all of them."""
    stats = Stats()
    with Writer(folder) as writer:
        for name, motion in motions.items():
            made = prepare(Clip(motion, name, "folder", "unknown", name))[0]
            writer.add(made)
            stats = stats.merge(moments(made.motion))
        writer.close(stats)
    return Store(folder), stats


def features_of(part: str) -> np.ndarray:
    return np.flatnonzero(PART_NAMES.index(part) == tomato.FEATURE_PART)


def test_windows_show_the_cells_that_were_captured_and_no_others(tmp_path: Path) -> None:
    smile = face.pack(np.random.default_rng(0).uniform(0, 1, (60, 52)) * (np.arange(52) < 9))
    body = np.array([not name[-1].isdigit() or name.startswith("spine") for name in WHOLE_BODY.names])
    shown = {
        "body": forge.walk(2.0).with_(observed=body),
        "hands": only(forge.motion(2.0, seed=1), "wrist", "index", "thumb", "middle", "ring", "pinky"),
        "flame": forge.walk(2.0).with_(face=smile),
        "arkit": only(forge.motion(2.0), "head").with_(face=smile, face_source=face.ARKIT),
    }
    store, stats = stored(tmp_path / "store", **shown)
    windows = {
        record.name: WindowDataset(store, stats, mirror=1.0, fps=20).window(k) for k, record in enumerate(store.records)
    }
    hand, leg = (
        np.concatenate([part_cells(f"{side}_{part}") for side in ("left", "right")]) for part in ("hand", "leg")
    )
    assert not windows["body"].cells[[*hand, FACE_CELL]].any() and windows["body"].cells[: len(body)].sum() == 22
    assert windows["hands"].cells[hand].all() and windows["hands"].cells.sum() == 32
    for part in ("root", "torso", "head", "left_leg", "right_leg", "face"):
        assert not windows["hands"].features[:, features_of(part)].any()
    assert windows["flame"].cells[FACE_CELL] and windows["flame"].features[:, features_of("face")].any()
    assert list(np.flatnonzero(windows["arkit"].cells)) == [WHOLE_BODY.index("head")]
    assert not windows["arkit"].features[:, features_of("face")].any()
    batch = collate(list(windows.values()))
    assert not batch.cells[:2][:, leg][1].any()
    theirs = WindowDataset(store, stats, mirror=0.0, fps=20, faces=face.ARKIT)
    assert [bool(theirs.window(k).cells[FACE_CELL]) for k in range(4)] == [False, False, False, True]


def test_statistics_of_a_part_are_of_the_clips_that_have_it(tmp_path: Path) -> None:
    hands = only(forge.motion(2.0, seed=1), "wrist", "index", "thumb", "middle", "ring", "pinky")
    smile = only(forge.motion(2.0), "nobody").with_(
        face=np.random.default_rng(0).normal(size=(60, 50)), face_source="arkit"
    )
    stats = stored(tmp_path / "one", hands=hands, smile=smile)[1]
    for part, seen in (("left_hand", True), ("right_leg", False), ("root", False), ("head", False), ("face", False)):
        assert bool(stats.count[features_of(part)].any()) == seen, part
    again = Store(tmp_path / "one").motion(1)
    assert again.face_source == "arkit" and not again.present.any()
    assert again.face is not None and smile.face is not None and np.abs(again.face - smile.face).max() < 2e-3


def test_inspect_says_in_words_what_was_captured(tmp_path: Path) -> None:
    motion = only(forge.motion(2.0), "left", "head").with_(face=np.zeros((60, 50)), face_source=face.ARKIT)
    motion.save(tmp_path / "half.joints.npz")
    facts = describe.motion_file(tmp_path / "half.joints.npz")
    assert facts["face"] == "50 coefficients, arkit" and "foot_skate" not in facts
    told = facts["captured"]
    assert (told["left fingers"], told["right fingers"], told["face"]) == ("captured", "not captured", "captured")
    assert told["head"] == "captured but for neck" and told["root"] == told["torso"] == "not captured"
