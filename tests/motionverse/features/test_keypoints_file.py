"""Keypoints as detectors' users have them on disk: what is read, and what is refused in one line."""

import json

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import keypoints2d, keypoints_file
from motionverse.features.keypoints2d import BODY_25, COCO_17, POINTS
from tests import forge

SIZE = (640, 480)
SEEN = keypoints2d.seen_from(forge.walk(1.0), keypoints2d.random_camera(forge.walk(1.0), 3, SIZE), SIZE)


def fields(**changes):
    held = {"positions": SEEN.positions, "confidence": SEEN.confidence, "names": "points15", "fps": 30.0, "size": SIZE}
    return {name: value for name, value in (held | changes).items() if value is not None}


def as_json(held):
    return json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in held.items()})


def test_npz_and_json_are_what_was_seen(tmp_path):
    np.savez(tmp_path / "a.npz", **fields())
    (tmp_path / "a.json").write_text(as_json(fields(names=[*POINTS])))
    shares = SEEN.positions / SIZE
    (tmp_path / "b.json").write_text(as_json(fields(positions=shares, normalised=True, fps=None, size=None)))
    for read in (
        keypoints_file.read(tmp_path / "a.npz"),
        keypoints_file.read(tmp_path / "a.json"),
        keypoints_file.read(tmp_path / "b.json", fps=30.0, size=SIZE),
    ):
        assert np.allclose(read.positions, SEEN.positions) and np.allclose(read.confidence, SEEN.confidence)
        assert (read.fps, read.size, read.names) == (30.0, SIZE, POINTS)


def test_a_point_that_is_not_seen_may_be_nowhere(tmp_path):
    positions, confidence = SEEN.positions.copy(), SEEN.confidence.copy()
    positions[3, 2], confidence[3, 2] = np.nan, 0
    np.savez(tmp_path / "a.npz", **fields(positions=positions, confidence=confidence))
    assert (keypoints_file.read(tmp_path / "a.npz").positions[3, 2] == 0).all()


def test_openpose_s_folder_follows_one_person(tmp_path):
    """Two people cross the list of people; the surer one of the first frame is followed, and a frame without people is unseen."""
    wrist = BODY_25.index("right_wrist")
    for k in range(4):
        people = [person(100 + 10 * k, 0.9), person(400 - 10 * k, 0.5)] if k != 2 else []
        content = {"people": people[:: -1 if k % 2 else 1]}
        (tmp_path / f"clip_{k:012d}_keypoints.json").write_text(json.dumps(content))
    read = keypoints_file.read(tmp_path, fps=25.0, size=SIZE)
    assert read.positions[:, POINTS.index("right_wrist"), 0].tolist() == [100 + wrist, 110 + wrist, 0, 130 + wrist]
    assert read.confidence[2].max() == 0 and read.confidence[0].max() == 0.9


def test_openpose_s_frames_come_in_the_order_of_their_numbers(tmp_path):
    for k in range(12):
        (tmp_path / f"img{k}_keypoints.json").write_text(json.dumps({"people": [person(10 * k, 0.9)]}))
    read = keypoints_file.read(tmp_path, fps=25.0, size=SIZE)
    assert (np.diff(read.positions[:, POINTS.index("right_wrist"), 0]) == 10).all()


def person(x, confidence):
    return {"pose_keypoints_2d": [n for k in range(25) for n in (x + k, 50, confidence)]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"positions": None, "points": SEEN.positions}, "unknown field 'points'"),
        ({"postions": SEEN.positions}, "did you mean positions"),
        ({"positions": None}, "no positions"), ({"fps": None}, "no fps"), ({"size": None}, "no size"),
        ({"fps": 0}, "fps 0"), ({"fps": np.nan}, "fps nan"), ({"size": (0, 480)}, "size 0 x 480"),
        ({"size": (640,)}, "size (1,)"),
        ({"names": "coco"}, "unknown set 'coco'"), ({"names": [*COCO_17]}, "(T, 17, 2)"),
        ({"names": np.arange(15)}, "names is neither"),
        ({"names": [f"p{k}" for k in range(15)]}, "none of nose"),
        ({"positions": SEEN.positions[..., :1]}, "must be (T, K, 2)"), ({"positions": SEEN.positions[:0]}, "must be (T, K, 2)"),
        ({"confidence": SEEN.confidence[:5]}, "confidence (5, 15); must be (30, 15)"),
        ({"confidence": SEEN.confidence * 40}, "in [0, 1]"), ({"positions": SEEN.positions * np.nan}, "frame 0, point"),
        ({"confidence": SEEN.confidence * 0}, "none of nose"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_that_names_the_file(tmp_path, changes, said):
    path = tmp_path / "a.npz"
    np.savez(path, **fields(**changes))
    with pytest.raises(MotionError) as error:
        keypoints_file.read(path)
    assert said in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.json", "[1, 2]", "list where an object"), ("a.json", "{", "not JSON"), ("a.txt", "", "are read from .npz"),
     ("a.npz", "no archive", "not a whole .npz"), ("d/a_keypoints.json", "{}", "pose_keypoints_2d of 25"),
     ("d/a_keypoints.json", '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "pose_keypoints_2d of 25"),
     ("d/a.json", "{}", "no *_keypoints.json"),
     ("a.json", '{"positions": [[1], [2, 3]], "names": "coco17", "fps": 1, "size": [9, 9]}',
      "positions is no array")],
)  # fmt: skip
def test_files_that_are_none(tmp_path, name, content, said):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    with pytest.raises(MotionError) as error:
        keypoints_file.read(path.parent if "/" in name else path, 30.0 if "/" in name else None, SIZE)
    assert said in str(error.value) and "\n" not in str(error.value)
