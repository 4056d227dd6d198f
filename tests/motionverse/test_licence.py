"""The ledger and its sums."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from motionverse import licence
from motionverse.clip import Audio
from motionverse.errors import MotionError
from motionverse.sources.table import SOURCES


def test_every_source_has_a_licence_in_the_ledger() -> None:
    for source in SOURCES.values():
        assert source.licence in licence.LICENCES
    assert {row.kind for row in licence.LICENCES.values()} <= {licence.COMMERCIAL, licence.RESEARCH, licence.UNKNOWN}


def test_bill_adds_up_and_the_strictest_binds() -> None:
    clips = [
        SimpleNamespace(source="cmu", licence="cmu", seconds=2.0),
        {"source": "cmu", "licence": "cmu", "seconds": 3.0},
        {"source": "deepmimic", "licence": "deepmimic-sie", "seconds": 1.0},
    ]
    bill = licence.bill_of_materials(clips)
    assert [(row.source, row.clips, row.seconds) for row in bill] == [("cmu", 2, 5.0), ("deepmimic", 1, 1.0)]
    assert licence.strictest(bill) == licence.RESEARCH
    assert licence.strictest(bill[:1]) == licence.COMMERCIAL


def test_unlisted_licence_is_an_error() -> None:
    with pytest.raises(MotionError, match="not in the ledger"):
        licence.bill_of_materials([{"source": "x", "licence": "beer", "seconds": 1.0}])


def test_recordings_are_listed_with_their_own_licence_and_credit() -> None:
    here = Path("song.ogg")
    clips = [
        {"audio": (Audio("music", "song", here, licence="CC-BY-3.0", credit="A Band"),), "seconds": 2.0},
        {"audio": (Audio("speech", "talk#1", here), Audio("music", "named only")), "seconds": 3.0},
        {"audio": (Audio("speech", "talk#2", here),), "seconds": 4.0},
    ]
    told = [(row.name, row.licence, row.credit, row.clips, row.seconds) for row in licence.recordings(clips)]
    assert told == [("talk", "", "", 2, 7.0), ("song", "CC-BY-3.0", "A Band", 1, 2.0)]
