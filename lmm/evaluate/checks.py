"""Whether a board can be believed: what must be so, held against what was found, by more than chance of the repetitions."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lmm.baselines.interpolation import BASELINES
from lmm.evaluate import controls, gaps, mixing
from lmm.evaluate.asking import FLOOR, SHUFFLED
from lmm.evaluate.controls import ACTION, COMPLETION, MIX, TEXT
from lmm.evaluate.lookup import RETRIEVAL
from lmm.evaluate.metrics.r_precision import POOL
from lmm.evaluate.rows import REPRESENTATION, TRUTH
from lmm.evaluate.sounding import SEEN_BY
from lmm.evaluate.speaking import PUBLISHED

CONFIDENCE = 0.95
FAITHFUL = 1.0  # [mm] of any joint in any frame: the representation gives back what it was given
NEAR = 0.005  # of chance: the least that counts as a difference between shares
MORE_IS_BETTER = (
    "r@",
    "classic_r@",
    "predicates",
    "accuracy",
    "lint",
    "beat_",
    "stress_",
    "l1_",
)  # beginnings of columns' names
SHUFFLING = {TEXT: ("r@1", "predicates"), ACTION: ("accuracy",)}  # columns that must see that words are of others
BEST = {TEXT: "r@1", ACTION: "accuracy"}  # columns by which ground truth should be ahead of every model
Rows = Mapping[str, Mapping[str, Sequence[float]]]  # row -> column -> over repetitions
Check = dict[str, Any]
Against = Mapping[str, Sequence[str]]  # what a model's other row is called after its name -> columns
BEYOND = 0.5  # [s] of a gap, from where on a model should be ahead of interpolation


def interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Mean and the half-width of its 95 % interval (Student's t over repetitions); NaN for fewer than two."""
    from scipy.special import stdtrit

    data, n = np.asarray(values, np.float64), len(values)
    mean = float(data.mean())
    if n < 2:
        return mean, float("nan")
    quantile = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    return mean, float(quantile * data.std(ddof=1) / math.sqrt(n))


def checks(values: Mapping[str, Rows], kinds: Mapping[str, str], against: Mapping[str, Against]) -> list[Check]:
    """Every check of every task's rows: as {task, check, column, truth, found, holds}, and `interval`, of the difference, where
    that decided; `beside`: the row that `truth` is of, where that is not ground truth.

    kinds: what each task measures; against: a model's other rows in each (lmm.evaluate.board).
    """
    found = []
    for task, rows in values.items():
        asked = {
            TEXT: (_worded, _real),
            ACTION: (_worded, _real),
            COMPLETION: (_restored, _kept),
            gaps.GAPS: (_between,),
        }
        other = (check for ask in asked.get(kinds[task], ()) for check in ask(task, rows))
        for one in (*_spoilt(rows, kinds[task]), *other, *_ahead(rows, against[task])):
            found.append({"task": task, **one})
    return found


def number(value: float) -> float | None:
    """As reports have it: six digits; None where there is none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _spoilt(rows: Rows, kind: str) -> Iterator[Check]:
    """Each control is worse than ground truth in the same windows, by more than the interval of the difference."""
    real = {name: control.seen_by[kind] for name, control in controls.of(kind).items()}
    seen: dict[str, Sequence[str]] = {**real, **SEEN_BY.get(kind, {}), **(mixing.SEEN_BY if kind == MIX else {})}
    if kind in SHUFFLING:
        seen[SHUFFLED] = SHUFFLING[kind]
    for name, columns in seen.items():
        for column in columns:
            if _asked(rows, column, name, TRUTH):
                yield _behind(name, rows, name, column)


def _behind(check: str, rows: Rows, name: str, column: str, truth: str = TRUTH) -> Check:
    """Whether a row is worse than ground truth, or another row, by more than the interval of the difference."""
    theirs, found = (np.array(rows[who][column]) for who in (truth, name))
    worse, half = interval(theirs - found if column.startswith(MORE_IS_BETTER) else found - theirs)
    holds = bool(worse > np.nan_to_num(half))
    return _said(check, column, rows[truth][column], rows[name][column], holds) | {"interval": number(half)}


def _asked(rows: Rows, column: str, *names: str) -> bool:
    """Whether these rows are there and have figures in the column: there may be too few samples for any."""
    return all(name in rows and column in rows[name] and not np.isnan(rows[name][column]).any() for name in names)


def _over(rows: Rows, name: str, other: str, column: str) -> Check:
    """Whether a row is better than another by more than the interval of the difference."""
    found = _behind(f"{name} ahead of {other}", rows, other, column, name)
    return found | {"truth": found["found"], "found": found["truth"], "beside": other}


def _ahead(rows: Rows, against: Against) -> Iterator[Check]:
    """A model that is told something is better by it than told another's, or nothing of it."""
    for name in rows:
        for called, columns in against.items():
            for column in columns:
                if _asked(rows, column, name, name + called):
                    yield _over(rows, name, name + called, column)


