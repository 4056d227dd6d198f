"""The layout that HumanML3D and the processed KIT-ML share: texts/ID.txt, new_joints/ID.npy, train.txt, val.txt, test.txt.

github.com/EricGuo5513/HumanML3D, README.md: a line of a text file is the sentence, its words with parts of speech, and from and
to [s] of the part that it is about, "#" between them, 0.0 and 0.0 = all of the clip; an ID that begins with M is the mirror
image of the one without. github.com/EricGuo5513/text-to-motion, data/dataset.py: from and to may be nan, which means 0.
"""

import math
from pathlib import Path

from motionverse.clip import Caption
from motionverse.errors import MotionError
from motionverse.split import TEST, TRAIN, VALIDATION

SIDES = {"train": TRAIN, "val": VALIDATION, "test": TEST}


def text(path: Path) -> str:
    """A text file of a data set. Raises MotionError for one that is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}); unpack the texts again") from None
    except UnicodeDecodeError as error:
        raise MotionError(f"{path}: not UTF-8 ({error.reason} at byte {error.start}); download it again") from None


def names(path: Path) -> list[str]:
    """The names that a list holds, one a line; none where there is no such file."""
    return [line.strip() for line in text(path).splitlines() if line.strip()] if path.is_file() else []


def sides(folder: Path) -> dict[str, str]:
    """The side of the split of each ID; "" for those of all.txt, or with a text, that no list names."""
    found = dict.fromkeys(names(folder / "all.txt"), "")
    if not found:
        found = dict.fromkeys((path.stem for path in sorted((folder / "texts").glob("*.txt"))), "")
    for stem, side in SIDES.items():
        found |= dict.fromkeys(names(folder / f"{stem}.txt"), side)
    return found


def captions(path: Path, seconds: float) -> tuple[Caption, ...]:
    """The sentences of a text file for a clip of `seconds`; parts that lie behind its end are left out.

    Raises MotionError for a file that is missing, and for a line that is not of the form above.
    """
    found = []
    for number, line in enumerate(text(path).splitlines(), start=1):
        if not line.strip():
            continue
        sentence, *rest = line.strip().split("#")
        try:
            start, end = (
                (0.0 if math.isnan(float(value)) else float(value) for value in rest[-2:]) if rest else (0.0, 0.0)
            )
        except ValueError:
            raise MotionError(f"{path}: line {number}: must be sentence#words#from#to, times in seconds") from None
        if start == end == 0.0:
            found.append(Caption(sentence.strip(), origin="human"))
        elif 0.0 <= start < end and start < seconds:
            found.append(Caption(sentence.strip(), start, min(end, seconds), "human"))
    return tuple(found)
