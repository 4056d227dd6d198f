"""Which clips of a store are paired with what: a table of words that their actions and sentences use."""

import re
from dataclasses import dataclass

from motionverse.skeleton import BODY_JOINTS
from motionverse.store.layout import ClipRecord

SOURCES = {
    "music": "music_pairs",
    "speech": "speech_pairs",
}  # of clips laid under a kind of sound: others, bent in time
NEVER = re.compile(r"sword|crawl|lie|lying|death|climb|playground|zombie|sit|leg-raise")


@dataclass(frozen=True)
class Acts:
    """share: of the hours asked for; words: a pattern that one of a clip's words begins with; songs: recordings for one clip at
    most; told: whether the clip's sentences count where its action says nothing of it."""

    name: str
    share: float
    words: str
    songs: int
    told: bool = False

    def take(self, record: ClipRecord) -> bool:
        """Whether a clip is one of these."""
        texts = [caption.text for caption in record.captions] if self.told or not record.action else []
        said = " ".join([record.action, *texts]).lower()
        return bool(re.search(rf"\b({self.words})", said)) and not NEVER.search(record.action)


DANCES = Acts("dances", 0.5, r"danc|salsa|breakdanc|ballet|pirouette|charleston", 8, told=True)
RHYTHMS = Acts("rhythms", 0.5, r"walk|run|jog|dash|jump|hop|march|clap|hammer|wav|headering|kneeing|slapping|punch", 2)
TALKS = Acts("talks", 0.7, r"idle|talk|guide|bow|call|direct|laugh|gestur|point|basketball-sig|confus|reject", 8)
WAVES = Acts("waves", 0.3, r"wav|bye|greet|raise", 2)
ACTS = {"music": (DANCES, RHYTHMS), "speech": (TALKS, WAVES)}


def usable(record: ClipRecord, kind: str) -> bool:
    """Whether a clip can be paired with this kind of sound at all: a whole body, and no recording of its own."""
    body = sum(joint < BODY_JOINTS for joint in record.observed) == BODY_JOINTS
    return body and not any(sound.kind == kind and sound.sha256 for sound in record.audio)