def _between(_task: str, rows: Rows) -> Iterator[Check]:
    """Over gaps longer than BEYOND, all that is made of weights is nearer to the truth than the better interpolation."""
    for name in rows:
        if name in (TRUTH, RETRIEVAL, *BASELINES):
            continue
        for length in gaps.lengths(tuple(rows[name])):
            column = gaps.column(length)
            if length > BEYOND:
                means = {row: float(np.mean(rows[row][column])) for row in gaps.BETWEEN}
                yield _over(rows, name, min(means, key=means.__getitem__), column)


def _kept(_task: str, rows: Rows) -> Iterator[Check]:
    """What is given comes back to within a millimetre, of every model."""
    for name in rows:
        if name not in (TRUTH, REPRESENTATION, RETRIEVAL, *controls.CONTROLS, *BASELINES):
            found = rows[name]["kept_max_mm"]
            if not np.isnan(found).all():
                yield _said(f"{name} keeps what is given", "kept_max_mm", [0.0], found, bool(max(found) < FAITHFUL))


def _restored(_task: str, rows: Rows) -> Iterator[Check]:
    """The representation there and back is within a millimetre."""
    if REPRESENTATION in rows:
        found = rows[REPRESENTATION]["restored_mm"]
        yield _said(REPRESENTATION, "restored_mm", [0.0], found, bool(max(found) < FAITHFUL))


def _worded(task: str, rows: Rows) -> Iterator[Check]:
    """With words shuffled R-precision is chance; the space's own figures are found again."""
    if task != TEXT:
        return
    yield _near(f"{SHUFFLED}: chance", 1 / POOL, rows[SHUFFLED]["r@1"])
    if PUBLISHED in rows:
        told = rows[PUBLISHED]["reported_r@1"]
        if np.isfinite(told).all():
            yield _near(PUBLISHED, told[0], rows[PUBLISHED]["r@1"])


def _near(check: str, expected: float, found: Sequence[float]) -> Check:
    """Whether R@1 is what it should be, as far as its interval tells."""
    mean, half = interval(found)
    near = abs(mean - expected) <= max(NEAR, np.nan_to_num(half))
    return _said(check, "r@1", [expected], found, bool(near))


def _real(task: str, rows: Rows) -> Iterator[Check]:
    """Ground truth is no farther from the other real half than two real sets are, and ahead of all that is made."""
    difference, half = interval(np.subtract(rows[TRUTH]["fid"], rows[FLOOR]["fid"]))
    near = difference <= np.nan_to_num(half)
    yield _said(f"{TRUTH} at its floor", "fid", rows[FLOOR]["fid"], rows[TRUTH]["fid"], bool(near))
    column = BEST[task]
    for name in rows:
        if name not in (TRUTH, FLOOR, SHUFFLED, PUBLISHED, *controls.CONTROLS):
            yield _behind(f"behind {TRUTH}: {name}", rows, name, column)


def _said(check: str, column: str, truth: Sequence[float], found: Sequence[float], holds: bool) -> Check:
    means = {"truth": number(float(np.mean(truth))), "found": number(float(np.mean(found)))}
    return {"check": check, "column": column, **means, "holds": holds}
