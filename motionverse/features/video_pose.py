"""A person's 2-D keypoints in a film, by MediaPipe Pose (BlazePose, Bazarevsky et al., arXiv 2006.10204): the extra `video`.

The one detector found whose package carries its weights, so that nothing is fetched when it runs. It follows one person; its
points are MediaPipe's 33, of which keypoints2d keeps what all detectors have.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Keypoints
from motionverse.errors import MotionError
from motionverse.features.keypoints2d import MEDIAPIPE_33, named, to_points

SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")
FASTEST = 30.0  # [fps] pictures between are left out
LEAST = 0.2  # of a point's visibility: below it lies where a body would have it, and nothing is seen
Detect = Callable[
    [np.ndarray], np.ndarray | None
]  # picture (H, W, 3) uint8 -> (33, 3) shares of width and height, visibility


def keypoints(
    path: str | Path, start: float, seconds: float, progress: Callable[[int, int], None] | None = None
) -> Keypoints:
    """The person in a film from `start` [s] on, for `seconds` at most, as keypoints2d.POINTS; pictures at true times, upright.

    progress(done, about how many in all). Raises MotionError naming the file, also where the detector is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise MotionError(f"{path}: no such film")
    rows: list[np.ndarray] = []
    times: list[float] = []
    size = (0, 0)
    detect = detector(path)
    for time, count, picture in _pictures(path, start, seconds):
        found = detect(picture)
        rows.append(np.zeros((len(MEDIAPIPE_33), 3)) if found is None else found)
        times.append(time - start)
        size = (picture.shape[1], picture.shape[0])
        if progress is not None:
            progress(min(len(rows), count), count)
    if len(rows) < 2:
        raise MotionError(f"{path}: {len(rows)} pictures from {start:g} s on; start earlier, or give a longer film")
    shares, sure = np.array(rows)[..., :2], np.array(rows)[..., 2].clip(0, 1)
    sure = np.where((sure >= LEAST) & (shares >= 0).all(-1) & (shares < 1).all(-1), sure, 0.0)
    if not sure.any():
        raise MotionError(f"{path}: nobody is seen from {start:g} s on; give a film of one person, whole and upright")
    fps = min(FASTEST, 1 / float(np.median(np.diff(times))))
    nearest = np.abs(np.arange(int(times[-1] * fps) + 1)[:, None] / fps - np.array(times)[None]).argmin(1)
    return to_points(
        named((shares * size)[nearest] * (sure[nearest, :, None] > 0), sure[nearest], "mediapipe33", fps, size)
    )


def detector(path: Path) -> Detect:
    """MediaPipe Pose, following one person from picture to picture. Raises MotionError where it is not installed."""
    try:
        from mediapipe.python.solutions.pose import Pose  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MotionError(
            f"{path}: keypoints of a film need a detector; pip install 'large-motion-model[video]', or give --keypoints"
        ) from None
    pose = Pose(model_complexity=1)

    def detect(picture: np.ndarray) -> np.ndarray | None:
        found = pose.process(picture).pose_landmarks
        return None if found is None else np.array([[p.x, p.y, p.visibility] for p in found.landmark])

    return detect


def _pictures(path: Path, start: float, seconds: float) -> Iterator[tuple[float, int, np.ndarray]]:
    """(time [s] from the film's beginning, how many there will be, picture (H, W, 3)) at FASTEST at most, turned upright."""
    try:
        import av
        from av.error import FFmpegError
    except ImportError:
        raise MotionError(f"{path}: reading films needs PyAV; pip install 'large-motion-model[video]'") from None
    try:
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise MotionError(f"{path}: has no pictures")
            stream: Any = film.streams.video[0]
            rate = min(FASTEST, float(stream.average_rate or FASTEST))
            length = float(film.duration or 0) / 1e6 - start
            count = max(1, int(min(seconds, length if length > 0 else seconds) * rate))
            origin, due = None, start
            for frame in film.decode(stream):
                origin = frame.time if origin is None else origin
                time = frame.time - origin
                if time >= start + seconds:
                    return
                if time >= due - 0.4 / FASTEST:
                    due = max(due + 1 / FASTEST, time)
                    picture = np.rot90(frame.to_ndarray(format="rgb24"), round(getattr(frame, "rotation", 0) / 90))
                    yield time, count, np.ascontiguousarray(picture)
    except FFmpegError as error:
        raise MotionError(f"{path}: not a film that can be read; convert it to .mp4") from error
