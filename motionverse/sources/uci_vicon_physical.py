"""UCI's Vicon Physical Action data set: ten everyday and ten aggressive actions by ten subjects, nine tracked objects.

As arrays: NAME.npz, positions (T, 9, 3) [m], Y up, of Head and of L_ and R_ Elbow, Wrist, Knee, Ankle; labels.jsonl has action,
group and subject. Each pair of a limb sits on one segment: their distances are the same in all subjects (19 cm on forearms,
32 cm on shins), so that they are pushed along it to where WHOLE_BODY has its joints, ankles and elbows the farther way.

What nine points tell: where head, forearms and shins are, to about 2 cm. Hips and shoulders are a guess: where bones of
WHOLE_BODY's lengths can reach from knees and elbows to one straight trunk under the head. Held against full bodies of which
it saw no more (41 clips of Bandai-Namco, 34 of CMU), it is 9 to 11 cm off at hips and shoulders, 17 to 28 degrees in the trunk,
22 to 32 in thighs and upper arms; so the set tells actions apart and is no material for poses. It is marked as fitted, feet,
hands and the turn of the head are absent. Nor is its rate known: 66.7 frames a second is the middle of 50 to 90.
"""

from pathlib import Path

import numpy as np

from motionverse import ik
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import fitted_points, point_files
from motionverse.sources.source import Entry, Source, labelled_files

JOINTS = {
    "Head": "head_middle", "L_Elbow": "left_elbow", "L_Wrist": "left_wrist", "R_Elbow": "right_elbow", "R_Wrist": "right_wrist",
    "L_Knee": "left_knee", "L_Ankle": "left_ankle", "R_Knee": "right_knee", "R_Ankle": "right_ankle",
}  # fmt: skip
SEGMENTS = (
    ("elbow", "wrist", 0.5),
    ("knee", "ankle", 0.67),
)  # how much of what is missing lies beyond the lower marker
BELIEF = 0.6  # weight of the first guess, hips where head and the knees' middle put them
TURNING = 0.3  # [s] over which the body's facing is averaged
_REST = WHOLE_BODY.rest_positions()
_STEPS, _NUDGE, _DAMPING = 8, 1e-5, 1e-4
_SIDES = (("left", 1.0), ("right", -1.0))


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every recording, with its labels; takes that the set itself calls worse are left out."""
    return [entry for entry in labelled_files(folder, "*.npz") if not entry.name.endswith("_worse")]


def read(entry: Entry) -> Clip:
    """One recording."""
    facts = entry.facts
    action = str(facts.get("action") or entry.name.split("_")[-1].lower())
    return SOURCE.clip(
        entry,
        _motion(entry.path),
        captions=(Caption(action, origin="label"),),
        action=action.replace(" ", "-"),
        style=str(facts.get("group") or ""),
        subject=str(facts.get("subject") or entry.name.split("_")[0]),
    )


def _motion(path: Path) -> Motion:
    positions, names, fps = point_files.read(path)
    if names != tuple(JOINTS):
        raise MotionError(f"{path}: points {', '.join(names[:4])} ...; a recording has nine, {', '.join(JOINTS)}")
    if not np.isfinite(positions).all():
        frame = int(np.argmin(np.isfinite(positions).all((1, 2))))
        raise MotionError(f"{path}: a point is lost at frame {frame}; fill or cut it, nine are none too many")
    seen = _at_joints({ours: positions[:, k] for k, ours in enumerate(JOINTS.values())})
    whole = {**seen, **_guessed(seen, fps)}
    motion = fitted_points.motion(path, np.stack(list(whole.values()), 1), list(whole), fps)
    known = [name not in ("left_foot", "right_foot") for name in WHOLE_BODY.names]
    return motion.with_(observed=motion.present & known)


def _at_joints(seen: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The points of forearms and shins pushed apart to the lengths of WHOLE_BODY's."""
    made = dict(seen)
    for upper, lower, below in SEGMENTS:
        for side, _ in _SIDES:
            a, b = f"{side}_{upper}", f"{side}_{lower}"
            way = seen[b] - seen[a]
            long = np.linalg.norm(way, axis=-1, keepdims=True)
            more = way / np.maximum(long, 1e-9) * (_length(a, b) - np.median(long))
            made[a], made[b] = seen[a] - (1 - below) * more, seen[b] + below * more
    return made


