"""AIST++ as its authors distribute it: 1,408 street dances as SMPL motion, seen by nine cameras, each to a known piece of music.

Fragments without sound that others published are the source aistpp (motionverse/sources/aistpp.py); the same dances share their
performance with it.

- The folder has motions/, keypoints2d/, keypoints3d/, cameras/, splits/ and ignore_list.txt (github.com/google/aistplusplus_api,
  README.md). motions/SEQUENCE.pkl: smpl_poses (N, 72 or N, 24, 3) [rad], smpl_trans (N, 3), smpl_scaling (1,); 60 fps exactly; the
  sequences of ignore_list.txt are badly reconstructed (github.com/google/aistplusplus_dataset, download.html).
- Metres: smpl_trans / smpl_scaling (github.com/google-research/mint, tools/preprocessing.py). Y is up.
- SEQUENCE is gBR_sBM_cAll_d04_mBR0_ch01: genre, situation (BM basic, FM advanced), cameras, dancer, music, choreography.
- keypoints2d/SEQUENCE.pkl: keypoints2d (9, N, 17, 3) of x, y, confidence in COCO's order; cameras/mapping.txt: sequence, setting;
  cameras/SETTING.json: for c01 to c09 size, matrix, rotation (vector), translation, distortions (download.html; the repository
  google/aistplusplus_api, aist_plusplus/loader.py).
- splits/crossmodal_{train,val,test}.txt keep music and choreography apart; sequences in none of them share one with the test part
  and are left out where these lists are there (factsfigures.html, Table 2).
- Tempo: ten times the digit of the music's name and 80 beats a minute; house five times and 110 (google-research/mint, the same).
- Music comes with AIST's videos: files named after it (mBR0.wav, mBR0.mp3) are looked for in music/, audio/ and wav/.
"""

from pathlib import Path
from typing import Any

import numpy as np

from motionverse import rotation
from motionverse.clip import Audio, Camera, Clip, Keypoints
from motionverse.errors import MotionError
from motionverse.files import from_json
from motionverse.formats import fields, pickled, smplx
from motionverse.sources import text_motion
from motionverse.sources.aistpp import GENRES
from motionverse.sources.source import Entry, Source, grammar

FPS = 60.0
VIEWS = tuple(f"c{k:02d}" for k in range(1, 10))
POINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
SOUNDS = (".wav", ".mp3", ".m4a", ".flac")
_FRAGMENT = "gBR_sBM_cAll_d04_mBR0_ch01"  # the one that aistpp has under the sequence's own name


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every motion that ignore_list.txt does not name, and that one of the crossmodal lists does where they are there."""
    motions = next(iter(sorted(folder.rglob("motions"))), None)
    if motions is None:
        return []
    root = motions.parent
    ignored = set(text_motion.names(root / "ignore_list.txt"))
    lists = {stem: root / "splits" / f"crossmodal_{stem}.txt" for stem in text_motion.SIDES}
    sides = {name: text_motion.SIDES[stem] for stem, path in lists.items() for name in text_motion.names(path)}
    settings = dict(
        line.split()[:2] for line in text_motion.names(root / "cameras" / "mapping.txt") if len(line.split()) > 1
    )
    sounds = {
        p.stem: str(p) for d in ("music", "audio", "wav") for p in sorted((root / d).glob("m*")) if p.suffix in SOUNDS
    }
    found = []
    for path in sorted(motions.glob("g*.pkl")):
        if path.stem not in ignored and (path.stem in sides or not sides):
            music = next((part for part in path.stem.split("_") if part[:1] == "m"), "")
            facts = {"root": str(root), "split": sides.get(path.stem, ""), "setting": settings.get(path.stem, "")}
            found.append(Entry(path, path.stem, {**facts, "music": music, "sound": sounds.get(music)}))
    return found


def read(entry: Entry) -> Clip:
    """One dance with its music's name and tempo, and the points that each camera saw."""
    held, music = pickled.read(entry.path), str(entry.facts["music"])
    try:
        scaling = float(fields.numbers(held["smpl_scaling"], "smpl_scaling", entry.path).reshape(-1)[0])
        trans = fields.numbers(held["smpl_trans"], "smpl_trans", entry.path)
        poses = held["smpl_poses"]
    except (KeyError, TypeError, IndexError):
        raise MotionError(
            f"{entry.path}: must hold smpl_poses, smpl_scaling and smpl_trans; download motions.zip again"
        ) from None
    if not scaling > 0:
        raise MotionError(f"{entry.path}: smpl_scaling {scaling}; must be above 0")
    genre = GENRES.get(entry.name[:3], "dance").replace(" ", "-")
    sound = entry.facts["sound"]
    return SOURCE.clip(
        entry,
        smplx.from_arrays(
            {"poses": poses, "trans": trans / scaling, "fps": np.array(FPS)}, entry.path, None, None, "Y"
        ),
        performance="aistpp/" + (entry.name if entry.name == _FRAGMENT else entry.name.replace("_cAll_", "_c01_")),
        captions=grammar(f"dance-{genre}"),
        action=f"dance-{genre}",
        subject=next((part for part in entry.name.split("_") if part[:1] == "d"), ""),
        split=str(entry.facts["split"]),
        audio=(Audio("music", music, None if sound is None else Path(sound), tempo=tempo(music)),) if music else (),
        keypoints=_keypoints(entry, scaling),
    )


