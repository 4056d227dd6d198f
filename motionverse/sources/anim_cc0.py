"""CC0 game animations (Mesh2Motion, KayKit): keyed by hand, so never counted as real motion nor trained on for release."""

from pathlib import Path

from motionverse.clip import Caption, Clip
from motionverse.sources import channels
from motionverse.sources.source import Entry, Source, json_lines, labelled_files


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every animation, with the sentences of template_captions.jsonl where that file is given."""
    path = (captions or folder) / "template_captions.jsonl"
    texts: dict[str, list[str]] = {}
    for row in json_lines(path) if path.is_file() else []:
        texts.setdefault(f"{Path(row['pack']).name}/{row['clip']}", []).append(str(row["text"]))
    entries = labelled_files(folder, "*.npz")
    for entry in entries:
        entry.facts["texts"] = texts.get(entry.name, [])
    return entries


def read(entry: Entry) -> Clip:
    """The animation on its own figure."""
    action = str(entry.facts.get("action") or entry.path.stem.replace("_", " ").lower())
    texts = entry.facts["texts"]
    captions = tuple(Caption(text, origin="grammar") for text in texts) or (Caption(action, origin="label"),)
    return SOURCE.clip(
        entry,
        channels.from_quaternions(entry.path),
        captions=captions,
        action=action,
    )


SOURCE = Source(
    name="anim_cc0",
    title="CC0 game animations",
    licence="anim-cc0",
    tasks=("action",),
    how_to_obtain="github.com/Mesh2Motion/mesh2motion-app; kaylousberg.itch.io/kaykit-character-animations",
    files="*.npz",
    find=find,
    read=read,
    figures=(
        ("hips", "spine", "upperarm.l", "lowerarm.r", "upperleg.l", "lowerleg.r"),
        ("pelvis", "spine_01", "upperarm_l", "lowerarm_r", "thigh_l", "calf_r"),
        ("DEF-hips", "DEF-spine.001", "DEF-upper_arm.L", "DEF-forearm.R", "DEF-thigh.L", "DEF-shin.R"),
    ),
    real=False,
    release=False,
)
