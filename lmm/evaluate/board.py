"""The board: ground truth, spoilt controls, baselines and models in one table, task by task, over repetitions.

A cell is one row (who) of one task in one repetition: its columns as numbers, kept as JSON under a name that is a hash of all that
it depends on, so that a run goes on where it was killed. A repetition draws its own windows and seeds; every row
sees the same windows. Rows are lmm.evaluate.rows'.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lmm import weights
from lmm.baselines.interpolation import BASELINES, GO_ON
from lmm.config import as_mapping
from lmm.evaluate import asking, completing, rows, sounding
from lmm.evaluate.acting import Acting
from lmm.evaluate.asking import Asking
from lmm.evaluate.controls import ACTION, TEXT
from lmm.evaluate.judged import Space
from lmm.evaluate.rows import REPRESENTATION, Who
from lmm.evaluate.sounding import Sounding
from lmm.evaluate.speaking import PUBLISHED, Speaking
from lmm.request import FPS
from lmm.tasks import Given
from motionverse import files
from motionverse.errors import MotionError
from motionverse.skeleton import BODY_JOINTS
from motionverse.store import Store

FORMAT = 2  # of cells: count on when a metric's definition changes


@dataclass
class TaskConfig:
    """What is given of a window (lmm.tasks.FORMS, with their arguments) of so many seconds; text: its clip's caption as well."""

    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 2.0
    text: bool = False


@dataclass
class SoundConfig:
    """Windows of so many seconds, of clips of a split ("": of any) that have such a sound."""

    seconds: float = 4.0
    split: str = "test"


@dataclass
class BoardConfig:
    """A board, stated."""

    tasks: dict[str, TaskConfig] = field(default_factory=dict)
    captions: int = 128  # asked for in a repetition of the text task, as many real windows beside; 0: no text
    prompts: int = 1  # motions a prompt of a predicate, in the text task; 0: no predicates
    actions: int = 96  # asked for in a repetition of the action task; 0: none
    sounds: dict[str, SoundConfig] = field(default_factory=dict)  # music, speech: what is moved to
    windows: int = 64  # of a task in a repetition
    repetitions: int = 5
    fps: float = 30.0  # that windows are looked at
    seed: int = 0
    sources: list[str] = field(default_factory=list)  # of the test clips; none: all
    models: list[str] = field(default_factory=list)  # rows that it always has: published names or folders
    sampled: list[float] = field(default_factory=list)  # [fps] models are rows at these rates too, beside their own


@dataclass(frozen=True, eq=False)
class Cell:
    """Where a number of the board comes from."""

    who: Who
    task: str
    repetition: int


