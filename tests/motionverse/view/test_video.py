import numpy as np
import pytest
from PIL import Image

from motionverse import view
from motionverse.errors import MotionError
from motionverse.formats.audio import Sound
from motionverse.skeleton import Skeleton
from tests import forge


def test_mp4_plays_anywhere(tmp_path):
    import av

    told = []
    path = view.render(
        forge.walk(0.4), tmp_path / "walk.mp4", "a person walks", (161, 120), progress=lambda *a: told.append(a)
    )
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == 30
    assert len(pictures) == 12 and pictures[0].shape == (120, 160, 3) and told[-1] == (12, 12)
    assert [p.name for p in tmp_path.iterdir()] == ["walk.mp4"]


@pytest.mark.parametrize("rate", [22050, 48000])
def test_sound_is_heard_at_the_picture_that_it_goes_with(tmp_path, rate):
    """A click 0.4 s after the first picture, found again in the finished film; the sound ends where the pictures do."""
    import av

    samples = np.zeros(2 * rate, np.float32)
    samples[round(0.4 * rate) : round(0.4 * rate) + rate // 1000] = 0.9
    path = view.render(forge.walk(0.8, fps=25), tmp_path / "walk.mp4", size=(64, 64), sound=Sound(samples, rate))
    with av.open(str(path)) as film:
        pictures = [frame.time for frame in film.decode(video=0)]
    with av.open(str(path)) as film:
        assert film.streams.audio[0].codec_context.name == "aac"
        heard = [(frame.time, np.abs(frame.to_ndarray()[0]), frame.sample_rate) for frame in film.decode(audio=0)]
    start, loudest, hertz = max(heard, key=lambda part: part[1].max())
    assert pictures[0] == 0 and start + loudest.argmax() / hertz == pytest.approx(pictures[10], abs=0.004)
    assert sum(len(part) / hertz for _, part, hertz in heard) == pytest.approx(0.8, abs=0.03)


def test_the_body_is_drawn_left_blue_right_orange(tmp_path):
    path = view.render(forge.walk(0.1), tmp_path / "walk.png", size=(400, 300))
    picture = np.asarray(Image.open(path), float)
    red, green, blue = np.moveaxis(picture, -1, 0)
    assert ((blue > red + 60) & (blue > green)).sum() > 150  # left
    assert ((red > blue + 60) & (red > green)).sum() > 150  # right


def test_gif_has_the_frames_and_the_pace(tmp_path):
    with Image.open(view.render(forge.walk(0.4), tmp_path / "walk.gif", size=(100, 100))) as film:
        assert getattr(film, "n_frames", 1) == 10 and film.info["duration"] == 40 and film.size == (100, 100)


def test_any_skeleton_any_rate_anywhere(tmp_path):
    chain = Skeleton(("a", "b"), (-1, 0), np.array([[0, 0, 0], [0, 40.0, 0]]))
    made = forge.motion(0.1, fps=240, skeleton=chain)
    assert view.render(made, tmp_path / "chain.mp4", size=(64, 64), fps=12.5).stat().st_size
    far = forge.walk(0.1).with_(root=forge.walk(0.1).root + [1e3, -50, 1e3])
    assert view.render(far, tmp_path / "far.png").stat().st_size
    assert view.render(forge.walk(0.02), tmp_path / "one.png", "x" * 400).stat().st_size


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [("walk.avi", {}, "unknown picture suffix"), ("no/walk.mp4", {}, "does not exist"),
     ("walk.png", {"size": (10, 10)}, "64 to 4096"), ("walk.mp4", {"fps": 0}, "1 to 240")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_line_and_no_file(tmp_path, name, options, said):
    with pytest.raises(MotionError, match=said) as error:
        view.render(forge.walk(0.1), tmp_path / name, **options)
    assert "\n" not in str(error.value) and not list(tmp_path.iterdir())


def test_a_failure_on_the_way_leaves_no_file(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        view.render(forge.walk(0.1), tmp_path / "walk.mp4", size=(64, 64), progress=stop)
    assert not list(tmp_path.iterdir())


def test_a_machine_without_egl_hears_which_packages(tmp_path, monkeypatch):
    import pyrender

    def fail(*_):
        raise RuntimeError("eglInitialize failed")

    monkeypatch.setattr(pyrender, "OffscreenRenderer", fail)
    with pytest.raises(MotionError, match="libegl1 libegl-mesa0 libgl1-mesa-dri"):
        view.render(forge.walk(0.1), tmp_path / "walk.png")
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    with pytest.raises(MotionError, match="apt install libegl1"):
        view.check(tmp_path / "walk.png")
