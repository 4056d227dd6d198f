"""What a card says of sound, and of whose motion it is made."""

from pathlib import Path

from lmm.train import card
from lmm.train.checkpoint import Start, inherited
from motionverse.stats import Stats


def test_recordings_are_listed_by_licence_with_whom_they_owe() -> None:
    rows = [
        {"name": "a", "licence": "CC-BY-3.0", "credit": "Sea, A Band", "clips": 2, "seconds": 60.0},
        {"name": "b", "licence": "CC-BY-3.0", "credit": "Air, A Band", "clips": 1, "seconds": 30.0},
        {"name": "talk", "licence": "", "credit": "", "clips": 1, "seconds": 6.0},
    ]
    said, table = card.recordings(rows)
    assert "licences of its own" in said
    assert table.splitlines()[2:] == [
        "| not stated | 1 | 0.1 | talk |",
        "| CC-BY-3.0 | 2 | 1.5 | Air, A Band; Sea, A Band |",
    ]
    assert card.recordings([]) == []


def test_what_earlier_runs_drew_from_stays_on_the_bill() -> None:
    def row(source: str, licence: str) -> dict[str, object]:
        return {
            "source": source,
            "licence": licence,
            "kind": "commercial",
            "clips": 1,
            "seconds": 60.0,
            "attribution": "A",
        }

    first = Start(Path("there"), {}, Stats(), (), [row("a", "MIT"), row("b", "CC0 1.0")])
    second = inherited({"licences": [row("a", "MIT"), row("a", "CC BY 3.0")]}, first)["licences"]
    assert [(r["source"], r["licence"], r.get("earlier", False)) for r in second] == [
        ("a", "MIT", False),
        ("a", "CC BY 3.0", False),
        ("b", "CC0 1.0", True),
    ]
    third = inherited({"licences": [row("b", "CC0 1.0")]}, Start(Path("there"), {}, Stats(), (), second))["licences"]
    assert [(r["source"], r["licence"], r.get("earlier", False)) for r in third] == [
        ("b", "CC0 1.0", False),
        ("a", "MIT", True),
        ("a", "CC BY 3.0", True),
    ]
    again = inherited({"licences": [row("b", "CC0 1.0")]}, Start(Path("there"), {}, Stats(), (), third))["licences"]
    assert again == third  # a run that goes on from its checkpoint
    assert card.bill(third).splitlines()[2:4] == [
        "| b | CC0 1.0 | commercial | 1 | 1.0 | A |",
        "| a (in runs before) | MIT | commercial | 1 | 1.0 | A |",
    ]
