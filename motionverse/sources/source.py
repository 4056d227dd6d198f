"""The contract every data set is read through, and the few things that several of them share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import paraphrase, rotation
from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import from_json, text
from motionverse.motion import Motion

RUN_IN = 0.1  # [s] the longest blend from a rest pose into a take
TURNING = 0.8  # [rad/s] mean over joints: a person who starts at rest turns them more slowly
MOVING = 6.0  # [m/s]


@dataclass(frozen=True)
class Entry:
    """One clip to be read: where it lies, its name (unique in its source) and what is known before opening it."""

    path: Path
    name: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A data set as its distribution ships it.

    licence: a key of the ledger (a clip may carry another one); tasks: what it is labelled for; real: captured from
    people, not keyed by hand; release: part of the mixture that the published weights are trained on; hours: of motion,
    as its publication states, None where it does not; unverified: statements about its layout that no official file or
    page at hand confirmed; figures: joints that its skeletons have, one tuple a kind of skeleton; none: any skeleton; files: what
    is looked for, as a person would write it.
    find(folder, captions) lists the entries; read(entry) opens one: motion in metres, Y up, on the file's own skeleton.
    """

    name: str
    title: str
    licence: str
    tasks: tuple[str, ...]
    how_to_obtain: str
    find: Callable[[Path, Path | None], list[Entry]]
    read: Callable[[Entry], Clip]
    real: bool = True
    release: bool = True
    hours: float | None = None
    unverified: tuple[str, ...] = ()
    figures: tuple[tuple[str, ...], ...] = ()
    files: str = ""

    def clip(self, entry: Entry, motion: Motion, **known: Any) -> Clip:
        """A clip of this source: `known` is what else is known about it, as the fields of Clip; unless told, it has the source's
        licence and is a performance of its own. Raises MotionError for a skeleton that is none of `figures`.
        """
        absent = [[name for name in figure if not motion.skeleton.has(name)] for figure in self.figures]
        if absent and all(absent):
            nearest = min(absent, key=len)
            figure = self.figures[absent.index(nearest)]
            raise MotionError(
                f"{entry.path}: no joint {nearest[0]}; it is not of {self.name}, whose skeletons have {', '.join(figure)}"
            )
        known = {"licence": self.licence, "performance": f"{self.name}/{entry.name}", **known}
        return Clip(motion=motion, name=entry.name, source=self.name, **known)

    def present(self, root: Path, captions: Path | None = None) -> int:
        """How many clips of this source lie in the folder of its name under `root`; 0 where there is none."""
        folder = Path(root) / self.name
        return len(self.find(folder, captions)) if folder.is_dir() else 0

    def entries(self, root: Path, captions: Path | None = None) -> list[Entry]:
        """The clips under `root` (the data set's own folder, or the folder that holds it under this source's name).

        captions: a folder with caption files, for sources that keep them apart from the motion.
        Raises MotionError when nothing of this source is there.
        """
        root = Path(root)
        folder = root / self.name if (root / self.name).is_dir() else root
        if not folder.is_dir():
            raise MotionError(f"{root}: no such folder; {self.name} is obtained so: {self.how_to_obtain}")
        found = self.find(folder, captions)
        if not found:
            raise MotionError(f"{folder}: no clip of {self.name} found; {self.how_to_obtain}")
        return found

    def clips(self, root: Path, captions: Path | None = None) -> Iterator[Clip]:
        """Every clip under `root`, one after the other."""
        return map(self.read, self.entries(root, captions))


def stamp(path: Path) -> int:
    """When a file was written last: caches of its content go by this. Raises MotionError where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}); unpack it again") from None


def label_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows of labels.jsonl in `folder` by file name; empty where there is no such file."""
    path = folder / "labels.jsonl"
    rows = json_lines(path) if path.is_file() else []
    return {Path(row["file"]).name: row for row in rows}


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file. Raises MotionError naming the line that is not one."""
    rows = []
    for number, line in enumerate(text(path).split("\n"), start=1):
        if line.strip():
            rows.append(from_json(line, f"{path}: line {number}"))
            if not isinstance(rows[-1], dict):
                raise MotionError(f"{path}: line {number}: must be an object {{...}}; repair or remove it")
    return rows


def labelled_files(folder: Path, pattern: str) -> list[Entry]:
    """Every file under `folder` that matches, with its row of labels.jsonl (labels flattened into the facts)."""
    entries, rows, seen = [], {}, None
    for path in sorted(folder.rglob(pattern)):
        if path.parent != seen:
            rows, seen = label_rows(path.parent), path.parent
        row = dict(rows.get(path.name, {}))
        facts = {**row, **row.pop("labels", {})}
        entries.append(Entry(path, path.relative_to(folder).with_suffix("").as_posix(), facts))
    return entries


def grammar(action: str, style: str = "") -> tuple[Caption, ...]:
    """The label's wordings as captions for a whole clip."""
    return tuple(Caption(text, origin="grammar") for text in paraphrase.captions(action, style))


def drop_rest_pose(motion: Motion) -> Motion:
    """Without the rest pose that a converter put before the take, and without its blend into the take.

    From such a pose the joints turn, or the root moves, at once and for less than 0.1 s several times faster than in the
    half second that follows (cgspeed's Daz files blend over five frames of 120, most others jump from frame 0 to 1).
    """
    span = max(2, round(RUN_IN * motion.fps))
    head = motion.frames_slice(0, 6 * span)
    if len(head) < span + 4:
        return motion
    turns = rotation.geodesic(head.rotations[:-1], head.rotations[1:]).mean(-1) * motion.fps
    moves = np.linalg.norm(np.diff(head.root, axis=0), axis=-1) * motion.fps
    usual_turn, usual_move = np.quantile(turns[span:], 0.9), np.quantile(moves[span:], 0.9)
    if turns[0] < 2.0 * usual_turn + TURNING and moves[0] < 4.0 * usual_move + MOVING:
        return motion
    fast = (turns[:span] > 1.3 * usual_turn + 0.1 * TURNING) | (moves[:span] > 2.0 * usual_move + 0.1 * MOVING)
    blend = span if fast.all() else max(1, int(np.argmin(fast)))
    return motion.frames_slice(blend, len(motion))
