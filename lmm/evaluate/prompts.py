"""Prompts do what they say: each prompt has a predicate over geometry, ground truth is measured beside the model.

Half of the wordings come from the training grammar, half from `wordings.json`, which the grammar never reads. An action
counts toward the bar when the model's corpora have at least 10 training clips of it and the store has 2 test clips; rarer
ones, and those of which no test clip exists, are printed apart. A contrast asks for two samples and compares them.
"""

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmm.evaluate.geometry import Geometry
from lmm.evaluate.predicates import CONTRASTS, PREDICATES, THEMES, Contrast, Predicate, release
from lmm.train.choice import PAIRED
from motionverse import contact, paraphrase
from motionverse.motion import Motion
from motionverse.store import Store
from motionverse.store.layout import ClipRecord

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

    `truth...` are the same measures of the real test clips; of a contrast over all pairs of them, and the clips are those of
    the rarer side.
    """

    name: str
    theme: str
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


def names() -> list[str]:
    """Of every predicate and contrast, in the order in which they are judged."""
    return [judged.name for judged in (*PREDICATES, *CONTRASTS)]


def groups() -> dict[str, list[str]]:
    """Names by theme, and "release": those that the release was measured with."""
    judged = (*PREDICATES, *CONTRASTS)
    themes = {theme: [one.name for one in judged if one.theme == theme] for theme in THEMES}
    return themes | {"release": [predicate.name for predicate in release.TABLE]}


def prompts() -> list[Prompt]:
    """Two prompts a predicate, and a side of a contrast: one the grammar could have made, one that it never saw."""
    fresh: dict[str, str] = json.loads(_WORDINGS.read_text(encoding="utf-8"))
    sides = {
        side.name: side for judged in (*PREDICATES, *CONTRASTS) for side in judged.sides
    }  # two contrasts may share one
    found = []
    for number, predicate in enumerate(sides.values()):
        known = grammar(predicate)
        found.append(Prompt(known[(5 * number + 1) % len(known)], predicate, "grammar"))
        found.append(Prompt(fresh[predicate.name], predicate, "file"))
    return found


def grammar(predicate: Predicate) -> Sequence[str]:
    """The training grammar's sentences for it."""
    label = predicate.said or predicate.actions[0]
    plain = paraphrase.captions(label, "")
    styled = paraphrase.captions(label, predicate.styles[0]) if predicate.styles and not predicate.said else ()
    return [text for text in styled if text not in plain] or plain  # a style that is asked for must be said


def truth_clips(store: Store, predicate: Predicate, split: str) -> list[tuple[int, bool]]:
    """(index, mirrored) of the clips that are ground truth for a predicate: by their labels, or mirrored by their mirror's."""
    return [
        (i, mirrored)
        for i, record in enumerate(store.records)
        if record.split == split and record.source not in PAIRED
        for mirrored, actions in ((False, predicate.actions), (True, predicate.mirrored))
        if record.action in actions and _told(record, predicate, mirrored)
    ]


def _told(record: ClipRecord, predicate: Predicate, mirrored: bool) -> bool:
    """Whether the clip is in the asked style, or said by people to be so; any is where none is asked."""
    if not predicate.styles and not predicate.words or record.style in predicate.styles:
        return True
    said = (caption.text for caption in record.captions if caption.origin != "grammar")
    return bool(predicate.words) and any(
        re.search(predicate.words, paraphrase.mirror_text(text) if mirrored else text, re.IGNORECASE) for text in said
    )


def truth_motions(store: Store, predicate: Predicate, clips: Sequence[tuple[int, bool]]) -> list[Motion]:
    """The real clips, cut to the length that the model is asked for (or whole, where the predicate says so)."""
    found = []
    for index, mirrored in clips:
        motion = store.motion(index) if predicate.whole else store.motion(index).slice(0, predicate.seconds)
        found.append(motion.mirror() if mirrored else motion)
    return found


def run(
    generate: Generate,
    store: Store | None,
    seeds: int = 8,
    only: Sequence[str] = (),
    sources: Collection[str] | None = None,
) -> Iterator[tuple[Row, list[Motion]]]:
    """Generate every prompt `seeds` times and judge it: a row a predicate, with the motions, as they are done.

    sources: the data sets that the model was trained on, whose training clips count (None: all of the store's).
    """
    asked = {(prompt.predicate.name, prompt.wording): prompt.text for prompt in prompts()}
    for judged in (*PREDICATES, *CONTRASTS):
        if only and judged.name not in only:
            continue
        rates, motions = {}, []
        for wording in ("grammar", "file"):
            made = [
                generate([asked[side.name, wording]] * seeds, list(range(seeds)), side.seconds) for side in judged.sides
            ]
            rates[wording] = float(np.mean([judged.holds(*samples) for samples in zip(*made, strict=True)]))
            motions += [motion for column in made for motion in column]
        train, test, real = _truth(judged, store, sources)
        yield (
            Row(judged.name, judged.theme, judged.meaning, train >= MIN_TRAIN and test >= MIN_TEST, train, test,
                truth_rate(judged, real), rates["grammar"], rates["file"], len(motions), *_feet(motions),
                *_feet([motion for column in real for motion in column])),
            motions,
        )  # fmt: skip


