"""What is in a motion file or a store, and which sources there are, as plain values: for the command line and notebooks."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import contact, formats, licence
from motionverse.errors import MotionError
from motionverse.formats import gltf
from motionverse.motion import Motion
from motionverse.sources import table
from motionverse.sources.source import Source
from motionverse.store import Store


def motion_file(path: Path) -> dict[str, Any]:
    """Facts of a motion file: length, rate, skeleton, place and, where it has legs, what a retarget would map.

    Lengths in metres and seconds. Raises MotionError for a file that cannot be read.
    """
    motion = formats.load(path)
    several = {"animations": gltf.animations(path)} if formats.format_of(path).several else {}
    return {"file": str(path), **several, **motion_facts(motion), "whole_body": _coverage(motion)}


def motion_facts(motion: Motion) -> dict[str, Any]:
    """Length, rate, skeleton and path of a motion, and its feet's figures where it has SMPL-H's feet."""
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
        "face": motion.face is not None,
        "rotations": motion.rotation_source,
    }
    if all(motion.skeleton.has(name) for name in contact.FEET):
        facts["foot_skate"] = contact.foot_skate(motion)
        facts["floating"] = contact.floating(motion)
    return facts


def _coverage(motion: Motion) -> dict[str, Any]:
    from motionverse.retarget import retarget

    try:
        report = retarget(motion)[1]
    except MotionError as error:
        return {"possible": False, "why": str(error)}
    return {
        "possible": True,
        "scale": round(report.scale, 4),
        "mean_error_mm": round(report.error_mm[0], 2),
        "mapped": dict(report.mapped),
        "guessed": list(report.guessed),
        "missing": list(report.missing),
    }


def is_store(path: Path) -> bool:
    """True for a folder that could be a store (Store says what is wrong with it)."""
    return path.is_dir()


def store(path: Path, verify: bool = False) -> dict[str, Any]:
    """Facts of a store: clips and minutes by source, splits, commonest actions, bytes a frame, licences.

    verify: read every byte and compare the checksums. Raises MotionError for a store that is damaged.
    """
    held = Store(path)
    if verify:
        held.verify()
    frames = sum(record.frames for record in held.records)
    actions = Counter(record.action for record in held.records if record.action)
    bill = licence.bill_of_materials(held.records)
    return {
        "store": str(path),
        "clips": len(held),
        "minutes": round(held.seconds / 60, 2),
        "frames": frames,
        "bytes_per_frame": round(sum(record.length for record in held.records) / max(frames, 1), 1),
        "sources": _by_source(held),
        "actions": dict(actions.most_common(20)),
        "captions": sum(len(record.captions) for record in held.records),
        "licences": [
            {
                "source": row.source,
                "licence": row.licence.name,
                "kind": row.licence.kind,
                "minutes": round(row.seconds / 60, 2),
            }
            for row in bill
        ],
        "may_be_used": licence.strictest(bill),
        "verified": verify,
    }


def _by_source(held: Store) -> list[dict[str, Any]]:
    rows = []
    for source in dict.fromkeys(record.source for record in held.records):
        mine = [record for record in held.records if record.source == source]
        splits = Counter(record.split for record in mine)
        rows.append(
            {
                "source": source,
                "clips": len(mine),
                "minutes": round(sum(record.seconds for record in mine) / 60, 2),
                **{side: splits[side] for side in ("train", "validation", "test")},
            }
        )
    return rows


def sources(root: Path | None = None) -> list[dict[str, Any]]:
    """One row for each source that can be read; with `root`, a folder of one folder a source, also what lies there.

    state: "found" (with the number of clips), "missing", or "broken" (with the problem); None without `root`.
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
        "tasks": ", ".join(source.tasks),
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
    return {"state": "found" if clips else "missing", "clips": clips, "problem": ""}
