"""Live Link Face .csv: ARKit's 52 blend shapes with the angles of head and eyes, as Epic's app for phones records them.

A row a frame: Timecode (hours:minutes:seconds:frames, the frames with thousandths), BlendShapeCount, EyeBlinkLeft ...
TongueOut, HeadYaw, HeadPitch, HeadRoll, and three angles an eye. The timecode counts 24, 25, 30 or 60 frames a second, the
least of them that is more than any frame in the file, and 60 where no second ends in it: then no frame tells. Rows that are not
evenly spaced are brought to the median's rate.

What comes of it: a body that stands, of which the head alone was captured, and that only where its angles ever change; the
face by the convention "arkit" (motionverse.face). The angles of the eyes are dropped: eyeLookIn, Out, Up and Down say the
same (in two takes they correlate with them by 0.995 and more), and are written from these, 0.6 rad for a whole look.
Not verified: that the head's angles are radians, yaw to the left, pitch down and roll to the right positive; in the takes at
hand they are 0 throughout.
"""

import re
from pathlib import Path

import numpy as np

from motionverse import face, rotation
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY

HEAD = ("HeadYaw", "HeadPitch", "HeadRoll")
EYES = tuple(f"{side}Eye{angle}" for side in ("Left", "Right") for angle in ("Yaw", "Pitch", "Roll"))
COLUMNS = ("Timecode", "BlendShapeCount", *(shape[0].upper() + shape[1:] for shape in face.SHAPES), *HEAD, *EYES)
LARGEST = 1e3  # shapes go from 0 to 1, angles to pi
LOOK = 0.6  # [rad] of an eye's turn for a whole look
_OPTIONAL = {"TongueOut", "BlendShapeCount", *HEAD, *EYES}  # the first versions of the app and other writers lack them
_CODE = re.compile(r"(\d+):(\d+):(\d+)[:;](\d+(?:\.\d+)?)$")
_COUNTS = (24.0, 25.0, 30.0, 60.0)


def holds(path: Path) -> bool:
    """Whether the first line of a file is the header of a recording of this kind."""
    try:
        with path.open("rb") as stream:
            first = stream.readline(4096).decode("utf-8-sig", "replace").lower()
    except OSError:
        return False
    return first.startswith("timecode") and "eyeblinkleft" in first


def read(path: str | Path, fps: float | None = None, scale: float | None = None, up: str | None = None) -> Motion:
    """The face in a .csv, on a body that stands. fps: in place of the timecode's rate; scale and up change nothing here.

    Raises MotionError, with the line, for a missing column and for cells that are not what the header says.
    """
    path = Path(path)
    try:
        header, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError, ValueError):
        raise MotionError(f"{path}: not a text file with a header; record or export it again") from None
    names = [name.strip().lower() for name in header.split(",")]
    missing = [name for name in COLUMNS if name.lower() not in names and name not in _OPTIONAL]
    if missing:
        raise MotionError(f"{path}: no column {missing[0]}; a Live Link Face recording has all 52 blend shapes")
    rows = [(number, line.split(",")) for number, line in enumerate(lines, start=2) if line.strip()]
    if not rows:
        raise MotionError(f"{path}: a header and no frames; record it again")
    wanted = [name for name in COLUMNS[2:] if name.lower() in names]
    values = np.zeros((len(rows), len(COLUMNS) - 2))
    order = [names.index(name.lower()) for name in wanted]
    values[:, [COLUMNS.index(name) - 2 for name in wanted]] = [
        _numbers(row, order, len(names), n, path) for n, row in rows
    ]
    times = _times([(n, row[names.index("timecode")]) for n, row in rows], path)
    return from_values(*_even(values, times, fps, path))


def from_values(values: np.ndarray, fps: float) -> Motion:
    """The motion of values (T, 61): the 52 shapes in their order, the head's angles [rad], the eyes'."""
    shapes, angles = values[:, : len(face.SHAPES)], values[:, len(face.SHAPES) : len(face.SHAPES) + 3]
    rotations = rotation.identity(len(values), len(WHOLE_BODY))
    head, observed = WHOLE_BODY.index("head"), np.zeros(len(WHOLE_BODY), bool)
    observed[head] = bool(np.ptp(angles, axis=0).max() > 0)
    if observed[head]:
        rotations[:, head] = rotation.from_euler(angles, "YXZ")
    root = np.tile([0.0, WHOLE_BODY.standing_height(), 0.0], (len(values), 1))
    return Motion(rotations, root, fps, face=face.pack(shapes), observed=observed, face_source=face.ARKIT)


