"""What a card says of sound."""

from lmm.train import card


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
