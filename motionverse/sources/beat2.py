"""BEAT2 (BEATX): the speakers of BEAT as SMPL-X bodies with hands and FLAME faces, 30 fps.

- beat_LANGUAGE_v2.0.0/ holds smplxflame_30/NAME.npz, wave16k/NAME.wav, textgrid/NAME.TextGrid, sem/NAME.txt and
  train_test_split.csv (the set's own page on Hugging Face, H-Liu1997/BEAT2); names are BEAT's (beat.py).
- An npz has poses (T, 165) [rad], trans (T, 3) [m], betas (300,), expressions (T, 100), gender and mocap_frame_rate
  (github.com/PantoMatrix/PantoMatrix, scripts/EMAGE_2024/dataloaders/beat_sep_lower.py; a take of the set was at hand); Y is up.
- The columns of train_test_split.csv are id and type: train, val, test, or additional, which trains too (the same reader).
"""

import csv
from pathlib import Path

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.formats import smplx
from motionverse.sources import beat, text_motion
from motionverse.sources.source import Entry, Source
from motionverse.split import TRAIN

SIDES = {**text_motion.SIDES, "additional": TRAIN}


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every .npz that is named as BEAT names its recordings."""
    found, sides = [], {}
    for path in sorted(folder.rglob("*.npz")):
        if not beat.NAME.match(path.stem):
            continue
        root = path.parent.parent if path.parent.name.startswith("smplx") else path.parent
        if root not in sides:
            sides[root] = _sides(root / "train_test_split.csv")
        facts = {"wav": _beside(root, path, "wave16k", ".wav"), "grid": _beside(root, path, "textgrid", ".TextGrid")}
        found.append(Entry(path, path.stem, {**facts, "split": sides[root].get(path.stem, "")}))
    return found


def read(entry: Entry) -> Clip:
    """One recording with its sound and words; the first 50 expressions are the face."""
    grid = Path(entry.facts["grid"] or entry.path.with_suffix(".TextGrid"))
    clip = SOURCE.clip(entry, smplx.read(entry.path, up="Y"), performance=f"beat/{entry.name}")
    return beat.spoken(clip, entry, grid)


def _beside(root: Path, path: Path, folder: str, suffix: str) -> str | None:
    """The file of that suffix in its folder, or next to the motion."""
    places = (root / folder / f"{path.stem}{suffix}", path.with_suffix(suffix))
    return next((str(place) for place in places if place.is_file()), None)


def _sides(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        return {row["id"]: SIDES[row["type"]] for row in csv.DictReader(text_motion.text(path).splitlines())}
    except (KeyError, TypeError) as error:
        raise MotionError(
            f"{path}: must have the columns id and type (train, val, test, additional), not {error}"
        ) from None


SOURCE = Source(
    name="beat2",
    title="BEAT2",
    licence="beat2",
    tasks=("speech",),
    how_to_obtain="huggingface.co/datasets/H-Liu1997/BEAT2: the folders beat_english_v2.0.0 and so on",
    files="*.npz",
    find=find,
    read=read,
    release=False,
    hours=60.0,
    unverified=("the expressions' first 50 of 100 are those of Motion-X's 50",),
)
