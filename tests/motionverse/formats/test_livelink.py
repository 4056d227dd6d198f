"""Live Link Face .csv: written, read back, read as the app writes it, and broken."""

from pathlib import Path

import numpy as np
import pytest

from motionverse import face, formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import livelink
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.motionverse.test_face import coefficients, shapes


def recorded(frames: int = 40, fps: float = 30.0):
    """A face on a body that stands, with a head that turns."""
    motion = forge.motion(frames / fps, fps)
    head, rotations = WHOLE_BODY.index("head"), rotation.identity(frames, 52)
    rotations[:, head] = rotation.from_rotvec(forge.smooth(np.random.default_rng(0), motion.times, 3, 0.2))
    observed = np.arange(52) == head
    root = np.tile([0.0, WHOLE_BODY.standing_height(), 0.0], (frames, 1))
    packed = face.pack(shapes(frames))
    return motion.with_(rotations=rotations, root=root, face=packed, observed=observed, face_source=face.ARKIT)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    motion = recorded()
    motion.save(tmp_path / "take.face.csv")
    (tmp_path / "take.csv").write_bytes((tmp_path / "take.face.csv").read_bytes())
    for name in ("take.face.csv", "take.csv"):  # a .csv tells by its first line what it is
        made = formats.load(tmp_path / name)
        assert made.fps == 30 and made.face_source == face.ARKIT
        assert np.abs(coefficients(made) - coefficients(motion)).max() < 1e-7
        assert np.abs(made.rotations - motion.rotations).max() < 1e-6
        assert np.array_equal(made.present, motion.present)
    made.save(tmp_path / "take.joints.npz")
    again = formats.load(tmp_path / "take.joints.npz")
    assert again.face_source == face.ARKIT and np.array_equal(coefficients(again), coefficients(made))


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 30.0, 50.0, 60.0])
@pytest.mark.parametrize("frames", [2, 12, 29, 75])
def test_takes_shorter_than_a_second_keep_their_rate(tmp_path: Path, fps: float, frames: int) -> None:
    values = np.random.default_rng(0).random((frames, 61))
    livelink.write(livelink.from_values(values, fps), tmp_path / "short.face.csv")
    made = formats.load(tmp_path / "short.face.csv")
    assert made.fps == pytest.approx(fps, 1e-3) and len(made) == frames


def lines(path: Path) -> list[str]:
    recorded().save(path)
    return path.read_text().splitlines()


def test_a_still_head_an_older_app_and_dropped_frames(tmp_path: Path) -> None:
    path = tmp_path / "old.face.csv"
    rows = [row.split(",") for row in lines(path)]
    last = rows[0].index("TongueOut")
    older = [",".join(row[:last]) for row in rows]  # no tongue, no angles
    path.write_text("\ufeff" + "\n".join(older[:12] + older[13:]) + "\n")  # a mark, and a frame that the app dropped
    made = formats.load(path)
    assert made.fps == 30 and len(made) == 40 and not made.present.any()
    assert np.abs(made.rotations - np.eye(3)).max() == 0
    kept = [k for k, slot in enumerate(face.SLOTS) if slot != "tongueOut"]
    assert np.abs(coefficients(made) - coefficients(recorded()))[:11][:, kept].max() < 1e-6
    assert not coefficients(made)[:, face.SLOTS.index("tongueOut")].any()


def test_eyes_turn_as_they_look(tmp_path: Path) -> None:
    path = tmp_path / "a.face.csv"
    header, *rows = (row.split(",") for row in lines(path))
    values = np.array([[float(cell) for cell in row[1:]] for row in rows])
    column = {name: values[:, k] for k, name in enumerate(header[1:])}
    assert np.allclose(column["LeftEyeYaw"], 0.6 * (column["EyeLookInLeft"] - column["EyeLookOutLeft"]), atol=1e-6)
    assert np.allclose(column["RightEyeYaw"], 0.6 * (column["EyeLookOutRight"] - column["EyeLookInRight"]), atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: [rows[0].replace("JawOpen", "Jaw"), *rows[1:]], "no column JawOpen"),
        (lambda rows: rows[:1], "a header and no frames"),
        (lambda rows: [*rows[:3], rows[3] + ",1"], "line 4: not 63 cells"),
        (lambda rows: [*rows[:3], rows[3].replace(",61,", ",61,nan,").rsplit(",", 1)[0]], "line 4: not 63 cells"),
        (lambda rows: [*rows[:2], "noon" + rows[2][15:]], "line 3: timecode 'noon'"),
        (lambda rows: [*rows[:3], rows[2]], "timecodes do not rise at frame 2"),
        (lambda rows: [*rows[:2], rows[2].replace(":02.000", ":61.000")], "count 61 frames"),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, change, words: str) -> None:
    path = tmp_path / "bad.face.csv"
    rows = change(lines(path))
    path.write_text("\n".join(rows) + "\n")
    with pytest.raises(MotionError, match=words):
        formats.load(path)


def test_another_face_is_not_written_as_arkits(tmp_path: Path) -> None:
    for motion in (recorded().with_(face=None), recorded().with_(face_source=face.FLAME)):
        with pytest.raises(MotionError, match="nothing converts to them"):
            motion.save(tmp_path / "x.face.csv")
    assert not livelink.holds(tmp_path / "x.face.csv")
