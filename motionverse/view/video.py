"""Pictures to files: a Motion as .mp4 (H.264), .gif, or a .png sheet of poses with their times. Knows no OpenGL."""

import ctypes.util
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.files import atomic_path, check_writable
from motionverse.formats.audio import Sound
from motionverse.motion import Motion
from motionverse.view.body import Body, skeleton_height
from motionverse.view.camera import SMOOTHING, Camera, facing, follow
from motionverse.view.lettering import lettered
from motionverse.view.mesh import body_for, with_relaxed_hands
from motionverse.view.smpl import ModelBody
from motionverse.view.soundtrack import Soundtrack

Progress = Callable[[int, int], None]  # pictures done, pictures in all

SIZES = {".mp4": (640, 640), ".gif": (400, 400), ".png": (1280, 760)}
SHEET = (4, 2)  # columns and rows of poses
GIF_FPS = 25.0  # players round the delay to 1/100 s and slow down what is shorter than 2/100
INK = (38, 43, 51)


@dataclass(frozen=True)
class _Film:
    """What is drawn: a motion, words on top, (width, height) in pixels, the rate asked for, whom to tell, a body of one's own, and
    what is heard."""

    motion: Motion
    title: str
    size: tuple[int, int]
    fps: float | None
    progress: Progress
    body: Body | None
    sound: Sound | None = None


def render(
    motion: Motion,
    path: str | Path,
    title: str = "",
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    progress: Progress | None = None,
    body: ModelBody | None = None,
    sound: Sound | None = None,
) -> Path:
    """Draw a motion, on any skeleton, to `path`; the suffix says how: .mp4, .gif, or .png (eight poses with their times).

    title: a line of text on top; size: (width, height) of the picture in pixels, 64 to 4096 (mp4: rounded to even numbers);
    fps: of the film, the motion's own if None; progress: called with (pictures done, pictures in all);
    body: a licensed one (view.smpl.load) that the motion is fitted to, in place of the free mesh; sound: of an .mp4, from the
    motion's first frame on (the other pictures are silent).
    Returns the path. Raises MotionError for an unknown suffix, a size that cannot be, a path that cannot be written and a
    machine without EGL; the file appears whole or not at all.
    """
    path = check(path)
    suffix = path.suffix.lower()
    size = SIZES[suffix] if size is None else (int(size[0]), int(size[1]))
    if not all(64 <= side <= 4096 for side in size):
        raise MotionError(f"{path}: size {size[0]}x{size[1]}; each side must be 64 to 4096 pixels")
    write = {".mp4": _mp4, ".gif": _gif, ".png": _sheet}[suffix]
    with atomic_path(path) as temporary:
        shown = motion if body is None else body.fit(motion)
        film = _Film(shown, " ".join(title.split()), size, fps, progress or (lambda done, total: None), body, sound)
        write(film, temporary)
    return path


def check(path: str | Path) -> Path:
    """Say before any work whether a picture can be made at `path`. Raises MotionError as `render` would."""
    path = Path(path)
    if path.suffix.lower() not in SIZES:
        raise MotionError(f"{path}: unknown picture suffix {path.suffix!r}; use one of {', '.join(SIZES)}")
    check_writable(path)
    for module in ("pyrender", "av", "PIL"):
        if importlib.util.find_spec(module) is None:
            raise MotionError(f"{path}: pictures need the package {module}; pip install 'large-motion-model[view]'")
    if sys.platform.startswith("linux") and ctypes.util.find_library("EGL") is None:
        raise MotionError(f"{path}: pictures need EGL; apt install libegl1 libegl-mesa0 libgl1-mesa-dri")
    return path


def _set_up(
    motion: Motion, size: tuple[int, int], body: Body | None, smoothing: float = SMOOTHING
) -> tuple[Body, Camera, np.ndarray, np.ndarray, float, float]:
    """Body, camera, joints (T, J, 3), world rotations (T, J, 3, 3), height of the floor and of the body [m]."""
    motion = with_relaxed_hands(motion)
    joints, rotations = motion.joints(), motion.globals()
    height = skeleton_height(motion.skeleton)
    lowest = float(joints[..., 1].min())
    floor = 0.0 if -0.15 * height < lowest < 0.3 * height else lowest  # a motion that is elsewhere gets its own ground
    names = motion.skeleton
    hips = (
        (names.index("left_hip"), names.index("right_hip"))
        if names.has("left_hip") and names.has("right_hip")
        else None
    )
    camera = follow(joints, motion.fps, facing(joints[0], rotations[0], hips), height, floor, size, smoothing)
    return body or body_for(motion.skeleton), camera, joints, rotations, floor, height


def _pictures(film: _Film) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 of every frame of the film's motion."""
    from motionverse.view.scene import Stage

    body, camera, joints, rotations, floor, height = _set_up(film.motion, film.size, film.body)
    caption = _caption(film.title, film.size)
    with Stage(body, camera, film.size, floor, height) as stage:
        for frame in range(len(film.motion)):
            picture = stage.draw(frame, joints[frame], rotations[frame])
            if caption is not None:
                words, alpha = caption
                top = picture[: len(words)]
                top[:] = (top * (1 - alpha) + words * alpha).astype(np.uint8)
            film.progress(frame + 1, len(film.motion))
            yield picture


