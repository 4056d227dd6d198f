"""Bandai-Namco-Research-Motiondataset 1 and 2: contents x styles by professional actors, BVH, 30 fps.

The labels are the file names: dataset-2_walk-turn-left_active_003.bvh is take 3 of content walk-turn-left, style active.
"""

import re
from pathlib import Path

from motionverse.clip import Clip
from motionverse.formats import bvh
from motionverse.sources.source import Entry, Source, grammar

_NAME = re.compile(r"(dataset-\d+)_([a-z-]+)_([a-z-]+)_(\d+)$")
SAME_STYLE = {
    "masculinity": "masculine",
    "old": "elderly",
    "tired": "exhausted",
}  # one style under two names in the two sets


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every file that is named as the two sets name theirs."""
    entries = []
    for path in sorted(folder.rglob("*.bvh")):
        if match := _NAME.match(path.stem):
            content, style = match[2], match[3]
            entries.append(Entry(path, path.stem, {"content": content, "style": style}))
    return entries


def read(entry: Entry) -> Clip:
    """Takes of one content and style are near-copies of each other: they are one performance to the split."""
    content, style = entry.facts["content"], entry.facts["style"]
    return SOURCE.clip(
        entry,
        bvh.read(entry.path, scale=0.01, up="Y"),
        performance=f"bandai_namco/{content}/{SAME_STYLE.get(style, style)}",
        captions=grammar(content, style),
        action=content,
        style=style,
    )


SOURCE = Source(
    name="bandai_namco",
    title="Bandai-Namco-Research-Motiondataset",
    licence="bandai-namco",
    tasks=("action", "style"),
    how_to_obtain="github.com/BandaiNamcoResearchInc/Bandai-Namco-Research-Motiondataset, folder dataset/",
    files="dataset-N_ACTION_STYLE_N.bvh",
    find=find,
    read=read,
    figures=(("Hips", "Spine", "UpperArm_L", "LowerArm_R", "UpperLeg_L", "LowerLeg_R"),),
)
