"""Draws are a function of (seed, step) and follow the stated shares."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from motionverse.clip import Clip
from motionverse.errors import MotionError
from motionverse.mixture import Mixture
from motionverse.store import ClipRecord, Store, Writer
from tests import forge


def record(source: str, action: str, seconds: float, split: str = "train") -> ClipRecord:
    frames = round(seconds * 10)
    return ClipRecord("", source, "unknown", "", split, 10.0, frames, "", (), action=action)


RECORDS = [
    *[record("large", "walk", 90.0) for _ in range(10)],  # 900 s
    *[record("large", "kick", 4.0) for _ in range(25)],  # 100 s
    record("large", "walk", 1000.0, "test"),
    *[record("small", "walk", 2.0) for _ in range(50)],  # 100 s
]


def shares(mixture: Mixture, by: str) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for index, probability in zip(mixture.indices, mixture.probabilities, strict=True):
        total[getattr(RECORDS[index], by)] += float(probability)
    return total


def test_groups_weigh_as_the_root_of_their_seconds() -> None:
    assert shares(Mixture(RECORDS), "action")["kick"] == pytest.approx(10 / 50)
    assert shares(Mixture(RECORDS, temperature=1.0), "action")["kick"] == pytest.approx(100 / 1100)
    assert shares(Mixture(RECORDS, temperature=0.0), "action")["kick"] == pytest.approx(1 / 3)


def test_sources_can_be_given_their_shares() -> None:
    assert shares(Mixture(RECORDS, weights={"large": 1, "small": 3}), "source")["small"] == pytest.approx(0.75)
    assert "small" not in shares(Mixture(RECORDS, weights={"large": 1}), "source")
    assert shares(Mixture(RECORDS, weights={"large": 1, "small": 0, "elsewhere": 0}), "source") == pytest.approx(
        {"large": 1}
    )
    for weights in ({"elsewhere": 1.0}, {"large": -1.0}, {"large": 0.0}):
        with pytest.raises(MotionError, match="mixture"):
            Mixture(RECORDS, weights=weights)


def test_only_clips_of_the_split_are_drawn() -> None:
    assert Mixture(RECORDS, "test").draw(0, 0, 7).tolist() == [35] * 7
    assert 35 not in Mixture(RECORDS).draw(0, 0, 1000)
    with pytest.raises(MotionError, match="no clip to draw"):
        Mixture(RECORDS, "validation")


def test_draws_depend_on_seed_and_step_alone() -> None:
    first, again = Mixture(RECORDS), Mixture(RECORDS)
    steps = [first.draw(1, step, 16).tolist() for step in range(5)]
    assert steps == [again.draw(1, step, 16).tolist() for step in range(5)]
    assert again.draw(1, 3, 16).tolist() == steps[3] != first.draw(2, 3, 16).tolist()
    assert len({tuple(step) for step in steps}) == 5


def test_frequencies_follow_the_probabilities() -> None:
    mixture = Mixture(RECORDS)
    counts = np.bincount(np.concatenate([mixture.draw(0, step, 32) for step in range(2000)]), minlength=len(RECORDS))
    np.testing.assert_allclose(counts[mixture.indices] / counts.sum(), mixture.probabilities, rtol=0.2)


def test_a_store_is_weighed_by_its_columns_without_reading_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = forge.motion(seconds=1.0, seed=0)
    with Writer(tmp_path / "store") as writer:
        for k in range(9):
            sort = {"source": f"s{k % 2}", "action": f"a{k % 3}", "split": "test" if k == 4 else "train"}
            part = motion.frames_slice(0, 10 + k)
            writer.add(Clip(part, f"clip-{k}", "", "unknown", f"{k}").with_(**sort))
    records = Store(tmp_path / "store").records
    plain = Mixture(list(records), weights={"s0": 1, "s1": 2})
    monkeypatch.setattr(ClipRecord, "from_json", None)
    columns = Mixture(records, weights={"s0": 1, "s1": 2})
    np.testing.assert_array_equal(columns.indices, plain.indices)
    np.testing.assert_array_equal(columns.probabilities, plain.probabilities)


def test_a_part_of_a_mixture_keeps_its_proportions() -> None:
    whole = Mixture(RECORDS)
    part = whole.only(np.array([RECORDS[i].source == "small" for i in whole.indices]))
    assert len(part.indices) == 50 and part.probabilities.sum() == pytest.approx(1.0)
    assert set(part.draw(0, 0, 200).tolist()) == set(range(36, 86))
