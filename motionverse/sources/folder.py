"""A folder of motion files of any known formats, mixed, with an optional table of what is known about them.

The table is captions.csv or captions.jsonl (or any file given): a row a sentence, with file (path relative to the folder) and,
where there is something to say, text, start and end [s], action, style, subject, licence, animation (which of several in a
glTF or FBX file), audio (path relative to the folder), audio_kind (music or speech), performance (takes that share one stay on
one side of the split) and split (train, validation or test). A file without a row is captioned by its name.
Sound beside a motion under its name (walk.bvh, walk.wav) belongs to it: speech where a walk.TextGrid has its words, else music.
A .csv or .json counts as motion where a row names it or where it looks like one.
"""

import math
import re
from pathlib import Path
from typing import Any

from motionverse import formats
from motionverse.clip import Audio, Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import csv_rows
from motionverse.licence import LICENCES
from motionverse.sources import beat
from motionverse.sources.source import Entry, Source, drop_rest_pose, json_lines
from motionverse.split import SPLITS

SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a")
KINDS = ("music", "speech")
COLUMNS = (
    "file", "text", "start", "end", "action", "style", "subject", "licence", "animation", "audio", "audio_kind",
    "performance", "split",
)  # fmt: skip
_TABLES = ("captions.jsonl", "captions.csv")
_PARTS = (".asf",)  # read with the file that they belong to
_SCENES = (".glb", ".gltf")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every motion file. Raises MotionError for a row whose file, or whose sound, is not there."""
    table = (_table(captions) if captions else None) or _table(folder)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(table) if table else []:
        rows.setdefault(_relative(row["file"]), []).append(row)
    found, taken = [], set()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path != table and (name in rows or _is_motion(path)) and _readable(path):
            found.append(path)
            taken.add(name)
    lost = sorted(set(rows) - taken)
    if lost:
        raise MotionError(f"{table}: names {lost[0]}, which is not a motion file under {folder}; correct the row")
    stems = [_stem(path) for path in found]
    made = []
    for path, stem in zip(found, stems, strict=True):
        place = path.relative_to(folder)
        name = place.as_posix() if stems.count(stem) > 1 else stem.relative_to(folder).as_posix()
        mine = rows.get(place.as_posix(), [])
        made += _entries(path, name, mine, _sound(path, mine, folder, table))
    return made


def _entries(path: Path, name: str, rows: list[dict[str, Any]], facts: dict[str, Any]) -> list[Entry]:
    """One entry for each animation of a scene, also for one that a row names in vain; one for any other file."""
    named = [str(row["animation"]) for row in rows if row.get("animation")]
    try:
        several = formats.animations(path) if named or path.suffix.lower() in _SCENES else []
    except MotionError:
        several = []  # reading it will say what is wrong with it
    there = [one if one and several.count(one) == 1 else str(k) for k, one in enumerate(several)]
    called = list(dict.fromkeys([*there, *named]))
    if len(called) < 2:
        return [Entry(path, name, {**facts, "animation": called[0] if named else None, "rows": rows})]
    return [
        Entry(path, f"{name}/{one}", {**facts, "animation": one, "rows": _of_animation(rows, one)}) for one in called
    ]


def _of_animation(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for row in rows if str(row.get("animation") or name) == name]


def read(entry: Entry) -> Clip:
    """The file on its own skeleton, with sentences, sound and words; a T-pose before the take is dropped from all of them."""
    facts, rows = entry.facts, entry.facts["rows"]
    first = rows[0] if rows else {}
    licence = str(first.get("licence") or SOURCE.licence)
    if licence not in LICENCES:
        raise MotionError(f"{entry.path}: licence {licence!r} is not in the ledger; use one of {', '.join(LICENCES)}")
    motion = formats.load(entry.path, animation=facts.get("animation"))
    kept = drop_rest_pose(motion)
    dropped = len(motion) - len(kept)
    captions = [_caption(row, motion.seconds, dropped / motion.fps) for row in rows if row.get("text")]
    sound, grid = facts.get("audio"), facts.get("grid")
    clip = SOURCE.clip(
        entry,
        motion,
        licence=licence,
        captions=tuple(captions) or (Caption(_words(facts.get("animation") or entry.path.stem), origin="label"),),
        action=str(first.get("action") or ""),
        style=str(first.get("style") or ""),
        subject=str(first.get("subject") or ""),
        split=str(first.get("split") or ""),
        performance=f"{SOURCE.name}/{first.get('performance') or entry.name}",
        audio=(Audio(facts["audio_kind"], Path(sound).stem, Path(sound)),) if sound else (),
        words=beat.words(Path(grid)) if grid else (),
    )
    return clip.cut(dropped, len(motion)) if dropped else clip


def _caption(row: dict[str, Any], seconds: float, dropped: float) -> Caption:
    """The row's sentence; its times count from the file's first frame, of which `dropped` [s] go."""
    try:
        end = float(row["end"]) if row.get("end") not in (None, "") else None
        start = float(row.get("start") or 0.0)
    except (TypeError, ValueError) as error:
        raise MotionError(f"captions: {row['file']}: start and end must be numbers of seconds ({error})") from error
    last = seconds if end is None else end
    if not (math.isfinite(start) and math.isfinite(last) and 0 <= start < last and start < seconds):
        raise MotionError(
            f"captions: {row['file']}: {start:g} to {last:g} s is no part of its {seconds:.2f} s; correct start and end"
        )
    return Caption(
        str(row["text"]), max(start - dropped, 0.0), None if end is None else max(end - dropped, 0.0), "human"
    )


def _sound(path: Path, rows: list[dict[str, Any]], folder: Path, table: Path | None) -> dict[str, Any]:
    """The facts audio, audio_kind and grid of a motion file. Raises MotionError for a sound that a row names in vain."""
    named = next((_relative(row["audio"]) for row in rows if row.get("audio")), "")
    if named and not (folder / named).is_file():
        raise MotionError(f"{table}: the sound {named} of {path.name} is not under {folder}; correct the row")
    beside = (folder / named,) if named else (_stem(path).with_name(_stem(path).name + suffix) for suffix in SOUNDS)
    sound = next((place for place in beside if place.is_file()), None)
    grid = None if sound is None else sound.with_suffix(".TextGrid")
    grid = grid if grid is not None and grid.is_file() else None
    kind = next((str(row["audio_kind"]) for row in rows if row.get("audio_kind")), KINDS[grid is not None])
    if kind not in KINDS:
        raise MotionError(f"{table}: audio_kind {kind!r} of {path.name}; must be one of {', '.join(KINDS)}")
    return {"audio": sound and str(sound), "audio_kind": kind, "grid": grid and str(grid)}


def _relative(name: object) -> str:
    return Path(str(name).replace("\\", "/")).as_posix()


def _stem(path: Path) -> Path:
    """The path without its motion format's suffix, which may have two parts."""
    suffix = next((row for row in formats.FORMATS if path.name.lower().endswith(row)), path.suffix)
    return path.with_name(path.name[: len(path.name) - len(suffix)] or path.name)


