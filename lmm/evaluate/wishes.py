"""What a model is told of one motion, and a motion for each such wish: a sentence, streams along time, and what is given of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lmm.tasks import Given
from motionverse.features.track import Track
from motionverse.motion import Motion

if TYPE_CHECKING:  # torch is slow to import, and a board of finished cells needs none
    from lmm.generate import Generator


@dataclass(frozen=True, eq=False)
class Wish:
    """motion: on WHOLE_BODY, of which only length, rate, bones and what `given` keeps are told; text: "" is no sentence;
    tracks: by stream, 0 s being the first frame."""

    motion: Motion
    text: str = ""
    tracks: Mapping[str, Track] = field(default_factory=dict)
    given: Given = field(default_factory=Given)


def answered(generator: "Generator", wishes: Sequence[Wish], seeds: Sequence[int]) -> list[Motion]:
    """A motion for each wish, as long as the wish's and at its rate. Those that are told no track are made together.

    Raises MotionError for what cannot be asked.
    """
    lots: defaultdict[Any, list[int]] = defaultdict(list)
    for place, wish in enumerate(wishes):
        alone = place if wish.tracks else None  # a call has the same tracks for all its motions
        lots[len(wish.motion), wish.motion.fps, repr(wish.given), bool(wish.text), alone].append(place)
    found: dict[int, Motion] = {}
    for places in lots.values():
        first = wishes[places[0]]
        texts = [wishes[place].text for place in places] if first.text else None
        motions, drawn = [wishes[place].motion for place in places], [seeds[place] for place in places]
        made = generator.complete(motions, first.given, texts, drawn, tracks=first.tracks)
        found.update(zip(places, made, strict=True))
    return [found[place] for place in range(len(wishes))]