def tempo(music: str) -> float | None:
    """Beats a minute of a piece by its name (mBR0: 80, mHO5: 135); None for a name of another kind."""
    if len(music) != 4 or not music[3].isdigit():
        return None
    return 110.0 + 5.0 * int(music[3]) if music[:3] == "mHO" else 80.0 + 10.0 * int(music[3])


def _keypoints(entry: Entry, scaling: float) -> tuple[Keypoints, ...]:
    path = Path(entry.facts["root"]) / "keypoints2d" / f"{entry.name}.pkl"
    if not path.is_file():
        return ()
    held = pickled.read(path)
    try:
        seen = np.asarray(held["keypoints2d"], np.float64)
    except (KeyError, TypeError, ValueError):
        seen = np.zeros(0)
    if seen.ndim != 4 or seen.shape[0] != len(VIEWS) or seen.shape[2:] != (len(POINTS), 3):
        raise MotionError(f"{path}: keypoints2d {seen.shape}; must be ({len(VIEWS)}, N, {len(POINTS)}, 3)")
    seen = np.nan_to_num(seen)  # points that were not found
    cameras = _cameras(entry, scaling)
    return tuple(
        Keypoints(points[..., :2], points[..., 2], POINTS, FPS, *cameras.get(view, ((1920, 1080), view, None)))
        for view, points in zip(VIEWS, seen, strict=True)
    )


def _cameras(entry: Entry, scaling: float) -> dict[str, tuple[tuple[int, int], str, Camera]]:
    """(size, view, camera) by view, in the metres of the motion."""
    setting = str(entry.facts["setting"])
    path = Path(entry.facts["root"]) / "cameras" / f"{setting}.json"
    if not setting or not path.is_file():
        return {}
    try:
        rows: list[dict[str, Any]] = from_json(text_motion.text(path), path)
        return {str(row["name"]): _camera(row, scaling) for row in rows}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MotionError(
            f"{path}: must be a list of cameras with name, size, matrix, rotation, translation ({error})"
        ) from None


def _camera(row: dict[str, Any], scaling: float) -> tuple[tuple[int, int], str, Camera]:
    matrix, turn, shift = (np.asarray(row[name], np.float64) for name in ("matrix", "rotation", "translation"))
    width, height = row["size"]
    held = Camera(
        matrix.reshape(3, 3),
        rotation.from_rotvec(turn.reshape(3)),
        shift.reshape(3) / scaling,
        tuple(row.get("distortions", ())),
    )
    return (int(width), int(height)), str(row["name"]), held


SOURCE = Source(
    name="aist_plusplus",
    title="AIST++ (official annotations)",
    licence="aistpp",
    tasks=("music", "action", "imitation"),
    how_to_obtain="google.github.io/aistplusplus_dataset: fullset.zip, unpacked; the music is AIST's, from its videos",
    files="motions/g*.pkl",
    find=find,
    read=read,
    release=False,
    hours=5.2,
    unverified=(
        "Y is up",
        "a dance begins with its music, at the first beat",
        "files of music are named mBR0 and so on in music/, audio/ or wav/",
        "the names crossmodal_train.txt, _val and _test are known from readers (google-research/mint) only",
    ),
)