def truth_rate(judged: Predicate | Contrast, real: Sequence[Sequence[Motion]]) -> float:
    """Share of real clips, one sequence a side, for which it holds; of a contrast, of all pairs. NaN without any."""
    measured = [[Geometry.of(motion) for motion in column] for column in real]
    return _mean([judged.judge(*clips) for clips in itertools.product(*measured)])


def _truth(
    judged: Predicate | Contrast, store: Store | None, sources: Collection[str] | None
) -> tuple[int, int, list[list[Motion]]]:
    """Training clips of the model's own data sets and test clips (of the rarer side), and the real motions of each side."""
    if store is None:
        return 0, 0, [[] for _ in judged.sides]
    train = [
        sum(sources is None or store.records[i].source in sources for i, _ in truth_clips(store, side, "train"))
        for side in judged.sides
    ]
    real = [truth_motions(store, side, truth_clips(store, side, "test")) for side in judged.sides]
    return min(train), min(map(len, real)), real


def _feet(motions: Sequence[Motion]) -> tuple[float, float]:
    """Mean foot skate [m/s] and float [m]."""
    skate = [contact.foot_skate(motion)["speed"] for motion in motions]
    return _mean(skate), _mean([contact.floating(motion)["height"] for motion in motions])


def _mean(values: Sequence[float]) -> float:
    """The mean of what is a number; NaN of nothing."""
    held = [value for value in values if not np.isnan(value)]
    return float(np.mean(held)) if held else float("nan")


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """The verdict over the common predicates: overall rate, the worst one, each theme, and the rows as plain values."""
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
        "themes": {theme: _theme([row for row in rows if row.theme == theme]) for theme in THEMES},
        "rows": [asdict(row) | {"rate": row.rate} for row in rows],
    }


def _theme(rows: Sequence[Row]) -> dict[str, float]:
    """Counts and mean rates of one theme: of all its rows, and of those that have ground truth, beside it."""
    real = [row for row in rows if row.test_clips]
    return {
        "predicates": len(rows),
        "with_truth": len(real),
        "common": sum(row.common for row in rows),
        "truth": _mean([row.truth for row in real]),
        "model_where_truth": _mean([row.rate for row in real]),
        "model": _mean([row.rate for row in rows]),
    }


def table(rows: Sequence[Row]) -> str:
    """The result as text, theme by theme: common predicates first, rare ones (no bar) after, then a line a theme."""
    wide = max([len("predicate"), *(len(row.name) for row in rows)])
    lines = [
        f"{'predicate':{wide}} {'truth':>6} {'model':>6} {'grammar':>8} {'file':>6}  {'train':>5} {'test':>4}  meaning"
    ]
    for group, common in (("common", True), ("rare: no bar", False)):
        for theme in THEMES:
            chosen = [row for row in rows if row.common is common and row.theme == theme]
            lines += [f"-- {group}: {theme}"] if chosen else []
            lines += [
                f"{r.name:{wide}} {_share(r.truth, 6)} {r.rate:6.0%} {r.grammar:8.0%} {r.file:6.0%}  "
                f"{r.train_clips:5d} {r.test_clips:4d}  {r.meaning}"
                for r in chosen
            ]
    return "\n".join([*lines, *_themes(rows)])


def _themes(rows: Sequence[Row]) -> list[str]:
    lines = [
        f"{'theme':{12}} {'rows':>5} {'common':>7} {'with truth':>11} {'truth':>6} {'model there':>12} {'model':>6}"
    ]
    for theme in THEMES:
        t = _theme([row for row in rows if row.theme == theme])
        if t["predicates"]:
            lines.append(
                f"{theme:12} {t['predicates']:5.0f} {t['common']:7.0f} {t['with_truth']:11.0f} {_share(t['truth'], 6)} "
                f"{_share(t['model_where_truth'], 12)} {_share(t['model'], 6)}"
            )
    return lines


def _share(rate: float, width: int) -> str:
    """A rate in percent; "none" where no clip exists."""
    return f"{'none':>{width}}" if np.isnan(rate) else f"{rate:{width}.0%}"