def _guessed(seen: dict[str, np.ndarray], fps: float) -> dict[str, np.ndarray]:
    """Hips and shoulders (T, 3) that bones of WHOLE_BODY's lengths can reach, on a trunk that is about straight.

    Least squares by Gauss-Newton from a first guess over the middles of hips and of shoulders, all frames at once.
    """
    head = _REST[WHOLE_BODY.index("head")] + [0.0, 0.07, 0.01]
    hips, shoulders = (_middle(part) for part in ("hip", "shoulder"))
    trunk, neck = float(np.linalg.norm(shoulders - hips)), float(np.linalg.norm(head - shoulders))
    left = _left(seen, fps)
    ahead = np.cross(left, [0.0, 1.0, 0.0])
    knees = (seen["left_knee"] + seen["right_knee"]) / 2
    bones = [(0, sign * _REST[WHOLE_BODY.index("left_hip"), 0], seen[f"{s}_knee"], _length(f"{s}_hip", f"{s}_knee"))
             for s, sign in _SIDES]  # fmt: skip
    bones += [(3, sign * _REST[WHOLE_BODY.index("left_shoulder"), 0], seen[f"{s}_elbow"], _length(f"{s}_shoulder", f"{s}_elbow"))
              for s, sign in _SIDES]  # fmt: skip

    def missed(x: np.ndarray) -> np.ndarray:
        low, high = x[:, :3], x[:, 3:]
        rows = [_norm(x[:, at : at + 3] + aside * left - end) - long for at, aside, end, long in bones]
        rows += [2 * (_norm(high - low) - trunk), 2 * (_norm(seen["head_middle"] - high) - neck)]
        up = seen["head_middle"] - low
        bent = high - low - trunk * up / np.maximum(_norm(up), 1e-9)[:, None]
        rows += [0.3 * bent[:, k] for k in range(3)]
        rows += [BELIEF * (x - first)[:, k] for k in range(6)]
        return np.stack(rows, -1)

    top = seen["head_middle"]
    low, _ = ik.two_bone(top, knees, top - ahead - [0.0, 1.0, 0.0], (trunk + neck, bones[0][3]))  # hips go back
    x = first = np.concatenate([low, top + (low - top) * neck / (trunk + neck)], -1)
    for _ in range(_STEPS):
        error = missed(x)
        slope = np.stack([(missed(x + _NUDGE * e) - error) / _NUDGE for e in np.eye(6)], -1)
        square = np.einsum("tri,trj->tij", slope, slope) + _DAMPING * np.eye(6)
        x = x - np.linalg.solve(square, np.einsum("tri,tr->ti", slope, error)[..., None])[..., 0]
    at = {"hip": x[:, :3], "shoulder": x[:, 3:]}
    return {f"{side}_{part}": middle + sign * _REST[WHOLE_BODY.index(f"left_{part}"), 0] * left
            for part, middle in at.items() for side, sign in _SIDES}  # fmt: skip


def _left(seen: dict[str, np.ndarray], fps: float) -> np.ndarray:
    """(T, 3) the level direction to the subject's left, from knees, elbows and ankles, averaged over TURNING."""
    across = sum(weight * _level(seen[f"left_{part}"] - seen[f"right_{part}"])
                 for part, weight in (("knee", 1.0), ("elbow", 1.0), ("ankle", 0.5)))  # fmt: skip
    wide = max(1, round(TURNING * fps / 2))
    padded = np.pad(np.asarray(across), ((wide, wide), (0, 0)), mode="edge")
    return _level(np.lib.stride_tricks.sliding_window_view(padded, 2 * wide + 1, axis=0).mean(-1))


def _level(way: np.ndarray) -> np.ndarray:
    flat = way * [1.0, 0.0, 1.0]
    return flat / np.maximum(_norm(flat), 1e-9)[:, None]


def _norm(way: np.ndarray) -> np.ndarray:
    return np.linalg.norm(way, axis=-1)


def _middle(part: str) -> np.ndarray:
    return (_REST[WHOLE_BODY.index(f"left_{part}")] + _REST[WHOLE_BODY.index(f"right_{part}")]) / 2


def _length(a: str, b: str) -> float:
    return float(np.linalg.norm(_REST[WHOLE_BODY.index(a)] - _REST[WHOLE_BODY.index(b)]))


SOURCE = Source(
    name="uci_vicon_physical",
    title="UCI Vicon Physical Action data set",
    licence="uci-vicon",
    tasks=("action",),
    how_to_obtain="archive.ics.uci.edu, Vicon Physical Action Data Set: the text files on one time grid, as one npz a recording",
    files="*.npz",
    find=find,
    read=read,
    release=False,
    hours=0.59,
    unverified=(
        "the frame rate: 66.7 a second is an estimate, 50 to 90 are possible, so speeds may be 30 % off",
        "hips and shoulders: guessed from head, elbows and knees, 9 to 11 cm off where it could be compared",
        "where on forearm and shin the markers sit",
    ),
)
