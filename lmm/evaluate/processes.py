"""Cells of a board on processes of this machine. Each opens the board for itself and writes its cells into the shared cache.

A worker stays with the cells of one task and repetition, which share their windows, as long as there are any. All compute on one
thread, so that a number is the same however many they are.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

from lmm.evaluate import rows
from lmm.evaluate.board import Board, BoardConfig, Cell
from lmm.evaluate.lookup import neighbours
from motionverse.build.processes import end_with_parent, how_it_ended
from motionverse.errors import MotionError
from motionverse.store import Store

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Stated:
    """All that a process needs to open a board. models: published names or folders; heard: as Board has it."""

    config: BoardConfig
    store: str
    models: tuple[str, ...]
    cache: Path
    heard: Path | None = None

    def board(self) -> Board:
        """The board, opened; no weights are loaded. Raises MotionError."""
        store = Store(self.store)
        others = self.config.sampled, self.config.calls, self.config.variations
        models = [who for name in self.models for who in rows.models(name, *others)]
        names = [who.name for who in models]
        if twice := [name for name in names if names.count(name) > 1]:
            raise MotionError(f"board: two models are called {twice[0]}; rename the folder of one")
        found = neighbours(store, self.config.sources, self.cache)
        return Board(self.config, store, [*found, *models], self.cache, heard=self.heard)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute(stated: Stated, board: Board, cells: Sequence[Cell], workers: int) -> Iterator[Cell]:
    """Each cell after it was computed: in this process with one worker, else in at most so many others, in any order.

    board: `stated`, opened. Raises MotionError for what a cell raises, and where a process dies; what is finished is kept.
    """
    one_thread()
    if workers == 1 or len(cells) < 2:
        for cell in cells:
            board.compute(cell)
            yield cell
        return
    queue = Queue(cells)
    places = {cell: place for place, cell in enumerate(board.wanted)}
    context = multiprocessing.get_context("spawn")  # threads of torch and BLAS do not survive a fork
    with contextlib.ExitStack() as stack:
        with _deaf():
            crew = [_Worker(context, stated) for _ in range(min(workers, len(cells)))]
        for worker in crew:
            stack.enter_context(worker)
        for worker in crew:
            worker.give(queue.take(None), places)
        while busy := {worker.pipe: worker for worker in crew if worker.cell is not None}:
            for pipe in connection.wait(list(busy)):  # the end of a pipe, where its worker died, wakes it too
                worker = busy[pipe]  # type: ignore[index]
                done = worker.done()
                yield done
                worker.give(queue.take(done), places)


def one_thread() -> None:
    """Torch and BLAS on one thread: torch here, from now on, and both in the processes that are started from here."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)


class Queue:
    """Cells to do, by task and repetition."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._left: dict[tuple[str, int], list[Cell]] = {}
        self._begun: set[tuple[str, int]] = set()
        for cell in cells:
            self._left.setdefault((cell.task, cell.repetition), []).append(cell)

    def take(self, last: Cell | None) -> Cell | None:
        """The next cell for a worker whose last one this was: of the same task and repetition, else of those that nobody has
        begun, else of those that have most left; None where all are taken."""
        own = (last.task, last.repetition) if last else None
        left = [share for share, cells in self._left.items() if cells]
        if not left:
            return None
        share = own if own in left else max(left, key=lambda share: (share not in self._begun, len(self._left[share])))
        self._begun.add(share)
        return self._left[share].pop(0)


class _Worker:
    """A process that computes one cell at a time, and ends with the process that started it, however that ends."""

    def __init__(self, context: Any, stated: Stated) -> None:
        self.cell: Cell | None = None
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, stated), daemon=True)
        self.process.start()
        theirs.close()  # so that the worker holds the only end, and its death is seen here

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        if self.cell is not None:
            self.process.terminate()
        self.process.join()

    def give(self, cell: Cell | None, places: dict[Cell, int]) -> None:
        """Send it to work on a cell, told by its place on the board; None: there is no more."""
        self.cell = cell
        if cell is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died: `done` will say so
                self.pipe.send(places[cell])

    def done(self) -> Cell:
        """The cell it has done. Raises MotionError for what the cell raised, and where the worker died."""
        cell = self.cell
        assert cell is not None
        try:
            problem = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            raise MotionError(
                f"board: the process at {cell.task}, {cell.who.name}, repetition {cell.repetition} died "
                f"({how_it_ended(self.process.exitcode)}); run again to go on, with fewer --workers if memory was short"
            ) from None
        if problem:
            raise MotionError(problem)
        self.cell = None
        return cell


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Processes started here do not hear Ctrl-C, from their first instant on: it is for the process that started them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(pipe: Any, stated: Stated) -> None:
    """A worker's life: places on the board in, "" or a problem out, until there are no more."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError):
        board = None
        while True:
            place = pipe.recv()
            try:
                board = board or stated.board()
                board.compute(board.wanted[place])
                problem = ""
            except Exception as error:
                problem = str(error) if isinstance(error, MotionError) else f"{type(error).__name__}: {error}"
            pipe.send(problem)