class Board:
    """A board over a store: `wanted` are its cells, `compute` does one, `known` reads it from the cache."""

    def __init__(
        self, config: BoardConfig, store: Store, models: Sequence[Who], cache: Path, space: Space | None = None
    ) -> None:
        self.config, self.store, self.models, self.cache = config, store, tuple(models), cache
        self._given = space
        self._rooms: dict[str, Asking | Sounding] = {}
        _check(config, store)
        self.store_hash = _hash(store.files.manifest())
        self.config_hash = _hash(json.dumps(as_mapping(config), sort_keys=True).encode())
        self._windows: tuple[tuple[str, int], completing.Windows] | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks, in order."""
        counts = {TEXT: self.config.captions, ACTION: self.config.actions}
        return (*self.config.tasks, *(task for task, count in counts.items() if count), *self.config.sounds)

    @cached_property
    def space_hash(self) -> str:
        """Of the motion-text space that words and gestures are judged in; "" where none is asked for."""
        if not {TEXT, ACTION, *sounding.IN_SPACE}.intersection(self.tasks):
            return ""
        return self._given.version if self._given else weights.check(weights.find(weights.EMBEDDER))

    def rows(self, task: str) -> list[Who]:
        """Who takes part in a task, ground truth first."""
        if task in (TEXT, ACTION):
            truth, floor, *others = asking.rows(self.models, task)
            return [truth, floor, *([Who(PUBLISHED, "reference")] if task == TEXT else []), *others]
        if task in self.config.sounds:
            return sounding.rows(task, self.models)
        forms = self.config.tasks[task].forms
        models = (who for who in self.models if who.completes(forms))
        return [*rows.references(), *rows.controls(), *self._baselines(task), *models]

    @cached_property
    def wanted(self) -> list[Cell]:
        """All cells; those of one task and repetition one after the other."""
        times = range(self.config.repetitions)
        return [Cell(who, task, k) for task in self.tasks for k in times for who in self.rows(task)]

    def known(self, cell: Cell) -> dict[str, float] | None:
        """A cell's columns, where they were computed before."""
        path = self._place(cell)
        return files.from_json(files.text(path), path) if path.is_file() else None

    def compute(self, cell: Cell) -> None:
        """Compute a cell and keep it: from now on it is known."""
        if cell.task in self.config.tasks:
            found = self._completed(cell)
        else:
            found = self._room(cell.task).columns(cell.who, cell.repetition)
        with files.atomic_path(self._place(cell)) as temporary:
            temporary.write_text(json.dumps({name: float(f"{v:.9g}") for name, v in found.items()}), encoding="utf-8")

    def _place(self, cell: Cell) -> Path:
        return self.cache / f"{self._key(cell)}.json"

    def _key(self, cell: Cell) -> str:
        """What a cell depends on, hashed."""
        told = as_mapping(self.config)
        config = {name: told[name] for name in ("fps", "seed", "sources")}
        if cell.task in (TEXT, ACTION):
            counts = ("captions", "prompts") if cell.task == TEXT else ("actions",)
            config |= {"task": cell.task, "space": self.space_hash, **{name: told[name] for name in counts}}
        elif cell.task in told["sounds"]:
            space = self.space_hash if cell.task in sounding.IN_SPACE else ""
            config |= {"task": cell.task, "space": space, "windows": told["windows"], **told["sounds"][cell.task]}
        else:
            config |= {"task": told["tasks"][cell.task], "windows": told["windows"]}
        who = [cell.who.name if not cell.who.made_of else "", cell.who.group, cell.who.made_of]
        return _hash(json.dumps([FORMAT, self.store_hash, config, who, cell.repetition], sort_keys=True).encode())[:32]

    def _completed(self, cell: Cell) -> dict[str, float]:
        windows = self._drawn(cell.task, cell.repetition)
        count = len(windows.motions)
        seeds = [cell.repetition * count + k for k in range(count)]
        assert cell.who.complete is not None
        made = cell.who.complete(windows, seeds)
        back = completing.restored(windows, made) if cell.who.name == REPRESENTATION else {}
        return completing.measure(windows, made) | back

    def _drawn(self, task: str, repetition: int) -> completing.Windows:
        """The windows of a repetition; the last ones are kept, as every row asks for them in turn."""
        if self._windows is None or self._windows[0] != (task, repetition):
            config = self.config.tasks[task]
            clips = completing.candidates(self.store, config.seconds, self.config.sources, config.text)
            given, seed = Given(config.forms), self.config.seed + repetition
            drawn = completing.draw(
                self.store, clips, self.config.windows, config.seconds, self.config.fps, given, seed, config.text
            )
            self._windows = (task, repetition), drawn
        return self._windows[1]

    def _baselines(self, task: str) -> list[Who]:
        """Those that a task gives enough to: they take whole frames, and what interpolates needs the last one."""
        config = self.config.tasks[task]
        times = np.arange(round(config.seconds * self.config.fps) + 1) / self.config.fps
        whole = np.asarray(Given(config.forms).mask(times)[:, :BODY_JOINTS].all(1))
        return rows.baselines(BASELINES if whole[-1] else GO_ON if whole.any() else ())

    @cached_property
    def _space(self) -> Space:
        from lmm.model.embedder import Embedder

        return self._given or Embedder.load()

    def _room(self, task: str) -> Asking | Sounding:
        """A task of words or of sound, opened once: it keeps the last repetition's question."""
        config = self.config
        if task in config.sounds and task not in self._rooms:
            stated = config.sounds[task]
            pick, size = (stated.split, tuple(config.sources)), (config.windows, stated.seconds, config.fps)
            space = self._space if task in sounding.IN_SPACE else None
            self._rooms[task] = Sounding(self.store, space, task, pick, size, config.seed, self.cache / "sounds")
        elif task not in self._rooms:
            shared = (self.store, self._space, config.sources, config.fps, config.seed)
            self._rooms[task] = (
                Speaking(*shared, config.captions, config.prompts) if task == TEXT else Acting(*shared, config.actions)
            )
        return self._rooms[task]


def gathered(board: Board, cells: Mapping[Cell, dict[str, float]]) -> dict[str, dict[str, dict[str, list[float]]]]:
    """task -> row -> column -> its values over repetitions."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for cell in board.wanted:
        row = found.setdefault(cell.task, {}).setdefault(cell.who.name, {})
        for name, value in cells[cell].items():
            row.setdefault(name, []).append(value)
    return found


def _check(config: BoardConfig, store: Store) -> None:
    """Raises MotionError, before any work, for what a board cannot be asked."""
    if wrong := [kind for kind in config.sounds if kind not in sounding.SEEN_BY]:
        raise MotionError(f"board: sounds {wrong[0]!r}; must be of {', '.join(sounding.SEEN_BY)}")
    if wrong := [rate for rate in config.sampled if not FPS[0] <= rate <= FPS[1]]:
        raise MotionError(f"board: sampled: {wrong[0]:g} fps is out of range; allowed are {FPS[0]:g} to {FPS[1]:g}")
    known = store.records.labels("source").names
    if wrong := [source for source in config.sources if source not in known]:
        raise MotionError(
            f"board: no clips of source {wrong[0]!r} in {store.where}; there are {', '.join(sorted(known))}"
        )
    for name, task in config.tasks.items():
        if not (math.isfinite(task.seconds) and task.seconds * config.fps >= 1):
            raise MotionError(f"board: task {name!r}: {task.seconds:g} s is no length of a window; give some seconds")
        try:
            Given(task.forms).mask(np.arange(round(task.seconds * config.fps) + 1) / config.fps)
        except MotionError as error:
            raise MotionError(f"board: task {name!r}: {error}") from None
        except (TypeError, ValueError, IndexError) as error:
            told = " ".join(str(error).split())[:120]
            raise MotionError(f"board: task {name!r}: forms {task.forms} cannot be read ({told})") from None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
