"""Which side of the split a clip is on: fixed here, the same on every machine, whatever else is built beside it.

A CMU trial that somebody wrote a sentence for (KIT-ML, or HumanML3D's test part) is test. Everything else is decided by a
hash of its performance, 5 % of the performances to validation and 5 % to test: every recording, conversion, cut or
mirror image of one performance carries its name, so all of them are on one side. Bandai-Namco's takes of one content and
style are near-copies of each other and count as one performance, over both of its sets.

A clip whose data set puts it on a side stays there, so that scores compare with other people's; but for the CMU trials above,
which are test wherever they come from.

The salt was chosen so that the common actions have test clips while the shares stay near 5 %.
"""

import hashlib

from motionverse.clip import Clip

SPLITS = TRAIN, VALIDATION, TEST = "train", "validation", "test"
SALT = 638
SHARE = 0.05  # of the performances, for validation and for test
HUMAN_TRIALS = frozenset(
    "01_01 01_03 01_05 02_06 02_09 02_10 05_01 05_10 05_11 05_14 05_16 05_19 06_12 07_03 07_04 07_05 07_07 07_08 07_12 "
    "08_01 08_03 08_04 08_05 08_06 08_07 08_08 08_11 10_04 10_05 135_02 135_03 135_05 135_06 135_07 135_09 135_10 13_07 "
    "13_08 13_09 13_30 13_34 13_37 13_38 13_39 49_18 49_20 60_09 61_09 61_12 85_14 91_48 91_50 91_51 91_53 94_04 94_06 "
    "94_08".split()
)


def assign(clip: Clip) -> str:
    """ "train", "validation" or "test"."""
    corpus, _, trial = clip.performance.partition("/")
    human = any(caption.origin == "human" for caption in clip.captions)
    if corpus == "cmu" and (trial in HUMAN_TRIALS or human and not clip.split):
        return TEST
    return clip.split or by_hash(clip.performance)


def by_hash(performance: str, salt: int = SALT) -> str:
    """The side of a performance that no sentence decides."""
    digest = hashlib.sha256(f"{salt}:{performance}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return VALIDATION if place < SHARE else TEST if place < 2 * SHARE else TRAIN
