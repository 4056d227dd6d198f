"""Fingerspelling in nineteen signed languages: letters as MediaPipe saw them in videos of one camera, 24 to 30 frames a second.

As arrays: NAME.npz, raw (T, 227): 33 points of the body, 21 of the left and of the right hand, x, y, z each, then
whether left and right hand were found; labels.jsonl has the letters. A hand that was not found, or has a point outside
the picture's depth, is lost.

Units, settled from the data, as no file says them:
- Hands are in pixels of a picture 500 wide and high, their z in widths of it, plus 250: times 500 it is one unit with x
  and y. So a hand's bones vary least over a clip, by 17 % of their length (22 % without depth, 18 % with 350), and are
  nearest to a hand's proportions; x and y agree (bones vary least at y times 0.9 to 1).
- Bodies have x as hands have it, but y squeezed: the body's wrists go along with the hands' (correlation 0.96 in x,
  0.99 in y) by 1.0 of their way in x and by 0.59 in y. The ratio of the two is 1.7, near 16:9, with which heads and
  arms get a person's proportions. Their z is in metres plus 250: times 500, bones vary least (5.4 %; 7.3 % without
  depth).

So depth is a guess of a network: it is believed for where a bone points to and not for how long it is: every bone has
WHOLE_BODY's length. The trunk is not believed at all (shoulders lean by 16 degrees one way, heads by 18 the other, in
the median of all frames), nor is what the picture does not show: an upright body carries the arms, and only the arm of
a hand that was found, and the hand, count as captured. A clip keeps what was seen itself as keypoints: both hands on
the picture, confidence 1 where found.
"""

from pathlib import Path

import numpy as np

from motionverse.clip import Caption, Clip, Keypoints
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import fitted_points, point_files
from motionverse.sources.points_only import CAMERA
from motionverse.sources.source import Entry, Source, labelled_files

PICTURE = 500  # [pixels] its width and height, and what the depth is in units of
ZERO = 250.0  # what is added to every depth
FARTHEST = 3.0  # a depth farther from that is a failure
SQUEEZED = 16 / 9  # the body's y against its x
_BODY = (
    "NOSE", "LEFT_EYE_INNER", "LEFT_EYE", "LEFT_EYE_OUTER", "RIGHT_EYE_INNER", "RIGHT_EYE", "RIGHT_EYE_OUTER", "LEFT_EAR",
    "RIGHT_EAR", "MOUTH_LEFT", "MOUTH_RIGHT",
    *(f"{side}_{part}" for part in ("SHOULDER", "ELBOW", "WRIST", "PINKY", "INDEX", "THUMB", "HIP", "KNEE", "ANKLE", "HEEL",
                                    "FOOT_INDEX") for side in ("LEFT", "RIGHT")),
)  # fmt: skip
_HAND = (
    "WRIST", "THUMB_CMC", "THUMB_MCP", "THUMB_IP", "THUMB_TIP",
    *(f"{finger}_{bone}" for finger in ("INDEX_FINGER", "MIDDLE_FINGER", "RING_FINGER", "PINKY")
      for bone in ("MCP", "PIP", "DIP", "TIP")),
)  # fmt: skip
JOINTS = (*(f"pose_{name}" for name in _BODY), *(f"{hand}_{name}" for hand in ("lh", "rh") for name in _HAND))
SIDES = ("left", "right")
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every letter, with its labels."""
    return labelled_files(folder, "*.npz")


def read(entry: Entry) -> Clip:
    """One letter: arms and hands in space, and the hands on the picture."""
    letter, language = str(entry.facts.get("text") or ""), str(entry.facts.get("signed_language") or "")
    raw, fps = _raw(entry.path)
    points, found = raw[:, :225].reshape(len(raw), -1, 3), raw[:, 225:] > 0
    hands = points[:, len(_BODY) :].reshape(len(raw), 2, len(_HAND), 3)
    seen = found & (np.abs(hands[..., 2] - ZERO) < FARTHEST).all(-1)
    return SOURCE.clip(
        entry,
        _motion(entry.path, points[:, : len(_BODY)], np.where(seen[..., None, None], hands, np.nan), fps),
        captions=(Caption(f"a person fingerspells the letter {letter}", origin="grammar"),) if letter else (),
        action="fingerspell",
        style=language,
        keypoints=(_on_picture(hands, seen, fps),),
    )


def _raw(path: Path) -> tuple[np.ndarray, float]:
    raw, names, fps = point_files.read(path, "raw")
    if names != JOINTS:
        other = next(
            (f"{name!r} in place of {ours!r}" for name, ours in zip(names, JOINTS, strict=False) if name != ours), ""
        )
        raise MotionError(
            f"{path}: {len(names)} points {other}; a file has {len(JOINTS)}: MediaPipe's body and two hands"
        )
    if raw.ndim != 2 or raw.shape[1] != 3 * len(JOINTS) + 2 or not len(raw):
        raise MotionError(f"{path}: raw {raw.shape}; must be (T, {3 * len(JOINTS) + 2}): 75 points, two flags")
    return raw, fps


def _on_picture(hands: np.ndarray, seen: np.ndarray, fps: float) -> Keypoints:
    names = tuple(f"{side}_{name.lower()}" for side in ("left", "right") for name in _HAND)
    positions = np.where(seen[..., None, None], hands, 0.0)[..., :2].reshape(len(hands), -1, 2)
    return Keypoints(
        positions, np.repeat(seen, len(_HAND), 1).astype(np.float64), names, fps, (PICTURE, PICTURE), "front"
    )


def _motion(path: Path, body: np.ndarray, hands: np.ndarray, fps: float) -> Motion:
    """body: (T, 33, 3), hands: (T, 2, 21, 3), both in the file's units, hands NaN where lost."""
    body = (body - [0, 0, ZERO]) * [1, SQUEEZED, PICTURE] @ CAMERA.T
    hands = (hands - [0, 0, ZERO]) * [1, 1, PICTURE] @ CAMERA.T
    rest, places = WHOLE_BODY.rest_positions(), {}
    seen = [side for side, hand in zip(SIDES, np.moveaxis(hands, 1, 0), strict=True)
            if 2 * np.isfinite(hand).all((1, 2)).sum() >= len(hand)]  # fmt: skip
    if not seen:
        raise MotionError(f"{path}: neither hand is there in half of the frames; leave the file out")
    for side in SIDES:
        at = rest[WHOLE_BODY.index(f"{side}_shoulder")]
        places[f"{side}_shoulder"] = np.broadcast_to(at, (len(body), 3))
    for side in seen:
        _add_arm(
            places, side, [body[:, _BODY.index(f"{side.upper()}_{part}")] for part in ("SHOULDER", "ELBOW", "WRIST")]
        )
        _add_hand(places, side, hands[:, SIDES.index(side)])
    motion = fitted_points.motion(path, np.stack(list(places.values()), 1), list(places), fps)
    told = [
        any(name in (f"{side}_shoulder", *places) and name.startswith(side) for side in seen)
        for name in WHOLE_BODY.names
    ]
    return motion.with_(observed=motion.present & told)


