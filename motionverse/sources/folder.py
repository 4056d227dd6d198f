"""A folder of motion files of any known format, with an optional captions.csv or captions.jsonl.

Columns or keys: file (path relative to the folder), text, and optionally start, end [s], action, style, subject, licence.
A file without a row is captioned by its own name.
"""

import re
from pathlib import Path
from typing import Any

from motionverse import formats
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import csv_rows
from motionverse.licence import LICENCES
from motionverse.sources.source import Entry, Source, drop_rest_pose, json_lines


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every file whose suffix is a motion format's. Raises MotionError for a caption row whose file is not there."""
    rows: dict[str, list[dict[str, Any]]] = {}
    table = _table(captions or folder)
    for row in _rows(table) if table else []:
        rows.setdefault(Path(str(row["file"])).as_posix(), []).append(row)
    entries = []
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        if path.is_file() and suffix in formats.SUFFIXES and suffix not in (".asf", ".json", ".csv"):
            name = path.relative_to(folder).as_posix()
            entries.append(Entry(path, name.removesuffix(path.suffix), {"rows": rows.pop(name, [])}))
    if rows:
        raise MotionError(
            f"{table}: names {sorted(rows)[0]}, which is not a motion file under {folder}; correct the row"
        )
    return entries


def read(entry: Entry) -> Clip:
    """The file on its own skeleton, T-pose frame dropped."""
    rows = entry.facts["rows"]
    first = rows[0] if rows else {}
    licence = str(first.get("licence") or SOURCE.licence)
    if licence not in LICENCES:
        raise MotionError(f"{entry.path}: licence {licence!r} is not in the ledger; use one of {', '.join(LICENCES)}")
    captions = tuple(_caption(row) for row in rows if row.get("text"))
    return Clip(
        motion=drop_rest_pose(formats.load(entry.path)),
        name=entry.name,
        source=SOURCE.name,
        licence=licence,
        performance=f"folder/{entry.name}",
        captions=captions or (Caption(_words(entry.path.stem), origin="label"),),
        action=str(first.get("action") or ""),
        style=str(first.get("style") or ""),
        subject=str(first.get("subject") or ""),
    )


def _caption(row: dict[str, Any]) -> Caption:
    try:
        end = float(row["end"]) if row.get("end") not in (None, "") else None
        return Caption(str(row["text"]), float(row.get("start") or 0.0), end, "human")
    except ValueError as error:
        raise MotionError(f"captions: {row['file']}: start and end must be numbers of seconds ({error})") from error


def _words(stem: str) -> str:
    """ "Walk_Turn-Left02" as words: "walk turn left"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|[_\-.]+", " ", stem)
    return re.sub(r"\s*\b\d+\b", "", spaced).strip().lower() or stem


def _table(place: Path) -> Path | None:
    if place.is_file():
        return place
    return next((place / name for name in ("captions.jsonl", "captions.csv") if (place / name).is_file()), None)


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = csv_rows(path) if path.suffix.lower() == ".csv" else json_lines(path)
    for number, row in enumerate(rows, start=1):
        if not row.get("file"):
            raise MotionError(f"{path}: row {number} has no file; give the motion file's name")
    return rows


SOURCE = Source(
    name="folder",
    title="a folder of motion files",
    licence="unknown",
    tasks=("text",),
    how_to_obtain="any folder with .bvh, .amc or .npz files, and captions.csv or captions.jsonl if there are texts",
    find=find,
    read=read,
    release=False,
)
