"""BABEL: what happens in AMASS recordings, for all of one and for stretches of it, in free words and 250 action categories.

- babel_v1.0_release/ (or v1.0_release) holds train.json, val.json, test.json and, with several annotators, extra_train.json and
  extra_val.json: {sequence: {babel_sid, feat_p: "CMU/CMU/141/141_05_poses.npz", dur [s], seq_ann, frame_ann}}; an annotation has
  labels of raw_label, proc_label, act_cat (a list, or null), and in frame_ann start_t and end_t [s]; the extra files have lists,
  seq_anns and frame_anns (github.com/abhinanda-punnakkal/BABEL, notebooks/BABEL_explore.ipynb).
- Labels of the test part are kept back; its recordings are read without captions.
- Times are seconds of the recording (the same repository, action_recognition/data_gen/create_dataset.py).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.files import from_json
from motionverse.sources import joins, text_motion
from motionverse.sources.source import Entry, Source

FILES = {"train": "train", "val": "val", "test": "test", "extra_train": "train", "extra_val": "val"}
CAPTION_IDLE = {"transition"}  # labels between actions, which describe nothing


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every labelled recording that is at hand, in AMASS or among CMU's own files; labels of both kinds of file together."""
    place = next((path.parent for path in sorted(folder.rglob("train.json"))), None)
    if place is None:
        return []
    takes = joins.Takes.near(folder)
    found: dict[str, Entry] = {}
    for stem, side in FILES.items():
        path = place / f"{stem}.json"
        for row in _rows(path) if path.is_file() else []:
            name = joins.amass_name(row["feat_p"])
            if name in found:
                found[name].facts["rows"].append(row)
            elif take := takes.find(name):
                facts = {**take.facts, "rows": [row], "split": text_motion.SIDES[side], "file": str(path)}
                found[name] = Entry(take.path, name, facts)
    return [found[name] for name in sorted(found)]


def read(entry: Entry) -> Clip:
    """One recording with its labels as captions; its action is the category that fills most of it."""
    motion = joins.open_take(entry)
    rows, seconds = entry.facts["rows"], motion.seconds
    claimed = float(rows[0].get("dur") or seconds)
    if abs(claimed - seconds) > 0.5:
        raise MotionError(
            f"{entry.path}: {seconds:.2f} s; {entry.facts['file']} says {claimed:.2f} s, it is another recording"
        )
    captions: dict[tuple[str, float, float | None], Caption] = {}
    filled: dict[str, float] = {}
    for label, start, end in _labels(rows, entry.facts["file"]):
        last = seconds if end is None else min(end, seconds)
        for category in label.get("act_cat") or ():
            filled[str(category)] = filled.get(str(category), 0.0) + max(last - start, 0.0)
        words = str(label.get("raw_label") or label.get("proc_label") or "")
        if words and words not in CAPTION_IDLE and start < last:
            captions[words, start, end] = Caption(words, start, None if end is None else last, "human")
    return SOURCE.clip(
        entry,
        motion,
        performance=joins.performance(entry.name),
        captions=tuple(captions.values()),
        action=max(filled, key=lambda category: filled[category]) if filled else "",
        subject="/".join(entry.name.split("/")[:2]),
        split=str(entry.facts["split"]),
    )


def _labels(rows: list[dict[str, Any]], path: str) -> Iterator[tuple[dict[str, Any], float, float | None]]:
    """(label, start [s], end [s] or None for all of the recording) of every annotation."""
    try:
        for row in rows:
            whole = [row.get("seq_ann"), *(row.get("seq_anns") or ())]
            parts = [row.get("frame_ann"), *(row.get("frame_anns") or ())]
            for annotation in whole:
                yield from ((label, 0.0, None) for label in (annotation or {}).get("labels") or ())
            for annotation in parts:
                for label in (annotation or {}).get("labels") or ():
                    yield label, float(label["start_t"]), float(label["end_t"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MotionError(
            f"{path}: sequence {rows[0].get('babel_sid')}: a label lacks or breaks {error}; download it again"
        ) from None


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = list(from_json(text_motion.text(path), path).values())
        if all(isinstance(row["feat_p"], str) for row in rows):
            return rows
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise MotionError(
        f"{path}: must be {{sequence: {{feat_p, dur, seq_ann, frame_ann}}}}; download BABEL's release again"
    )


SOURCE = Source(
    name="babel",
    title="BABEL",
    licence="babel",
    tasks=("text", "action"),
    how_to_obtain="babel.is.tue.mpg.de after registration: babel_v1.0_release; for motion AMASS in a folder amass "
    "next to it, or CMU's own files in cmu",
    files="train.json, and what it names in amass or cmu beside it",
    find=find,
    read=read,
    release=False,
    hours=43.0,
    unverified=("how far a recording's length may differ from dur: half a second is allowed",),
)