def _readable(path: Path) -> bool:
    return path.name.lower().endswith(formats.SUFFIXES) and path.suffix.lower() not in _PARTS


def _is_motion(path: Path) -> bool:
    """Whether a file that no row names is taken for motion: a .csv or .json only by what its beginning shows."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".json"):
        return True
    with path.open("rb") as stream:
        start = stream.read(65536).decode("utf-8", "replace").lower()
    if suffix == ".json":
        return '"joints"' in start or '"rotations"' in start
    header = start.split("\n", 1)[0]
    return "eyeblinkleft" in header or bool(re.search(r"[._ \-]x\b.*[._ \-]y\b.*[._ \-]z\b", header))


def _words(stem: str) -> str:
    """ "Walk_Turn-Left02" as words: "walk turn left"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|[_\-.]+", " ", stem)
    return re.sub(r"\s*\b\d+\b", "", spaced).strip().lower() or stem


def _table(place: Path) -> Path | None:
    if place.is_file():
        return place
    return next((place / name for name in _TABLES if (place / name).is_file()), None)


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = csv_rows(path) if path.suffix.lower() == ".csv" else json_lines(path)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not row.get("file"):
            raise MotionError(f"{path}: row {number} has no file; give the motion file's name")
        if unknown := [name for name in row if name not in COLUMNS]:
            known = ", ".join(COLUMNS)
            raise MotionError(
                f"{path}: row {number}: column {unknown[0] or ''!r} is unknown; rename it or leave it out; there are {known}"
            )
        if row.get("split") and row["split"] not in SPLITS:
            raise MotionError(f"{path}: row {number}: split {row['split']!r}; must be one of {', '.join(SPLITS)}")
    return rows


SOURCE = Source(
    name="folder",
    title="a folder of motion files",
    licence="unknown",
    tasks=("text", "action", "speech", "music"),
    how_to_obtain="any folder of motion files, sound beside them, and captions.csv or captions.jsonl if there are texts",
    files="motion files of any format",
    find=find,
    read=read,
    release=False,
)
