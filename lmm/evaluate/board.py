"""The board: ground truth, spoilt controls, baselines and models in one table, task by task, over repetitions.

A cell is one row (who) of one task in one repetition: its columns as numbers, kept as JSON under a name that is a hash of all that
it depends on, so that a run goes on where it was killed. A repetition draws its own windows and seeds; every row
sees the same windows. Rows are lmm.evaluate.rows'.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lmm import weights
from lmm.baselines.interpolation import BASELINES, GO_ON
from lmm.config import as_mapping
from lmm.evaluate import asking, completing, gaps, hearing, mixing, rows, sounding
from lmm.evaluate.acting import Acting
from lmm.evaluate.asking import Asking
from lmm.evaluate.controls import ACTION, COMPLETION, MIX, TEXT
from lmm.evaluate.gaps import Gaps, GapsConfig
from lmm.evaluate.judged import Space
from lmm.evaluate.mixing import MixConfig, Mixing
from lmm.evaluate.rows import REPRESENTATION, Who
from lmm.evaluate.scenes import Pick, recorded
from lmm.evaluate.sounding import Sounding
from lmm.evaluate.speaking import PUBLISHED, Speaking
from lmm.request import FPS, STEPS, check_variation
from lmm.tasks import TASKS, Given
from motionverse import files
from motionverse.errors import MotionError
from motionverse.skeleton import BODY_JOINTS
from motionverse.store import Store

HEARD = "sounds"  # folder of the cache
FORMAT = 4  # of cells: count on when a metric's definition changes, or how models are asked
TITLES = {  # what tasks that the board names are in the table of the ten (lmm.tasks.TASKS)
    TEXT: "text-to-motion", ACTION: "action-to-motion", "music": "music-to-dance", "speech": "speech-to-gesture",
    gaps.GAPS: "in-betweening, gap by gap",
}  # fmt: skip
Room = Asking | Sounding | Mixing | Gaps


@dataclass
class TaskConfig:
    """What is given of a window (lmm.tasks.FORMS, with their arguments) of so many seconds; text: its clip's caption as well;
    samples: that a model draws of each window, of which the best is told too where they are several."""

    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 2.0
    text: bool = False
    samples: int = 1


@dataclass
class SoundConfig:
    """Windows of so many seconds, of clips of a split ("": of any) and of sources (none: the board's) that have a kind of sound:
    music or speech (""; what the task is called)."""

    seconds: float = 4.0
    split: str = "test"
    kind: str = ""
    sources: list[str] = field(default_factory=list)


@dataclass
class BoardConfig:
    """A board, stated."""

    tasks: dict[str, TaskConfig] = field(default_factory=dict)
    captions: int = 128  # asked for in a repetition of the text task, as many real windows beside; 0: no text
    prompts: int = 1  # motions a prompt of a predicate, in the text task; 0: no predicates
    actions: int = 96  # asked for in a repetition of the action task; 0: none
    sounds: dict[str, SoundConfig] = field(default_factory=dict)  # music, speech: what is moved to
    mixes: dict[str, MixConfig] = field(default_factory=dict)  # keypoints, and several streams at once
    gaps: GapsConfig = field(default_factory=GapsConfig)  # of in-betweening, several lengths in the same windows
    windows: int = 64  # of a task in a repetition
    repetitions: int = 5
    fps: float = 30.0  # that windows are looked at
    seed: int = 0
    sources: list[str] = field(default_factory=list)  # of the test clips; none: all
    models: list[str] = field(default_factory=list)  # rows that it always has: published names or folders
    calls: list[int] = field(default_factory=list)  # of the denoiser: rows that complete with so many, beside the usual
    variations: list[float] = field(default_factory=list)  # the same of variation, 0 to 1
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
        self,
        config: BoardConfig,
        store: Store,
        models: Sequence[Who],
        cache: Path,
        space: Space | None = None,
        heard: Path | None = None,
    ) -> None:
        """heard: folder for what is heard in recordings; None: in the cache."""
        self.heard = heard or cache / HEARD
        self.config, self.store, self.models, self.cache = config, store, tuple(models), cache
        self._given = space
        self._rooms: dict[str, Room] = {}
        _check(config, store)
        self.store_hash = _hash(store.files.manifest())
        self.config_hash = _hash(json.dumps(as_mapping(config), sort_keys=True).encode())
        self._windows: tuple[tuple[str, int], completing.Windows] | None = None

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks, in order."""
        return ordered(self.config)

    def kind(self, task: str) -> str:
        """What a task measures, which its checks depend on: text, action, completion, gaps, mix, music or speech."""
        if task in self.config.tasks:
            return COMPLETION
        if task in self.config.sounds:
            return self.config.sounds[task].kind or task
        return MIX if task in self.config.mixes else task

    @cached_property
    def space_hash(self) -> str:
        """Of the motion-text space that words and gestures are judged in; "" where none is asked for."""
        if not any(self._in_space(task) for task in self.tasks):
            return ""
        return self._given.version if self._given else weights.check(weights.find(weights.EMBEDDER))

    def _in_space(self, task: str) -> bool:
        mixed = task in self.config.mixes and TEXT in self.config.mixes[task].streams
        return mixed or self.kind(task) in (TEXT, ACTION, *sounding.IN_SPACE)

    def rows(self, task: str) -> list[Who]:
        """Who takes part in a task, ground truth first."""
        kind = self.kind(task)
        if kind in (TEXT, ACTION):
            truth, floor, *others = asking.rows(self.models, task)
            return [truth, floor, *([Who(PUBLISHED, "reference")] if task == TEXT else []), *others]
        if kind in sounding.SEEN_BY:
            return sounding.rows(kind, self.models, recorded(self.store, kind, self._pick(task)))
        if kind == MIX:
            return mixing.rows_of(self.config.mixes[task], self.models)
        if kind == gaps.GAPS:
            return gaps.rows_of(self.models)
        forms = self.config.tasks[task].forms
        models = (who for who in self.models if who.completes(forms))
        return [*rows.references(), *rows.controls(), *self._baselines(task), *models]

    def against(self, task: str) -> Mapping[str, Sequence[str]]:
        """What a model's other rows in a task are called that it should be ahead of, and by which columns."""
        kind = self.kind(task)
        return mixing.against(self.config.mixes[task]) if kind == MIX else hearing.AGAINST.get(kind, {})

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
        space = self.space_hash if self._in_space(cell.task) else ""
        if cell.task in (TEXT, ACTION):
            counts = ("captions", "prompts") if cell.task == TEXT else ("actions",)
            config |= {"task": cell.task, "space": self.space_hash, **{name: told[name] for name in counts}}
        else:
            named = told["tasks"] | told["sounds"] | told["mixes"] | {gaps.GAPS: told["gaps"]}
            stated = {"task": named[cell.task], "windows": told["windows"]}
            config |= {"kind": self.kind(cell.task), "space": space, **stated}
        who = [cell.who.name if not cell.who.made_of else "", cell.who.group, cell.who.made_of]
        who += [cell.who.sampled] if cell.who.sampled else []
        return _hash(json.dumps([FORMAT, self.store_hash, config, who, cell.repetition], sort_keys=True).encode())[:32]

    def _completed(self, cell: Cell) -> dict[str, float]:
        windows, wanted = self._drawn(cell.task, cell.repetition), self.config.tasks[cell.task].samples
        count, samples = len(windows.motions), wanted if cell.who.streams else 1  # the others draw nothing
        assert cell.who.complete is not None
        made = []
        for sample in range(samples):
            first = (cell.repetition * samples + sample) * count
            made.append(cell.who.complete(windows, range(first, first + count)))
        back = completing.restored(windows, made[0]) if cell.who.name == REPRESENTATION else {}
        return completing.measure(windows, made, wanted > 1) | back

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

    def _pick(self, task: str) -> Pick:
        stated = self.config.sounds[task]
        return stated.split, tuple(stated.sources or self.config.sources)

    def _room(self, task: str) -> Room:
        """A task of words, of sound or of several streams, opened once: it keeps the last repetition's question."""
        if task not in self._rooms:
            self._rooms[task] = self._opened(task)
        return self._rooms[task]

    def _opened(self, task: str) -> Room:
        config, kind, heard = self.config, self.kind(task), self.heard
        space = self._space if self._in_space(task) else None
        if task in config.sounds:
            size = (config.windows, config.sounds[task].seconds, config.fps)
            return Sounding(self.store, space, kind, self._pick(task), size, config.seed, heard)
        size = (config.windows, config.fps)
        if kind == gaps.GAPS:
            return Gaps(self.store, config.gaps, config.sources, size, config.seed)
        if kind == MIX:
            stated = config.mixes[task]
            stated = replace(stated, sources=stated.sources or config.sources)
            return Mixing(self.store, space, stated, size, config.seed, heard)
        shared = (self.store, self._space, config.sources, config.fps, config.seed)
        return Speaking(*shared, config.captions, config.prompts) if kind == TEXT else Acting(*shared, config.actions)


def ordered(config: BoardConfig) -> tuple[str, ...]:
    """The names of a board's tasks, as lmm.tasks.TASKS has them; after them those that are called otherwise."""
    counts = {TEXT: config.captions, ACTION: config.actions, gaps.GAPS: len(config.gaps.lengths)}
    there = (*config.tasks, *(task for task, count in counts.items() if count), *config.sounds, *config.mixes)
    return tuple(sorted(there, key=_place_of))


def title(task: str) -> str:
    """What a task is called in the table of the ten."""
    return TITLES.get(task, task)


def _place_of(task: str) -> int:
    """Of a task among the ten: those whose names it begins with; after them for any other."""
    return next((place for place, name in enumerate(TASKS) if title(task).startswith(name)), len(TASKS))


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
    if wrong := [task for task, one in config.sounds.items() if (one.kind or task) not in sounding.SEEN_BY]:
        raise MotionError(f"board: sounds {wrong[0]!r}; must be of {', '.join(sounding.SEEN_BY)}: name its kind")
    if wrong := [count for count in config.calls if not STEPS[0] <= count <= STEPS[1]]:
        raise MotionError(f"board: calls: {wrong[0]} is out of range; allowed are {STEPS[0]} to {STEPS[1]}")
    for share in config.variations:
        check_variation(share)
    for name, mix in config.mixes.items():
        mixing.check(name, mix)
        _check_forms(name, mix, config.fps)
    if wrong := [length for length in config.gaps.lengths if not 0 < length < config.gaps.seconds - 2 / config.fps]:
        raise MotionError(
            f"board: gaps: {wrong[0]:g} s does not lie within {config.gaps.seconds:g} s; give a shorter one"
        )
    names = [*config.tasks, *config.sounds, *config.mixes, TEXT, ACTION, gaps.GAPS]
    if twice := [name for name in names if names.count(name) > 1]:
        raise MotionError(f"board: two tasks are called {twice[0]!r}; rename one")
    if wrong := [rate for rate in config.sampled if not FPS[0] <= rate <= FPS[1]]:
        raise MotionError(f"board: sampled: {wrong[0]:g} fps is out of range; allowed are {FPS[0]:g} to {FPS[1]:g}")
    known = store.records.labels("source").names
    parts = [config, *config.sounds.values(), *config.mixes.values()]
    if wrong := [source for part in parts for source in part.sources if source not in known]:
        raise MotionError(
            f"board: no clips of source {wrong[0]!r} in {store.where}; there are {', '.join(sorted(known))}"
        )
    for name, task in config.tasks.items():
        _check_forms(name, task, config.fps)
        if task.samples < 1:
            raise MotionError(f"board: task {name!r}: {task.samples} samples; give 1 at least")


def _check_forms(name: str, task: TaskConfig | MixConfig, fps: float) -> None:
    if not (math.isfinite(task.seconds) and task.seconds * fps >= 1):
        raise MotionError(f"board: task {name!r}: {task.seconds:g} s is no length of a window; give some seconds")
    try:
        Given(task.forms).mask(np.arange(round(task.seconds * fps) + 1) / fps)
    except MotionError as error:
        raise MotionError(f"board: task {name!r}: {error}") from None
    except (TypeError, ValueError, IndexError) as error:
        said = " ".join(str(error).split())[:120]
        raise MotionError(f"board: task {name!r}: forms {task.forms} cannot be read ({said})") from None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
