"""Clip: one take of motion with what is known about it."""

from dataclasses import dataclass, replace
from typing import Any

from motionverse.motion import Motion

ORIGINS = ("human", "index", "grammar", "label")


@dataclass(frozen=True)
class Caption:
    """One text for a stretch of a clip.

    start, end: seconds from the clip's first frame; end None = to the last frame.
    origin: "human" a sentence somebody wrote for this motion, "index" a database's one-line description,
    "grammar" composed from labels, "label" words taken from a file name.
    """

    text: str
    start: float = 0.0
    end: float | None = None
    origin: str = "label"


@dataclass(frozen=True, eq=False)
class Clip:
    """One take.

    performance: names the act in front of the cameras; every recording, conversion or cut of it shares the name, so
    that all of them fall on one side of the split. licence: a key of motionverse.licence.LICENCES. split: "" until
    assigned.
    """

    motion: Motion
    name: str
    source: str
    licence: str
    performance: str
    captions: tuple[Caption, ...] = ()
    action: str = ""
    style: str = ""
    subject: str = ""
    split: str = ""

    def with_(self, **changes: Any) -> "Clip":
        """A copy with some fields replaced."""
        return replace(self, **changes)
