"""Speech2Gesture-3D: Japanese speech with marker-captured gestures of one speaker (Takeuchi et al. 2017), BVH and WAV.

The public LMM's docs (datasets/motionverse.md) list gesture21 to gesture1182 and name as this set
github.com/GestureGeneration/Speech_driven_gesture_generation_with_autoencoder. There:
- dataset/motion/gestureN.bvh and dataset/speech/audioN.wav (README.md), or after data_processing/prepare_data.py train, dev and
  test, each with labels and inputs. The same script splits: of 20 to 1182, the last 91 by turns to test and dev, the rest to train.
- 64 joints with fingers, Hips, Spine, LeftArm, LeftHandIndex1 ... (hierarchy.txt; 20 frames a second after its own conversion).
"""

import re
from pathlib import Path

from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
from motionverse.formats import bvh
from motionverse.sources.source import Entry, Source

FIRST, LAST, HELD_OUT = 20, 1182, 90
_NAME = re.compile(r"gesture(\d+)$")


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every gestureN.bvh. Raises MotionError for a number that the set does not have, and for a gesture without its speech."""
    found = []
    for path in sorted(folder.rglob("gesture*.bvh")):
        match = _NAME.match(path.stem)
        if match is None or not 1 <= int(match[1]) <= LAST:
            raise MotionError(f"{path}: not named gesture1.bvh to gesture{LAST}.bvh; restore its name")
        speech = next((s for s in _speech(path, match[1]) if s.is_file()), None)
        if speech is None:
            raise MotionError(
                f"{path}: no audio{match[1]}.wav in ../speech or ../inputs; unpack the speech beside the motion"
            )
        found.append(Entry(path, path.stem, {"number": int(match[1]), "speech": speech}))
    return found


def _speech(path: Path, number: str) -> list[Path]:
    return [path.parents[1] / place / f"audio{number}.wav" for place in ("speech", "inputs")]


def read(entry: Entry) -> Clip:
    """One utterance with its gestures. Raises MotionError for a skeleton that is another set's."""
    return SOURCE.clip(
        entry,
        bvh.read(entry.path),
        split=side(int(entry.facts["number"])),
        audio=(Audio("speech", entry.facts["speech"].stem, entry.facts["speech"]),),
    )


def side(number: int) -> str:
    """The side that prepare_data.py puts an utterance on."""
    if number < LAST - HELD_OUT:
        return "train"
    return "test" if (number - LAST + HELD_OUT) % 2 == 0 else "validation"


SOURCE = Source(
    name="speech2gesture_3d",
    title="Speech2Gesture-3D (Takeuchi et al., as LMM uses it)",
    licence="speech2gesture-3d",
    tasks=("speech",),
    how_to_obtain="github.com/GestureGeneration/Speech_driven_gesture_generation_with_autoencoder: folders motion and speech",
    files="gesture*.bvh",
    find=find,
    read=read,
    release=False,
    figures=(("Hips", "Spine", "LeftArm", "RightForeArm", "LeftHandIndex1"),),
    unverified=(
        "that this is the set meant: other papers call Habibie et al. 2021 so, whose published files' layout was not to be found",
        "whether the legs were captured: the repository writes zeros for them",
        "transcripts: none are mentioned",
        "unit and frame rate: as the BVH says",
    ),
)
