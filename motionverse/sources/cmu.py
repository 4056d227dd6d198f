"""The CMU Graphics Lab Motion Capture Database: BVH conversions, ASF/AMC originals and arrays taken from FBX.

A file is named by its trial (02_01.bvh, 02_01.amc beside 02.asf). What a trial shows stands in two optional files:
cmu_index.tsv (trial, subject heading, one-line description) and cmu_captions.jsonl (cmu, source, text, start_s, end_s,
mirrored; seconds after the T-pose that conversions put first), looked for beside the data and in `captions`.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from motionverse import paraphrase
from motionverse.clip import Caption, Clip
from motionverse.files import text
from motionverse.formats import asf_amc, bvh
from motionverse.motion import Motion
from motionverse.sources import channels, cmu_overlap
from motionverse.sources.source import Entry, Source, drop_rest_pose, json_lines, labelled_files

_TRIAL = re.compile(r"0*(\d{1,3})_(\d{2})$")
_HUMAN = ("kit-ml", "humanml3d")
CUT_TRIALS = frozenset({"85_14"})  # its FBX lacks the first 1.4 to 1.7 s: texts with a time window do not fit it


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every file that is named after a trial, with the trial's texts."""
    texts = _texts([captions] if captions else [folder, folder / "captions", folder.parent, folder.parent / "captions"])
    entries = []
    for suffix in ("bvh", "amc", "npz"):
        for entry in labelled_files(folder, f"*.{suffix}"):
            if match := _TRIAL.match(entry.path.stem):
                trial = f"{int(match[1]):02d}_{match[2]}"
                entries.append(
                    Entry(entry.path, entry.name, {**entry.facts, "trial": trial, "texts": texts.get(trial, [])})
                )
    return entries


def read(entry: Entry) -> Clip:
    """The take without the T-pose frame, its human sentences, and the index line in a few wordings."""
    motion, trial = open_take(entry), str(entry.facts["trial"])
    index = next((str(row["text"]) for row in entry.facts["texts"] if row["source"] == "cmu-index"), "")
    return SOURCE.clip(
        entry,
        motion,
        performance=cmu_overlap.PERFORMANCE.get(trial, f"cmu/{trial}"),
        captions=(*_human(entry, motion), *_index(index)),
        action=paraphrase.index_action(index),
        subject=trial.split("_")[0],
    )


def open_take(entry: Entry) -> Motion:
    """A file's motion on its own skeleton, without the T-pose that conversions put first."""
    if entry.path.suffix == ".amc":
        return asf_amc.read(entry.path)
    if entry.path.suffix == ".npz":
        return drop_rest_pose(channels.from_quaternions(entry.path, up=str(entry.facts.get("up") or "Y")))
    return drop_rest_pose(bvh.read(entry.path))


def _human(entry: Entry, motion: Motion) -> list[Caption]:
    captions = []
    for row in entry.facts["texts"]:
        if row["source"].startswith(_HUMAN) and not row.get("mirrored", False):
            windowed = row["source"].startswith("humanml3d")
            start, end = (float(row["start_s"]), float(row["end_s"])) if windowed else (0.0, motion.seconds)
            fits = end <= motion.seconds + 0.2 and not (windowed and entry.facts["trial"] in CUT_TRIALS)
            if fits:
                captions.append(Caption(str(row["text"]), start, min(end, motion.seconds), "human"))
    return captions


def _index(line: str) -> list[Caption]:
    if not line:
        return []
    return [
        Caption(line, origin="index"),
        *(Caption(text, origin="grammar") for text in paraphrase.index_captions(line)),
    ]


def _texts(places: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """Rows by trial from the first place that has each file."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    index = _first(places, "cmu_index.tsv")
    if index:
        for line in text(index).splitlines():
            trial, _, words = (*line.split("\t"), "", "")[:3]
            if trial and words:
                rows[trial].append({"source": "cmu-index", "text": words})
    sentences = _first(places, "cmu_captions.jsonl")
    for row in json_lines(sentences) if sentences else []:
        known = row["source"] == "cmu-index" and any(other["source"] == "cmu-index" for other in rows[row["cmu"]])
        if not known:
            rows[row["cmu"]].append(row)
    return rows


def _first(places: list[Path], name: str) -> Path | None:
    candidates = [place if place.name == name else place / name for place in places]
    return next((path for path in candidates if path.is_file()), None)


SOURCE = Source(
    name="cmu",
    title="CMU Graphics Lab Motion Capture Database",
    licence="cmu",
    tasks=("text",),
    how_to_obtain="mocap.cs.cmu.edu (ASF/AMC), or a BVH conversion such as cgspeed's; files named subject_trial",
    files="01_02.bvh, .amc or .npz",
    find=find,
    read=read,
)
