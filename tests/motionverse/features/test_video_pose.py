"""Keypoints of a film, by a detector that is forged: true times, upright pictures, and what is refused."""

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import video_pose
from motionverse.features.keypoints2d import MEDIAPIPE_33, POINTS

av = pytest.importorskip("av")
NOSE, TOE = MEDIAPIPE_33.index("nose"), MEDIAPIPE_33.index("left_toe")


def film(path, fps, seconds=2.0, size=(64, 48)):
    """A film whose white spot goes from left to right: at the share t / seconds of the width at t."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for k in range(round(seconds * fps)):
            picture = np.zeros((size[1], size[0], 3), np.uint8)
            picture[:, int(k / fps / seconds * size[0])] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def spot(picture):
    """In place of the detector: the nose at the spot, the toe beside the picture, everything else hardly visible."""
    found = np.full((33, 3), 0.1)
    found[NOSE] = [picture.sum((0, 2)).argmax() / picture.shape[1], 0.5, 0.9]
    found[TOE] = [1.2, 0.5, 0.9]
    return found


@pytest.mark.parametrize("fps", [12, 30, 60])
def test_points_are_where_and_when_the_film_has_them(tmp_path, monkeypatch, fps):
    monkeypatch.setattr(video_pose, "detector", lambda path: spot)
    told = []
    path = film(tmp_path / "a.mp4", fps)
    seen = video_pose.keypoints(path, 0.5, 1.0, lambda *done: told.append(done))
    assert seen.fps == pytest.approx(min(fps, 30), rel=0.02) and seen.size == (64, 48)
    assert len(seen.positions) == pytest.approx(seen.fps, abs=1.1) and told[-1][0] == pytest.approx(seen.fps, abs=1.1)
    times = 0.5 + np.arange(len(seen.positions)) / seen.fps
    assert np.abs(seen.positions[:, POINTS.index("nose"), 0] - times / 2 * 64).max() <= 2.5
    assert (seen.confidence > 0).sum(1).tolist() == [1] * len(seen.positions)


def test_what_is_no_film_of_a_person(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4", 30, 1.0)
    monkeypatch.setattr(video_pose, "detector", lambda path: lambda picture: None)
    (tmp_path / "text.mp4").write_text("no film")
    wrong = {"a.mp4": "nobody is seen", "text.mp4": "not a film", "b.mp4": "no such film"}
    for name, start, said in (
        *((name, 0.0, said) for name, said in wrong.items()),
        ("a.mp4", 9.0, "0 pictures from 9 s"),
    ):
        with pytest.raises(MotionError, match=said) as error:
            video_pose.keypoints(tmp_path / name, start, 5.0)
        assert name in str(error.value) and "\n" not in str(error.value)
    monkeypatch.undo()
    monkeypatch.setitem(__import__("sys").modules, "mediapipe.python.solutions.pose", None)
    with pytest.raises(MotionError, match=r"pip install 'large-motion-model\[video\]'"):
        video_pose.keypoints(path, 0.0, 5.0)
