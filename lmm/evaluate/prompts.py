"""Prompts do what they say: each prompt has a predicate over geometry, ground truth is measured beside the model.

Half of the wordings come from the training grammar, half from `wordings.json`, which the grammar never reads. An action
counts toward the bar when the corpora have at least 10 training and 2 test clips of it; rarer ones are printed apart.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lmm.evaluate.predicates import PREDICATES, Predicate
from motionverse import contact, paraphrase
from motionverse.motion import Motion
from motionverse.store import Store

MIN_TRAIN, MIN_TEST = 10, 2
_WORDINGS = Path(__file__).with_name("wordings.json")
Generate = Callable[[list[str], list[int], float], list[Motion]]  # (texts, seeds, seconds) -> motions


@dataclass(frozen=True)
class Prompt:
    """A sentence, the predicate it must satisfy, and where the wording is from: "grammar" or "file"."""

    text: str
    predicate: Predicate
    wording: str


@dataclass(frozen=True)
class Row:
    """One predicate's result. Rates are shares in [0, 1], skate in m/s, floating in m; NaN where nothing could be measured.

    `truth...` are the same measures of the real test clips.
    """

    name: str
    meaning: str
    common: bool
    train_clips: int
    test_clips: int
    truth: float
    grammar: float
    file: float
    samples: int
    skate: float
    floating: float
    truth_skate: float
    truth_floating: float

    @property
    def rate(self) -> float:
        return (self.grammar + self.file) / 2


def prompts() -> list[Prompt]:
    """Two prompts a predicate: one the grammar could have made, one that it never saw."""
    fresh: dict[str, str] = json.loads(_WORDINGS.read_text(encoding="utf-8"))
    found = []
    for number, predicate in enumerate(PREDICATES):
        plain = paraphrase.captions(predicate.actions[0], "")
        styled = paraphrase.captions(predicate.actions[0], predicate.styles[0]) if predicate.styles else ()
        known = [text for text in styled if text not in plain] or plain  # a style that is asked for must be said
        found.append(Prompt(known[(5 * number + 1) % len(known)], predicate, "grammar"))
        found.append(Prompt(fresh[predicate.name], predicate, "file"))
    return found


def truth_clips(store: Store, predicate: Predicate, split: str) -> list[tuple[int, bool]]:
    """(index, mirrored) of the clips that are ground truth for a predicate: by their labels, or mirrored by their mirror's."""
    return [
        (i, record.action not in predicate.actions)
        for i, record in enumerate(store.records)
        if record.split == split
        and record.action in predicate.actions + predicate.mirrored
        and (not predicate.styles or record.style in predicate.styles)
    ]


def truth_motions(store: Store, predicate: Predicate, clips: Sequence[tuple[int, bool]]) -> list[Motion]:
    """The real clips, cut to the length that the model is asked for."""
    found = []
    for index, mirrored in clips:
        motion = store.motion(index).slice(0, predicate.seconds)
        found.append(motion.mirror() if mirrored else motion)
    return found


def run(
    generate: Generate, store: Store | None, seeds: int = 8, only: Sequence[str] = ()
) -> Iterator[tuple[Row, list[Motion]]]:
    """Generate every prompt `seeds` times and judge it: a row a predicate, with the motions, as they are done."""
    by_predicate: dict[str, list[Prompt]] = {}
    for prompt in prompts():
        if not only or prompt.predicate.name in only:
            by_predicate.setdefault(prompt.predicate.name, []).append(prompt)
    for pair in by_predicate.values():
        predicate, motions, rates = pair[0].predicate, [], {}
        for prompt in pair:
            made = generate([prompt.text] * seeds, list(range(seeds)), predicate.seconds)
            rates[prompt.wording] = float(np.mean([predicate.holds(motion) for motion in made]))
            motions += made
        train = truth_clips(store, predicate, "train") if store else []
        test = truth_clips(store, predicate, "test") if store else []
        real = truth_motions(store, predicate, test) if store else []
        common = len(train) >= MIN_TRAIN and len(test) >= MIN_TEST
        yield (
            Row(predicate.name, predicate.meaning, common, len(train), len(test),
                _mean([predicate.holds(motion) for motion in real]), rates["grammar"], rates["file"], len(motions),
                *_feet(motions), *_feet(real)),
            motions,
        )  # fmt: skip


def _feet(motions: Sequence[Motion]) -> tuple[float, float]:
    """Mean foot skate [m/s] and float [m]."""
    skate = [contact.foot_skate(motion)["speed"] for motion in motions]
    return _mean(skate), _mean([contact.floating(motion)["height"] for motion in motions])


def _mean(values: Sequence[float]) -> float:
    """The mean of what is a number; NaN of nothing."""
    held = [value for value in values if not np.isnan(value)]
    return float(np.mean(held)) if held else float("nan")


def summary(rows: Sequence[Row]) -> dict[str, object]:
    """The verdict over the common predicates: overall rate, the worst one, and the rows as plain values."""
    common = [row for row in rows if row.common]
    return {
        "overall": _mean([row.rate for row in common]),
        "worst": min(common, key=lambda row: row.rate).name if common else "",
        "worst_rate": min((row.rate for row in common), default=float("nan")),
        "truth": _mean([row.truth for row in common]),
        "grammar": _mean([row.grammar for row in common]),
        "file": _mean([row.file for row in common]),
        "skate_m_per_s": _mean([row.skate for row in rows]),
        "float_m": _mean([row.floating for row in rows]),
        "truth_skate_m_per_s": _mean([row.truth_skate for row in rows]),
        "truth_float_m": _mean([row.truth_floating for row in rows]),
        "rows": [asdict(row) | {"rate": row.rate} for row in rows],
    }


def table(rows: Sequence[Row]) -> str:
    """The result as text: common predicates first, rare ones (no bar) after."""
    head = f"{'predicate':16} {'truth':>6} {'model':>6} {'grammar':>8} {'file':>6}  {'train':>5} {'test':>4}  meaning"
    lines = [head]
    for group, common in (("common", True), ("rare: no bar", False)):
        chosen = [row for row in rows if row.common is common]
        lines += [f"-- {group}"] if chosen else []
        lines += [
            f"{r.name:16} {r.truth:6.0%} {r.rate:6.0%} {r.grammar:8.0%} {r.file:6.0%}  "
            f"{r.train_clips:5d} {r.test_clips:4d}  {r.meaning}"
            for r in chosen
        ]
    return "\n".join(lines)
