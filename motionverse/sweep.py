"""Lint over a file, a folder or a store, one motion at a time, and what came of it in all."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import joints
from motionverse.lint import CHECKS, ERROR, WARNING, Finding, Take, lint
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.store import Store
from motionverse.store.layout import MANIFEST

Progress = Callable[[int, int, str], None]
_POINTS = ("joints", "positions", "joint_positions")
_NOT_MOTIONS = (".json", ".csv")  # in a folder these are more often tables than motions


@dataclass(frozen=True)
class Examined:
    """One motion and what is wrong with it. unreadable: why it could not be read, or ""."""

    name: str
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    unreadable: str = ""

    @property
    def refused(self) -> bool:
        """Whether it cannot be used."""
        return bool(self.unreadable) or any(finding.severity == ERROR for finding in self.findings)

    @property
    def reasons(self) -> set[tuple[str, str]]:
        """(check, severity) of what is wrong, each once."""
        return {(finding.check, finding.severity) for finding in self.findings} | (
            {("unreadable", ERROR)} if self.unreadable else set()
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        found = [finding.as_dict() for finding in self.findings]
        return {"name": self.name, "seconds": round(self.seconds, 4), "refused": self.refused, "findings": found,
                **({"unreadable": self.unreadable} if self.unreadable else {})}  # fmt: skip


def examine(path: Path, progress: Progress | None = None) -> Iterator[Examined]:
    """What is wrong with the motion in a file, with every motion file under a folder, or with every clip of a store.

    progress(done, total, name) is called after each. A file in a folder that cannot be read is one Examined that says why.
    Raises MotionError for a path that is none of these, a single file that cannot be read, and a damaged store.
    """
    path = Path(path)
    if path.is_file():
        yield Examined(str(path), *_linted(take_of(path)))
        return
    if not path.is_dir():
        raise MotionError(f"{path}: no such file, folder or store; give one")
    held = Store(path) if (path / MANIFEST).is_file() else None
    names = [record.name for record in held.records] if held else [str(file) for file in motion_files(path)]
    if not names:
        raise MotionError(f"{path}: no motion files under it; there should be {' '.join(formats.SUFFIXES)}")
    for k, name in enumerate(names):
        yield _one(name, (lambda k=k: Take.of(held.motion(k))) if held else (lambda name=name: take_of(Path(name))))
        if progress is not None:
            progress(k + 1, len(names), name)


def _one(name: str, read: Callable[[], Take]) -> Examined:
    try:
        return Examined(name, *_linted(read()))
    except MotionError as error:
        return Examined(name, unreadable=str(error))


def _linted(take: Take) -> tuple[float, tuple[Finding, ...]]:
    return take.seconds, tuple(lint(take))


def motion_files(folder: Path) -> list[Path]:
    """The motion files under a folder, sorted."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.name.lower().endswith(formats.SUFFIXES)
        and not file.name.lower().endswith(_NOT_MOTIONS)
        and file.is_file()
    )


def take_of(path: Path) -> Take:
    """The motion in a file, as captured: points stay points, with their gaps. Raises MotionError for what cannot be read."""
    if path.suffix.lower() == ".npz":
        made = _points(path)
        if made is not None:
            return made
    return Take.of(formats.load(path))


def _points(path: Path) -> Take | None:
    """The points of an .npz that has points and a tree and no rotations; None for any other."""
    held = joints.arrays(path)
    places = next((held[name] for name in _POINTS if name in held and held[name].dtype.kind == "f"), None)
    rotated = any(name in held for name in ("rotations", "quaternions", "poses"))
    if places is None or rotated or places.ndim != 3 or places.shape[2] != 3:
        return None
    count = places.shape[1]
    names = next((held[k] for k in ("names", "joint_names", "joints") if k in held and held[k].dtype.kind == "U"), None)
    if "parents" in held and held["parents"].shape == (count,) and names is not None and len(names) == count:
        skeleton = Skeleton(tuple(names), tuple(int(p) for p in held["parents"]), np.zeros((count, 3)))
    elif names is None and count in (22, 52):
        skeleton = Skeleton(WHOLE_BODY.names[:count], WHOLE_BODY.parents[:count], WHOLE_BODY.offsets[:count])
    else:
        return None
    rate = next(
        (
            float(held[name])
            for name in ("fps", "mocap_framerate", "framerate")
            if name in held and held[name].size == 1
        ),
        None,
    )
    return None if rate is None else Take.of_points(places, rate, skeleton)


def summary(examined: Iterable[Examined]) -> dict[str, Any]:
    """Counts over many: motions, seconds, how many are refused, warned of and clean, and motions by reason."""
    rows = list(examined)
    reasons = Counter(reason for row in rows for reason in row.reasons)
    refused = sum(row.refused for row in rows)
    warned = sum(bool(row.findings) and not row.refused for row in rows)
    return {
        "motions": len(rows), "seconds": round(sum(row.seconds for row in rows), 2),
        "refused": refused, "warned": warned, "clean": len(rows) - refused - warned,
        "reasons": [{"check": name, "severity": severity, "motions": count} for (name, severity), count in reasons.most_common()],
    }  # fmt: skip


def failed(examined: Examined, strict: bool) -> bool:
    """Whether a motion makes the command fail: it is refused, or with `strict` anything at all is wrong."""
    return examined.refused or strict and any(finding.severity == WARNING for finding in examined.findings)


def lines(examined: Examined, most: int) -> list[str]:
    """One line a finding, at most `most` of one check (the worst of them, in order of time); none for a clean motion."""
    if examined.unreadable:
        return [f"{examined.name}: error unreadable: {examined.unreadable}"]
    told: list[str] = []
    for check in dict.fromkeys(finding.check for finding in examined.findings):
        mine = [finding for finding in examined.findings if finding.check == check]
        worst = sorted(sorted(mine, key=lambda f: -f.value)[: max(most, 1)], key=lambda f: f.start)
        told += [f"{examined.name}: {finding}" for finding in worst]
        if len(mine) > len(worst):
            told.append(f"{examined.name}: ... and {len(mine) - len(worst)} more of {check}")
    return told


def in_words(counts: dict[str, Any]) -> str:
    """A summary as lines: what came of the motions, and motions by reason."""
    head = f"{counts['motions']} motions, {counts['seconds'] / 60:.1f} min"
    told = f"{head}: {counts['refused']} refused, {counts['warned']} with warnings, {counts['clean']} clean"
    return "\n".join([told, *(f"  {row['severity']} {row['check']}: {row['motions']}" for row in counts["reasons"])])


def checks() -> list[dict[str, Any]]:
    """The table of checks as rows: thresholds, and what clean clips measure (median, 99th percentile, maximum)."""

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:g}"

    return [
        {"check": c.name, "unit": c.unit, "warns_over": number(c.warning), "refuses_over": number(c.error),
         "median": number(c.usual[0]), "p99": number(c.usual[1]), "most": number(c.usual[2]), "meaning": c.meaning, "or": c.known}
        for c in CHECKS
    ]  # fmt: skip
