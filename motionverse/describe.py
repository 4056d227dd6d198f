"""What is in a motion file or a store, and which sources there are, as plain values: for the command line and notebooks."""

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import contact, formats, licence
from motionverse.build import BuildReport
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import FACE_CELL, PART_NAMES, part_cells
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import table
from motionverse.sources.source import Source
from motionverse.store import ClipRecord, Store

_WORDS = {"left_hand": "left fingers", "right_hand": "right fingers"}  # parts by what they hold


def motion_file(path: Path) -> dict[str, Any]:
    """Facts of a motion file: length, rate, skeleton, place and, where it has legs, what a retarget would map.

    Lengths in metres and seconds. Raises MotionError for a file that cannot be read.
    """
    motion = formats.load(path)
    several = {"animations": formats.animations(path)} if formats.format_of(path).several else {}
    coverage, parts = _coverage(motion)
    return {"file": str(path), **several, **motion_facts(motion), "whole_body": coverage, "captured": parts}


def motion_facts(motion: Motion) -> dict[str, Any]:
    """Length, rate, skeleton and path of a motion, and its feet's figures where it has SMPL-H's feet and they were captured."""
    joints = motion.joints()
    path = np.linalg.norm(np.diff(motion.root[:, ::2], axis=0), axis=-1)
    facts: dict[str, Any] = {
        "seconds": round(motion.seconds, 4),
        "frames": motion.frames,
        "fps": round(motion.fps, 4),
        "joints": len(motion.skeleton),
        "names": list(motion.skeleton.names),
        "rest_height_m": round(float(np.ptp(motion.skeleton.rest_positions()[:, 1])), 4),
        "lowest_m": round(float(joints[..., 1].min()), 4),
        "highest_m": round(float(joints[..., 1].max()), 4),
        "path_m": round(float(path.sum()), 4),
        "face": "not captured" if motion.face is None else f"{motion.face.shape[1]} coefficients, {motion.face_source}",
        "rotations": motion.rotation_source,
    }
    names = motion.skeleton.names
    if all(name in names and motion.present[names.index(name)] for name in contact.FEET):
        facts["foot_skate"] = _rounded(contact.foot_skate(motion))
        facts["floating"] = _rounded(contact.floating(motion))
    return facts


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures to four digits after the point."""
    return {name: round(float(value), 4) for name, value in figures.items()}


def captured(seen: np.ndarray, face: bool) -> dict[str, str]:
    """What was captured of each part of WHOLE_BODY, in words: "captured", "not captured", or which of its joints were not.

    seen: (52,) True for captured joints; face: whether there is one.
    """
    cells = np.append(np.asarray(seen, bool), face)
    told, names = {}, (*WHOLE_BODY.names, "face")
    for part in PART_NAMES:
        here = cells[part_cells(part)]
        lost = [names[cell] for cell, known in zip(part_cells(part), here, strict=True) if not known]
        without = (
            "captured but for " + ", ".join(lost) if len(lost) <= 3 else f"{here.sum()} of {len(here)} joints captured"
        )
        told[_WORDS.get(part, part.replace("_", " "))] = (
            "captured" if here.all() else without if here.any() else "not captured"
        )
    return told


def _coverage(motion: Motion) -> tuple[dict[str, Any], dict[str, str]]:
    """What a retarget to WHOLE_BODY would map, and what it would count as captured, part by part."""
    from motionverse.retarget import retarget

    try:
        made, report = retarget(motion)
    except MotionError as error:
        return {"possible": False, "why": str(error)}, {}
    return {
        "possible": True,
        "scale": round(report.scale, 4),
        "mean_error_mm": round(report.error_mm[0], 2),
        "mapped": dict(report.mapped),
        "guessed": list(report.guessed),
    }, captured(made.present, motion.face is not None)


def is_store(path: Path) -> bool:
    """True for a folder that could be a store (Store says what is wrong with it)."""
    return path.is_dir()


def store(path: Path, verify: bool = False) -> dict[str, Any]:
    """Facts of a store: clips and hours by source, split, body part, task (whose labels a clip has) and licence class,
    actions, bytes a frame, and where the frames of its sources went, if the report of its build lies beside it.

    verify: read every byte and compare the checksums. Raises MotionError for a store that is damaged.
    """
    held = Store(path)
    if verify:
        held.verify()
    whole, sources, parts, tasks, classes = Tally(), Tallies(), Tallies(), Tallies(), Tallies()
    actions: Counter[str] = Counter()
    for record in held.records:
        whole.add(record)
        sources[record.source].add(record)
        classes[licence.LICENCES[record.licence].kind].add(record)
        for part in _parts(tuple(record.observed), record.face):
            parts[part].add(record)
        for task in _tasks(record):
            tasks[task].add(record)
        if record.action:
            actions[record.action] += 1
    bill = licence.bill_of_materials(held.records)
    return {
        "store": str(path),
        "clips": whole.clips,
        "hours": round(whole.seconds / 3600, 2),
        "minutes": round(whole.seconds / 60, 2),
        "frames": whole.frames,
        "bytes_per_frame": round(whole.bytes / max(whole.frames, 1), 1),
        "sources": [{"source": name, **tally.minutes()} for name, tally in sources.items()],
        "splits": dict(whole.splits),
        "parts": parts.rows("part"),
        "tasks": tasks.rows("task"),
        "licence_classes": classes.rows("class"),
        "actions": dict(actions.most_common(20)),
        "captions": whole.captions,
        "licences": [
            {
                "source": row.source,
                "licence": row.licence.name,
                "kind": row.licence.kind,
                "minutes": round(row.seconds / 60, 2),
            }
            for row in bill
        ],
        "recordings": [
            {
                "recording": row.name,
                "licence": row.licence or "not stated",
                "minutes": round(row.seconds / 60, 2),
                "credit": row.credit,
            }
            for row in licence.recordings(held.records)
        ],
        "may_be_used": licence.strictest(bill),
        **_frames_of_the_build(path, sources),
        "verified": verify,
    }


@dataclass
class Tally:
    """Clips counted: how many, how long [s], frames, bytes at rest, captions, clips by split."""

    clips: int = 0
    seconds: float = 0.0
    frames: int = 0
    bytes: int = 0
    captions: int = 0
    splits: Counter[str] = field(default_factory=lambda: Counter(train=0, validation=0, test=0))

    def add(self, record: Any) -> None:
        """Take in a store's record of a clip."""
        self.clips, self.seconds = self.clips + 1, self.seconds + record.seconds
        self.frames, self.bytes = self.frames + record.frames, self.bytes + record.length
        self.captions += len(record.captions)
        self.splits[record.split] += 1

    def minutes(self) -> dict[str, Any]:
        """As part of a row."""
        return {"clips": self.clips, "minutes": round(self.seconds / 60, 2), **self.splits}