def _put(places: dict[str, np.ndarray], start: str, end: str, way: np.ndarray) -> None:
    """Put `end` from `start` along `way` (T, 3), at the length of the bone in WHOLE_BODY."""
    length = np.linalg.norm(WHOLE_BODY.offsets[WHOLE_BODY.index(end)])
    places[end] = places[start] + length * way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9)


def _add_arm(places: dict[str, np.ndarray], side: str, arm: list[np.ndarray]) -> None:
    """Add elbow and wrist; arm: (T, 3) of shoulder, elbow and wrist, in any unit."""
    shoulder, elbow, wrist = arm
    _put(places, f"{side}_shoulder", f"{side}_elbow", elbow - shoulder)
    _put(places, f"{side}_elbow", f"{side}_wrist", wrist - elbow)


def _add_hand(places: dict[str, np.ndarray], side: str, hand: np.ndarray) -> None:
    """Add the joints of a hand (T, 21, 3), in any unit, hung on the wrist."""
    for number, finger in enumerate(_FINGERS):
        above = 0
        for k in (1, 2, 3):
            parent = f"{side}_{finger}{k - 1}" if k > 1 else f"{side}_wrist"
            _put(places, parent, f"{side}_{finger}{k}", hand[:, 4 * number + k] - hand[:, above])
            above = 4 * number + k


SOURCE = Source(
    name="fingerspelling",
    title="Fingerspelling landmarks, 19 signed languages",
    licence="fingerspelling",
    tasks=("text", "action"),
    how_to_obtain="github.com/sign-language-processing/spoken-to-signed-translation: its lexicon of letters, as one npz a letter",
    files="*.npz",
    find=find,
    read=read,
    release=False,
    hours=0.17,
    unverified=(
        "the unit of depth: found from bones that keep their length, which they do to 17 % in hands",
        "that the body's y is squeezed by 16:9: found from wrists, which body and hands share",
        "depth itself: a network's guess from one camera, good for directions only",
    ),
)