def _wrap(text: str, font: Any, width: int, lines: int = 2) -> list[str]:
    """The text in at most `lines` lines of `width` pixels, the last one cut short with an ellipsis."""
    found: list[str] = []
    for word in text.split():
        longer = f"{found[-1]} {word}" if found else word
        if found and font.getlength(longer) <= width:
            found[-1] = longer
        else:
            found.append(word)
    if len(found) > lines:
        found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
    for k, line in enumerate(found):
        while font.getlength(line) > width and len(line) > 1:
            line = line.rstrip("…")[:-1].rstrip() + "…"
        found[k] = line
    return found


def _caption(title: str, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """(h, W, 3) ink and (h, W, 1) coverage of the title for the top of a picture; None without a title."""
    if not title:
        return None
    from PIL import Image, ImageDraw

    pixels = min(size) / 26
    title, font = lettered(title, pixels)
    lines = _wrap(title, font, round(size[0] * 0.92))
    band = Image.new("L", (size[0], round(pixels * (1.1 + 1.3 * len(lines)))))
    draw = ImageDraw.Draw(band)
    for k, line in enumerate(lines):
        draw.text((size[0] / 2, pixels * (1.2 + 1.3 * k)), line, fill=255, font=font, anchor="mm")
    alpha = np.asarray(band, np.float32)[..., None] / 255
    return np.broadcast_to(np.array(INK, np.float32), (*alpha.shape[:2], 3)), alpha


def _at_rate(motion: Motion, fps: float | None) -> Motion:
    if fps is not None and not 1 <= fps <= 240:
        raise MotionError(f"fps {fps:g}; a film needs 1 to 240 frames a second")
    return motion if fps is None or abs(fps - motion.fps) < 1e-9 else motion.resample(fps)


def _mp4(film: _Film, path: Path) -> None:
    import av

    size = (film.size[0] // 2 * 2, film.size[1] // 2 * 2)  # yuv420p halves both sides
    motion = _at_rate(film.motion if film.motion.fps <= 120 else film.motion.resample(60), film.fps)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream: Any = container.add_stream("libx264", rate=Fraction(motion.fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = {"crf": "20", "preset": "veryfast"}
        sound = None if film.sound is None else Soundtrack(container, film.sound, len(motion) / motion.fps)
        for k, picture in enumerate(_pictures(replace(film, motion=motion, size=size)), 1):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            if sound is not None:
                sound.until(k / motion.fps)
        container.mux(stream.encode())
        if sound is not None:
            sound.close()


def _gif(film: _Film, path: Path) -> None:
    from PIL import Image

    motion = _at_rate(film.motion, min(film.fps or film.motion.fps, GIF_FPS))
    palette: Image.Image | None = None
    frames: list[Image.Image] = []
    for picture in _pictures(replace(film, motion=motion)):
        image = Image.fromarray(picture)
        if palette is None:  # one palette for all, from the first picture: the scene's colours do not change
            palette = image.quantize(255, Image.Quantize.MEDIANCUT)
        frames.append(image.quantize(palette=palette, dither=Image.Dither.NONE))
    delay = round(100 / motion.fps) * 10
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=delay, loop=0, optimize=False)


def _sheet(film: _Film, path: Path) -> None:
    from PIL import Image, ImageDraw

    from motionverse.view.scene import Stage

    motion, size, (columns, rows) = film.motion, film.size, SHEET
    count = min(columns * rows, len(motion))
    columns, rows = min(columns, count), -(-count // columns)
    (title, font), small = lettered(film.title, size[0] / 44), lettered("0 s", size[0] / 64)[1]
    lines = _wrap(title, font, round(size[0] * 0.94))
    band = round(size[0] / 44 * (1.0 + 1.3 * len(lines))) if lines else 0
    tile = (size[0] // columns, (size[1] - band) // rows)
    if min(tile) < 16:
        raise MotionError(f"size {size[0]}x{size[1]}; a sheet of {count} poses needs more room")
    sheet = Image.new("RGB", size, (236, 239, 242))
    draw = ImageDraw.Draw(sheet)
    for k, line in enumerate(lines):
        draw.text((size[0] / 2, size[0] / 44 * (1.15 + 1.3 * k)), line, fill=INK, font=font, anchor="mm")
    shown = np.linspace(0, len(motion) - 1, count).round().astype(int)
    body, camera, joints, rotations, floor, height = _set_up(_picked(motion, shown), tile, film.body, smoothing=0.0)
    with Stage(body, camera, tile, floor, height) as stage:
        for k, frame in enumerate(shown):
            corner = (k % columns * tile[0], band + k // columns * tile[1])
            sheet.paste(Image.fromarray(stage.draw(k, joints[k], rotations[k])), corner)
            place = (corner[0] + tile[0] / 2, corner[1] + tile[1] - size[0] / 60)
            draw.text(place, f"{frame / motion.fps:.2f} s", fill=INK, font=small, anchor="mm")
            film.progress(k + 1, count)
    sheet.save(path, "PNG")


def _picked(motion: Motion, frames: np.ndarray) -> Motion:
    """Some frames of a motion, for their poses and places alone."""
    return motion.with_(rotations=motion.rotations[frames], root=motion.root[frames], face=None)