class Tallies(defaultdict[str, Tally]):
    """A tally for each of several names."""

    def __init__(self) -> None:
        super().__init__(Tally)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """One row each: clips and hours."""
        return [
            {name: key, "clips": tally.clips, "hours": round(tally.seconds / 3600, 3)} for key, tally in self.items()
        ]


def _tasks(record: ClipRecord) -> list[str]:
    """What a clip has the labels for; tasks that need none, such as prediction, are those of its source."""
    kinds = {sound.kind for sound in record.audio}
    there = {
        "text": bool(record.captions),
        "action": bool(record.action),
        "style": bool(record.style),
        "speech": "speech" in kinds or bool(record.words),
        "music": "music" in kinds,
        "face": record.face,
    }
    known = table.SOURCES[record.source].tasks if record.source in table.SOURCES else ()
    return [*(task for task, has in there.items() if has), *(task for task in known if task not in there)]


@functools.cache
def _parts(observed: tuple[int, ...], face: bool) -> list[str]:
    """The body parts that a clip has something of."""
    there = {*observed, *([FACE_CELL] if face else [])}
    return [part for part in PART_NAMES if there & {int(cell) for cell in part_cells(part)}]


def _frames_of_the_build(path: Path, sources: Mapping[str, Tally]) -> dict[str, Any]:
    """Where the frames of each source went by the report of the build, with what is written counted in the store itself."""
    report = BuildReport.read(BuildReport.path(path))
    if report is None:
        return {}
    for name, account in report.accounts.items():
        found = sources.get(name, Tally())
        account.clips, account.written, account.seconds = found.clips, found.frames, found.seconds
    refused = {
        f"{reason}, {name}": frames
        for name, account in report.accounts.items()
        for reason, (_, frames) in account.refused.items()
    }
    return {"frames_of_the_build": report.frames(), "frames_refused": refused, "missing": report.missing or "nothing"}


def sources(root: Path | None = None) -> list[dict[str, Any]]:
    """One row for each source that can be read; with `root`, a folder of one folder a source, also what lies there.

    state: "found" (with the number of clips), "missing" where there is no such folder, "empty" (a folder without clips) or
    "broken", with the problem; None without `root`.
    Raises MotionError where `root` is not a folder.
    """
    if root is not None and not root.is_dir():
        raise MotionError(f"{root}: no such folder; give the folder that holds the data sets, one folder a source")
    return [{**_source_facts(source), **_source_state(source, root)} for source in table.SOURCES.values()]


def _source_facts(source: Source) -> dict[str, Any]:
    terms = licence.LICENCES[source.licence]
    return {
        "name": source.name,
        "title": source.title,
        "licence": terms.name,
        "licence_class": terms.kind,
        "tasks": list(source.tasks),
        "hours": source.hours,
        "how_to_obtain": source.how_to_obtain,
        "unverified": list(source.unverified),
    }


def _source_state(source: Source, root: Path | None) -> dict[str, Any]:
    if root is None:
        return {"state": None, "clips": None, "problem": ""}
    try:
        clips = source.present(root)
    except MotionError as error:
        return {"state": "broken", "clips": 0, "problem": str(error)}
    if not clips and (root / source.name).is_dir():
        return {"state": "empty", "clips": 0, "problem": f"no clips found (looked for {source.files})"}
    return {"state": "found" if clips else "missing", "clips": clips, "problem": ""}
