"""Captioned test clips in two halves of equal make-up: one is asked of models, by its captions; the other is what is held against.

Ground truth's own motions stand in the first half, so that every row of a board, ground truth included, is as many motions
beside the same real ones, of which it has none. Clips alike in source, action and style are neighbours; of each two neighbours a
coin says which half has which. A clip's mirror, with mirrored words, goes where the clip goes.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lmm.evaluate.completing import SPARE
from lmm.model.alike import Shown, shown
from motionverse import canonical
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.paraphrase import mirror_text
from motionverse.store import Store
from motionverse.store.layout import ClipRecord

LENGTHS = (6.0, 4.0, 3.0, 2.0, 1.5)  # [s] of windows: few, so that motions of one length are made together
ALIKE = 16  # clips of one action and style in a repetition: four labels are most of a test split
FEWEST = 4  # clips that make two halves
Say = Callable[[ClipRecord, np.random.Generator], str]  # the words by which a clip is asked for


@dataclass(frozen=True)
class Window:
    """What is looked at of a clip: `seconds` from `start` [s], mirrored or not, what it shows, and its words."""

    index: int
    mirrored: bool
    start: float
    seconds: float
    shows: Shown
    caption: str  # the words by which it is asked for


@dataclass(frozen=True)
class Halves:
    """The windows of a repetition: both halves are alike in number and make-up, and share no clip."""

    asked: tuple[Window, ...]
    held: tuple[Window, ...]


def halve(store: Store, clips: Sequence[int], say: Say, count: int, seed: int) -> Halves:
    """About `count` windows a half (fewer where clips are few), by the seed alone. Raises MotionError under FEWEST clips."""
    if len(clips) < FEWEST:
        raise MotionError(
            f"{store.where}: {len(clips)} test clips that can be asked for in words; halves take {FEWEST}, build a larger store"
        )
    rng = np.random.default_rng(seed)
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in rng.permutation(clips):
        record = store.records[int(index)]
        groups[(record.source, record.action, record.style)].append(int(index))
    order = [index for key in sorted(groups) for index in groups[key][:ALIKE]]
    pairs = [order[k : k + 2] for k in range(0, len(order) - 1, 2)]
    chosen = [pairs[k] for k in sorted(rng.permutation(len(pairs))[: max(count // 2, 2)])]
    coins = rng.integers(2, size=len(chosen))
    sides = [[pair[coin ^ side] for pair, coin in zip(chosen, coins, strict=True)] for side in (0, 1)]
    asked, held = (tuple(one for index in side for one in _windows(store, index, say, rng)) for side in sides)
    return Halves(asked, held)


def _windows(store: Store, index: int, say: Say, rng: np.random.Generator) -> tuple[Window, Window]:
    """A clip's window of the longest of LENGTHS that fits, and its mirror image."""
    record = store.records[index]
    seconds = next(length for length in LENGTHS if record.seconds >= length + SPARE)
    start = float(rng.random() * (record.seconds - seconds - SPARE))
    text = say(record, rng)
    return (
        Window(index, False, start, seconds, shown(record), text),
        Window(index, True, start, seconds, shown(record, True), mirror_text(text)),
    )


def motions(store: Store, windows: Sequence[Window], fps: float) -> list[Motion]:
    """The real windows at `fps`, floor at y = 0, first frame at the origin facing +Z, as models make theirs."""
    found = []
    for window in windows:
        motion = store.window(window.index, window.start, window.seconds + SPARE).resample(fps)
        motion = motion.frames_slice(0, round(window.seconds * fps)).with_(face=None)
        found.append(canonical.canonical(motion.mirror() if window.mirrored else motion, 0.0)[0])
    return found