def write(motion: Motion, path: str | Path) -> None:
    """Write the face and the head's angles against the chest. Raises MotionError where there is no face of ARKit's shapes."""
    if motion.face is None or motion.face_source != face.ARKIT:
        has = "no face" if motion.face is None else f"a face of convention {motion.face_source!r}"
        raise MotionError(f"{path}: {has}; Live Link Face holds ARKit's shapes, and nothing converts to them")
    shapes = face.unpack(motion.face)
    look = {name: shapes[:, face.SHAPES.index(f"eyeLook{name}")] for name in
            (f"{way}{side}" for way in ("In", "Out", "Up", "Down") for side in ("Left", "Right"))}  # fmt: skip
    eyes = []
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        eyes += [
            sign * (look[f"In{side}"] - look[f"Out{side}"]),
            look[f"Down{side}"] - look[f"Up{side}"],
            0 * shapes[:, 0],
        ]
    values = np.concatenate([shapes, _head(motion), LOOK * np.stack(eyes, -1)], 1)
    lines = [",".join(COLUMNS)]
    for k, row in enumerate(values):
        lines.append(f"{_code(k / motion.fps)},61," + ",".join(f"{value:.8g}" for value in row))
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _head(motion: Motion) -> np.ndarray:
    """(T, 3) yaw, pitch and roll [rad] of the head against the chest, 0 where it was not captured."""
    names = motion.skeleton.names
    if "head" not in names or not motion.present[names.index("head")]:
        return np.zeros((len(motion), 3))
    world = motion.globals()
    chest = world[:, names.index("spine3")] if "spine3" in names else world[:, 0]
    return rotation.to_euler(np.swapaxes(chest, -1, -2) @ world[:, names.index("head")], "YXZ")


def _numbers(row: list[str], order: list[int], width: int, line: int, path: Path) -> list[float]:
    try:
        if len(row) != width:
            raise ValueError
        found = [float(row[k]) for k in order]
        if not (np.abs(found) <= LARGEST).all():
            raise ValueError
        return found
    except ValueError:
        raise MotionError(
            f"{path}: line {line}: not {width} cells, all but the first numbers; repair or cut it"
        ) from None


def _times(codes: list[tuple[int, str]], path: Path) -> np.ndarray:
    """(T,) seconds of timecodes; a recording over midnight goes on."""
    found = []
    for line, code in codes:
        match = _CODE.match(code.strip())
        if match is None:
            raise MotionError(f"{path}: line {line}: timecode {code!r}; must be hours:minutes:seconds:frames")
        found.append([float(part) for part in match.groups()])
    parts = np.array(found)
    turns = bool((parts[1:, 2] != parts[:-1, 2]).any())  # the frames before have come to the count's end
    count = next((rate for rate in (_COUNTS if turns else _COUNTS[-1:]) if parts[:, 3].max() < rate), None)
    if count is None:
        raise MotionError(f"{path}: timecodes count {parts[:, 3].max():g} frames in a second; 60 is the most there is")
    times = parts @ [3600, 60, 1, 1 / count]
    return times + 86400.0 * np.cumsum(np.diff(times, prepend=times[0]) < -43200)


def _even(values: np.ndarray, times: np.ndarray, fps: float | None, path: Path) -> tuple[np.ndarray, float]:
    """Values at evenly spaced instants, and their rate: `fps` as it is, or that of the median step."""
    if fps is not None or len(values) < 2:
        return values, float(fps or 60.0)
    steps = np.diff(times)
    if (steps <= 0).any():
        raise MotionError(f"{path}: timecodes do not rise at frame {int(np.argmax(steps <= 0)) + 1}; repair or cut it")
    rate = _usual(1.0 / float(np.median(steps)), len(steps) / float(times[-1] - times[0]))
    instants = np.arange(round((times[-1] - times[0]) * rate) + 1) / rate
    return np.stack([np.interp(instants, times - times[0], column) for column in values.T], -1), rate


def _usual(median: float, mean: float) -> float:
    """A frame rate from the median and the mean step: the nearest usual one within 2 %, else the mean where both agree."""
    near = min((*_COUNTS, 15.0, 29.97, 59.94), key=lambda rate: abs(rate / median - 1))
    return near if abs(near / median - 1) < 0.02 else mean if abs(mean / median - 1) < 0.02 else median


def _code(seconds: float) -> str:
    whole = int(seconds)
    frames = min(round((seconds - whole) * 60, 3), 59.999)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frames:06.3f}"
