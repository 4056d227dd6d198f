"""What is to be played side by side: motion files and clips of stores, with their captions, under short names."""

import math
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from motionverse import formats
from motionverse.clip import Caption
from motionverse.errors import MotionError
from motionverse.files import csv_rows
from motionverse.sources.source import json_lines
from motionverse.store import Store
from motionverse.view.player import Shown


def gather(
    paths: Sequence[Path],
    clips: Sequence[str] = (),
    captions: Path | None = None,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
) -> list[Shown]:
    """The motions of files and, from stores among `paths`, the clips named.

    clips: names or numbers of a store's clips; captions: a .csv or .jsonl with file, text, start and end [s];
    fps: frames a second to resample to; scale, up: of files, as for motionverse.formats.load.
    Raises MotionError for what cannot be read, a clip that no store has, and a store without `clips`.
    """
    said = _captions(captions) if captions else {}
    for path in paths:
        if path.is_dir() and not (path / "manifest.json").exists():
            raise MotionError(
                f"{path}: not a motion store (no manifest.json); name the files of a folder, e.g. {path}/*.bvh"
            )
    stores = [Store(path) for path in paths if path.is_dir()]
    shown = [_file(path, said, scale, up) for path in paths if not path.is_dir()]
    if captions and shown and not stores and not any(one.captions for one in shown):
        about = next(iter(said), "nothing")
        raise MotionError(
            f"{captions}: it is of {about}, not of {shown[0].name}; name the files in it as they are shown"
        )
    if stores and not clips:
        some = ", ".join(record.name for record in stores[0].records[:3])
        raise MotionError(f"{stores[0].path}: which clips? give --clip NAME, e.g. {some}")
    for clip in clips:
        shown.append(
            next((one for store in stores if (one := _clip(store, clip)) is not None), None) or _unknown(clip, stores)
        )
    if fps is None:
        return shown
    return [Shown(one.motion.resample(fps), one.name, one.captions) for one in shown]


def _unknown(clip: str, stores: Sequence[Store]) -> Shown:
    where = ", ".join(str(store.path) for store in stores) or "no store was given"
    raise MotionError(f"--clip {clip}: no such clip ({where}); motionverse inspect lists what a store holds")


def _file(path: Path, said: dict[str, list[Caption]], scale: float | None, up: str | None) -> Shown:
    motion = formats.load(path, scale=scale, up=up)
    return Shown(motion, path.name, tuple(said.get(path.as_posix()) or said.get(path.name, ())))


def _clip(store: Store, name: str) -> Shown | None:
    """A clip by its name, the end of its name, or its number."""
    names = [record.name for record in store.records]
    found = [k for k, known in enumerate(names) if known == name] or [
        k for k, known in enumerate(names) if known.endswith("/" + name)
    ]
    if not found and name.isdecimal() and int(name) < len(names):
        found = [int(name)]
    if not found:
        return None
    record = store.records[found[0]]
    captions = tuple(Caption(row.text, row.start, row.end, row.origin) for row in record.captions)
    return Shown(store.motion(found[0]), record.name, captions)


def _captions(path: Path) -> dict[str, list[Caption]]:
    """Captions by the file they are about, under the path given and under its last part."""
    rows = csv_rows(path) if path.suffix.lower() == ".csv" else json_lines(path)
    found: dict[str, list[Caption]] = {}
    for number, row in enumerate(rows, start=1):
        if not row.get("file") or not row.get("text"):
            raise MotionError(f"{path}: row {number} has no file or no text; give both")
        try:
            end = float(row["end"]) if row.get("end") not in (None, "") else None
            caption = Caption(str(row["text"]), float(row.get("start") or 0.0), end, "human")
        except ValueError as error:
            raise MotionError(f"{path}: row {number}: start and end must be seconds ({error})") from error
        if not 0 <= caption.start < (math.inf if end is None else end):  # also nan
            raise MotionError(
                f"{path}: row {number}: from {caption.start:g} to {row.get('end')} s; end must come after start"
            )
        for name in {Path(str(row["file"])).as_posix(), Path(str(row["file"])).name}:
            found.setdefault(name, []).append(caption)
    return found


def open_in_browser(page: Path) -> bool:
    """Show a page in the user's browser; False where there is none to be had (a server, a container, a text terminal)."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    ):
        return False  # what is left then are text browsers, which run no script
    try:
        return webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        return False
