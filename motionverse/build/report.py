"""What a build says of itself: a summary beside the store (STORE.report.json) and a row a clip (STORE.report.jsonl).

The rows are the same for the same files, however and wherever they were computed; the wall clock stands in the summary.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from motionverse import split
from motionverse.build.account import Account, ClipRow, unbalanced
from motionverse.errors import MotionError
from motionverse.files import atomic_path

FOREIGN = "not the report of a build; build the store again, or remove it"


@dataclass
class BuildReport:
    """Accounts by source, and how it was done. wall_seconds: of this run alone; resumed: parts that an earlier run had made.

    rows_path: the file with one row a clip; `rows` reads it.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    licence: str = ""
    engine: str = "local"
    workers: int = 1
    parts: int = 0
    resumed: int = 0
    wall_seconds: float = 0.0
    bytes_per_frame: float = 0.0
    rows_path: Path | None = None

    @property
    def rows(self) -> list[ClipRow]:
        """One row a clip, in order."""
        return read_rows(self.rows_path) if self.rows_path else []

    def each_error(self) -> Iterator[ClipRow]:
        """The clips that were left out, read one at a time."""
        return (row for row in each_row(self.rows_path) if row.error) if self.rows_path else iter(())

    @property
    def errors(self) -> list[ClipRow]:
        """The clips that were left out."""
        return list(self.each_error())

    @property
    def refused(self) -> dict[str, int]:
        """Clips left out, by reason: what was found is what was written and these."""
        reasons: Counter[str] = Counter()
        for account in self.accounts.values():
            reasons.update({reason: clips for reason, (clips, _) in account.refused.items()})
        return dict(reasons.most_common())

    @property
    def missing(self) -> str:
        """What does not add up, in a line; "" in a sound build."""
        return unbalanced(self.accounts.values())

    def table(self) -> list[dict[str, Any]]:
        """One row a source: clips, minutes, clips by split, left out, mean retarget error [mm]."""
        return [
            {
                "source": name, "clips": account.clips, "minutes": round(account.seconds / 60, 2),
                **{side: account.sides.get(side, 0) for side in (split.TRAIN, split.VALIDATION, split.TEST)},
                "left_out": account.left_out, "retarget_mm": round(account.retarget_mm / max(account.clips, 1), 1),
            }
            for name, account in self.accounts.items()
        ]  # fmt: skip

    def frames(self) -> list[dict[str, Any]]:
        """One row a source: where its frames went."""
        return [account.frames_row() for account in self.accounts.values()]

    def to_json(self) -> dict[str, Any]:
        """The summary as plain values."""
        plain = ("licence", "engine", "workers", "parts", "resumed", "wall_seconds", "bytes_per_frame")
        return {
            "table": self.table(),
            "refused": self.refused,
            **{name: getattr(self, name) for name in plain},
            "accounts": [account.to_json() for account in self.accounts.values()],
        }

    @classmethod
    def read(cls, path: Path) -> "BuildReport | None":
        """The summary saved at `path`, None where there is no file. MotionError for a file that is something else."""
        if not path.exists():
            return None
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            accounts = {row["source"]: Account.from_json(row) for row in saved.pop("accounts")}
            del saved["table"], saved["refused"]
            return cls(accounts, **saved, rows_path=path.with_suffix(".jsonl"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MotionError(f"{path}: {FOREIGN}") from error

    @staticmethod
    def path(store: Path) -> Path:
        """Where the summary of a store lies."""
        return store.with_name(store.name + ".report.json")

    @staticmethod
    def rows_of(store: Path) -> Path:
        """Where the rows of a store lie."""
        return store.with_name(store.name + ".report.jsonl")

    def save(self, path: Path) -> None:
        """Write the summary as JSON."""
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")


def write_rows(stream: TextIO, rows: Iterable[ClipRow]) -> None:
    """Append rows to an open file, one a line."""
    for row in rows:
        stream.write(json.dumps(row.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n")


def read_rows(path: Path) -> list[ClipRow]:
    """The rows in a file, none where there is no file. MotionError for a file that is something else."""
    return list(each_row(path))


def each_row(path: Path) -> Iterator[ClipRow]:
    """The same, one at a time."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield ClipRow.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MotionError(f"{path}: {FOREIGN}") from error
